"""Reads of admission. What somebody may know of applications goes through ``visible_applications``.

Who has an interest in an application (a recused declaration) does not find it anywhere in the
region's work, whatever roles he has there: no row, no count, no number, no name of a file. Two
things stay: his own declaration, and, for somebody who acts for the applicant, the applicant's
own side, which holds nothing of the committee.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import queries_policy
from impactmakelaar.admission.models import (
    Application,
    ApplicationFile,
    ConflictDeclaration,
    MoreRequest,
)
from impactmakelaar.admission.models_decision import AdmissionLetter, Decision, Objection
from impactmakelaar.admission.rules import (
    CARETAKERS,
    DOSSIER_ROLES,
    Pause,
    State,
    decide_objection_until,
    target_day,
)
from impactmakelaar.admission.rules_application import complete
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role

PAGE_SIZE = 50
DECIDED = (State.ANNOUNCED, State.OBJECTION, State.WITHDRAWN)


@dataclass(frozen=True)
class Reader:
    """Somebody who acts for one organisation, in these roles."""

    person_id: int
    organisation_id: int
    roles: frozenset[str]

    def has(self, *roles: str) -> bool:
        """Whether he acts in one of these roles."""
        return bool(self.roles.intersection(roles))


def reader(person: Person, organisation: Organisation) -> Reader:
    """Somebody as he acts for an organisation today."""
    roles = frozenset(
        m.role
        for m in organisations.active_memberships(person)
        if m.organisation_id == organisation.id
    )
    return Reader(person.id, organisation.id, roles)


def _recused(person_id: int) -> Any:
    return exists().where(
        ConflictDeclaration.application_id == Application.id,
        ConflictDeclaration.person_id == person_id,
        ConflictDeclaration.recused,
    )


def visible_applications(reader: Reader) -> Select[Application]:
    """The applications that exist for this reader: the only way to one.

    The applicant: those of the enterprise. In the region: what was submitted there, for members
    of the committee once it was complete; never one in which the reader has an interest.
    """
    conditions = []
    if reader.has(Role.ENTREPRENEUR):
        conditions.append(Application.enterprise_id == reader.organisation_id)
    if reader.has(*DOSSIER_ROLES):
        inside = [
            Application.region_id == reader.organisation_id,
            Application.submitted_on.is_not(None),
            ~_recused(reader.person_id),
        ]
        if not reader.has(*CARETAKERS):
            inside.append(Application.completed_on.is_not(None))
        conditions.append(and_(*inside))
    return select(Application).where(or_(*conditions) if conditions else false())


def visible_ids(reader: Reader) -> Any:
    return visible_applications(reader).with_only_columns(Application.id)


def application(reader: Reader, public_id: str) -> Application | None:
    """One application, when it exists for this reader."""
    query = (
        visible_applications(reader)
        .where(Application.public_id == public_id)
        .options(joinedload(Application.enterprise), joinedload(Application.policy_version))
    )
    return db.session.scalars(query).first()


def applications(
    reader: Reader, states: Iterable[str] = (), page: int = 1, size: int = PAGE_SIZE
) -> tuple[list[Application], int]:
    """A page of the applications and how many there are: open ones first, then the oldest."""
    query = visible_applications(reader)
    wanted = list(states)
    if wanted:
        query = query.where(Application.state.in_(wanted))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    query = (
        query.join(Application.enterprise)
        .options(contains_eager(Application.enterprise), joinedload(Application.policy_version))
        .order_by(
            Application.state.in_((State.ANNOUNCED, State.WITHDRAWN)),
            Application.submitted_on,
            Organisation.name,
            Application.id,
        )
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(db.session.scalars(query)), total


def counts_by_state(reader: Reader) -> dict[str, int]:
    """State -> how many of the reader's applications have it."""
    found = visible_applications(reader).subquery()
    rows = db.session.execute(select(found.c.state, func.count()).group_by(found.c.state))
    return {str(state): int(count) for state, count in rows}


