"""On what grounds a supplier was recognised on a day, under the rules of the client's region."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from impactmakelaar.admission import queries_standing
from impactmakelaar.admission.rules_standing import Certificate, Facts, Reason, Standing, State
from impactmakelaar.core.db import db
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.social_return.models import SupplierGround
from impactmakelaar.social_return.rules_worth import Ground, Grounds, dutch_day

SHELTERED = "sheltered"
BADGE_WORDS = {
    State.IN_GRACE: "de SROI-badge (eerste jaar)",
    State.CERTIFIED: "de SROI-badge",
}


def enterprise_by_kvk(kvk_number: str) -> Organisation | None:
    """The approved enterprise with a KVK number, in any region of the installation."""
    return db.session.scalars(
        select(Organisation)
        .where(
            Organisation.kind == Kind.ENTERPRISE,
            Organisation.kvk_number == kvk_number,
            Organisation.kvk_approved_at.is_not(None),
        )
        .order_by(Organisation.ended_on.is_not(None), Organisation.id.desc())
        .limit(1)
    ).first()


def grounds_on(enterprise: Organisation, region: Organisation, day: date) -> Grounds:
    """What an enterprise was in a region on a day: badge, verified certificates, and why not."""
    return grounds_of([enterprise], region.id, day)[enterprise.id]


def grounds_of(
    enterprises: Collection[Organisation], region_id: int, day: date
) -> dict[int, Grounds]:
    """The same for many; the number of queries does not depend on how many there are."""
    ids = [one.id for one in enterprises]
    standings = queries_standing.standings(region_id, day, ids)
    facts = queries_standing.facts(region_id, ids)
    extra = _recognised(region_id, day, [one.kvk_number for one in enterprises if one.kvk_number])
    found = {}
    for one in enterprises:
        standing = standings.get(one.id, queries_standing.NOTHING)
        held = [
            *_badge(standing),
            *_certificates(facts.get(one.id, Facts()), day),
            *extra.get(one.kvk_number or "", []),
        ]
        found[one.id] = Grounds(tuple(held), why_not(one.name, standing, day))
    return found


def grounds_by_kvk(kvk_number: str, name: str, region: Organisation, day: date) -> Grounds:
    """What the supplier with a KVK number was, in the register or recognised outside it."""
    enterprise = enterprise_by_kvk(kvk_number)
    if enterprise is not None:
        return grounds_on(enterprise, region, day)
    held = _recognised(region.id, day, [kvk_number]).get(kvk_number, [])
    return Grounds(
        tuple(held),
        f"{name or 'Deze leverancier'} (KVK {kvk_number}) staat niet in het register en is door "
        "deze regio niet erkend.",
    )


def _badge(standing: Standing) -> list[Ground]:
    if not standing.has_badge:
        return []
    return [Ground("badge", BADGE_WORDS[standing.state], last_day=standing.last_day)]


def _certificates(facts: Facts, day: date) -> list[Ground]:
    return [
        Ground(
            one.kind,
            reference().label("certificates", one.kind) + (f" ({one.level})" if one.level else ""),
            one.level,
            one.valid_until,
        )
        for one in facts.certificates
        if _holds(one, facts, day)
    ]


def _holds(one: Certificate, facts: Facts, day: date) -> bool:
    """Valid on the day, not withdrawn, on the number under which it worked then."""
    own = {i.kvk_number for i in facts.identities if i.first_day <= day <= i.last_day}
    return (
        one.valid_from <= day <= one.valid_until
        and (one.withdrawn_on is None or day < one.withdrawn_on)
        and one.kvk_number in own
    )


def _recognised(region_id: int, day: date, numbers: list[str]) -> dict[str, list[Ground]]:
    found: dict[str, list[Ground]] = {}
    if not numbers:
        return found
    query = select(SupplierGround).where(
        SupplierGround.region_id == region_id,
        SupplierGround.supplier_kvk.in_(numbers),
        SupplierGround.first_day <= day,
        SupplierGround.last_day >= day,
    )
    for row in db.session.scalars(query.order_by(SupplierGround.id)):
        label = "sociale werkvoorziening" if row.ground == SHELTERED else row.ground
        if row.ground not in (SHELTERED, "badge"):
            label = reference().label("certificates", row.ground)
        label += f" ({row.level})" if row.level else ""
        ground = Ground(row.ground, f"{label}, door de regio erkend", row.level, row.last_day)
        found.setdefault(row.supplier_kvk, []).append(ground)
    return found


def why_not(name: str, standing: Standing, day: date) -> str:
    """Why an enterprise had no badge on a day, in one sentence."""
    on = f"op {dutch_day(day)}"
    if standing.has_badge:
        return f"{name} had {on} wel een badge, maar die telt niet bij deze opdrachtgever."
    if standing.admitted and standing.state == State.NONE:
        return f"{name} is toegelaten, maar had {on} geen badge."
    last = f" tot en met {dutch_day(standing.last_day)}" if standing.last_day else ""
    if standing.state == State.LAPSED:
        what = "keurmerk" if standing.reason != Reason.GRACE_OVER else "eerste jaar"
        return f"{name} had {on} geen badge meer: die gold{last} (het {what} liep af)."
    sentences = {
        State.NONE: f"{name} is in deze regio niet toegelaten.",
        State.APPLIED: f"{name} had zich {on} aangemeld, maar er was nog geen besluit.",
        State.SUSPENDED: f"{name} was {on} geschorst.",
        State.REFUSED: f"{name} is in deze regio niet toegelaten.",
        State.WITHDRAWN: f"De toelating van {name} is ingetrokken.",
        State.ENDED: f"{name} deed {on} niet meer mee.",
    }
    return sentences[standing.state]
