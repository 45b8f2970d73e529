"""Letters of the intake table, as values."""

from collections.abc import Sequence

from impactmakelaar.core.mail import Mail


def invited(to: str, name: str, title: str, when: str, place: str, url: str) -> Mail:
    """Ask a participant to come."""
    return Mail(
        to=to,
        kind="intake_invited",
        subject=f"Uitnodiging: {title}",
        text=f"Beste {name},\n\nU bent uitgenodigd voor de intaketafel “{title}”.\n\n"
        f"Wanneer: {when}\nWaar: {place}\n\nLaat weten of u komt, met wie u graag praat en wanneer "
        f"u er bent. Dat kan hier:\n\n{url}\n",
    )


def published(
    to: str,
    name: str,
    title: str,
    when: str,
    lines: Sequence[str],
    url: str,
    calendar: str,
    changed: bool = False,
) -> Mail:
    """The schedule of a participant, with its calendar entry."""
    programme = "\n".join(lines) or "U hebt nog geen gesprekken."
    opening = "Uw programma is gewijzigd." if changed else "Uw programma staat vast."
    return Mail(
        to=to,
        kind="intake_programme",
        subject=f"{'Gewijzigd programma' if changed else 'Uw programma'}: {title}",
        text=f"Beste {name},\n\n{opening}\n\n{title}, {when}\n\n{programme}\n\n"
        f"Kunt u toch niet? Meld het hier, dan passen wij het programma aan:\n\n{url}\n",
        calendar=calendar,
    )


def cancelled(to: str, name: str, title: str, when: str, url: str, calendar: str) -> Mail:
    """The table is off."""
    return Mail(
        to=to,
        kind="intake_cancelled",
        subject=f"Gaat niet door: {title}",
        text=f"Beste {name},\n\nDe intaketafel “{title}” van {when} gaat niet door.\n\n{url}\n",
        calendar=calendar,
    )


def declined(to: str, name: str, who: str, title: str, url: str) -> Mail:
    """Tell an organiser that somebody does not come after all."""
    return Mail(
        to=to,
        kind="intake_declined",
        subject=f"{who} komt niet naar {title}",
        text=f"Beste {name},\n\n{who} heeft zich afgemeld voor “{title}”. Kijk of het programma "
        f"moet worden hersteld:\n\n{url}\n",
    )


def follow_up(to: str, name: str, who: str, other: str, days: int, what: str, url: str) -> Mail:
    """Ask after 30 or 90 days how it went."""
    return Mail(
        to=to,
        kind="intake_follow_up",
        subject=f"Hoe staat het met uw afspraak met {other}?",
        text=f"Beste {name},\n\n{days} dagen geleden sprak {who} aan de intaketafel met {other}: "
        f"{what}. Hoe staat het ermee? U ziet de afspraak en werkt haar bij op deze pagina:\n\n"
        f"{url}\n",
    )