def own_applications(reader: Reader) -> list[Application]:
    """Those of the enterprise, newest first."""
    query = visible_applications(reader).order_by(Application.id.desc())
    return list(db.session.scalars(query))


def open_application(enterprise: Organisation, region_id: int) -> Application | None:
    """The application of an enterprise that has not been decided or withdrawn."""
    return db.session.scalars(
        select(Application).where(
            Application.enterprise_id == enterprise.id,
            Application.region_id == region_id,
            Application.state.not_in((State.ANNOUNCED, State.WITHDRAWN)),
        )
    ).first()


def files(row: Application) -> list[ApplicationFile]:
    """Evidence that was not removed, in the order in which it came."""
    return list(
        db.session.scalars(
            select(ApplicationFile)
            .where(ApplicationFile.application_id == row.id, ApplicationFile.removed_at.is_(None))
            .options(joinedload(ApplicationFile.file))
            .order_by(ApplicationFile.id)
        )
    )


def file(reader: Reader, public_id: str) -> ApplicationFile | None:
    """One piece of evidence of an application that exists for the reader."""
    return db.session.scalars(
        select(ApplicationFile)
        .where(
            ApplicationFile.public_id == public_id,
            ApplicationFile.removed_at.is_(None),
            ApplicationFile.application_id.in_(visible_ids(reader)),
        )
        .options(joinedload(ApplicationFile.file))
    ).first()


def application_by_id(reader: Reader, application_id: int) -> Application | None:
    """One application by its own number, when it exists for this reader."""
    query = visible_applications(reader).where(Application.id == application_id)
    return db.session.scalars(query.options(joinedload(Application.enterprise))).first()


def requests(row: Application) -> list[MoreRequest]:
    """Every question to the applicant, oldest first."""
    return list(
        db.session.scalars(
            select(MoreRequest).where(MoreRequest.application_id == row.id).order_by(MoreRequest.id)
        )
    )


def open_requests(row: Application) -> list[MoreRequest]:
    """Questions without an answer."""
    return [one for one in requests(row) if one.answered_on is None]


def targets(rows: Sequence[Application], today: date) -> dict[int, date]:
    """Application id -> the day by which the region wants to have decided, or must have decided
    on an objection; none for what is decided or withdrawn."""
    judged = [row for row in rows if row.state not in DECIDED and row.submitted_on is not None]
    pauses: dict[int, list[Pause]] = {}
    found = db.session.execute(
        select(MoreRequest.application_id, MoreRequest.asked_on, MoreRequest.answered_on).where(
            MoreRequest.application_id.in_([row.id for row in judged])
        )
    )
    for application_id, asked_on, answered_on in found:
        pauses.setdefault(application_id, []).append(Pause(asked_on, answered_on))
    return _objection_targets(rows, today) | {
        row.id: target_day(
            row.round_started_on or row.submitted_on or today,
            queries_policy.policy_for(row, today).target_days,
            pauses.get(row.id, ()),
            today,
        )
        for row in judged
    }


def _objection_targets(rows: Sequence[Application], today: date) -> dict[int, date]:
    under = {row.id: row for row in rows if row.state == State.OBJECTION}
    found = db.session.execute(
        select(Decision.application_id, Decision.announced_on)
        .join(Objection, Objection.decision_id == Decision.id)
        .where(Decision.application_id.in_(list(under)), Objection.decided_on.is_(None))
    )
    return {
        int(number): decide_objection_until(
            day, queries_policy.policy_for(under[number], today).objection_days
        )
        for number, day in found
        if day is not None
    }


def letters(row: Application) -> list[OutboxMail]:
    """The mails about an application, newest first."""
    return list(
        db.session.scalars(
            select(OutboxMail)
            .join(AdmissionLetter, AdmissionLetter.mail_id == OutboxMail.id)
            .where(AdmissionLetter.application_id == row.id)
            .order_by(OutboxMail.id.desc())
        )
    )


def document(row: Application) -> dict[str, Any]:
    """The application with every key present."""
    return complete(row.document)
