"""Verbs of the workbook itself: make, name, share, invite, skip, put away."""

import re
from datetime import timedelta

from impactmakelaar.accounts import services as accounts_services
from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, made_just_now, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.permissions import may_act_for
from impactmakelaar.toolbox import mails, permissions, queries
from impactmakelaar.toolbox import queries_workbook as books
from impactmakelaar.toolbox.models import (
    Workbook,
    WorkbookInvitation,
    WorkbookMember,
)
from impactmakelaar.toolbox.rules_workbook import (
    ACCESS_OF,
    INVITATION_DAYS,
    MAX_MEMBERS,
    MAX_WORKBOOKS,
)

STALE = "Deze uitnodiging werkt niet meer. Vraag uw collega om een nieuwe."
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")


def create(*, organisation: Organisation, name: str, purpose: str, by: Person) -> Workbook:
    """A new workbook; whoever makes it manages it. A form that is sent twice makes one."""
    if not may_act_for(by, organisation):
        raise NotFound
    with transaction():
        lock(organisation)
        now = clock.now()
        same = {"organisation_id": organisation.id, "name": name, "purpose": purpose}
        made = made_just_now(Workbook, now, created_by_id=by.id, archived_at=None, **same)
        if made is not None:
            return made
        if books.count_of(organisation) >= MAX_WORKBOOKS:
            raise Refused(f"U hebt al {MAX_WORKBOOKS} werkboeken. Leg er eerst een weg.", "name")
        book = Workbook(
            everyone="answer",
            skipped=[],
            created_by_id=by.id,
            created_at=now,
            **same,
        )
        db.session.add(book)
        db.session.flush()
        member = WorkbookMember(
            workbook_id=book.id, person_id=by.id, role="manage", guest=False, added_at=now
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
    known = {m.person.public_id: m.person for m in books.members(book)} | books.colleagues(book)
    person = known.get(person_id)
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
                workbook_id=book.id,
                person_id=person.id,
                role=role,
                guest=False,
                added_at=clock.now(),
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
        waiting = books.open_invitations(book, now)
        for old in waiting:
            if old.email == email:
                old.withdrawn_at = now
        if len(waiting) + len(books.members(book)) >= MAX_MEMBERS:
            raise Refused(f"Een werkboek heeft hoogstens {MAX_MEMBERS} mensen.", "email")
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
        if books.own_row(book, person) is None:
            member = WorkbookMember(
                workbook_id=book.id,
                person_id=person.id,
                role=row.role,
                guest=not may_act_for(person, book.organisation),
                added_at=clock.now(),
            )
            db.session.add(member)
        audit.record("workbook.joined", book, by=person, organisation=book.organisation)
        return book
