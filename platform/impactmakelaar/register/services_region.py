"""Verbs of a region's own page: propose lines, put them there, take them away."""

from collections.abc import Mapping, Sequence
from typing import Unpack

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.permissions import is_staff_of
from impactmakelaar.proposals import services as proposals
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target
from impactmakelaar.register import queries_region as queries
from impactmakelaar.register.models_region import RegionParty
from impactmakelaar.register.rules_region import MAX_PARTIES, Party, parties_of


def propose_parties(
    *,
    rows: Sequence[Mapping[str, str]],
    **about: Unpack[proposals.About],
) -> Proposal:
    """Propose lines for the region's page. ``value`` is ``{"rows": [...]}``; a row has kind
    ("party" or "neighbour"), link, name and note. Names of people do not belong in it.

    :raises Refused: when there is nothing that could be shown.
    """
    found = parties_of(rows)
    if not found:
        raise Refused("Noem eerst een partij of gemeente.")
    kept = [{"kind": p.kind, "link": p.link, "name": p.name, "note": p.note} for p in found]
    return proposals.keep(
        target=Target.REGION_PAGE,
        lines=[party.words for party in found],
        value={"rows": kept},
        **about,
    )


def take_parties(*, row: Proposal, chosen: Sequence[Party], by: Person) -> int:
    """Put the chosen lines on the region's page; gives how many are new there.

    :raises Refused: when nothing was chosen, it was decided already, or the page is full.
    """
    if not is_staff_of(by, row.region):
        raise NotFound
    if not chosen:
        raise Refused("Kies wat op de pagina komt, of neem het voorstel niet over.", "chosen")
    with transaction():
        region = lock(row.region)
        shown = queries.parties(region)
        known = {(one.kind, one.link, one.name) for one in shown}
        fresh = {(p.kind, p.link, p.name): p for p in chosen}
        fresh = {key: party for key, party in fresh.items() if key not in known}
        if len(shown) + len(fresh) > MAX_PARTIES:
            raise Refused(f"De pagina heeft plaats voor {MAX_PARTIES} regels. Haal er eerst weg.")
        for party in fresh.values():
            line = RegionParty(
                region_id=region.id,
                kind=party.kind,
                link=party.link,
                name=party.name,
                note=party.note,
                added_by_id=by.id,
                added_at=clock.now(),
            )
            db.session.add(line)
        count = len(fresh)
        result = f"{count} {'regel is' if count == 1 else 'regels zijn'} op de pagina van de regio."
        proposals.settle(row=row, accepted=True, by=by, result=result)
        audit.record("region_page.added", region, by=by, organisation=region, count=count)
        return count


def leave(*, row: Proposal, by: Person) -> None:
    """Put nothing on the page."""
    if not is_staff_of(by, row.region):
        raise NotFound
    proposals.leave(row=row, by=by)


def remove(*, region: Organisation, public_id: str, by: Person) -> None:
    """Take a line off the region's page."""
    if not is_staff_of(by, region):
        raise NotFound
    with transaction():
        lock(region)
        line = queries.party(region, public_id)
        if line is None:
            raise NotFound
        line.removed_at, line.removed_by_id = clock.now(), by.id
        audit.record("region_page.removed", region, by=by, organisation=region, name=line.name)
