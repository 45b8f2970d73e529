"""On what grounds a supplier was recognised on a day, under the rules of the client's region."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import select

from impactmakelaar.admission import queries_standing
from impactmakelaar.admission.rules_standing import (
    Certificate,
    Facts,
    Reason,
    Standing,
    State,
)
from impactmakelaar.admission.rules_standing import standing as standing_on
from impactmakelaar.core.db import db
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.social_return.models import SupplierGround
from impactmakelaar.social_return.rules_worth import Ground, Grounds

SHELTERED = "sheltered"
BADGE_WORDS = {
    State.IN_GRACE: "de SROI-badge (eerste jaar)",
    State.CERTIFIED: "de SROI-badge",
}


def enterprises_by_kvk(numbers: Collection[str]) -> dict[str, Organisation]:
    """KVK number -> the approved enterprise that has it, in any region of the installation."""
    rows = db.session.scalars(
        select(Organisation)
        .where(
            Organisation.kind == Kind.ENTERPRISE,
            Organisation.kvk_number.in_(numbers),
            Organisation.kvk_approved_at.is_not(None),
        )
        .order_by(Organisation.ended_on.is_(None), Organisation.id)
    )
    # The last one stays: one that goes on before one that ended, the newest of equals.
    return {row.kvk_number: row for row in rows if row.kvk_number}


def grounds_on(enterprise: Organisation, region: Organisation, day: date) -> Grounds:
    """What an enterprise was in a region on a day: badge, verified certificates, and why not."""
    return grounds_of([enterprise], region.id, day)[enterprise.id]


class Supplier(Protocol):
    """An enterprise, or a row of the register about one."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kvk_number(self) -> str | None:
        """Its number in the trade register."""


def grounds_of(enterprises: Collection[Supplier], region_id: int, day: date) -> dict[int, Grounds]:
    """The same for many; the number of queries does not depend on how many there are."""
    known = _Known(region_id, enterprises, [one.kvk_number or "" for one in enterprises])
    return {one.id: known.of(one, day) for one in enterprises}


@dataclass(frozen=True)
class Purchase:
    """A supplier by its KVK number, its name as typed, and the day that decides."""

    kvk_number: str
    name: str
    day: date


def grounds_by_kvk(region_id: int, asked: Collection[Purchase]) -> dict[Purchase, Grounds]:
    """What suppliers were, in the register or recognised outside it; few queries for many."""
    numbers = {one.kvk_number for one in asked}
    enterprises = enterprises_by_kvk(numbers)
    known = _Known(region_id, list(enterprises.values()), numbers)
    found = {}
    for one in asked:
        enterprise = enterprises.get(one.kvk_number)
        if enterprise is not None:
            found[one] = known.of(enterprise, one.day)
            continue
        found[one] = Grounds(
            tuple(known.recognised(one.kvk_number, one.day)),
            f"{one.name or 'Deze leverancier'} (KVK {one.kvk_number}) staat niet in het register "
            "en is door deze regio niet erkend.",
        )
    return found


class _Known:
    """The dated facts of suppliers in a region, read once; ``of`` answers for any day."""

    def __init__(
        self, region_id: int, enterprises: Collection[Supplier], numbers: Collection[str]
    ) -> None:
        self.policy = queries_standing.policies(region_id) if enterprises else ()
        self.facts = (
            queries_standing.facts(region_id, [one.id for one in enterprises])
            if enterprises
            else {}
        )
        self.rows: dict[str, list[SupplierGround]] = {}
        query = select(SupplierGround).where(
            SupplierGround.region_id == region_id, SupplierGround.supplier_kvk.in_(numbers)
        )
        for row in db.session.scalars(query.order_by(SupplierGround.id)):
            self.rows.setdefault(row.supplier_kvk, []).append(row)

    def of(self, enterprise: Supplier, day: date) -> Grounds:
        """What an enterprise was on a day: badge, verified certificates, and why not."""
        facts = self.facts.get(enterprise.id, Facts())
        standing = standing_on(facts, self.policy, day)
        held = [
            *_badge(standing),
            *_certificates(facts, day),
            *self.recognised(enterprise.kvk_number or "", day),
        ]
        return Grounds(tuple(held), why_not(enterprise.name, standing, day))

    def recognised(self, kvk_number: str, day: date) -> list[Ground]:
        """The grounds on which the region recognises a supplier by itself on a day."""
        return [
            _recognised(row)
            for row in self.rows.get(kvk_number, [])
            if row.first_day <= day <= row.last_day
        ]


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


def _recognised(row: SupplierGround) -> Ground:
    label = "sociale werkvoorziening" if row.ground == SHELTERED else row.ground
    if row.ground not in (SHELTERED, "badge"):
        label = reference().label("certificates", row.ground)
    label += f" ({row.level})" if row.level else ""
    return Ground(row.ground, f"{label}, door de regio erkend", row.level, row.last_day)


def why_not(name: str, standing: Standing, day: date) -> str:
    """Why an enterprise had no badge on a day, in one sentence."""
    on = f"op {long_date(day)}"
    if standing.has_badge:
        return f"{name} had {on} wel een badge, maar die telt niet bij deze opdrachtgever."
    if standing.admitted and standing.state == State.NONE:
        return f"{name} is toegelaten, maar had {on} geen badge."
    last = f" tot en met {long_date(standing.last_day)}" if standing.last_day else ""
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
