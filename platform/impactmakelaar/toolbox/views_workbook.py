"""Workbooks: the list, one workbook, its modules, and everything that happens at a question."""

import json
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.proposals.rules import OUTCOME_LABELS
from impactmakelaar.toolbox import (
    permissions,
    queries,
    rules_answers,
    rules_progress,
    services,
    services_flow,
    services_workbook,
)
from impactmakelaar.toolbox import queries_workbook as books
from impactmakelaar.toolbox.forms import BookForm
from impactmakelaar.toolbox.rules import TARGETS, Module, Type
from impactmakelaar.toolbox.rules_workbook import KEPT_LABELS
from impactmakelaar.toolbox.views import bp, module_context
from impactmakelaar.web.filters import plural
from impactmakelaar.web.forms import tidy
from impactmakelaar.web.guards import signed_in

Answer = str | Response | tuple[str, int]
MAX_LOCAL = 500_000


def own_book(public_id: str) -> Any:
    """A workbook that this reader can open; else 404."""
    book = books.by_public_id(public_id)
    if book is None or not permissions.may_read(current_user.person, book):
        abort(404)
    return book


def back_to(book: Any, question_id: str) -> Response:
    """The place of a question in its workbook."""
    found = queries.library().question(question_id)
    if found is None:
        abort(404)
    url = url_for("toolbox.book_module", public_id=book.public_id, slug=found[0].slug)
    return redirect(f"{url}#{question_id}", 303)


def said(refusal: Refused) -> None:
    """Show a refusal on the next page."""
    flash(refusal.sentence, "error")


