"""Letters about saved searches, as values."""

from impactmakelaar.core.mail import Mail

MAX_NAMED = 20


def new_matches(
    to: str, name: str, search: str, found: list[tuple[str, str, str]], url: str, stop_url: str
) -> Mail:
    """Tell which enterprises are new in a saved search; ``found`` holds (name, place, standing).

    All of them are counted, the first twenty are named.
    """
    count = len(found)
    what = "1 nieuwe onderneming" if count == 1 else f"{count} nieuwe ondernemingen"
    verb = "staat" if count == 1 else "staan"
    lines = "\n".join(
        f"- {title}{', ' + place if place else ''} ({standing})"
        for title, place, standing in found[:MAX_NAMED]
    )
    if count > MAX_NAMED:
        lines += f"\n- en nog {count - MAX_NAMED}"
    return Mail(
        to=to,
        kind="new_matches",
        subject=f"{what} bij uw zoekopdracht",
        text=f"Beste {name},\n\nIn uw bewaarde zoekopdracht “{search}” {verb} {what}:\n\n"
        f"{lines}\n\n"
        f"Bekijk ze hier:\n\n{url}\n\nGeen mail meer over deze zoekopdracht:\n\n{stop_url}\n",
        stop_url=stop_url,
    )
