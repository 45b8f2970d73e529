"""Letters about a profile, as values."""

from impactmakelaar.core.mail import Mail


def capacity_reminder(to: str, name: str, enterprise: str, titles: list[str], url: str) -> Mail:
    """Ask whether the capacity still holds."""
    lines = "".join(f"- {title}\n" for title in titles)
    return Mail(
        to=to,
        kind="capacity_reminder",
        subject=f"Klopt de capaciteit van {enterprise} nog?",
        text=f"Beste {name},\n\nInkopers zien in het register hoeveel ruimte u hebt. Van deze "
        f"activiteiten is dat meer dan 90 dagen geleden bevestigd:\n\n{lines}\n"
        f"Op deze pagina bevestigt of wijzigt u het met één knop:\n\n{url}\n",
    )