@bp.route("/werkboeken", methods=["GET", "POST"])
@signed_in
def workbooks() -> Answer:
    """The workbooks that somebody can open; make a new one."""
    organisation = current_user.organisation
    form = BookForm()
    if organisation is not None and form.validate_on_submit():
        try:
            book = services_workbook.create(
                organisation=organisation,
                name=form.name.data,
                purpose=form.purpose.data or "",
                by=current_user.person,
            )
            return redirect(url_for("toolbox.book", public_id=book.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    library = queries.library()
    mine = books.workbooks_of(current_user.person)
    html = render_template(
        "toolbox/workbooks.html",
        form=form,
        organisation=organisation,
        rows=[(book, progress_of(book, library.modules)) for book in mine],
        archived=books.workbooks_of(current_user.person, archived=True),
        labels=rules_progress.STATE_LABELS,
    )
    return (html, 400) if form.all_errors() else html


def progress_of(book: Any, modules: list[Module]) -> rules_progress.Progress:
    """How far these modules are in a workbook."""
    answers = books.answers(book)
    return rules_progress.progress(
        modules, books.values(answers), books.done(answers), frozenset(book.skipped)
    )


@bp.get("/werkboeken/<public_id>")
@signed_in
def book(public_id: str) -> str:
    """One workbook: progress per theme and module, files, what can be undone."""
    row = own_book(public_id)
    library, answers = queries.library(), books.answers(row)
    values, done, skipped = books.values(answers), books.done(answers), frozenset(row.skipped)

    def far(modules: Any) -> rules_progress.Progress:
        return rules_progress.progress(modules, values, done, skipped)

    person = current_user.person
    return render_template(
        "toolbox/book.html",
        book=row,
        themes=[
            (theme, far(theme.modules), [(one, far([one])) for one in theme.modules])
            for theme in library.themes
        ],
        total=far(library.modules),
        labels=rules_progress.STATE_LABELS,
        resets=books.resets(row, clock.now()),
        titles={m.slug: m.title for m in library.modules}
        | {q.id: q.label for m in library.modules for q in m.questions},
        mine=[
            library.question(key)
            for key, answer in answers.items()
            if answer.assignee_id == person.id and not answer.done and library.question(key)
        ],
        may_answer=permissions.may_answer(person, row),
        may_manage=permissions.may_manage(person, row),
        proposals=books.proposals(row, library.flowing),
        targets=TARGETS,
        outcomes=OUTCOME_LABELS,
    )


@bp.get("/werkboeken/<public_id>/<slug>")
@signed_in
def book_module(public_id: str, slug: str) -> Answer:
    """A module with the answers of a workbook."""
    row = own_book(public_id)
    library = queries.library()
    one = library.module(slug)
    if one is None:
        abort(404)
    return render_template("toolbox/book_module.html", **book_context(row, library, one))


def book_context(row: Any, library: queries.Library, one: Module) -> dict[str, Any]:
    """What the page of a module in a workbook needs."""
    wanted = {q.id for q in one.questions}
    found = {key: answer for key, answer in books.answers(row).items() if key in wanted}
    rows = list(found.values())
    return module_context(library, one) | {
        "book": row,
        "found": found,
        "beside": books.beside(rows),
        "history": books.history(rows),
        "comments": books.comments(rows),
        "people": books.people(row),
        "may_answer": permissions.may_answer(current_user.person, row),
        "person": current_user.person,
        "kept_labels": KEPT_LABELS,
        "targets": TARGETS,
        "may_offer": permissions.may_offer(current_user.person, row),
        "progress": progress_of(row, [one]),
        "refused_id": "",
        "names": books.listed_names(clock.today())
        if any(q.type == Type.ECOSYSTEM for q in one.questions)
        else [],
        "labels": rules_progress.STATE_LABELS,
    }


# At a question -----------------------------------------------------------------------------


def typed(question_id: str) -> dict[str, list[str]]:
    """The fields of one question, tidied, without the question's id before their names."""
    start = question_id + ":"
    return {
        name.removeprefix(start): [tidy(value) for value in request.form.getlist(name)]
        for name in request.form
        if name.startswith(start)
    }


def whole(name: str) -> int | None:
    """A hidden number of the form."""
    text = request.form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


@bp.post("/werkboeken/<public_id>/antwoord/<question_id>")
@signed_in
def save(public_id: str, question_id: str) -> Answer:
    """Keep an answer: by the button, or while it is typed."""
    row = own_book(public_id)
    quick = "HX-Request" in request.headers
    try:
        answer, other = services.save_answer(
            book=row,
            question_id=question_id,
            data=typed(question_id),
            based_on=whole("versie") or 0,
            beside_id=whole("naast"),
            by=current_user.person,
        )
    except NotFound:
        abort(404)
    except Refused as refusal:
        if quick:
            return render_template("toolbox/_saved.html", refusal=refusal.sentence), 400
        return refused_page(row, question_id, refusal)
    if quick:
        found = queries.library().question(question_id)
        return render_template(
            "toolbox/_saved.html",
            answer=answer,
            other=other,
            question=found[1] if found else None,
            answers=rules_answers,
            now=clock.now(),
        )
    if other is not None:
        flash(
            "Een collega schreef hier tegelijk. Beide teksten zijn bewaard: kies hieronder.",
            "warning",
        )
    else:
        flash("Uw antwoord is bewaard.", "ok")
    return back_to(row, question_id)


def refused_page(row: Any, question_id: str, refusal: Refused) -> Answer:
    """The module again, with what was typed and why it was not kept."""
    library = queries.library()
    found = library.question(question_id)
    if found is None:
        abort(404)
    context = book_context(row, library, found[0])
    context |= {
        "refused_id": question_id,
        "refusal": refusal.sentence,
        "raw": rules_answers.as_typed(found[1], typed(question_id)),
    }
    return render_template("toolbox/book_module.html", **context), 400


@bp.post("/werkboeken/<public_id>/antwoord/<question_id>/<verb>")
@signed_in
def at_question(public_id: str, question_id: str, verb: str) -> Response:
    """The small buttons at a question: done, assign, remark, choose, restore, empty, offer ..."""
    row, by = own_book(public_id), current_user.person
    form = request.form
    try:
        if verb == "klaar":
            services.mark_done(
                book=row, question_id=question_id, done=form.get("klaar") == "ja", by=by
            )
        elif verb == "toewijzen":
            services.assign(
                book=row, question_id=question_id, person_id=form.get("persoon", ""), by=by
            )
            flash("Bewaard.", "ok")
        elif verb == "opmerking":
            services.remark(
                book=row, question_id=question_id, text=tidy(form.get("tekst", "")), by=by
            )
        elif verb == "opmerking-weg":
            comment = books.comment(row, form.get("opmerking", ""))
            if comment is None:
                abort(404)
            services.take_back(book=row, comment=comment, by=by)
        elif verb == "kiezen":
            services.settle(
                book=row, version_id=whole("tekst") or 0, choice=form.get("keuze", ""), by=by
            )
            flash("De keuze is bewaard. De andere tekst staat nog bij “Eerdere teksten”.", "ok")
        elif verb == "terug":
            services.restore(book=row, version_id=whole("tekst") or 0, by=by)
            flash("De eerdere tekst staat weer op zijn plek.", "ok")
        elif verb == "wissen":
            services.reset(book=row, scope=question_id, by=by)
            flash("Gewist. U kunt dit 30 dagen herstellen op de pagina van het werkboek.", "ok")
        elif verb == "voorbeeld":
            start_from_example(row, question_id, form.get("voorbeeld", ""))
        elif verb == "partij":
            services.add_party(
                book=row,
                question_id=question_id,
                link=form.get("schakel", ""),
                name=tidy(form.get("partij", "")),
                by=by,
            )
        elif verb == "aanbieden":
            services_flow.offer(book=row, question_id=question_id, by=by)
            flash("Voorgelegd. Er verandert pas iets als iemand daar ja zegt.", "ok")
        else:
            abort(404)
    except NotFound:
        abort(404)
    except Refused as refusal:
        said(refusal)
    return back_to(row, question_id)


def start_from_example(row: Any, question_id: str, example_id: str) -> None:
    """Put an example's diagram as the answer; what stood there is in the history."""
    found = queries.library().question(question_id)
    example = next((e for e in found[1].examples if e.id == example_id), None) if found else None
    if found is None or example is None:
        raise Refused("Kies een voorbeeld.")
    present = books.answer(row, question_id)
    services.save_answer(
        book=row,
        question_id=question_id,
        data=rules_answers.form_of(found[1], rules_answers.value_of_example(example)),
        based_on=present.version if present else 0,
        by=current_user.person,
    )


@bp.post("/werkboeken/<public_id>/wissen")
@signed_in
def empty(public_id: str) -> Response:
    """Make a module or everything empty."""
    row = own_book(public_id)
    try:
        services.reset(book=row, scope=request.form.get("wat", ""), by=current_user.person)
        flash("Gewist. U kunt dit hieronder nog 30 dagen herstellen.", "ok")
    except NotFound:
        abort(404)
    except Refused as refusal:
        said(refusal)
    return redirect(url_for("toolbox.book", public_id=public_id) + "#herstellen", 303)


@bp.post("/werkboeken/<public_id>/herstellen/<reset_id>")
@signed_in
def undo(public_id: str, reset_id: str) -> Response:
    """Take a reset back."""
    row = own_book(public_id)
    reset = books.reset(row, reset_id)
    if reset is None:
        abort(404)
    try:
        back, aside = services.undo_reset(book=row, row=reset, by=current_user.person)
        more = f" {aside} staan naast een nieuwer antwoord." if aside else ""
        stand = "staat weer op zijn plek" if back == 1 else "staan weer op hun plek"
        flash(f"{plural(back, 'antwoord', 'antwoorden')} {stand}.{more}", "ok")
    except Refused as refusal:
        said(refusal)
    return redirect(url_for("toolbox.book", public_id=public_id), 303)


@bp.post("/werkboeken/<public_id>/overslaan")
@signed_in
def skip(public_id: str) -> Response:
    """Skip a module, or take it up again."""
    row = own_book(public_id)
    slug, skipped = request.form.get("module", ""), request.form.get("overslaan") == "ja"
    try:
        services_workbook.skip(book=row, slug=slug, skipped=skipped, by=current_user.person)
    except NotFound:
        abort(404)
    except Refused as refusal:
        said(refusal)
    return redirect(url_for("toolbox.book", public_id=public_id), 303)


@bp.post("/werkboeken/<public_id>/uit-browser")
@signed_in
def from_browser(public_id: str) -> Response:
    """Take in what somebody filled in before he had an account."""
    row = own_book(public_id)
    try:
        text = request.form.get("antwoorden", "")
        found = json.loads(text) if len(text) <= MAX_LOCAL else None
        if not isinstance(found, dict):
            raise Refused("De antwoorden uit uw browser zijn onleesbaar.")
        fields = {
            key: {name: [tidy(str(v)) for v in values] for name, values in data.items()}
            for key, data in found.items()
            if isinstance(data, dict) and all(isinstance(v, list) for v in data.values())
        }
        filled, aside, wrong = services.take_in(
            book=row, found=services.values_of_fields(fields), by=current_user.person
        )
        more = f" {aside} staan naast een ander antwoord." if aside else ""
        moved = "is overgenomen" if filled == 1 else "zijn overgenomen"
        told = f"{plural(filled, 'antwoord', 'antwoorden')} uit uw browser {moved}.{more}"
        flash(" ".join([told, *wrong[:3]]), "ok")
        return redirect(url_for("toolbox.book", public_id=public_id, overgenomen=1), 303)
    except (ValueError, RecursionError):  # no JSON, or a number of thousands of digits
        flash("De antwoorden uit uw browser zijn onleesbaar.", "error")
    except Refused as refusal:
        said(refusal)
    return redirect(url_for("toolbox.book", public_id=public_id), 303)
