"""A workbook as a file: PDF, DOCX, Markdown, JSON; and a file taken in."""

import io
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, documents
from impactmakelaar.core.db import transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.lazily import Lazily
from impactmakelaar.toolbox import permissions, queries, rules_export, services
from impactmakelaar.toolbox import queries_workbook as books
from impactmakelaar.toolbox.models import Workbook
from impactmakelaar.toolbox.rules import Question, Type
from impactmakelaar.toolbox.rules_answers import Value, is_shown, lines_of

word = Lazily("docx")

MIMETYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}


def export(*, book: Workbook, kind: str, by: Person, html: str = "") -> bytes:
    """The workbook as a file of this kind; a PDF is made of the printed page ``html``."""
    if kind not in MIMETYPES or not permissions.may_read(by, book):
        raise NotFound
    answers = books.answers(book)
    values = books.values(answers)
    with transaction():
        audit.record("workbook.exported", book, by=by, organisation=book.organisation, kind=kind)
    if kind == "json":
        text = rules_export.as_json(
            book.name, book.purpose, clock.now(), values, books.done(answers)
        )
        return text.encode()
    if kind == "md":
        modules = queries.library().modules
        return rules_export.as_markdown(book.name, modules, values).encode()
    if kind == "docx":
        return docx(book, values)
    return documents.pdf(html)


def docx(book: Workbook, values: dict[str, Value]) -> bytes:
    """A Word document with the questions and their answers."""
    document = word.Document()
    document.core_properties.title = book.name
    document.core_properties.author = book.organisation.name
    document.add_heading(_safe(book.name), 0)
    if book.purpose:
        document.add_paragraph(_safe(book.purpose))
    for module in queries.library().modules:
        document.add_heading(f"{module.number}. {module.title}", 1)
        if module.slug in book.skipped:
            document.add_paragraph("Deze module is overgeslagen.")
            continue
        for question in module.questions:
            if is_shown(question, values):
                document.add_heading(question.label, 2)
                _answer_in(document, question, values.get(question.id) or {})
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _safe(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\n\t" or ord(c) >= 32)


def _answer_in(document: Any, question: Question, value: Value) -> None:
    """One answer in the Word document."""
    if not value:
        document.add_paragraph("Nog niet beantwoord.")
        return
    if question.type is Type.TABLE:
        table = document.add_table(rows=1, cols=len(question.columns))
        table.style = "Table Grid"
        for cell, (_, label) in zip(table.rows[0].cells, question.columns, strict=True):
            cell.text = label
        for row in value["rows"]:
            cells = table.add_row().cells
            for cell, (key, _) in zip(cells, question.columns, strict=True):
                cell.text = _safe(row.get(key, ""))
        return
    style = None if question.type in (Type.SHORT, Type.LONG) else "List Bullet"
    for line in lines_of(question, value):
        document.add_paragraph(_safe(line), style=style)


def take_in_file(
    *, book: Workbook, data: bytes, name: str, by: Person
) -> tuple[int, int, list[str]]:
    """Take in an exported JSON or Markdown file: see ``services.take_in``."""
    if len(data) > rules_export.MAX_FILE:
        raise Refused("Dit bestand is te groot: hoogstens 2 MB.", "file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("Dit bestand is geen tekst (UTF-8).", "file") from error
    if name.lower().endswith(".json") or text.lstrip().startswith("{"):
        found = rules_export.from_json(text)
    else:
        questions = {q.id: q for module in queries.library().modules for q in module.questions}
        found = rules_export.from_markdown(text, questions)
    return services.take_in(book=book, found=found, by=by)
