"""The badge in public: page, pictures, machine-readable forms, and the check of what is brought."""

import io
from typing import Any

import segno
from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.accounts.rules import network_of
from impactmakelaar.admission.rules_standing import State
from impactmakelaar.badges import images, permissions, queries, rules, services
from impactmakelaar.badges.forms import CheckForm
from impactmakelaar.core import clock, links, signing
from impactmakelaar.core.errors import Refused, TooMany
from impactmakelaar.core.files import read_limited
from impactmakelaar.organisations.queries import by_public_id, home_region
from impactmakelaar.organisations.rules import Role
from impactmakelaar.web.guards import public, role

bp = Blueprint("badges", __name__)
Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
MAX_BROUGHT = 1024 * 1024
JWT = "application/vc+jwt"


def found(number: str) -> queries.Today:
    """The badge with this number as it is at this moment; else 404."""
    badge = queries.by_number(number)
    if badge is None:
        abort(404)
    return queries.today(badge, clock.today())


def open_to_all(response: FlaskResponse) -> FlaskResponse:
    """Any site may show it and any verifier may read it; nobody may keep it."""
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return response


def json_answer(value: Any) -> FlaskResponse:
    """A JSON document for everybody."""
    return open_to_all(jsonify(value))


@bp.get("/badge/<number>")
@public
def page(number: str) -> Answer:
    """What holds of a badge at this second; an unknown number is said to be unknown."""
    badge = queries.by_number(number)
    if badge is None:
        checked = services.Verification(rules.Verdict.UNKNOWN)
        html = render_template(
            "badges/check.html", form=CheckForm(formdata=None), checked=checked, now=clock.now()
        )
        return html, 404
    today = queries.today(badge, clock.today())
    return render_template(
        "badges/page.html",
        today=today,
        seen=rules.public(today.standing),
        now=clock.now(),
        credential=queries.current(badge, today.standing),
        disclaimer=rules.NO_QUALITY_MARK,
        alternative=today.shown.alternative,
    )


@bp.get("/badge/<number>/stand.json")
@public
def state(number: str) -> FlaskResponse:
    """What holds of a badge at this second, for a program."""
    today = found(number)
    seen = rules.public(today.standing)
    credential = queries.current(today.badge, today.standing)
    return json_answer(
        {
            "number": today.badge.number,
            "enterprise": today.enterprise.name,
            "kvkNumber": today.enterprise.kvk_number,
            "region": today.region.name,
            "valid": seen.has_badge,
            "state": seen.state.value,
            "lastDay": seen.last_day.isoformat() if seen.last_day else None,
            "certificate": today.certificate if seen.has_badge else "",
            "sentence": today.sentence,
            "checkedAt": clock.now().isoformat(timespec="seconds"),
            "page": links.address("badges.page", number=number),
            "credential": links.address("badges.credential", uuid=credential.uuid)
            if credential
            else None,
        }
    )


@bp.get("/badge/<number>/badge-<any(klein, groot):size>.<any(svg, png):kind>")
@public
def picture(number: str, size: str, kind: str) -> FlaskResponse:
    """The picture of what holds now; it is drawn anew for each request."""
    today = found(number)
    credential = queries.current(today.badge, today.standing)
    token = credential.token if credential else ""
    scale, path = images.SIZES[size], queries.letter()
    if kind == "svg":
        body = images.svg(today.shown, path, scale, token).encode()
        return open_to_all(FlaskResponse(body, mimetype="image/svg+xml"))
    body = images.png(today.shown, path, scale, token)
    return open_to_all(FlaskResponse(body, mimetype="image/png"))


@bp.get("/badge/<number>/qr.svg")
@public
def qr(number: str) -> FlaskResponse:
    """The address of the badge page as a QR code."""
    found(number)
    out = io.BytesIO()
    address = links.address("badges.page", number=number)
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=4, title=address)
    return open_to_all(FlaskResponse(out.getvalue(), mimetype="image/svg+xml"))


@bp.get("/badge/bewijs/<uuid>")
@public
def credential(uuid: str) -> FlaskResponse:
    """A credential as it was signed; 410 when it was revoked."""
    row = queries.by_uuid(uuid)
    if row is None:
        abort(404)
    if row.revoked_at is not None:
        answer = FlaskResponse("revoked\n", status=410, mimetype="text/plain")
        return open_to_all(answer)
    answer = FlaskResponse(row.token, mimetype=JWT)
    answer.headers.set("Content-Disposition", "attachment", filename="sroi-badge.jwt")
    return open_to_all(answer)


def region_or_404(region_id: str) -> Any:
    """A region."""
    row = queries.region(region_id)
    if row is None:
        abort(404)
    return row


