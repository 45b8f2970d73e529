"""Letters about certificates, the end of a term, and suspension, as values."""

from datetime import date

from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.mail import Mail


def certificate_verified(
    to: str, name: str, organisation: str, certificate: str, until: date, url: str
) -> Mail:
    """Tell that the certificate was found at its issuer."""
    return Mail(
        to=to,
        kind="certificate_verified",
        subject=f"Uw keurmerk is gecontroleerd: {certificate}",
        text=f"Beste {name},\n\nWij hebben {certificate} van {organisation} gevonden in het "
        f"register van de uitgever. Het geldt tot en met {long_date(until)}.\n\n"
        f"Zo staat u er nu voor:\n\n{url}\n",
    )


def certificate_refused(
    to: str, name: str, organisation: str, certificate: str, reason: str, url: str
) -> Mail:
    """Tell that the certificate could not be confirmed, and why."""
    return Mail(
        to=to,
        kind="certificate_refused",
        subject=f"Wij konden uw keurmerk niet bevestigen: {certificate}",
        text=f"Beste {name},\n\nWij konden {certificate} van {organisation} niet bevestigen. "
        f"De reden:\n\n{reason}\n\nU kunt de gegevens aanpassen of ander bewijs sturen:\n\n{url}\n",
    )


def certificate_ended(
    to: str, name: str, organisation: str, certificate: str, day: date, reason: str, url: str
) -> Mail:
    """Tell that a certificate no longer counts, and why."""
    return Mail(
        to=to,
        kind="certificate_ended",
        subject=f"Uw keurmerk telt niet meer: {certificate}",
        text=f"Beste {name},\n\n{certificate} van {organisation} telt vanaf {long_date(day)} niet "
        f"meer. De reden:\n\n{reason}\n\nKlopt dit niet? Laat het ons weten:\n\n{url}\n",
    )


def term_ends(
    to: str,
    name: str,
    organisation: str,
    *,
    term: str,
    last_day: date,
    on: date,
    waiting: bool,
    url: str,
) -> Mail:
    """Remind of the end of the year of grace or of a certificate; says what is true on ``on``."""
    left = (last_day - on).days
    day = long_date(last_day)
    if left > 1:
        subject = f"Uw SROI-badge geldt nog {left} dagen"
        state = f"De SROI-badge van {organisation} geldt tot en met {day}. Dat is nog {left} dagen."
    elif left == 1:
        subject = "Uw SROI-badge geldt nog tot en met morgen"
        state = f"De SROI-badge van {organisation} geldt tot en met morgen, {day}."
    elif left == 0:
        subject = "Vandaag is de laatste dag van uw SROI-badge"
        state = f"Vandaag, {day}, is de laatste dag van de SROI-badge van {organisation}."
    else:
        subject = "Uw SROI-badge is verlopen"
        state = f"De SROI-badge van {organisation} gold tot en met {day} en is nu verlopen."
    if waiting:
        advice = "Wij hebben uw bewijs ontvangen en controleren het. U hoeft nu niets te doen."
    elif term == "grace" and left >= 0:
        advice = (
            "Houdt u de badge? Dan moet u voor die dag een erkend keurmerk hebben en het bewijs "
            "hebben ingestuurd. Een tweede jaar zonder keurmerk is er niet."
        )
    elif left >= 0:
        advice = "Stuur op tijd het bewijs van uw nieuwe keurmerk, dan loopt de badge door."
    else:
        advice = "Hebt u een erkend keurmerk? Stuur het bewijs, dan krijgt u de badge terug."
    return Mail(
        to=to,
        kind="term_ends",
        subject=subject,
        text=f"Beste {name},\n\n{state}\n\n{advice}\n\n{url}\n",
    )


def suspension_proposed(
    to: str, name: str, organisation: str, reason: str, answer_by: date, url: str
) -> Mail:
    """Ask for the enterprise's view before it is suspended."""
    return Mail(
        to=to,
        kind="suspension_proposed",
        subject=f"Wij willen {organisation} schorsen: wat vindt u?",
        text=f"Beste {name},\n\nWij zijn van plan {organisation} te schorsen. De reden:\n\n"
        f"{reason}\n\nU kunt daar tot en met {long_date(answer_by)} op reageren:\n\n{url}\n\n"
        "Zolang er geen besluit is, verandert er niets.\n",
    )


def suspension_imposed(
    to: str, name: str, organisation: str, reason: str, day: date, last: date | None, url: str
) -> Mail:
    """Tell that the enterprise is suspended."""
    until = f" tot en met {long_date(last)}" if last else ""
    return Mail(
        to=to,
        kind="suspension_imposed",
        subject=f"{organisation} is geschorst",
        text=f"Beste {name},\n\n{organisation} is vanaf {long_date(day)}{until} geschorst. "
        f"U staat dan niet in het register en de SROI-badge geldt niet. De reden:\n\n{reason}\n\n"
        f"{url}\n",
    )


def suspension_over(to: str, name: str, organisation: str, reason: str, url: str) -> Mail:
    """Tell that a suspension was lifted or is not going to happen."""
    return Mail(
        to=to,
        kind="suspension_over",
        subject=f"{organisation} is niet (meer) geschorst",
        text=f"Beste {name},\n\n{reason}\n\nZo staat {organisation} er nu voor:\n\n{url}\n",
    )
