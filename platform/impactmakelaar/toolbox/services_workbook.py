"""Verbs of the workbook itself: make, name, share, invite, skip, put away, offer answers."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

from impactmakelaar.accounts import services as accounts_services
from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.permissions import may_act_for
from impactmakelaar.profiles.services_import import import_enterprises
from impactmakelaar.toolbox import mails, permissions, queries
from impactmakelaar.toolbox import queries_workbook as books
from impactmakelaar.toolbox.models import (
    Workbook,
    WorkbookInvitation,
    WorkbookMember,
    WorkbookProposal,
)
from impactmakelaar.toolbox.rules import TARGETS
from impactmakelaar.toolbox.rules_workbook import (
    ACCESS_OF,
    INVITATION_DAYS,
    MAX_MEMBERS,
    MAX_WORKBOOKS,
)

STALE = "Deze uitnodiging werkt niet meer. Vraag uw collega om een nieuwe."
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")


def create(*, organisation: Organisation, name: str, purpose: str, by: Person) -> Workbook:
    """A new workbook; whoever makes it manages it."""
    if not may_act_for(by, organisation):
        raise NotFound
    with transaction():
        lock(organisation)
        if books.count_of(organisation) >= MAX_WORKBOOKS:
            raise Refused(f"U hebt al {MAX_WORKBOOKS} werkboeken. Leg er eerst een weg.", "name")
        book = Workbook(
            organisation_id=organisation.id,
            name=name,
            purpose=purpose,
            everyone="answer",
            skipped=[],
            created_by_id=by.id,
            created_at=clock.now(),
        )
        db.session.add(book)
        db.session.flush()
        member = WorkbookMember(
            workbook_id=book.id, person_id=by.id, role="manage", added_at=clock.now()
        )
        db.session.add(member)
        audit.record("workbook.created", book, by=by, organisation=organisation)
        return book


def _may_manage(by: Person, book: Workbook) -> None:
    if not permissions.may_read(by, book):
        raise NotFound
    if not permissions.may_manage(by, book):
        raise Refused("Alleen een beheerder van dit werkboek kan dat.")


def change(*, book: Workbook, name: str, purpose: str, everyone: str, by: Person) -> None:
    """Name, purpose, and what the people of the organisation may do."""
    _may_manage(by, book)
    if everyone not in ("none", "read", "answer"):
        raise Refused("Kies wat collega's mogen.", "everyone")
    with transaction():
        book = lock(book)
        book.name, book.purpose, book.everyone = name, purpose, everyone
        audit.record("workbook.changed", book, by=by, organisation=book.organisation)


def put_away(*, book: Workbook, away: bool, by: Person) -> None:
    """Put a workbook away, or take it back."""
    _may_manage(by, book)
    with transaction():
        book = lock(book)
        book.archived_at = clock.now() if away else None
        audit.record("workbook.archived", book, by=by, organisation=book.organisation, away=away)


def skip(*, book: Workbook, slug: str, skipped: bool, by: Person) -> None:
    """Skip a module, or take it up again; answers in it stay."""
    if not permissions.may_read(by, book):
        raise NotFound
    if not permissions.may_answer(by, book):
        raise Refused("U mag dit werkboek lezen, maar niet invullen.")
    if queries.library().module(slug) is None:
        raise NotFound
    with transaction():
        book = lock(book)
        kept = [one for one in book.skipped if one != slug]
        book.skipped = [*kept, slug] if skipped else kept
        audit.record("workbook.skipped", book, by=by, organisation=book.organisation, slug=slug)


def set_role(*, book: Workbook, person_id: str, role: str, by: Person) -> None:
    """Give somebody of the workbook another role, or take it away (``""``)."""
    _may_manage(by, book)
    person = books.people(book).get(person_id)
    if person is None:
        raise NotFound
    if role and role not in ("read", "answer", "manage"):
        raise Refused("Kies een rol.")
    with transaction():
        lock(book)
        rows = {m.person_id: m for m in books.members(book)}
        managers = {key for key, m in rows.items() if m.role == "manage"}
        if managers == {person.id} and role != "manage":
            raise Refused(
                "Een werkboek heeft altijd een beheerder. Maak eerst een ander beheerder."
            )
        row = rows.get(person.id)
        if not role:
            if row is not None:
                db.session.delete(row)
        elif row is None:
            if len(rows) >= MAX_MEMBERS:
                raise Refused(f"Een werkboek heeft hoogstens {MAX_MEMBERS} mensen.")
            row = WorkbookMember(
                workbook_id=book.id, person_id=person.id, role=role, added_at=clock.now()
            )
            db.session.add(row)
        else:
            row.role = role
        audit.record("workbook.role_set", book, by=by, organisation=book.organisation, role=role)


def invite(*, book: Workbook, email: str, role: str, by: Person) -> WorkbookInvitation:
    """Ask a guest by mail."""
    _may_manage(by, book)
    email = email.strip().lower()
    if not EMAIL.match(email) or len(email) > 254:
        raise Refused("Vul een e-mailadres in, zoals naam@gemeente.nl.", "email")
    if role not in ACCESS_OF or role == "none":
        raise Refused("Kies een rol.", "role")
    now, token = clock.now(), new_token()
    with transaction():
        lock(book)
        for old in books.open_invitations(book, now):
            if old.email == email:
                old.withdrawn_at = now
        row = WorkbookInvitation(
            workbook_id=book.id,
            email=email,
            role=role,
            token_hash=token_hash(token),
            invited_by_id=by.id,
            created_at=now,
            expires_at=now + timedelta(days=INVITATION_DAYS),
        )
        db.session.add(row)
        db.session.flush()
        url = links.address("toolbox.accept_guest", token=token)
        mail.post(mails.guest(email, book.name, book.organisation.name, by.name, url))
        audit.record("workbook.invited", book, by=by, organisation=book.organisation, role=role)
        return row


def valid_invitation(token: str) -> WorkbookInvitation:
    """The invitation behind a link that still works."""
    row = books.invitation_of(token_hash(token))
    if (
        row is None
        or row.accepted_at is not None
        or row.withdrawn_at is not None
        or row.expires_at <= clock.now()
    ):
        raise Refused(STALE)
    return row


def accept(*, token: str, person: Person | None, name: str = "", password: str = "") -> Workbook:
    """Join as the person signed in, or with a new account for the invited address."""
    with transaction():
        row = lock(valid_invitation(token))
        if row.accepted_at is not None:
            raise Refused(STALE)
        if person is None:
            person = accounts_services.invited_person(email=row.email, name=name, password=password)
        row.accepted_at = clock.now()
        book = row.workbook
        own = books.own_role(book, person)
        if own is None:
            member = WorkbookMember(
                workbook_id=book.id, person_id=person.id, role=row.role, added_at=clock.now()
            )
            db.session.add(member)
        audit.record("workbook.joined", book, by=person, organisation=book.organisation)
        return book


# Answers that flow on ----------------------------------------------------------------------


def take_leads(row: WorkbookProposal, by: Person) -> str:
    """The overview of enterprises becomes leads: staff see them, nobody else does."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["naam", "plaats", "omschrijving", "email"])
    for line in row.value.get("rows", ()):
        writer.writerow([line.get(key, "") for key in ("naam", "plaats", "doel", "email")])
    region = books.region_of(row)
    if region is None:
        raise NotFound
    result = import_enterprises(
        data=stream.getvalue().encode(),
        name="werkboek.csv",
        source=f"werkboek {row.workbook.public_id}",
        region=region,
        by=by,
        for_real=True,
    )
    count = sum(one.usable for one in result.rows)
    what = "1 onderneming staat" if count == 1 else f"{count} ondernemingen staan"
    return f"{what} klaar om uit te nodigen voor het register."


