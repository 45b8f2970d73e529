"""Verbs of the workbook: answers, choices between two texts, resets, remarks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.toolbox import mails, permissions, queries
from impactmakelaar.toolbox import queries_workbook as books
from impactmakelaar.toolbox.models import (
    Workbook,
    WorkbookAnswer,
    WorkbookComment,
    WorkbookReset,
    WorkbookVersion,
)
from impactmakelaar.toolbox.rules import Question, Type
from impactmakelaar.toolbox.rules_answers import (
    Data,
    Value,
    checked,
    collides,
    may_undo,
    read_answer,
)
from impactmakelaar.toolbox.rules_workbook import JOINING_MINUTES, MAX_COMMENT, Kept

EVERYTHING = "alles"


def _question(question_id: str) -> Question:
    """The question, as the content has it today."""
    found = queries.library().question(question_id)
    if found is None:
        raise NotFound
    return found[1]


def _may_answer(by: Person, book: Workbook) -> None:
    if not permissions.may_read(by, book):
        raise NotFound
    if not permissions.may_answer(by, book):
        raise Refused("U mag dit werkboek lezen, maar niet invullen.")


def _row(book: Workbook, question_id: str, by: Person) -> WorkbookAnswer:
    """The answer's row, locked; made when this is the first that happens at the question.

    The workbook is locked first, so that two first answers do not make two rows.
    """
    lock(book)
    row = books.answer(book, question_id)
    if row is not None:
        return lock(row)
    row = WorkbookAnswer(
        workbook_id=book.id,
        question_id=question_id,
        value={},
        version=0,
        changed_by_id=by.id,
        changed_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def _keep(
    row: WorkbookAnswer, value: Value, kind: Kept, by: Person, **more: Any
) -> WorkbookVersion:
    version = WorkbookVersion(
        answer_id=row.id, kind=kind, value=value, by_id=by.id, at=clock.now(), **more
    )
    db.session.add(version)
    db.session.flush()
    return version


def _put(row: WorkbookAnswer, value: Value, by: Person, kind: Kept = Kept.SAVED) -> None:
    """Write a new text; what one person types in a few minutes is one line of the history."""
    now = clock.now()
    last = books.newest_version(row)
    same_sitting = (
        kind is Kept.SAVED
        and last is not None
        and last.kind == Kept.SAVED
        and last.by_id == by.id
        and now - last.at <= timedelta(minutes=JOINING_MINUTES)
    )
    if same_sitting and last is not None:
        last.value, last.at = value, now
    else:
        _keep(row, value, kind, by)
    row.value, row.version = value, row.version + 1
    row.changed_by_id, row.changed_at = by.id, now


def save_answer(
    *,
    book: Workbook,
    question_id: str,
    data: Data,
    based_on: int,
    by: Person,
    beside_id: int | None = None,
) -> tuple[WorkbookAnswer, WorkbookVersion | None]:
    """Keep an answer; gives the answer and, when somebody else was first, the text beside it.

    ``based_on`` is the version that the writer had before him. When a colleague has saved another
    text meanwhile, his stays and this one is kept beside it: nothing is lost. ``beside_id`` names
    a text that already stands beside; typing goes on in that one.
    """
    _may_answer(by, book)
    question = _question(question_id)
    value = read_answer(question, data)
    with transaction():
        row = _row(book, question_id, by)
        other = books.version(book, beside_id) if beside_id else None
        if (
            other is not None
            and (other.answer_id, other.kind) == (row.id, Kept.BESIDE)
            and other.by_id == by.id
            and other.settled_at is None
        ):
            other.value, other.at = value, clock.now()
            return row, other
        if collides(row.value, row.version, value, based_on):
            if not value:
                # Emptied here and filled elsewhere: the text stays, there is no second one to keep.
                return row, None
            other = _keep(row, value, Kept.BESIDE, by)
            audit.record(
                "workbook.answered_beside", book, by=by, organisation=book.organisation,
                question=question_id,
            )  # fmt: skip
            return row, other
        if value != row.value:
            _put(row, value, by)
            audit.record(
                "workbook.answered", book, by=by, organisation=book.organisation,
                question=question_id,
            )  # fmt: skip
        return row, None


def add_party(
    *, book: Workbook, question_id: str, link: str, name: str, by: Person
) -> WorkbookAnswer:
    """Put one party at a link of the ecosystem map, beside what stands there."""
    _may_answer(by, book)
    question = _question(question_id)
    if question.type is not Type.ECOSYSTEM or link not in dict(question.options):
        raise Refused("Kies een schakel.")
    if not name:
        raise Refused("Noem een partij.")
    with transaction():
        row = _row(book, question_id, by)
        links = {key: list(names) for key, names in row.value.get("links", {}).items()}
        links.setdefault(link, []).append(name)
        value = checked(question, {"links": links})
        if value != row.value:
            _put(row, value, by)
            audit.record("workbook.answered", book, by=by, organisation=book.organisation)
        return row


def settle(*, book: Workbook, version_id: int, choice: str, by: Person) -> WorkbookAnswer:
    """Choose between the answer and a text beside it: ``use``, ``join`` or ``drop``.

    Whatever is chosen, the other text stays in the history.
    """
    _may_answer(by, book)
    with transaction():
        other = books.version(book, version_id)
        if other is None or other.kind != Kept.BESIDE or other.settled_at is not None:
            raise Refused("Hier is al een keuze gemaakt.")
        row = _row(book, other.answer.question_id, by)
        question = _question(row.question_id)
        if choice == "join":
            if question.type not in (Type.SHORT, Type.LONG):
                raise Refused("Alleen teksten kunt u samenvoegen.")
            both = [str(value.get("text", "")) for value in (row.value, other.value)]
            _put(row, checked(question, {"text": "\n\n".join(filter(None, both))}), by)
        elif choice == "use":
            _put(row, other.value, by)
        elif choice != "drop":
            raise Refused("Kies welke tekst blijft.")
        other.settled_at = clock.now()
        audit.record("workbook.settled", book, by=by, organisation=book.organisation, choice=choice)
        return row


def restore(*, book: Workbook, version_id: int, by: Person) -> WorkbookAnswer:
    """Put an earlier text back; the present one stays in the history."""
    _may_answer(by, book)
    with transaction():
        version = books.version(book, version_id)
        if version is None:
            raise NotFound
        row = _row(book, version.answer.question_id, by)
        if row.value != version.value:
            _keep(row, version.value, Kept.SAVED, by)
            row.value, row.version = version.value, row.version + 1
            row.changed_by_id, row.changed_at = by.id, clock.now()
            audit.record("workbook.restored", book, by=by, organisation=book.organisation)
        return row


def mark_done(*, book: Workbook, question_id: str, done: bool, by: Person) -> WorkbookAnswer:
    """Mark a question as finished, or open it again."""
    _may_answer(by, book)
    _question(question_id)
    with transaction():
        row = _row(book, question_id, by)
        row.done = done
        audit.record(
            "workbook.marked", book, by=by, organisation=book.organisation,
            question=question_id, done=done,
        )  # fmt: skip
        return row


def assign(*, book: Workbook, question_id: str, person_id: str, by: Person) -> WorkbookAnswer:
    """Give a question to somebody of the workbook, or to nobody (``""``); he gets a mail."""
    _may_answer(by, book)
    question = _question(question_id)
    person = books.people(book).get(person_id) if person_id else None
    if person_id and person is None:
        raise Refused("Deze persoon werkt niet aan dit werkboek.")
    with transaction():
        row = _row(book, question_id, by)
        before, row.assignee_id = row.assignee_id, person.id if person else None
        if person is not None and person.id not in (by.id, before):
            found = queries.library().question(question_id)
            slug = found[0].slug if found else ""
            url = links.address("toolbox.book_module", public_id=book.public_id, slug=slug)
            letter = mails.assigned(
                person.email,
                person.name,
                question.label,
                book.name,
                by.name,
                f"{url}#{question_id}",
            )
            mail.post(letter, person=person)
        audit.record("workbook.assigned", book, by=by, organisation=book.organisation)
        return row


def remark(*, book: Workbook, question_id: str, text: str, by: Person) -> WorkbookComment:
    """Add a remark to the thread of an answer; whoever may read may remark."""
    if not permissions.may_read(by, book):
        raise NotFound
    if book.archived_at is not None:
        raise Refused("Dit werkboek is weggelegd. Haal het eerst terug.")
    _question(question_id)
    if not text:
        raise Refused("Schrijf eerst een opmerking.")
    if len(text) > MAX_COMMENT:
        raise Refused(f"Een opmerking is hoogstens {MAX_COMMENT} tekens lang.")
    with transaction():
        row = _row(book, question_id, by)
        comment = WorkbookComment(answer_id=row.id, text=text, by_id=by.id, at=clock.now())
        db.session.add(comment)
        audit.record("workbook.remarked", book, by=by, organisation=book.organisation)
        return comment


def take_back(*, book: Workbook, comment: WorkbookComment, by: Person) -> None:
    """Take one's own remark back; a manager may take back any."""
    if comment.by_id != by.id and not permissions.may_manage(by, book):
        raise Refused("U kunt alleen uw eigen opmerking weghalen.")
    with transaction():
        lock(comment).removed_at = clock.now()
        audit.record("workbook.remark_removed", book, by=by, organisation=book.organisation)


