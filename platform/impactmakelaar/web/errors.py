"""Friendly Dutch pages for everything that goes wrong; they lose nothing that was typed."""

import errno
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request, session
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, SecurityError
from wtforms import BooleanField, Field, HiddenField, PasswordField, SelectFieldBase

from impactmakelaar.core.db import db
from impactmakelaar.core.errors import Conflict, NotFound, Refused, TooMany
from impactmakelaar.web.forms import fields_named

KEY = re.compile(r"(?=.*[a-z])[a-z0-9]+(?:[_-][a-z0-9]+)*", re.ASCII)
"""What the value of a choice or a button looks like."""
SECRET_FIELDS = ("password", "wachtwoord", "old", "code", "csrf_token", "token")
"""Names, after any prefix, of fields that are never repeated on a page."""
MAX_KEPT = 12_000_000
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE)
"""What the system says when the disk is full, read-only or broken, or has no file left to give."""


@dataclass(frozen=True)
class ErrorText:
    """Title, what it means, and what the reader can do now."""

    title: str
    meaning: str
    advice: str


TEXTS = {
    400: ErrorText(
        "Dit verzoek begrijpen wij niet",
        "Er zat iets in het adres of het formulier dat wij niet kunnen lezen.",
        "Ga terug en probeer het opnieuw.",
    ),
    403: ErrorText(
        "Deze pagina hoort bij een andere rol",
        "U bent ingelogd, maar met uw rol kunt u deze pagina niet gebruiken.",
        "Wissel van organisatie of vraag de makelaar van uw regio om toegang.",
    ),
    404: ErrorText(
        "Deze pagina bestaat niet",
        "Het adres klopt niet, of wat er stond is weggehaald.",
        "Controleer het adres of zoek in het register.",
    ),
    405: ErrorText(
        "Dit kan hier niet",
        "Deze pagina kan niet op deze manier worden gebruikt.",
        "Ga terug en gebruik de knoppen op de pagina.",
    ),
    409: ErrorText(
        "Iemand anders was u voor",
        "Deze gegevens zijn intussen veranderd.",
        "Bekijk wat er is veranderd en probeer het opnieuw.",
    ),
    413: ErrorText(
        "Dit is te groot",
        "Wat u verstuurde, is groter dan wij kunnen aannemen.",
        "Ga terug met de knop van uw browser: wat u invulde, staat er dan nog. "
        "Maak het bestand of de tekst kleiner en probeer het opnieuw.",
    ),
    414: ErrorText(
        "Dit adres is te lang",
        "Uw zoekvraag bevat meer tekst of filters dan wij kunnen lezen.",
        "Zoek met minder woorden of minder filters.",
    ),
    431: ErrorText(
        "Uw browser stuurt te veel mee",
        "Er zijn te veel of te grote cookies bij dit verzoek.",
        "Verwijder de cookies van deze website in uw browser en probeer het opnieuw.",
    ),
    429: ErrorText(
        "Even wachten",
        "Dit is te vaak achter elkaar gedaan.",
        "Wacht een paar minuten en probeer het dan opnieuw.",
    ),
    500: ErrorText(
        "Er ging iets mis bij ons",
        "Dit ligt niet aan u. De beheerder heeft een melding gekregen.",
        "Probeer het zo opnieuw. Blijft het misgaan? Noem dan het nummer hieronder.",
    ),
    503: ErrorText(
        "Even geduld",
        "Dit onderdeel is nu niet bereikbaar.",
        "Probeer het over een minuut opnieuw.",
    ),
}


EXPIRED = ErrorText(
    "Dit formulier is verlopen",
    "Het stond lang open, of u logde intussen in of uit. Er is niets opgeslagen.",
    "Open het formulier opnieuw en vul het nog eens in.",
)
SIGNED_OUT = ErrorText(
    "U bent uitgelogd",
    "U bent intussen uitgelogd, dus dit is niet opgeslagen.",
    "Kopieer uw tekst hieronder, log in en plak hem in het formulier.",
)


def page(
    status: int, *, sentence: str = "", headers: Any = None, text: ErrorText | None = None
) -> tuple[str, int, Any]:
    """The page for a status, with what the user had typed so that it can be copied.

    When even the frame of the page cannot be made (the database is away, the host is not ours),
    the same words come on a bare page.
    """
    values = {
        "status": status,
        "text": text or TEXTS.get(status, TEXTS[400 if status < 500 else 500]),
        "sentence": sentence,
        "form_url": _form_url() if text is EXPIRED else "",
        "sign_in": text is SIGNED_OUT,
        "typed": _typed(status),
        "request_id": g.get("request_id", ""),
    }
    try:
        html = render_template("errors/error.html", **values)
    except Exception:
        # Whatever breaks the frame here, the reader still gets a page and his text.
        current_app.logger.warning("bare error page", exc_info=True)
        db.session.remove()
        html = current_app.jinja_env.get_template("errors/bare.html").render(**values)
    return html, status, headers or {}


