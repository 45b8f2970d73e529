"""Letters about obligations, as values."""

from impactmakelaar.core.mail import Mail

REMINDERS = {
    "half": "De helft van de looptijd is voorbij.",
    "90": "Over drie maanden loopt de opdracht af.",
    "30": "Over een maand loopt de opdracht af.",
    "over": "De opdracht is afgelopen.",
}


def registered(to: str, title: str, contractor: str, url: str) -> Mail:
    """Tell an officer that a contract waits."""
    return Mail(
        to=to,
        kind="social_registered",
        subject=f"Nieuwe verplichting om vast te stellen: {title}",
        text=f"{contractor} heeft een opdracht aangemeld: {title}.\n\nBekijk de berekening en stel "
        f"de verplichting vast:\n\n{url}\n",
    )


def confirmed(to: str, name: str, title: str, amount: str, days: int, url: str) -> Mail:
    """Tell the contractor what the obligation is."""
    return Mail(
        to=to,
        kind="social_confirmed",
        subject=f"Uw social return voor {title}: {amount}",
        text=f"Beste {name},\n\nDe verplichting voor {title} is vastgesteld op {amount}. Maak "
        f"binnen {days} dagen een plan van aanpak. De berekening en wat u kunt doen, staan op:"
        f"\n\n{url}\n",
    )


def sent_back(to: str, name: str, title: str, reason: str, url: str) -> Mail:
    """Tell the contractor what must be changed first."""
    return Mail(
        to=to,
        kind="social_sent_back",
        subject=f"Vul uw aanmelding aan: {title}",
        text=f"Beste {name},\n\nDe SROI-adviseur vraagt u de aanmelding van {title} aan te passen."
        f"\n\n{reason}\n\n{url}\n",
    )


def handed_down(to: str, name: str, title: str, url: str) -> Mail:
    """Tell the contractor that an award made a draft."""
    return Mail(
        to=to,
        kind="social_handed_down",
        subject=f"Social return bij uw opdracht: {title}",
        text=f"Beste {name},\n\nBij de opdracht {title} hoort social return. De aanmelding staat "
        f"voor u klaar. Controleer haar en stuur haar in:\n\n{url}\n",
    )


def judged(to: str, name: str, title: str, lines: list[str], url: str) -> Mail:
    """Tell the contractor what became of declared efforts."""
    text = "\n".join(f"- {line}" for line in lines)
    return Mail(
        to=to,
        kind="social_judged",
        subject=f"Uw opgave is beoordeeld: {title}",
        text=f"Beste {name},\n\nDe SROI-adviseur heeft uw opgave bij {title} beoordeeld:\n\n{text}"
        f"\n\n{url}\n",
    )


def stopped(to: str, name: str, other: str, title: str, what: str, url: str) -> Mail:
    """Tell either party that an agreement can go on no longer, and what comes free."""
    return Mail(
        to=to,
        kind="social_stopped",
        subject=f"Uw afspraak met {other} is gestopt",
        text=f"Beste {name},\n\nUw afspraak met {other} voor {title} is gestopt. {what}\n\n"
        f"Bekijk uw afspraken:\n\n{url}\n",
    )


def reminder(to: str, name: str, kind: str, title: str, open_amount: str, url: str) -> Mail:
    """Tell the contractor what is still open."""
    return Mail(
        to=to,
        kind="social_reminder",
        subject=f"Nog {open_amount} social return open: {title}",
        text=f"Beste {name},\n\n{REMINDERS[kind]} Voor {title} staat nog {open_amount} open. "
        f"Op deze pagina ziet u wat u kunt doen:\n\n{url}\n",
    )
