"""The front page, "mijn bureau", and the pages of the site itself."""

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import frontmatter
import nh3
from flask import Blueprint, Response, abort, current_app, render_template, url_for
from flask_login import current_user
from markdown_it import MarkdownIt
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from impactmakelaar import retention
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.rules import ROLE_LABELS, STAFF, Role
from impactmakelaar.profiles import queries as profiles
from impactmakelaar.profiles import rules as profile_rules
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target, decided_by
from impactmakelaar.register import queries as register
from impactmakelaar.register.rules import Filters
from impactmakelaar.toolbox.rules_html import boxed
from impactmakelaar.web.filters import dutch_date, plural
from impactmakelaar.web.guards import public, signed_in
from impactmakelaar.web.labels import label
from impactmakelaar.web.tasks import Task, waiting

bp = Blueprint("home", __name__)
CONTENT = Path(__file__).resolve().parents[2] / "content"
SECTORS_SHOWN = 12
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@bp.get("/")
@public
def index() -> str:
    """The front page: the search box first."""
    today = clock.today()
    counts = register.find(Filters(), today=today, spot=None).counts.get("sector", {})
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:SECTORS_SHOWN]
    sectors = [
        (label("sectors", code), url_for("register.search", sector=code), "", count)
        for code, count in most
    ]
    sectors.sort(key=lambda tile: tile[0])
    return render_template("home/index.html", figures=register.figures(today), sectors=sectors)


@bp.get("/bureau")
@signed_in
def desk() -> str:
    """What waits for the person who is signed in."""
    person, organisation = current_user.person, current_user.organisation
    tasks: list[tuple[str, str, str]] = []
    enterprise = organisation if organisation and organisation.kind == "enterprise" else None
    if enterprise:
        draft = profiles.draft(enterprise)
        document = profile_rules.complete(draft.document if draft else {})
        for hint in profile_rules.hints(document)[:3]:
            tasks.append((hint.sentence, "profiles.own", "profiel"))
        if any(profile_rules.capacity_stale(a, clock.today()) for a in document["activities"]):
            tasks.append(("Bevestig hoeveel ruimte u nu hebt.", "profiles.own", "capaciteit"))
    return render_template(
        "home/desk.html",
        person=person,
        organisation=organisation,
        enterprise=enterprise,
        roles=[ROLE_LABELS[Role(r)] for r in sorted(current_user.acting.roles)],
        tasks=tasks,
        waiting=waiting(clock.today()) if organisation else [],
        asked=organisations.waiting_of(person),
        staff=current_user.acts_as(*STAFF),
        searcher=current_user.acts_as(Role.BUYER, Role.CONTRACTOR, Role.SROI_OFFICER, *STAFF),
        figures=current_app.extensions["enterprise_figures"](enterprise) if enterprise else None,
    )


def link_tasks(today: date) -> list[Task]:  # noqa: ARG001
    """Who asked region staff to act for an organisation."""
    if not current_user.acts_as(*STAFF):
        return []
    return [
        Task(
            f"{one.organisation.name}: aanmelding controleren",
            url_for("organisations.decide_link", public_id=one.public_id),
            "aanmelding",
            f"wacht sinds {dutch_date(one.asked_at)}",
            is_example=one.organisation.is_example,
        )
        for one in organisations.waiting_in_region(current_user.organisation)
    ]


def proposal_tasks(today: date) -> list[Task]:  # noqa: ARG001
    """What colleagues offered from their workbooks to this reader's part of the platform."""
    organisation, found = current_user.organisation, []
    mine = [t for t in Target if t != Target.REQUESTS and current_user.acts_as(*decided_by(t))]
    if mine:
        desk = current_user.acts_as(*STAFF)
        endpoint = "toolbox.proposals" if desk else "social_return.rules_home"
        found.append((len(proposals.waiting(organisation, *mine)), endpoint))
    if current_user.acts_as(*decided_by(Target.REQUESTS)):
        count = len(proposals.waiting_for(organisation, Target.REQUESTS))
        found.append((count, "tenders.index"))
    return [
        Task(
            plural(count, "voorstel van een collega", "voorstellen van collega’s") + " bekijken",
            url_for(endpoint),
            "werkboek",
        )
        for count, endpoint in found
        if count
    ]


def page(path: Path) -> tuple[dict[str, object], str]:
    """A content page: its front matter and its text as safe HTML."""
    if not path.is_file():
        abort(404)
    return _written(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _written(path: Path, _changed: int) -> tuple[dict[str, object], str]:
    post = frontmatter.load(str(path))
    return dict(post.metadata), boxed(nh3.clean(MARKDOWN.render(post.content)))


@bp.post("/account/meenemen")
@signed_in
def take_along() -> Response:
    """One's own data as a file."""
    response = Response(
        retention.take_along(person=current_user.person), mimetype="application/json"
    )
    response.headers.set("Content-Disposition", "attachment", filename="mijn-gegevens.json")
    return response


@bp.get("/uitleg")
@public
def guide_index() -> str:
    """The guides, one per kind of user."""
    found = []
    for path in sorted((CONTENT / "pages").glob("uitleg-*.md")):
        meta, _ = page(path)
        found.append((path.stem.removeprefix("uitleg-"), meta))
    return render_template("home/guides.html", guides=found)


@bp.get("/uitleg/<name>")
@public
def guide(name: str) -> str:
    """One guide."""
    return content_of(f"uitleg-{name}")


@bp.get("/pagina/<name>")
@public
def content_page(name: str) -> str:
    """A page about the site."""
    return content_of(name)


@bp.get("/toegankelijkheid")
@public
def accessibility() -> str:
    """The accessibility statement."""
    return content_of("toegankelijkheid")


@bp.get("/privacy")
@public
def privacy() -> str:
    """What is kept of people, why and for how long."""
    return content_of("privacy")


def content_of(name: str) -> str:
    """A page of content/pages; any other name is no page."""
    if name not in {path.stem for path in (CONTENT / "pages").glob("*.md")}:
        abort(404)
    meta, html = page(CONTENT / "pages" / f"{name}.md")
    return render_template("home/content.html", meta=meta, html=html)


@bp.get("/bronnen")
@public
def sources() -> str:
    """Where the facts come from, with their licences."""
    meta, html = page(CONTENT / "reference" / "SOURCES.md")
    return render_template("home/content.html", meta=meta, html=html)


@bp.get("/.well-known/security.txt")
@public
def security_txt() -> Response:
    """Where to report a vulnerability (RFC 9116)."""
    expires = (clock.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [
        f"Contact: {current_app.config['SECURITY_CONTACT']}",
        f"Expires: {expires}",
        "Preferred-Languages: nl, en",
        f"Canonical: {current_app.config['BASE_URL']}/.well-known/security.txt",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/health/live")
@public
def live() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/health/ready")
@public
def ready() -> tuple[Response, int]:
    """The database answers; 503 when it does not."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return Response("database not available\n", mimetype="text/plain"), 503
    return Response("ok\n", mimetype="text/plain"), 200
