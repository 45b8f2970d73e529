"""Interests in a dossier: kinds, likely ones, and reviewers spread evenly around them."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from impactmakelaar.organisations.rules import comparable_name


class Interest(StrEnum):
    """What somebody has to do with an applicant (article 2:4 Algemene wet bestuursrecht)."""

    NONE = "none"
    WORK = "work"
    MONEY = "money"
    FAMILY = "family"
    TRADE = "trade"
    RIVAL = "rival"
    OTHER = "other"


INTEREST_LABELS = {
    Interest.NONE: "Nee, ik heb geen belang",
    Interest.WORK: "Ik werk of werkte er, of heb er een functie",
    Interest.MONEY: "Ik heb er een geldelijk belang",
    Interest.FAMILY: "Familie, partner of goede vriend",
    Interest.TRADE: "Klant, leverancier of opdrachtgever",
    Interest.RIVAL: "Concurrent",
    Interest.OTHER: "Een ander belang",
}

EVERYBODYS_DOMAINS = frozenset(
    {
        "gmail.com",
        "googlemail.com",
        "hotmail.com",
        "hotmail.nl",
        "outlook.com",
        "outlook.nl",
        "live.nl",
        "live.com",
        "icloud.com",
        "me.com",
        "yahoo.com",
        "kpnmail.nl",
        "ziggo.nl",
        "planet.nl",
        "xs4all.nl",
        "hetnet.nl",
        "casema.nl",
        "home.nl",
        "protonmail.com",
        "proton.me",
    }
)
"""Mail domains that tell nothing about an organisation."""


@dataclass(frozen=True)
class PersonFacts:
    """What is known of a member: organisations acted for, their addresses, stated employers."""

    email: str
    organisation_ids: frozenset[int] = frozenset()
    addresses: frozenset[str] = frozenset()
    employers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApplicantFacts:
    """What is known of an applicant: its names, the mail addresses of its people, its address."""

    organisation_id: int
    names: tuple[str, ...]
    emails: frozenset[str] = frozenset()
    address: str = ""


@dataclass(frozen=True)
class Likely:
    """A likely interest, with the sentence that says why."""

    kind: Interest
    why: str


def address_key(street: str, postcode: str) -> str:
    """An address as two spellings of it share it; empty when it is not complete."""
    street_key = "".join(c for c in street.lower() if c.isalnum())
    postcode_key = "".join(c for c in postcode.upper() if c.isalnum())
    return f"{postcode_key} {street_key}" if street_key and postcode_key else ""


def mail_domain(email: str) -> str:
    """The domain of an address when it says something about an organisation, else empty."""
    domain = email.rpartition("@")[2].lower().strip()
    return "" if domain in EVERYBODYS_DOMAINS else domain


def likely(person: PersonFacts, applicant: ApplicantFacts) -> list[Likely]:
    """Interests that the facts suggest; the person decides whether they are there."""
    found = []
    if applicant.organisation_id in person.organisation_ids:
        found.append(Likely(Interest.WORK, "U handelt op dit platform voor deze onderneming."))
    names = {comparable_name(name) for name in applicant.names if name.strip()}
    for employer in person.employers:
        if employer.strip() and comparable_name(employer) in names:
            found.append(Likely(Interest.WORK, f"U noemde {employer} als (oude) werkgever."))
    domain = mail_domain(person.email)
    if domain and domain in {mail_domain(address) for address in applicant.emails}:
        found.append(Likely(Interest.WORK, f"Uw e-mailadres eindigt ook op {domain}."))
    if applicant.address and applicant.address in person.addresses:
        found.append(
            Likely(Interest.TRADE, "Een organisatie waarvoor u werkt, zit op hetzelfde adres.")
        )
    return found


@dataclass
class Spread:
    """Reviewers per application, and how many applications each person has in the end.

    ``short`` counts, per application, the reviewers that could not be found.
    """

    reviewers: dict[int, set[int]] = field(default_factory=dict)
    load: dict[int, int] = field(default_factory=dict)
    short: dict[int, int] = field(default_factory=dict)


def spread(
    applications: Sequence[int],
    members: Sequence[int],
    *,
    per: int,
    conflicts: frozenset[tuple[int, int]] = frozenset(),
    load: Mapping[int, int] | None = None,
    kept: Mapping[int, frozenset[int]] | None = None,
) -> Spread:
    """Give each application ``per`` reviewers without a conflict, as evenly as possible.

    ``conflicts`` holds (application, person); ``load`` is the work people already have; ``kept``
    are reviewers that stay. First the application with the fewest possible reviewers chooses, of
    the least loaded; then work moves along chains of people until nobody has two more than
    somebody who could have taken it. The same input gives the same answer.
    """
    people = sorted(set(members))
    fixed = {a: set((kept or {}).get(a, ())) for a in applications}
    result = Spread(
        reviewers={a: set(fixed[a]) for a in applications},
        load={p: (load or {}).get(p, 0) for p in people},
    )
    able = {
        a: [p for p in people if (a, p) not in conflicts and p not in fixed[a]]
        for a in applications
    }
    for turn, a in enumerate(sorted(applications, key=lambda a: (len(able[a]), a))):
        wanted = max(per - len(fixed[a]), 0)
        order = sorted(
            able[a],
            key=lambda p: (result.load[p], (people.index(p) - turn) % len(people)),
        )
        for p in order[:wanted]:
            result.reviewers[a].add(p)
            result.load[p] += 1
        result.short[a] = max(wanted - len(order), 0)
    while _move_one(result, fixed, able):
        pass
    return result


def _move_one(result: Spread, fixed: dict[int, set[int]], able: dict[int, list[int]]) -> bool:
    """Move one application from a busy person to one with two fewer, along a chain; or False."""
    for busy in sorted(result.load, key=lambda p: (-result.load[p], p)):
        came_from: dict[int, tuple[int, int]] = {}
        queue = deque([busy])
        while queue:
            giver = queue.popleft()
            for a in sorted(result.reviewers):
                if giver not in result.reviewers[a] or giver in fixed[a]:
                    continue
                for taker in able[a]:
                    if taker in result.reviewers[a] or taker in came_from or taker == busy:
                        continue
                    came_from[taker] = (giver, a)
                    if result.load[taker] + 2 <= result.load[busy]:
                        _carry_out(result, came_from, busy, taker)
                        return True
                    queue.append(taker)
    return False


def _carry_out(result: Spread, came_from: dict[int, tuple[int, int]], busy: int, last: int) -> None:
    taker = last
    while taker != busy:
        giver, a = came_from[taker]
        result.reviewers[a].discard(giver)
        result.reviewers[a].add(taker)
        taker = giver
    result.load[busy] -= 1
    result.load[last] += 1
