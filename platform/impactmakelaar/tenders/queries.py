"""Reads about requests, an authority's own tables, and the facts for advice and selection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import queries_standing
from impactmakelaar.admission.rules_standing import Standing, standing
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.queries import home_region
from impactmakelaar.organisations.rules import Kind as OrganisationKind
from impactmakelaar.organisations.rules import Role
from impactmakelaar.profiles.models import ProfileVersion, Publication
from impactmakelaar.profiles.rules import complete as complete_profile
from impactmakelaar.register.catalogue import home_of
from impactmakelaar.register.queries import is_published, lapsed_unlists
from impactmakelaar.register.rules import shown
from impactmakelaar.tenders import rules
from impactmakelaar.tenders.models import BuyerSettings, LimitVersion, Mandate, Tender
from impactmakelaar.tenders.models_selection import (
    Draw,
    Lot,
    OutsideFirm,
    Selection,
    TenderInvitation,
)
from impactmakelaar.tenders.rules_advice import (
    Advice,
    Earlier,
    EuThreshold,
    Limits,
    Question,
    advise,
    table_warnings,
)
from impactmakelaar.tenders.rules_selection import ANYWHERE, Activity, Asked, Enterprise

LIMITED_PROOF = ("pso_30",)
"""Certificates that prove the number of article 2.82; the main aim is another question."""


@dataclass(frozen=True)
class Settings:
    """How an organisation buys; the values hold until it says otherwise."""

    open_with: int = 2
    keep_years: int = 7
    standstill_days: int = 0


@dataclass(frozen=True)
class Pool:
    """The facts of everybody listed, and where an invitation goes: KVK -> (id, address)."""

    enterprises: list[Enterprise]
    addresses: dict[str, tuple[int, str]]


def eu_thresholds() -> list[EuThreshold]:
    """The European thresholds that are shipped with the product."""
    return [
        EuThreshold(
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_until"]),
            row["category"],
            int(row["euros"]) * 100,
            row["source"],
        )
        for row in reference().eu_thresholds
    ]


def example_limits(on: date) -> list[Limits]:
    """The example of own limits, as if it began on a day."""
    return [
        Limits(
            on,
            None,
            row["category"],
            int(row["single_below"]) * 100,
            int(row["multiple_below"]) * 100 if row["multiple_below"] else None,
            int(row["invite_min"]),
            int(row["invite_max"]),
            "Voorbeeld, geen eigen beleid",
            is_example=True,
        )
        for row in reference().example_limits
    ]


def limits(organisation_id: int) -> list[Limits]:
    """Every version of an organisation's own limits, the newest first."""
    rows = db.session.scalars(
        select(LimitVersion)
        .where(LimitVersion.organisation_id == organisation_id)
        .order_by(LimitVersion.valid_from.desc(), LimitVersion.id)
    )
    return [
        Limits(
            row.valid_from,
            row.valid_until,
            row.category,
            row.single_below,
            row.multiple_below,
            row.invite_min,
            row.invite_max,
            row.source,
            row.is_example,
        )
        for row in rows
    ]


def settings(organisation_id: int) -> Settings:
    """What an organisation set, or the defaults."""
    row = db.session.get(BuyerSettings, organisation_id)
    if row is None:
        return Settings()
    return Settings(row.open_with, row.keep_years, row.standstill_days)


def mandates(organisation_id: int) -> list[tuple[str, Person]]:
    """(procedure, person) of every mandate."""
    rows = db.session.execute(
        select(Mandate.procedure, Person)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.organisation_id == organisation_id)
        .order_by(Mandate.procedure, Person.name)
    )
    return [(procedure, person) for procedure, person in rows]


def buyers(organisation: Organisation) -> list[Person]:
    """Who buys for an organisation today."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id == organisation.id,
                Membership.role == Role.BUYER,
                Membership.approved_at.is_not(None),
                Membership.ended_at.is_(None),
            )
            .order_by(Person.name, Person.id)
        )
    )


def tender(public_id: str) -> Tender | None:
    """One request."""
    return db.session.scalars(
        select(Tender)
        .options(joinedload(Tender.organisation), joinedload(Tender.created_by))
        .where(Tender.public_id == public_id)
    ).first()


def tenders_of(organisation: Organisation) -> list[Tender]:
    """An organisation's requests, the last changed first."""
    return list(
        db.session.scalars(
            select(Tender)
            .where(Tender.organisation_id == organisation.id)
            .order_by(Tender.updated_at.desc(), Tender.id.desc())
        )
    )


def value_of(row: Tender) -> rules.Value:
    """The estimated value of a request."""
    return rules.Value(row.value_low, row.value_high)


def facts_of(row: Tender) -> rules.Facts:
    """What decides whether the steps are done."""
    return rules.Facts(
        kind=row.kind,
        title=row.title,
        cpv=row.cpv,
        category=row.category,
        value=value_of(row),
        value_is_unknown=row.value_unknown,
        deadline_at=row.deadline_at,
        document=rules.complete(row.document),
    )


def earlier(row: Tender) -> list[Earlier]:
    """The organisation's other requests in the same CPV group that went further than a draft."""
    if not row.cpv:
        return []
    rows = db.session.scalars(
        select(Tender).where(
            Tender.organisation_id == row.organisation_id,
            Tender.id != row.id,
            Tender.kind == rules.Kind.REQUEST,
            Tender.stage.not_in((rules.Stage.DRAFT, rules.Stage.WITHDRAWN)),
            Tender.source_id.is_(None),
            func.substr(Tender.cpv, 1, 3) == rules.cpv_group(row.cpv),
        )
    )
    return [
        Earlier(t.public_id, t.title, clock.local(t.created_at).date(), value_of(t)) for t in rows
    ]