def bare_page(app: Flask, status: int) -> str:
    """The page for what the server refuses before the program sees a request."""
    text = TEXTS.get(status, TEXTS[400])
    template = app.jinja_env.get_template("errors/bare.html")
    return template.render(status=status, text=text, sentence="", typed=[], request_id="")


def signed_out() -> tuple[str, int, Any]:
    """The page for who sent a form after his session had ended: his text is on it.

    Signing in leads back to the form, when it stands at the address that it is sent to.
    """
    if back := _form_url():
        session["next"] = back
    return page(403, text=SIGNED_OUT)


def has_typed() -> bool:
    """Whether the request carries anything that a person typed."""
    return bool(_typed(200))


def _typed(status: int) -> list[tuple[str, str]]:
    """(label, text) of the form, without passwords and codes. A refused body cannot be read."""
    if request.method != "POST" or status == 413:
        return []
    try:
        form: MultiDict[str, str] = request.form
    except HTTPException:
        return []
    kept, size = [], 0
    fields = fields_named({name.rsplit("-", 1)[-1] for name in form})
    for name, value in form.items(multi=True):
        last = name.rsplit("-", 1)[-1]
        field = fields.get(last)
        if not value.strip() or last.lower() in SECRET_FIELDS:
            continue
        if not _is_text(field.field_class if field is not None else None, name, value):
            continue
        size += len(value)
        if size <= MAX_KEPT:
            label = field.args[0] if field is not None and field.args else "Veld"
            kept.append((str(label), value))
    return kept


def _is_text(kind: type[Field] | None, name: str, value: str) -> bool:
    """Whether a value was typed. What was chosen or pressed is a key that says nothing to a reader.

    Answers of the toolbox and texts per criterion stand in no form; a button's value is a key.
    """
    if kind is None:
        return ":" in name or KEY.fullmatch(value) is None
    return not issubclass(kind, (PasswordField, HiddenField, SelectFieldBase, BooleanField))


def _form_url() -> str:
    """The address of the form that was sent, when that can be opened."""
    rule = request.url_rule
    return request.full_path.rstrip("?") if rule and "GET" in (rule.methods or ()) else ""


def init_app(app: Flask) -> None:
    """Register the pages."""

    @app.errorhandler(CSRFError)
    def expired_form(_error: CSRFError) -> Any:
        return page(400, text=EXPIRED)

    @app.errorhandler(SecurityError)
    def foreign_host(_error: SecurityError) -> Any:
        # Plain text: without a host that we trust no address can be built, so no page either.
        text = TEXTS[400]
        return Response(f"{text.title}\n{text.meaning}\n", 400, mimetype="text/plain")

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        if error.response is not None or error.code is None or error.code < 400:
            return error
        allow = {"Allow": ", ".join(error.valid_methods or [])} if error.code == 405 else {}  # type: ignore[attr-defined]
        return page(error.code, headers=allow)

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Any:
        return page(404)

    @app.errorhandler(TooMany)
    def too_many(error: TooMany) -> Any:
        return page(429, sentence=error.sentence, headers={"Retry-After": str(error.retry_after)})

    @app.errorhandler(Conflict)
    def conflict(error: Conflict) -> Any:
        return page(409, sentence=error.sentence)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Any:
        return page(400, sentence=error.sentence)

    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeout)
    @app.errorhandler(OperationalError)
    def database_away(_error: Exception) -> Any:
        db.session.rollback()
        current_app.logger.exception("database not available")
        return page(503, headers={"Retry-After": "30"})

    @app.errorhandler(DataError)
    def unreadable(error: DataError) -> Any:
        # A sign or a number that no column takes, as no form that we made sends it: PostgreSQL
        # refuses a zero byte in a text, and a number that is too long.
        db.session.rollback()
        if app.testing:
            raise error
        current_app.logger.exception("the database cannot keep this")
        return page(400)

    @app.errorhandler(OSError)
    def disk_away(error: OSError) -> Any:
        if error.errno not in DISK:
            return failure(error)
        db.session.rollback()
        current_app.logger.exception("disk not available")
        return page(503, headers={"Retry-After": "300"})

    @app.errorhandler(Exception)
    def failure(error: Exception) -> Any:
        db.session.rollback()
        if app.testing:
            raise error
        current_app.logger.exception("unhandled")
        return page(500)
