"""The pages to read: overview, modules, search, guide, print."""

from typing import Any

from flask import Blueprint, abort, render_template, request
from flask_login import current_user

from impactmakelaar.toolbox import queries, rules_answers
from impactmakelaar.toolbox.rules import SIGN_LABELS, Module
from impactmakelaar.toolbox.rules_guide import KINDS, filtered
from impactmakelaar.toolbox.rules_html import safe_html
from impactmakelaar.web.guards import public

bp = Blueprint("toolbox", __name__, url_prefix="/toolbox")
MAX_QUERY = 300


def duration(minutes: int) -> str:
    """``50 minuten``, ``1 uur en 45 minuten``, ``ruim 7 uur`` from three hours."""
    hours, rest = divmod(minutes, 60)
    if hours >= 3:
        return f"ruim {hours} uur" if rest else f"{hours} uur"
    if not hours:
        return f"{minutes} minuten"
    return f"{hours} uur en {rest} minuten" if rest else f"{hours} uur"


def slug_of(question_id: str) -> str:
    """The address of the module in which a question stands."""
    found = queries.library().question(question_id)
    return found[0].slug if found else ""


bp.add_app_template_global(duration, "duration")
bp.add_app_template_global(slug_of, "slug_of")


@bp.get("")
@public
def overview() -> str:
    """The themes with their modules, in reading order."""
    found = queries.library()
    return render_template("toolbox/overview.html", themes=found.themes, library=found)


@bp.get("/<slug>")
@public
def module(slug: str) -> str:
    """One module, to read; answers stay in the reader's browser."""
    found = queries.library()
    one = found.module(slug)
    if one is None:
        abort(404)
    return render_template("toolbox/module.html", **module_context(found, one))


def module_context(found: queries.Library, one: Module) -> dict[str, Any]:
    """What the page of a module needs, in a workbook or not."""
    before, after = found.beside(one)
    return {
        "module": one,
        "theme": found.theme(one.theme),
        "before": before,
        "after": after,
        "sources": [found.sources[key] for key in one.sources if key in found.sources],
        "count": len(found.modules),
        "html": safe_html,
        "signs": SIGN_LABELS,
        "answers": rules_answers,
        "book": None,
        "signed_in": current_user.is_authenticated,
    }


@bp.get("/zoeken")
@public
def search() -> str:
    """Full-text search over modules, questions and guide."""
    typed = request.args.get("q", "")[:MAX_QUERY]
    hits = queries.library().find(typed)
    return render_template("toolbox/search.html", q=typed, hits=hits)


@bp.get("/gids")
@public
def guide() -> str:
    """The guide, filtered."""
    found = queries.library()
    choices = queries.guide_choices(found)
    asked = {
        name: request.args.get(name, "") if request.args.get(name, "") in dict(options) else ""
        for name, options in choices.items()
    }
    words = request.args.get("q", "")[:MAX_QUERY]
    entries = filtered(
        found.entries, kind=asked["soort"], region=asked["regio"], whom=asked["voor"], words=words
    )
    return render_template(
        "toolbox/guide.html",
        entries=entries,
        kinds=KINDS,
        choices=choices,
        asked=asked,
        q=words,
        count=len(found.entries),
    )


@bp.get("/afdrukken")
@bp.get("/afdrukken/<theme_id>")
@public
def print_pages(theme_id: str = "") -> str:
    """A theme or everything on one page, for the printer."""
    found = queries.library()
    theme = found.theme(theme_id) if theme_id else None
    if theme_id and theme is None:
        abort(404)
    modules = list(theme.modules) if theme else found.modules
    return render_template(
        "toolbox/print.html",
        theme=theme,
        pages=[module_context(found, one) for one in modules],
        answers=rules_answers,
        html=safe_html,
        signs=SIGN_LABELS,
        book=None,
    )