def advice(row: Tender, on: date) -> Advice:
    """The advice for a request on a day."""
    document = rules.complete(row.document)
    question = Question(
        category=row.category,
        value=value_of(row),
        on=on,
        cpv=row.cpv,
        authority=row.organisation.kind == OrganisationKind.AUTHORITY,
        cross_border=document["cross_border"],
    )
    return advise(
        question,
        europe=eu_thresholds(),
        limits=limits(row.organisation_id),
        earlier=earlier(row),
    )


def warnings(organisation: Organisation, on: date) -> list[str]:
    """Tables that end soon without a successor."""
    if organisation.kind != OrganisationKind.AUTHORITY:
        return []
    return table_warnings(eu_thresholds(), limits(organisation.id), on, own=True)


# Candidates ------------------------------------------------------------------------------


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
    )


def pool(what: Asked, on: date) -> Pool:
    """Everybody listed on a day, from the database, in a constant number of queries."""
    rows = db.session.execute(
        select(Organisation, ProfileVersion)
        .join(Publication, Publication.organisation_id == Organisation.id)
        .join(ProfileVersion, ProfileVersion.id == Publication.version_id)
        .where(is_published(on), Organisation.kvk_number.is_not(None))
        .order_by(Organisation.kvk_number)
    ).all()
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


# The record ------------------------------------------------------------------------------


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


def invitations(row: Tender) -> list[TenderInvitation]:
    """Who was invited, in the order in which it happened."""
    return list(
        db.session.scalars(
            select(TenderInvitation)
            .where(TenderInvitation.tender_id == row.id)
            .order_by(TenderInvitation.id)
        )
    )


def invitation(public_id: str) -> TenderInvitation | None:
    """One invitation with its request."""
    return db.session.scalars(
        select(TenderInvitation)
        .options(joinedload(TenderInvitation.tender).joinedload(Tender.organisation))
        .where(TenderInvitation.public_id == public_id)
    ).first()


def invitation_by_token(token_hash: str) -> TenderInvitation | None:
    """The invitation behind a mailed link."""
    return db.session.scalars(
        select(TenderInvitation)
        .options(joinedload(TenderInvitation.tender).joinedload(Tender.organisation))
        .where(TenderInvitation.token_hash == token_hash)
    ).first()


def invitations_of(enterprise: Organisation) -> list[TenderInvitation]:
    """What an enterprise was asked: by itself or by its KVK number, the newest first."""
    own = TenderInvitation.enterprise_id == enterprise.id
    if enterprise.kvk_number and enterprise.kvk_approved_at is not None:
        own = or_(
            own,
            (TenderInvitation.enterprise_id.is_(None))
            & (TenderInvitation.kvk_number == enterprise.kvk_number),
        )
    return list(
        db.session.scalars(
            select(TenderInvitation)
            .options(joinedload(TenderInvitation.tender).joinedload(Tender.organisation))
            .where(own)
            .order_by(TenderInvitation.invited_at.desc(), TenderInvitation.id.desc())
        )
    )


def members_of(enterprise_ids: Sequence[int]) -> dict[int, list[Person]]:
    """Enterprise id -> who acts for it, for the letters."""
    rows = db.session.execute(
        select(Membership.organisation_id, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id.in_(enterprise_ids),
            Membership.role == Role.ENTREPRENEUR,
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
            Person.disabled_at.is_(None),
        )
        .order_by(Person.id)
    )
    found: dict[int, list[Person]] = {}
    for organisation_id, person in rows:
        found.setdefault(organisation_id, []).append(person)
    return found


def turn_of(enterprise: Organisation) -> list[tuple[str, str, date]]:
    """(organisation, CPV group, last invited on) of an enterprise: its place in the rotations."""
    group = func.substr(Tender.cpv, 1, 3)
    rows = db.session.execute(
        select(Organisation.name, group, func.max(TenderInvitation.invited_at))
        .join(Tender, Tender.organisation_id == Organisation.id)
        .join(TenderInvitation, TenderInvitation.tender_id == Tender.id)
        .where(
            TenderInvitation.enterprise_id == enterprise.id,
            Tender.kind == rules.Kind.REQUEST,
        )
        .group_by(Organisation.name, group)
        .order_by(Organisation.name, group)
    )
    return [(name, code, clock.local(at).date()) for name, code, at in rows]


def newest_lot_number(row: Tender) -> int:
    """The number of the newest lot of a request; 0 when there is none."""
    query = select(func.max(Lot.number)).where(Lot.tender_id == row.id)
    return db.session.scalar(query) or 0


def tender_by_source(organisation_id: int, source_id: str) -> Tender | None:
    """The request that was made from a notice."""
    return db.session.scalars(
        select(Tender).where(
            Tender.organisation_id == organisation_id, Tender.source_id == source_id
        )
    ).first()


def closing_soon(now: datetime, until: datetime) -> list[Tender]:
    """Running requests that close between two instants and were not reminded of."""
    return list(
        db.session.scalars(
            select(Tender)
            .where(
                Tender.stage == rules.Stage.INVITED,
                Tender.deadline_at > now,
                Tender.deadline_at <= until,
                Tender.reminded_at.is_(None),
            )
            .order_by(Tender.id)
        )
    )