def scope_questions(scope: str) -> list[str]:
    """The questions that a reset touches: one question, a module by its address, or all."""
    found = queries.library()
    module = found.module(scope)
    if scope == EVERYTHING:
        return [q.id for one in found.modules for q in one.questions]
    if module is not None:
        return [q.id for q in module.questions]
    return [_question(scope).id]


def reset(*, book: Workbook, scope: str, by: Person) -> WorkbookReset:
    """Make a question, a module or everything empty; for thirty days it can be undone."""
    _may_answer(by, book)
    if scope == EVERYTHING and not permissions.may_manage(by, book):
        raise Refused("Alleen een beheerder kan alle antwoorden wissen.")
    wanted = set(scope_questions(scope))
    with transaction():
        lock(book)
        taken = [row for key, row in books.answers(book).items() if key in wanted and row.value]
        if not taken:
            raise Refused("Er is niets om te wissen.")
        row = WorkbookReset(workbook_id=book.id, scope=scope, by_id=by.id, at=clock.now())
        db.session.add(row)
        db.session.flush()
        for answer in taken:
            answer = lock(answer)
            _keep(answer, answer.value, Kept.RESET, by, reset_id=row.id)
            answer.value, answer.version, answer.done = {}, answer.version + 1, False
            answer.changed_by_id, answer.changed_at = by.id, clock.now()
        audit.record(
            "workbook.reset", book, by=by, organisation=book.organisation,
            scope=scope, count=len(taken),
        )  # fmt: skip
        return row


