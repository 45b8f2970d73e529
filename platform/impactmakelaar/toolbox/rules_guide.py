"""The guide (gids): organisations and tools that help, and how a list of them is filtered."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from impactmakelaar.core.text import fold
from impactmakelaar.toolbox.rules import ContentProblems, Problem
from impactmakelaar.toolbox.rules_yaml import Lines, broken_yaml

KINDS = {
    "register": "Registers",
    "platform": "Inkoopplatformen",
    "netwerk": "Netwerken",
    "kennis": "Kennisinstellingen",
    "cursus": "Cursussen en opleidingen",
    "evenement": "Evenementen",
    "financiering": "Financiering",
    "meten": "Impact meten",
    "tool": "Overige tools",
}

WEB_ADDRESS = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:[/?#]\S*)?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One line of the guide. ``checked_on`` is None until somebody has opened the link."""

    kind: str
    name: str
    region: str
    what: str
    for_whom: tuple[str, ...]
    link: str
    listed: str
    checked_on: date | None


def parse_guide(text: str, file: str) -> list[Entry]:
    """The entries of one file.

    :raises ContentProblems: with everything that is wrong, each with its line.
    """
    try:
        data: Any = yaml.safe_load(text)
        lines = Lines(text, 1)
    except yaml.YAMLError as error:
        raise broken_yaml(file, error, 1) from error
    if not isinstance(data, dict) or data.get("kind") not in KINDS:
        raise ContentProblems([Problem(file, 1, "“kind” is geen soort van de gids.")])
    problems, found = [], []
    for number, row in enumerate(data.get("entries") or []):
        line = lines.of(("entries", number))
        missing = [key for key in ("name", "region", "what", "for_whom") if not row.get(key)]
        problems += [Problem(file, line, f"“{key}” ontbreekt.") for key in missing]
        link = str(row.get("link") or "")
        if link and not WEB_ADDRESS.match(link):
            problems.append(Problem(file, line, "Een link begint met https:// en een naam."))
        checked = row.get("checked_on")
        if checked is not None and not isinstance(checked, date):
            problems.append(Problem(file, line, "“checked_on” is geen datum (jjjj-mm-dd)."))
        if problems:
            continue
        found.append(
            Entry(
                data["kind"],
                str(row["name"]),
                str(row["region"]),
                str(row["what"]),
                tuple(map(str, row["for_whom"])),
                link,
                str(row.get("listed") or ""),
                checked,
            )
        )
    if problems:
        raise ContentProblems(problems)
    return found


def filtered(
    entries: Iterable[Entry], *, kind: str = "", region: str = "", whom: str = "", words: str = ""
) -> list[Entry]:
    """The entries that fit all that was asked, by kind and name."""
    wanted = fold(words).split()
    found = [
        entry
        for entry in entries
        if (not kind or entry.kind == kind)
        and (not region or entry.region == region)
        and (not whom or whom in entry.for_whom)
        and all(word in fold(f"{entry.name} {entry.what} {entry.region}") for word in wanted)
    ]
    order = list(KINDS)
    return sorted(found, key=lambda entry: (order.index(entry.kind), fold(entry.name)))
