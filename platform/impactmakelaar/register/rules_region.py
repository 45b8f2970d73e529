"""What the public page of a region tells beside its municipalities: who forms the network there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class PartyKind(StrEnum):
    """A party in the network of the region, or a municipality outside it that works on this too."""

    PARTY = "party"
    NEIGHBOUR = "neighbour"


KIND_LABELS = {
    PartyKind.PARTY: "Partij in het netwerk",
    PartyKind.NEIGHBOUR: "Gemeente in de buurt",
}

LINKS = {
    "netwerk": "Netwerk",
    "kennis": "Onderzoek en kennis",
    "support": "Hulp bij ondernemen",
    "financiering": "Financiering",
    "markt": "Markt en beleid",
    "mensen": "Menselijk kapitaal",
}
"""The six links of an ecosystem (entrepreneurial ecosystem theory, Toolbox 2023, module 8)."""

MAX_PARTIES = 200
MAX_NAME, MAX_NOTE = 200, 300


@dataclass(frozen=True)
class Party:
    """One line of the page. ``link`` is a key of ``LINKS`` for a party, "" for a neighbour."""

    kind: str
    link: str
    name: str
    note: str = ""

    @property
    def sure(self) -> bool:
        """A name with a question mark is a wish, not a fact: it is not ticked beforehand."""
        return not self.name.rstrip().endswith("?")

    @property
    def words(self) -> str:
        """As the form shows it."""
        where = LINKS.get(self.link, KIND_LABELS[PartyKind(self.kind)])
        return " · ".join(filter(None, (self.name, where.lower(), self.note)))


def parties_of(rows: Sequence[Mapping[str, str]]) -> list[Party]:
    """Proposed lines as parties; what has no name, or a link that does not exist, is left out."""
    found = []
    for row in rows:
        kind, link = row.get("kind", ""), row.get("link", "")
        name, note = row.get("name", "").strip()[:MAX_NAME], row.get("note", "").strip()[:MAX_NOTE]
        if not name or kind not in tuple(PartyKind):
            continue
        if (kind == PartyKind.PARTY) != (link in LINKS):
            continue
        found.append(Party(kind, link, name, note))
    return list(dict.fromkeys(found))
