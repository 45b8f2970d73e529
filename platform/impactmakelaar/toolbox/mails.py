"""Letters about workbooks, as values."""

from impactmakelaar.core.mail import Mail


def guest(to: str, book: str, organisation: str, by: str, url: str) -> Mail:
    """Ask somebody to join a workbook."""
    return Mail(
        to=to,
        kind="workbook_invitation",
        subject=f"Uitnodiging voor het werkboek “{book}”",
        text=f"Beste lezer,\n\n{by} vraagt u om mee te werken aan het werkboek “{book}” van "
        f"{organisation}. Op deze pagina neemt u de uitnodiging aan:\n\n{url}\n\n"
        "De link werkt 14 dagen. Verwachtte u dit niet? Dan hoeft u niets te doen.\n",
    )


def assigned(to: str, name: str, question: str, book: str, by: str, url: str) -> Mail:
    """Tell somebody that a question waits for him."""
    return Mail(
        to=to,
        kind="workbook_assigned",
        subject="Een vraag in het werkboek wacht op u",
        text=f"Beste {name},\n\n{by} vraagt u om deze vraag te beantwoorden in het werkboek "
        f"“{book}”:\n\n{question}\n\n{url}\n",
    )