def undo_reset(*, book: Workbook, row: WorkbookReset, by: Person) -> tuple[int, int]:
    """Take a reset back; gives how many answers stand again, and how many stand beside.

    Where somebody has answered anew meanwhile, the old text comes beside the new one.
    """
    _may_answer(by, book)
    with transaction():
        row = lock(row)
        if row.undone_at is not None:
            raise Refused("Dit is al hersteld.")
        if not may_undo(row.at, clock.now()):
            raise Refused("Wissen kunt u tot 30 dagen later herstellen. Dat is voorbij.")
        back = aside = 0
        for version in books.versions_of_reset(row):
            answer = _row(book, version.answer.question_id, by)
            if not answer.value:
                _put(answer, version.value, by)
                back += 1
            elif answer.value != version.value:
                _keep(answer, version.value, Kept.BESIDE, by)
                aside += 1
        row.undone_at = clock.now()
        audit.record("workbook.reset_undone", book, by=by, organisation=book.organisation)
        return back, aside


def take_in(*, book: Workbook, found: Mapping[str, Any], by: Person) -> tuple[int, int, list[str]]:
    """Take in answers of a file or of a browser: (filled, put beside, sentences about the rest).

    An empty question gets the answer; where another answer stands already, the new one comes
    beside it. Unknown questions and unreadable values are told, and the others go in.
    """
    _may_answer(by, book)
    filled = aside = 0
    wrong: list[str] = []
    with transaction():
        for question_id, raw in found.items():
            known = queries.library().question(str(question_id))
            if known is None:
                wrong.append(f"De vraag “{str(question_id)[:60]}” bestaat niet (meer).")
                continue
            try:
                value = checked(known[1], raw)
            except Refused as refusal:
                wrong.append(refusal.sentence)
                continue
            if not value:
                continue
            row = _row(book, known[1].id, by)
            if not row.value:
                _put(row, value, by, Kept.IMPORTED)
                filled += 1
            elif row.value != value:
                _keep(row, value, Kept.BESIDE, by)
                aside += 1
        audit.record(
            "workbook.taken_in", book, by=by, organisation=book.organisation,
            filled=filled, beside=aside,
        )  # fmt: skip
    return filled, aside, wrong


def values_of_fields(fields: Mapping[str, Data]) -> dict[str, Value]:
    """The fields that a browser kept, as values; what is unreadable is left out."""
    found = {}
    for question_id, data in fields.items():
        known = queries.library().question(question_id)
        if known is not None:
            try:
                found[question_id] = read_answer(known[1], data)
            except Refused:
                continue
    return found
