"""Verbs of the applicant: start, save, hand in evidence, submit, answer, withdraw, object."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import IO, Any

from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import (
    mails,
    permissions,
    queries,
    queries_decisions,
    queries_interests,
    queries_meetings,
    queries_policy,
    rules,
    rules_application,
)
from impactmakelaar.admission.models import Application, ApplicationFile
from impactmakelaar.admission.models_decision import AdmissionLetter, Decision, Objection
from impactmakelaar.admission.models_meeting import AgendaItem
from impactmakelaar.admission.rules import ADMITTING, Outcome, State, Step
from impactmakelaar.admission.rules_policy import policy_of
from impactmakelaar.core import audit, changes, clock, files, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from impactmakelaar.core.mail import Mail
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.profiles import queries as profiles
from impactmakelaar.profiles import rules as profile_rules

Letter = Callable[[str, str], Mail]
"""(address, name) -> the letter to one recipient."""

NO_POLICY = "De regio heeft nog geen regels voor toelating vastgesteld. Vraag het de makelaar."
CHANGED = "Een collega heeft de aanvraag intussen gewijzigd. Uw tekst staat nog in het formulier."


def step(row: Application, taken: Step) -> None:
    """Take a step in the life of a locked application.

    :raises Refused: when the state does not allow it.
    """
    row.state = rules.next_state(row.state, taken)


def record(action: str, row: Application, by: Person | None, **details: Any) -> None:
    """Write a line about the dossier.

    It names no organisation: the trail of an enterprise or a region is read by people for whom
    this dossier does not exist.
    """
    audit.record(action, row, by=by, **details)


def post(row: Application, people: Iterable[Person], letter: Letter) -> None:
    """Send a letter about an application to people who may know of it."""
    recused = queries_interests.recused_people(row)
    for person in people:
        if person.id in recused:
            continue
        sent = mail.post(letter(person.email, person.name), person=person)
        db.session.flush()
        db.session.add(AdmissionLetter(mail_id=sent.id, application_id=row.id))


def applicants(row: Application) -> list[Person]:
    """Who acts for the applicant today."""
    return [m.person for m in organisations.members(row.enterprise)]


def post_to_applicant(row: Application, letter: Letter) -> None:
    """Send a letter to the applicant's people; an interest in one's own case hides nothing."""
    for person in applicants(row):
        sent = mail.post(letter(person.email, person.name), person=person)
        db.session.flush()
        db.session.add(AdmissionLetter(mail_id=sent.id, application_id=row.id))


def dossier_url(row: Application) -> str:
    """The dossier's address for the committee."""
    return links.address("admission.dossier", public_id=row.public_id)


def own_url(row: Application) -> str:
    """The application's address for the applicant."""
    return links.address("admission.application", public_id=row.public_id)


def start(*, enterprise: Organisation, by: Person, today: date) -> Application:
    """A new application with what the profile tells, or the one that is open already."""
    if not permissions.may_apply(by, enterprise) or enterprise.region_id is None:
        raise NotFound
    try:
        with transaction():
            enterprise = lock(enterprise)
            region_id = enterprise.region_id
            assert region_id is not None
            open_one = queries.open_application(enterprise, region_id)
            if open_one is not None:
                return open_one
            if queries_policy.policy_version(region_id, today) is None:
                raise Refused(NO_POLICY)
            draft = profiles.draft(enterprise)
            profile = profile_rules.complete(draft.document if draft else {})
            now = clock.now()
            row = Application(
                enterprise_id=enterprise.id,
                region_id=region_id,
                state=State.DRAFT,
                document=rules_application.prefilled(profile, enterprise.name),
                created_at=now,
                saved_at=now,
                created_by_id=by.id,
            )
            db.session.add(row)
            record("application.started", row, by)
            return row
    except IntegrityError as error:
        raise Refused("Er is al een aanvraag van uw onderneming. Open die.") from error


