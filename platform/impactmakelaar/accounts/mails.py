"""Letters about an account, as values.

A letter to an address that nobody has confirmed yet repeats nothing that a stranger typed: with a
name such as "Win a prize at evil.example" he would have us send his letter.
"""

from impactmakelaar.core.mail import Mail


def confirm_address(to: str, url: str) -> Mail:
    """Ask a new user to confirm the address."""
    return Mail(
        to=to,
        kind="confirm_address",
        subject="Bevestig uw e-mailadres",
        text="Goedendag,\n\nU maakte een account aan. Bevestig uw e-mailadres op deze "
        f"pagina:\n\n{url}\n\nDe link werkt 14 dagen. Hebt u geen account aangemaakt? Dan hoeft "
        "u niets te doen.\n",
    )


def already_known(to: str, name: str, sign_in_url: str, reset_url: str) -> Mail:
    """Somebody signed up with an address that has an account; only its owner hears that."""
    return Mail(
        to=to,
        kind="already_known",
        subject="U hebt al een account",
        text=f"Beste {name},\n\nIemand, waarschijnlijk uzelf, wilde een account maken met dit "
        f"e-mailadres. U hebt er al een. Inloggen kan hier:\n\n{sign_in_url}\n\n"
        f"Wachtwoord vergeten? Kies een nieuw wachtwoord:\n\n{reset_url}\n",
    )


def reset_password(to: str, name: str, url: str) -> Mail:
    """The link to choose a new password."""
    return Mail(
        to=to,
        kind="reset_password",
        subject="Kies een nieuw wachtwoord",
        text=f"Beste {name},\n\nOp deze pagina kiest u een nieuw wachtwoord:\n\n{url}\n\n"
        "De link werkt een uur en een keer. Hebt u hier niet om gevraagd? Dan verandert er "
        "niets.\n",
    )


def password_changed(to: str, name: str) -> Mail:
    """Tell that the password was changed."""
    return Mail(
        to=to,
        kind="password_changed",
        subject="Uw wachtwoord is gewijzigd",
        text=f"Beste {name},\n\nUw wachtwoord is zojuist gewijzigd. Overal waar u was ingelogd, "
        "bent u nu uitgelogd.\n\nWas u dit niet? Kies dan meteen een nieuw wachtwoord via "
        "'Wachtwoord vergeten' en waarschuw de makelaar van uw regio.\n",
    )


def confirm_new_address(to: str, url: str) -> Mail:
    """Ask to confirm a changed address, at that address."""
    return Mail(
        to=to,
        kind="confirm_new_address",
        subject="Bevestig uw nieuwe e-mailadres",
        text="Goedendag,\n\nU wilt voortaan dit e-mailadres gebruiken. Bevestig het hier:\n\n"
        f"{url}\n\nDe link werkt een uur.\n",
    )


def address_changed(to: str, name: str) -> Mail:
    """Tell the old address that it was replaced."""
    return Mail(
        to=to,
        kind="address_changed",
        subject="Uw e-mailadres is gewijzigd",
        text=f"Beste {name},\n\nUw account gebruikt voortaan een ander e-mailadres. Was u dit "
        "niet? Waarschuw dan meteen de makelaar van uw regio.\n",
    )
