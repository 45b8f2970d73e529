"""Reads of standing: the dated facts of enterprises in a region, many at once, and the answer."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from impactmakelaar.admission import rules_standing as rules
from impactmakelaar.admission.models import Application, PolicyVersion
from impactmakelaar.admission.models_certificates import CertificateCheck, CertificateEnd
from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.admission.models_standing import Leaving, Recognition, Suspension
from impactmakelaar.admission.rules import ADMITTING, Badge, Outcome
from impactmakelaar.admission.rules_policy import LEGAL_FORMS, Policy, policy_of
from impactmakelaar.admission.rules_standing import Standing
from impactmakelaar.core.db import db
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.models import Organisation, Succession

ONE_DAY = timedelta(days=1)
NOTHING = Standing(rules.State.NONE, rules.Reason.NOTHING)


def policies(region_id: int) -> tuple[rules.Policy, ...]:
    """The region's policy as standing reads it, one value per version."""
    rows = db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.region_id == region_id)
        .order_by(PolicyVersion.valid_from, PolicyVersion.number)
    )
    # Of two versions from one day the later number holds: a dict keeps the last.
    newest = {row.valid_from: policy_of(row.document) for row in rows}
    return tuple(_policy(day, version) for day, version in newest.items())


def _policy(valid_from: date, version: Policy) -> rules.Policy:
    return rules.Policy(
        valid_from=valid_from,
        grace_months=version.grace_months,
        lapsed_unlists=version.lapsed_unlists,
        certificates=tuple(
            rules.Recognised(
                kind=one.code,
                levels=frozenset(one.levels),
                counts_for_badge=one.counts_for_badge,
                not_for=frozenset(set(LEGAL_FORMS) - set(one.legal_forms))
                if one.legal_forms
                else frozenset(),
            )
            for one in version.certificates
        ),
    )


def policy_marker(region_id: int) -> tuple[int, ...]:
    """Changes whenever the region's policy gets a version: who keeps standings starts anew."""
    query = select(PolicyVersion.id).where(PolicyVersion.region_id == region_id)
    return tuple(db.session.scalars(query.order_by(PolicyVersion.id)))


def newest_policy(region_id: Any) -> Any:
    """The same as part of another query: the id of the newest version. Versions never go."""
    return (
        select(func.max(PolicyVersion.id))
        .where(PolicyVersion.region_id == region_id)
        .scalar_subquery()
    )


def standing_of(organisation: Organisation, region: Organisation, on: date) -> Standing:
    """Where one enterprise stands in a region on a day."""
    return standings(region.id, on, [organisation.id]).get(organisation.id, NOTHING)


def standings(
    region_id: int, on: date, enterprise_ids: Collection[int] | None = None
) -> dict[int, Standing]:
    """Enterprise id -> standing in the region on a day; of everybody known there for None.

    The number of queries does not depend on the number of enterprises.
    """
    policy = policies(region_id)
    found = facts(region_id, enterprise_ids)
    return {number: rules.standing(one, policy, on) for number, one in found.items()}


@dataclass
class _Rows:
    """Facts by enterprise id, as the tables hold them."""

    applications: dict[int, list[rules.Application]] = field(
        default_factory=lambda: defaultdict(list)
    )
    decisions: dict[int, list[rules.Decision]] = field(default_factory=lambda: defaultdict(list))
    certificates: dict[int, list[rules.Certificate]] = field(
        default_factory=lambda: defaultdict(list)
    )
    suspensions: dict[int, list[rules.Suspension]] = field(
        default_factory=lambda: defaultdict(list)
    )
    recognitions: dict[int, list[rules.Recognition]] = field(
        default_factory=lambda: defaultdict(list)
    )
    leavings: dict[int, list[date]] = field(default_factory=lambda: defaultdict(list))


def facts(region_id: int, enterprise_ids: Collection[int] | None = None) -> dict[int, rules.Facts]:
    """Enterprise id -> all dated facts in the region, with the history of its predecessors."""
    before: dict[int, list[tuple[int, date]]] = defaultdict(list)
    for old, new, day in db.session.execute(
        select(Succession.predecessor_id, Succession.successor_id, Succession.effective_on)
    ):
        before[new].append((old, day))
    wanted = None if enterprise_ids is None else set(enterprise_ids)
    lines: dict[int, list[tuple[int, date]]] = {
        number: _ancestors(number, before) for number in (before if wanted is None else wanted)
    }
    everybody = None
    if wanted is not None:
        everybody = wanted | {old for line in lines.values() for old, _ in line}
    rows = _load(region_id, everybody)
    query = select(Organisation.id, Organisation.kvk_number, Organisation.ended_on).where(
        Organisation.kind == "enterprise"
    )
    kept = {
        number: (kvk, ended)
        for number, kvk, ended in db.session.execute(_of(query, Organisation.id, everybody))
    }
    return {
        number: _facts(number, lines.get(number, []), kept, rows)
        for number in (kept if wanted is None else wanted)
        if number in kept
    }


def _of(query: Any, column: Any, ids: Collection[int] | None) -> Any:
    return query if ids is None else query.where(column.in_(ids))