@bp.get("/badge/uitgever/<region_id>")
@public
def issuer(region_id: str) -> FlaskResponse:
    """The region as issuer, with its keys."""
    row = region_or_404(region_id)
    return json_answer(
        queries.issuer_of(row)
        | {"keys": [key.public for key in signing.keys(row.public_id)]}
        | {"jwks": links.address("badges.jwks")}
    )


@bp.get("/badge/uitgever/<region_id>/sleutels/<key_id>")
@public
def key(region_id: str, key_id: str) -> FlaskResponse:
    """One public key."""
    row = region_or_404(region_id)
    known = {one.id: one for one in signing.keys(row.public_id)}
    if key_id not in known:
        abort(404)
    return json_answer(known[key_id].public)


@bp.get("/badge/uitgever/<region_id>/soorten/<any(in_grace, certified):kind>")
@public
def achievement(region_id: str, kind: str) -> FlaskResponse:
    """One of the two achievements."""
    row = region_or_404(region_id)
    value = rules.achievement(
        kind,
        row.name,
        links.address("badges.achievement", region_id=region_id, kind=kind),
        links.address("badges.issuer", region_id=region_id),
        links.address("badges.achievement_picture", region_id=region_id, kind=kind),
    )
    return json_answer(value)


@bp.get("/badge/uitgever/<region_id>/soorten/<any(in_grace, certified):kind>.svg")
@public
def achievement_picture(region_id: str, kind: str) -> FlaskResponse:
    """The picture of an achievement, of no holder."""
    row = region_or_404(region_id)
    title = rules.ACHIEVEMENTS[State(kind)][0]
    shown = images.Shown("voorbeeld", "Naam van de onderneming", row.name, title, "", True)
    return open_to_all(
        FlaskResponse(images.svg(shown, queries.letter(), 1), mimetype="image/svg+xml")
    )


@bp.get("/badge/uitgever/<region_id>/lijsten/<int:number>")
@public
def status_list(region_id: str, number: int) -> FlaskResponse:
    """The signed status list as it is at this moment."""
    row = region_or_404(region_id)
    token = services.status_list_token(region=row, number=number, now=clock.now())
    return open_to_all(FlaskResponse(token, mimetype=JWT))


@bp.get("/.well-known/jwks.json")
@public
def jwks() -> FlaskResponse:
    """Every public key with which a region of this site signed."""
    found_keys = [
        one.public for region in services.issuers() for one in signing.keys(region.public_id)
    ]
    return json_answer({"keys": found_keys})


@bp.route("/badge/controleren", methods=["GET", "POST"])
@public
def check() -> Answer:
    """Examine a number, a picture or a credential."""
    form = CheckForm()
    checked = None
    if form.validate_on_submit():
        try:
            checked = examined(form)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template("badges/check.html", form=form, checked=checked, now=clock.now())
    if isinstance(form.refusal, TooMany):
        return html, 429, {"Retry-After": str(form.refusal.retry_after)}
    return (html, 400) if form.all_errors() else html


def examined(form: CheckForm) -> services.Verification:
    """What is the matter with what was brought."""
    services.take_check(network_of(request.remote_addr or ""))
    on, home = clock.today(), home_region()
    if form.file.data:
        data = read_limited(form.file.data.stream, MAX_BROUGHT)
        return services.verify_file(data=data, home=home, on=on)
    if form.token.data:
        return services.verify_file(data=form.token.data.encode(), home=home, on=on)
    number = rules.number_of(form.number.data or "")
    return services.verify_number(number=number, home=home, on=on)


@bp.get("/ondernemingen/<public_id>/badge")
@role(Role.ENTREPRENEUR)
def own(public_id: str) -> str:
    """The files of one's own badge, and how to show it on a site."""
    enterprise = by_public_id(public_id)
    if enterprise is None or not permissions.may_use(current_user.person, enterprise):
        abort(404)
    badge = queries.of_enterprise(enterprise.id, enterprise.region_id or 0)
    today = queries.today(badge, clock.today()) if badge else None
    address = links.address("badges.page", number=badge.number) if badge else ""
    source = (
        links.address("badges.picture", number=badge.number, size="klein", kind="svg")
        if badge
        else ""
    )
    return render_template(
        "badges/own.html",
        enterprise=enterprise,
        today=today,
        credential=queries.current(badge, today.standing) if badge and today else None,
        snippet=f'<a href="{address}"><img src="{source}" width="320" height="120" '
        f'alt="SROI-badge: bekijk of hij vandaag geldt"></a>',
        disclaimer=rules.NO_QUALITY_MARK,
        standing_url=url_for("standing.page", public_id=public_id),
    )
