"""Verbs of a decision: prepare, revise, announce; and decide on an objection to it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import (
    mails,
    permissions,
    queries,
    queries_decisions,
    queries_meetings,
    queries_policy,
    rules,
)
from impactmakelaar.admission.models import Application
from impactmakelaar.admission.models_decision import Decision, Objection
from impactmakelaar.admission.rules import ADMITTING, Badge, Outcome, State, Step, Tally
from impactmakelaar.admission.rules_policy import Policy
from impactmakelaar.admission.services import (
    annul_round,
    new_round,
    own_url,
    post_to_applicant,
    record,
    step,
    withdraw_earlier,
)
from impactmakelaar.core import changes
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused

TWICE = "Een ander lid bereidde dit besluit net voor. Bekijk wat er nu staat."


def warning(row: Application, outcome: str, badge: str, on: date) -> str:
    """What the committee must know before it admits: an empty text when there is nothing.

    A badge in grace is a promise nobody can keep when no certificate of the list is open to the
    applicant's legal form.
    """
    if outcome not in ADMITTING or badge != Badge.GRACE:
        return ""
    policy = queries_policy.policy_for(row, on)
    if policy.obtainable(queries.document(row)["legal_form"]):
        return ""
    return (
        "Geen enkel keurmerk op de lijst van uw regio staat open voor deze rechtsvorm. "
        f"De badge vervalt dan na {policy.grace_months} maanden."
    )


def digest(decision: Decision | None) -> str:
    """A short sign of what a decision says, to see whether somebody else changed it."""
    if decision is None:
        return ""
    said = [decision.id, decision.outcome, decision.reasons, decision.summary]
    said += [decision.conditions, decision.warning_accepted]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def prepare(
    *,
    row: Application,
    reasons: Mapping[str, str],
    summary: str,
    warning_answer: str,
    by: Person,
    today: date,
    seen: str = "",
) -> Decision:
    """Turn the adopted proposal into a decision, with a reason per criterion; or revise it.

    Nothing outside the committee changes. A decision that was prepared can be revised until it
    is announced, by who saw what it says (``seen``, see ``digest``); its outcome and counts are
    those of the vote.

    :raises Refused: when there is no adopted proposal, a reason lacks, or a warning has no answer.
    """
    if not permissions.may_decide(by, row, today):
        raise NotFound
    policy = queries_policy.policy_for(row, today)
    kept = {one.key: reasons.get(one.key, "").strip() for one in policy.criteria}
    for one in policy.criteria:
        if not kept[one.key]:
            raise Refused(f"Schrijf op wat de commissie vindt van “{one.title}”.", one.key)
    try:
        with transaction():
            item = queries_meetings.live_item(row)
            if item is None or item.state != "adopted":
                raise Refused("De commissie heeft over dit dossier nog geen voorstel aangenomen.")
            lock(item.meeting)
            row = lock(row)
            item = lock(item)
            if item.state != "adopted" or item.outcome is None:
                raise Refused("De stemming over dit dossier is intussen vervallen.")
            caution = warning(row, item.outcome, item.badge, today)
            if caution and not warning_answer.strip():
                raise Refused(
                    f"{caution} Schrijf op waarom u toch een badge geeft.", "warning_answer"
                )
            known = queries_decisions.decision(row)
            if known is None:
                step(row, Step.PREPARE)
                tally = Tally(item.present, item.in_favour, item.against, item.blank)
                known = _decision_of(row, tally, policy, by, today)
                known.item_id = item.id
                known.outcome, known.badge = item.outcome, item.badge
                known.conditions = item.conditions
            elif known.announced_on is not None:
                raise Refused("Dit besluit is al bekendgemaakt.")
            elif seen != digest(known):
                raise Refused(TWICE)
            known.reasons = kept
            known.summary = summary.strip()
            known.warning_accepted = warning_answer.strip() if caution else ""
            db.session.add(known)
            record("decision.prepared", row, by, outcome=known.outcome)
            db.session.flush()
            return known
    except IntegrityError as error:
        raise Refused(TWICE) from error


def _decision_of(
    row: Application, tally: Tally, policy: Policy, by: Person, today: date
) -> Decision:
    assert row.policy_version_id is not None
    return Decision(
        application_id=row.id,
        round=row.round,
        enterprise_id=row.enterprise_id,
        region_id=row.region_id,
        policy_version_id=row.policy_version_id,
        quorum=policy.quorum,
        needed=rules.needed_in_favour(tally.in_favour, tally.against, policy.majority),
        present=tally.present,
        in_favour=tally.in_favour,
        against=tally.against,
        blank=tally.blank,
        prepared_on=today,
        prepared_by_id=by.id,
    )


def announce(*, row: Application, by: Person, today: date, seen: str | None = None) -> Decision:
    """Make the decision known: today is day D. The applicant gets a mail with the letter's page.

    ``seen`` is the ``digest`` of the letter that was read; a letter changed since is refused.

    A deferral opens the next round at once. An earlier decision that still held gives way.
    """
    if not permissions.may_decide(by, row, today):
        raise NotFound
    with transaction():
        row = lock(row)
        decision = queries_decisions.decision(row)
        if decision is None:
            raise Refused("Er is nog geen besluit voorbereid.")
        if decision.announced_on is not None:
            raise Refused("Dit besluit is al bekendgemaakt.")
        decision = lock(decision)
        if seen is not None and seen != digest(decision):
            raise Refused("De brief is intussen gewijzigd. Lees hem nog een keer.")
        step(row, Step.ANNOUNCE)
        decision.announced_on, decision.announced_by_id = today, by.id
        db.session.flush()
        withdraw_earlier(row, today, keep=decision)
        record("decision.announced", row, by, outcome=decision.outcome)
        changes.note(changes.ENTERPRISE, row.enterprise_id)
        name = row.enterprise.name
        post_to_applicant(row, lambda to, who: mails.announced(to, who, name, own_url(row)))
        if decision.outcome == Outcome.DEFERRED:
            new_round(row, today, by)
        return decision


def drop(*, row: Application, reason: str, by: Person, today: date) -> None:
    """Undo a decision that was prepared: the vote is annulled and the round goes on."""
    if not permissions.may_decide(by, row, today):
        raise NotFound
    if not reason.strip():
        raise Refused("Schrijf op waarom het besluit vervalt.", "reason")
    with transaction():
        row = lock(row)
        if row.state != State.PREPARED:
            raise Refused("Er is geen voorbereid besluit.")
        step(row, Step.UNPREPARE)
        annul_round(row, reason.strip()[:200], by)
        record("decision.unprepared", row, by)


def decide_objection(
    *,
    row: Application,
    objection: Objection,
    outcome: str,
    reasons: str,
    by: Person,
    today: date,
) -> Objection:
    """Decide on an objection: ``upheld``, ``rejected`` or ``too_late``; by people with no part in
    the decision.

    An upheld objection opens the next round. A refusal then no longer holds; an admission goes
    on until the next round is decided, for an objection must not leave somebody worse off.
    """
    if not permissions.may_decide_objection(by, row, objection):
        raise NotFound
    if outcome not in ("upheld", "rejected", "too_late"):
        raise Refused("Kies een uitkomst.", "outcome")
    if not reasons.strip():
        raise Refused("Schrijf op waarom u dit vindt.", "reasons")
    try:
        with transaction():
            row = lock(row)
            objection = lock(objection)
            if objection.decided_on is not None:
                raise Refused("Op dit bezwaar is al beslist.")
            objection.decided_by_id, objection.decided_on = by.id, today
            objection.outcome, objection.reasons = outcome, reasons.strip()
            db.session.flush()
            record("objection.decided", row, by, outcome=outcome)
            if outcome == "upheld":
                decision = lock(objection.decision)
                if decision.outcome not in ADMITTING:
                    decision.withdrawn_on = today
                new_round(row, today, by)
            else:
                step(row, Step.REJECT_OBJECTION)
            changes.note(changes.ENTERPRISE, row.enterprise_id)
            name = row.enterprise.name
            post_to_applicant(
                row, lambda to, who: mails.objection_decided(to, who, name, own_url(row))
            )
            return objection
    except IntegrityError as error:
        raise Refused("Wie aan het besluit meewerkte, beslist niet op het bezwaar.") from error