def _ancestors(number: int, before: dict[int, list[tuple[int, date]]]) -> list[tuple[int, date]]:
    """(predecessor, day on which this enterprise took over), of all generations."""
    found: list[tuple[int, date]] = []
    seen = {number}
    waiting = [(old, day) for old, day in before.get(number, [])]
    while waiting:
        old, day = waiting.pop()
        if old not in seen:
            seen.add(old)
            found.append((old, day))
            # What the grandparent was ends when the parent took over: the earlier day counts.
            waiting += [(older, min(day, earlier)) for older, earlier in before.get(old, [])]
    return found


def _load(region_id: int, ids: Collection[int] | None) -> _Rows:
    rows = _Rows()

    def read(model: Any) -> Iterable[Any]:
        query = select(model).where(model.region_id == region_id).order_by(model.id)
        return db.session.scalars(_of(query, model.enterprise_id, ids))

    for number, key, submitted, withdrawn in db.session.execute(
        _of(
            select(
                Application.enterprise_id,
                Application.id,
                Application.submitted_on,
                Application.withdrawn_on,
            ).where(Application.region_id == region_id, Application.submitted_on.is_not(None)),
            Application.enterprise_id,
            ids,
        )
    ):
        rows.applications[number].append(rules.Application(key, submitted, withdrawn))
    for number, announced, outcome, badge, key, withdrawn in db.session.execute(
        _of(
            select(
                Decision.enterprise_id,
                Decision.announced_on,
                Decision.outcome,
                Decision.badge,
                Decision.application_id,
                Decision.withdrawn_on,
            )
            .where(
                Decision.region_id == region_id,
                Decision.announced_on.is_not(None),
                Decision.outcome != Outcome.DEFERRED,
            )
            .order_by(Decision.id),
            Decision.enterprise_id,
            ids,
        )
    ):
        rows.decisions[number].append(
            rules.Decision(announced, outcome in ADMITTING, badge != Badge.NONE, key, withdrawn)
        )
    for check, end in db.session.execute(
        _of(
            select(CertificateCheck, CertificateEnd)
            .outerjoin(CertificateEnd, CertificateEnd.check_id == CertificateCheck.id)
            .where(CertificateCheck.region_id == region_id, CertificateCheck.outcome == "verified")
            .order_by(CertificateCheck.id),
            CertificateCheck.enterprise_id,
            ids,
        )
    ):
        if end is None or end.kind != "mistake":
            rows.certificates[check.enterprise_id].append(_certificate(check, end))
    for row in read(Suspension):
        if row.from_day is not None:
            rows.suspensions[row.enterprise_id].append(
                rules.Suspension(row.from_day, row.last_day, row.lifted_on)
            )
    for row in read(Recognition):
        rows.recognitions[row.enterprise_id].append(
            rules.Recognition(
                row.other_region,
                row.from_day,
                row.last_day,
                rules.State(row.badge),
                row.ended_on,
            )
        )
    for row in read(Leaving):
        rows.leavings[row.enterprise_id].append(row.from_day)
    return rows


def _certificate(check: CertificateCheck, end: CertificateEnd | None) -> rules.Certificate:
    assert check.valid_from is not None
    assert check.valid_until is not None
    return rules.Certificate(
        kind=check.kind,
        level=check.level,
        kvk_number=check.kvk_number,
        valid_from=check.valid_from,
        valid_until=check.valid_until,
        handed_in_on=check.handed_in_on,
        withdrawn_on=end.from_day if end else None,
        key=check.id,
    )


def _facts(
    number: int,
    line: list[tuple[int, date]],
    kept: dict[int, tuple[str | None, date | None]],
    rows: _Rows,
) -> rules.Facts:
    kvk, ended_on = kept[number]
    identities = [rules.Identity(kvk)] if kvk else []
    applications = list(rows.applications[number])
    decisions = list(rows.decisions[number])
    wishes = list(rows.leavings[number])
    for old, day in line:
        old_kvk = kept[old][0] if old in kept else None
        if old_kvk and old_kvk != kvk:
            identities.append(rules.Identity(old_kvk, last_day=day - ONE_DAY))
        applications += [replace(one, inherited_on=day) for one in rows.applications[old]]
        decisions += [replace(one, inherited_on=day) for one in rows.decisions[old]]
        wishes += [wish for wish in rows.leavings[old] if wish < day]
    family = [number, *(old for old, _ in line)]
    return rules.Facts(
        identities=tuple(identities),
        applications=tuple(applications),
        decisions=tuple(decisions),
        certificates=tuple(one for n in family for one in rows.certificates[n]),
        suspensions=tuple(one for n in family for one in rows.suspensions[n]),
        recognitions=tuple(one for n in family for one in rows.recognitions[n]),
        wishes=tuple(wishes),
        organisation_ended_on=ended_on,
    )


def certificate_name(found: Standing) -> str:
    """The Dutch name of the certificate that a standing rests on, with its level."""
    if found.certificate is None:
        return ""
    name = reference().label("certificates", found.certificate.kind)
    level = found.certificate.level
    return f"{name} ({level})" if level and level not in name else name


def counts_today(policy: tuple[rules.Policy, ...], kind: str, level: str, on: date) -> bool:
    """Whether the list in force on a day has this certificate and level for the badge."""
    return rules.recognises(rules.policy_on(policy, on), kind, level)
