"""Letters about acting for an organisation, as values."""

from impactmakelaar.core.mail import Mail


def invitation(to: str, name: str, organisation: str, role: str, by: str, url: str) -> Mail:
    """Ask somebody to act for an organisation."""
    return Mail(
        to=to,
        kind="invitation",
        subject=f"Uitnodiging: {role} voor {organisation}",
        text=f"Beste {name or 'lezer'},\n\n{by} nodigt u uit om als {role} te werken voor "
        f"{organisation}. Op deze pagina neemt u de uitnodiging aan:\n\n{url}\n\n"
        "De link werkt 14 dagen. Verwachtte u dit niet? Dan hoeft u niets te doen.\n",
    )


def link_approved(to: str, name: str, organisation: str, url: str) -> Mail:
    """Tell that somebody may now act for an organisation."""
    return Mail(
        to=to,
        kind="link_approved",
        subject=f"U kunt nu handelen namens {organisation}",
        text=f"Beste {name},\n\nDe regio heeft gecontroleerd dat u bij {organisation} hoort. "
        f"U kunt nu uw profiel publiceren:\n\n{url}\n",
    )


def link_refused(to: str, name: str, organisation: str, reason: str) -> Mail:
    """Tell that the link was not approved, and why."""
    return Mail(
        to=to,
        kind="link_refused",
        subject=f"Uw aanvraag voor {organisation}",
        text=f"Beste {name},\n\nDe regio heeft uw aanvraag om te handelen namens {organisation} "
        f"niet goedgekeurd.\n\nDe reden: {reason}\n\nKlopt dit niet? Antwoord dan aan de "
        "makelaar van uw regio.\n",
    )


def link_asked(to: str, organisation: str, url: str) -> Mail:
    """Tell region staff that an approval is waiting."""
    return Mail(
        to=to,
        kind="link_asked",
        subject="Nieuwe aanmelding om te controleren",
        text=f"Er is een aanmelding voor {organisation}. Controleer of deze persoon erbij "
        f"hoort:\n\n{url}\n",
    )
