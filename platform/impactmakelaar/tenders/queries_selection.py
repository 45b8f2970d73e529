"""Reads for the objective selection: the pool as facts, the rotation, the record."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from impactmakelaar.admission import queries_standing
from impactmakelaar.admission.rules_standing import Standing, standing
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.queries import home_region
from impactmakelaar.profiles.models import ProfileVersion, Publication
from impactmakelaar.profiles.rules import complete as complete_profile
from impactmakelaar.register.catalogue import home_of
from impactmakelaar.register.queries import is_published, lapsed_unlists
from impactmakelaar.register.rules import shown
from impactmakelaar.tenders import rules
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_selection import (
    Draw,
    Lot,
    OutsideFirm,
    Selection,
    TenderInvitation,
)
from impactmakelaar.tenders.rules_selection import ANYWHERE, Activity, Asked, Enterprise

LIMITED_PROOF = ("pso_30",)
"""Certificates that prove the number of article 2.82; the main aim is another question."""


@dataclass(frozen=True)
class Pool:
    """The facts of everybody listed, and where an invitation goes: KVK -> (id, address)."""

    enterprises: list[Enterprise]
    addresses: dict[str, tuple[int, str]]


def asked(row: Tender) -> Asked:
    """What a request asks of an enterprise."""
    document = rules.complete(row.document)
    criteria = list(document["selection"])
    if document["limited"] and "limited" not in criteria:
        criteria.append("limited")
    if document["social_return"] and "social_return" not in criteria:
        criteria.append("social_return")
    return Asked(
        cpv=(row.cpv, *document["cpv_more"]),
        category=row.category,
        municipalities=tuple(document["municipalities"]),
        low=row.value_low,
        high=row.value_high,
        criteria=tuple(criteria),
        certificates=tuple(document["certificates"]),
        names=tuple(reference().municipality_name(code) for code in document["municipalities"]),
    )


def published(on: date) -> list[tuple[Organisation, ProfileVersion]]:
    """Every enterprise with the version of its profile that is public on a day."""
    rows = db.session.execute(
        select(Organisation, ProfileVersion)
        .join(Publication, Publication.organisation_id == Organisation.id)
        .join(ProfileVersion, ProfileVersion.id == Publication.version_id)
        .where(is_published(on), Organisation.kvk_number.is_not(None))
        .order_by(Organisation.kvk_number)
    )
    return [(organisation, version) for organisation, version in rows]


def pool(what: Asked, on: date) -> Pool:
    """Everybody listed on a day, from the database, in a constant number of queries."""
    rows = published(on)
    standings, proven = admitted(on)
    unlists = lapsed_unlists(on)
    found, addresses = [], {}
    for organisation, version in rows:
        known = standings.get(organisation.id, queries_standing.NOTHING)
        if not shown(known, unlists):
            continue
        document = complete_profile(version.document)
        kvk = str(organisation.kvk_number)
        found.append(
            enterprise_facts(
                organisation,
                version,
                document,
                what,
                standing_now=str(known.state),
                proven=organisation.id in proven,
            )
        )
        contact = next((c["email"] for c in document["contacts"] if c["email"]), "")
        addresses[kvk] = (organisation.id, contact)
    return Pool(found, addresses)


def enterprise_facts(
    organisation: Organisation,
    version: ProfileVersion,
    document: dict[str, Any],
    what: Asked,
    *,
    standing_now: str,
    proven: bool,
) -> Enterprise:
    """An enterprise as the selection sees it."""
    home = home_of(document, reference())
    region = organisation.region.labour_market_region if organisation.region else ""
    certificates = tuple(sorted({c["kind"] for c in document["certificates"]}))
    stated = any(kind in LIMITED_PROOF for kind in certificates)
    return Enterprise(
        kvk=str(organisation.kvk_number),
        name=organisation.name,
        public_id=organisation.public_id,
        version=version.public_id,
        sha256=version.sha256,
        activities=tuple(
            activity_facts(activity, what, home, region or "")
            for activity in document["activities"]
        ),
        certificates=certificates,
        social_return=tuple(document["social_return_forms"]),
        references=len(document["references"]),
        standing=standing_now,
        limited="verified" if proven else "stated" if stated else "",
    )


def activity_facts(
    activity: dict[str, Any], what: Asked, home: tuple[float, float] | None, region: str
) -> Activity:
    """One activity; of its area only the municipalities that are asked about."""
    area = dict(activity["area"])
    if area["kind"] == "region" and not area.get("region"):
        area["region"] = region
    covers: tuple[str, ...] = (ANYWHERE,)
    if area["kind"] != "country":
        covered = reference().area(area, home)
        covers = tuple(code for code in what.municipalities if code in covered)
    return Activity(
        title=activity["title"],
        cpv=tuple(activity["cpv"]),
        form=activity["form"],
        covers=covers,
        capacity=activity["capacity"],
        order_min=activity["order_min"],
        order_max=activity["order_max"],
    )


def admitted(on: date) -> tuple[dict[int, Standing], frozenset[int]]:
    """Enterprise id -> standing on a day, and whose proof for article 2.82 was verified.

    A verified PSO 30+ proves the number of people, not the main aim.
    """
    region = home_region()
    if region is None:
        return {}, frozenset()
    policies = queries_standing.policies(region.id)
    facts = queries_standing.facts(region.id)
    proven = frozenset(
        number
        for number, one in facts.items()
        for certificate in one.certificates
        if certificate.kind in LIMITED_PROOF
        and certificate.valid_from <= on <= certificate.valid_until
        and (certificate.withdrawn_on is None or on < certificate.withdrawn_on)
    )
    return {number: standing(one, policies, on) for number, one in facts.items()}, proven


def last_invited(organisation_id: int, cpv: str, *, but: int) -> dict[str, str]:
    """KVK number -> ISO date on which this organisation last invited it in this CPV group.

    ``but`` is the request that asks.
    """
    rows = db.session.execute(
        select(TenderInvitation.kvk_number, func.max(TenderInvitation.invited_at))
        .join(Tender, Tender.id == TenderInvitation.tender_id)
        .where(
            Tender.organisation_id == organisation_id,
            Tender.id != but,
            Tender.kind == rules.Kind.REQUEST,
            func.substr(Tender.cpv, 1, 3) == rules.cpv_group(cpv),
        )
        .group_by(TenderInvitation.kvk_number)
    )
    return {str(kvk): clock.local(at).date().isoformat() for kvk, at in rows}


def ready_lot(row: Tender) -> Lot | None:
    """The lot that lies ready: the newest that no selection has used."""
    return db.session.scalars(
        select(Lot)
        .outerjoin(Selection, Selection.lot_id == Lot.id)
        .where(Lot.tender_id == row.id, Selection.id.is_(None))
        .order_by(Lot.number.desc())
    ).first()


def selections(row: Tender) -> list[tuple[Selection, Draw | None]]:
    """Every frozen selection with its draw, the newest first."""
    found = db.session.execute(
        select(Selection, Draw)
        .outerjoin(Draw, Draw.selection_id == Selection.id)
        .options(joinedload(Selection.lot))
        .where(Selection.tender_id == row.id)
        .order_by(Selection.number.desc())
    )
    return [(selection, draw) for selection, draw in found]


def selection(row: Tender, number: int) -> tuple[Selection, Draw | None] | None:
    """One frozen selection with its draw."""
    return next((found for found in selections(row) if found[0].number == number), None)


def outside_firms(row: Tender) -> list[OutsideFirm]:
    """The firms that the buyer added, in the order in which he did."""
    return list(
        db.session.scalars(
            select(OutsideFirm).where(OutsideFirm.tender_id == row.id).order_by(OutsideFirm.id)
        )
    )


def outside_firm(row: Tender, public_id: str) -> OutsideFirm | None:
    """One such firm."""
    return next((f for f in outside_firms(row) if f.public_id == public_id), None)


def newest_lot_number(row: Tender) -> int:
    """The number of the newest lot of a request; 0 when there is none."""
    query = select(func.max(Lot.number)).where(Lot.tender_id == row.id)
    return db.session.scalar(query) or 0