def save(
    *, row: Application, part: str, values: dict[str, Any], seen: str, by: Person
) -> Application:
    """Keep what was typed in one part of a draft (see ``rules_application.with_part``).

    ``seen`` is the part's digest when the form was shown; empty when nobody asks.

    :raises Conflict: when a colleague changed the same part meanwhile.
    """
    if not permissions.is_applicant(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        if row.state != State.DRAFT:
            raise Refused("Deze aanvraag is al ingediend. U kunt hem niet meer wijzigen.")
        new = rules_application.with_part(row.document, part, values)
        if new == rules_application.complete(row.document):
            return row
        now_stored = rules_application.digest(row.document, part)
        if seen and seen != now_stored:
            raise Conflict(CHANGED, rules_application.part_of(row.document, part))
        row.document = new
        row.revision += 1
        row.saved_at = clock.now()
        return row


def add_file(
    *, row: Application, part: str, stream: IO[bytes], name: str, by: Person
) -> ApplicationFile:
    """Keep a piece of evidence with one part of the application.

    The stored file belongs to no organisation: only the pages of admission may show it.
    """
    if not permissions.is_applicant(by, row):
        raise NotFound
    accepted = files.accept_evidence(stream)
    with transaction():
        row = lock(row)
        if row.state not in (State.DRAFT, State.ASKED):
            raise Refused("U kunt nu geen bewijs toevoegen.", "file")
        if len(queries.files(row)) >= rules_application.MAX_FILES:
            raise Refused(
                f"U kunt hoogstens {rules_application.MAX_FILES} bestanden toevoegen.", "file"
            )
        stored = files.keep(accepted, name=name, organisation_id=None, by_id=by.id)
        added = ApplicationFile(
            application_id=row.id, part=part, file_id=stored.id, added_at=clock.now()
        )
        db.session.add(added)
        record("application.file_added", row, by, part=part)
        return added


def remove_file(*, row: Application, file: ApplicationFile, by: Person) -> None:
    """Take back a piece of evidence, as long as the application is with the applicant."""
    if not permissions.is_applicant(by, row) or file.application_id != row.id:
        raise NotFound
    with transaction():
        row = lock(row)
        if row.state != State.DRAFT:
            raise Refused("Deze aanvraag is al ingediend. Het bewijs blijft erbij.")
        lock(file).removed_at = clock.now()
        record("application.file_removed", row, by, part=file.part)


def submit(*, row: Application, by: Person, today: date) -> Application:
    """Hand in the application; the region's rules of this day hold for it.

    :raises Refused: when something is missing; the sentence says what.
    """
    if not permissions.is_applicant(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        version = queries_policy.policy_version(row.region_id, today)
        if version is None:
            raise Refused(NO_POLICY)
        rules.next_state(row.state, Step.SUBMIT)
        policy = policy_of(version.document)
        missing = [p.missing for p in rules_application.parts(row.document, policy) if not p.done]
        if missing:
            raise Refused(" ".join(missing))
        step(row, Step.SUBMIT)
        row.policy_version_id = version.id
        row.submitted_on = row.round_started_on = today
        record("application.submitted", row, by)
        changes.note(changes.ENTERPRISE, row.enterprise_id)
        db.session.flush()
        target = queries.targets([row], today)[row.id]
        name = row.enterprise.name
        post_to_applicant(
            row, lambda to, who: mails.submitted(to, who, name, long_date(target), own_url(row))
        )
        _tell_secretary(row)
        return row


def _tell_secretary(row: Application) -> None:
    name, url = row.enterprise.name, dossier_url(row)
    people = queries_policy.people_with_role(row.region_id, Role.SECRETARY)
    post(row, people, lambda to, who: mails.to_check(to, who, name, url))


def answer(*, row: Application, answers: dict[str, str], by: Person, today: date) -> Application:
    """Answer the secretary's questions (public id -> text); with the last one the clock goes on.

    :raises Refused: when an answer is empty.
    """
    if not permissions.is_applicant(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        rules.next_state(row.state, Step.ANSWER)
        waiting = queries.open_requests(row)
        for request in waiting:
            text = answers.get(request.public_id, "").strip()
            if not text:
                raise Refused("Geef op elke vraag een antwoord.", request.public_id)
            request.answer = text
            request.answered_on = today
            request.answered_by_id = by.id
        step(row, Step.ANSWER)
        record("application.answered", row, by, questions=len(waiting))
        _tell_secretary(row)
        return row


def withdraw(*, row: Application, by: Person, today: date) -> None:
    """Take the application back; nothing is decided on it any more."""
    if not permissions.is_applicant(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        step(row, Step.WITHDRAW)
        row.withdrawn_on = today
        annul_round(row, "De aanvraag is ingetrokken.", by)
        record("application.withdrawn", row, by)
        if row.submitted_on is not None:
            changes.note(changes.ENTERPRISE, row.enterprise_id)
            name = row.enterprise.name
            people = queries_policy.people_with_role(row.region_id, Role.SECRETARY)
            post(row, people, lambda to, who: mails.withdrawn(to, who, name))


def annul_round(row: Application, reason: str, by: Person | None) -> AgendaItem | None:
    """Undo the vote and the prepared decision of the present round; both stay in the trail.

    The application must be locked. Returns the item that was annulled, when there was one.
    """
    prepared = queries_decisions.decision(row)
    if prepared is not None and prepared.announced_on is None:
        db.session.delete(prepared)
        db.session.flush()
    item = queries_meetings.live_item(row)
    if item is None:
        return None
    item.state = "annulled"
    item.annulled_reason = reason
    record("item.annulled", row, by, reason=reason)
    db.session.flush()
    return item


def new_round(row: Application, today: date, by: Person | None) -> None:
    """Open the next round of a locked application, under the rules of today."""
    step(row, Step.NEW_ROUND)
    row.round += 1
    row.round_started_on = today
    row.completed_on = row.completed_on or today
    version = queries_policy.policy_version(row.region_id, today)
    row.policy_version_id = version.id if version else row.policy_version_id
    record("application.round_opened", row, by, round=row.round)
    db.session.flush()
    _tell_secretary(row)


def file_objection(*, row: Application, grounds: str, by: Person, today: date) -> Objection:
    """Object to the announced decision of the present round.

    One that comes too late is taken in as well: who decides says so, with reasons.
    """
    if not permissions.is_applicant(by, row):
        raise NotFound
    try:
        with transaction():
            row = lock(row)
            decision = queries_decisions.decision(row)
            if row.state == State.OBJECTION:
                raise Refused("U hebt al bezwaar gemaakt. Wij behandelen het.")
            rules.next_state(row.state, Step.OBJECT)
            if decision is None or decision.announced_on is None:
                raise NotFound
            if not grounds.strip():
                raise Refused("Schrijf op waarom u het niet eens bent met het besluit.", "grounds")
            if queries.open_application(row.enterprise, row.region_id) is not None:
                raise Refused(
                    "U hebt een nieuwe aanvraag lopen. Trek die eerst in als u bezwaar wilt maken."
                )
            step(row, Step.OBJECT)
            objection = Objection(
                decision_id=decision.id, filed_on=today, filed_by_id=by.id, grounds=grounds.strip()
            )
            db.session.add(objection)
            record("objection.filed", row, by)
            name = row.enterprise.name
            post_to_applicant(
                row, lambda to, who: mails.objection_received(to, who, name, own_url(row))
            )
            taken_part = queries_decisions.took_part(decision)
            people = [
                p
                for p in queries_policy.people_with_role(row.region_id, Role.REGION_ADMIN)
                if p.id not in taken_part
            ]
            url = dossier_url(row)
            post(row, people, lambda to, who: mails.objection_to_decide(to, who, name, url))
            return objection
    except IntegrityError as error:
        raise Refused("U hebt al bezwaar gemaakt. Wij behandelen het.") from error


def withdraw_earlier(row: Application, today: date, keep: Decision) -> None:
    """A new decision takes the place of an earlier admission that still held; a deferral not."""
    if keep.outcome == Outcome.DEFERRED:
        return
    for earlier in queries_decisions.decisions(row):
        if (
            earlier.id != keep.id
            and earlier.outcome in ADMITTING
            and earlier.announced_on is not None
            and earlier.withdrawn_on is None
        ):
            earlier.withdrawn_on = today