TAKERS: dict[str, Callable[[WorkbookProposal, Person], str]] = {"leads": take_leads}
"""Target -> what happens when the region's staff accept an answer; gives a sentence about it.

A target without one is kept as accepted, for people of the region to work with.
"""


def offer(*, book: Workbook, question_id: str, by: Person) -> WorkbookProposal:
    """Offer an answer to the part of the platform that the question names.

    It is a copy that waits: nothing changes there before the region's staff accept it.
    """
    if not permissions.may_read(by, book):
        raise NotFound
    if not permissions.may_answer(by, book):
        raise Refused("U mag dit werkboek lezen, maar niet invullen.")
    found = queries.library().question(question_id)
    if found is None or found[1].to not in TARGETS:
        raise NotFound
    region = books.region_for(book)
    if region is None:
        raise Refused("Uw organisatie hoort nog bij geen regio.")
    with transaction():
        lock(book)
        answer = books.answer(book, question_id)
        if answer is None or not answer.value:
            raise Refused("Beantwoord eerst de vraag.")
        for old in books.proposals(book):
            if old.question_id == question_id and not old.outcome:
                if old.value == answer.value:
                    return old
                old.outcome, old.decided_at = "declined", clock.now()
                old.result = "Vervangen door een nieuwer voorstel."
        row = WorkbookProposal(
            workbook_id=book.id,
            region_id=region.id,
            question_id=question_id,
            target=found[1].to,
            value=answer.value,
            by_id=by.id,
            at=clock.now(),
        )
        db.session.add(row)
        audit.record(
            "workbook.offered", book, by=by, organisation=book.organisation, target=row.target
        )
        return row


def decide(*, row: WorkbookProposal, accepted: bool, by: Person) -> str:
    """The region's staff accept or decline an answer; gives a sentence about what happened."""
    if not permissions.may_decide(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        if row.outcome:
            raise Refused("Hierover is al besloten.")
        row.outcome, row.decided_by_id = "accepted" if accepted else "declined", by.id
        row.decided_at = clock.now()
        row.result = "Niet overgenomen."
        if accepted:
            taker = TAKERS.get(row.target)
            row.result = taker(row, by) if taker else "Overgenomen door de regio."
        audit.record(
            "workbook.decided", row, by=by, organisation=row.workbook.organisation,
            outcome=row.outcome,
        )  # fmt: skip
        return row.result
