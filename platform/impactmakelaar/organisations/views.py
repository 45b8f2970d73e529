"""Pages on which people register, switch, invite colleagues and leave."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.accounts import services as accounts_services
from impactmakelaar.core import audit, clock, trail
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations import permissions, queries, services, services_invitations
from impactmakelaar.organisations.forms import (
    AcceptForm,
    EmptyForm,
    InviteForm,
    LeaveForm,
    RegisterForm,
)
from impactmakelaar.organisations.rules import ROLE_LABELS, ROLES_OF, Kind, Role
from impactmakelaar.web.filters import full_stop
from impactmakelaar.web.guards import public, signed_in

bp = Blueprint("organisations", __name__)
Answer = str | Response | tuple[str, int]


def found(public_id: str) -> Any:
    """The organisation of an address, or 404."""
    organisation = queries.by_public_id(public_id)
    if organisation is None:
        abort(404)
    return organisation


@bp.route("/onderneming-aanmelden", methods=["GET", "POST"])
@signed_in
def register_enterprise() -> Answer:
    """Register an enterprise and ask to act for it."""
    return _register(Kind.ENTERPRISE)


@bp.route("/opdrachtnemer-aanmelden", methods=["GET", "POST"])
@signed_in
def register_contractor() -> Answer:
    """Register a contractor and ask to act for it."""
    return _register(Kind.CONTRACTOR)


def _register(kind: Kind) -> Answer:
    form = RegisterForm()
    region = queries.home_region()
    if region is None:
        abort(503)
    if form.validate_on_submit():
        try:
            organisation = services.register(
                person=current_user.person,
                region=region,
                kind=kind,
                name=form.name.data,
                kvk_number=form.kvk_number.data,
            )
            flash(
                f"{organisation.name} is aangemeld. De regio controleert of u erbij hoort; "
                "u krijgt daarvan een mail.",
                "ok",
            )
            return redirect(url_for("home.desk"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template("organisations/register.html", form=form, kind=kind)
    return (html, 400) if form.all_errors() else html


@bp.route("/wisselen", methods=["GET", "POST"])
@signed_in
def switch() -> Answer:
    """Choose for which organisation one acts."""
    memberships = queries.active_memberships(current_user.person)
    choices = {m.organisation.public_id: m.organisation for m in memberships}
    if request.method == "POST":
        chosen = choices.get(request.form.get("organisatie", ""))
        if chosen is None:
            abort(404)
        accounts_services.act_for(session=current_user.sign_in, organisation_id=chosen.id)
        flash(f"U werkt nu voor {chosen.name}.", "ok")
        return redirect(url_for("home.desk"), 303)
    roles: dict[str, list[str]] = {}
    for m in memberships:
        roles.setdefault(m.organisation.public_id, []).append(ROLE_LABELS[Role(m.role)])
    return render_template("organisations/switch.html", choices=choices, roles=roles)


@bp.get("/organisaties/<public_id>/mensen")
@signed_in
def members(public_id: str) -> str:
    """Who acts for an organisation, and who was invited."""
    organisation = found(public_id)
    if not permissions.may_see_members(current_user.person, organisation):
        abort(404)
    return _members_page(organisation, invite_form(organisation))


def _members_page(organisation: Any, form: InviteForm) -> str:
    rows = queries.members(organisation)
    return render_template(
        "organisations/members.html",
        organisation=organisation,
        members=rows,
        invitations=queries.open_invitations(organisation),
        form=form,
        may_end=permissions.endable(current_user.person, organisation, rows),
        labels=ROLE_LABELS,
        now=clock.now(),
    )


def invite_form(organisation: Any) -> InviteForm:
    """The form, with the roles that this reader may give."""
    form = InviteForm()
    form.role.choices = [
        (role.value, ROLE_LABELS[role])
        for role in ROLES_OF[Kind(organisation.kind)]
        if permissions.may_invite(current_user.person, organisation, role)
    ]
    return form


@bp.post("/organisaties/<public_id>/uitnodigen")
@signed_in
def invite(public_id: str) -> Answer:
    """Invite somebody."""
    organisation = found(public_id)
    if not permissions.may_see_members(current_user.person, organisation):
        abort(404)
    form = invite_form(organisation)
    if form.validate_on_submit():
        try:
            services_invitations.invite(
                organisation=organisation,
                email=form.email.data,
                name=form.name.data,
                role=form.role.data,
                by=current_user.person,
            )
            flash(f"De uitnodiging aan {form.name.data} is verstuurd.", "ok")
            return redirect(url_for("organisations.members", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return _members_page(organisation, form), 400


@bp.post("/uitnodigingen/<public_id>/intrekken")
@signed_in
def withdraw_invitation(public_id: str) -> Response:
    """Withdraw an invitation."""
    row = queries.invitation(public_id)
    if row is None:
        abort(404)
    services_invitations.withdraw_invitation(invitation=row, by=current_user.person)
    flash("De uitnodiging is ingetrokken.", "ok")
    return redirect(url_for("organisations.members", public_id=row.organisation.public_id), 303)


@bp.route("/uitnodiging/<token>", methods=["GET", "POST"])
@public
def accept(token: str) -> Answer:
    """The page behind the link of an invitation."""
    try:
        row = services_invitations.valid_invitation(token)
    except Refused as refusal:
        return render_template("accounts/stale_link.html", sentence=refusal.sentence), 400
    known = current_user.is_authenticated
    form = EmptyForm() if known else AcceptForm(name=row.name)
    if form.validate_on_submit():
        try:
            person = current_user.person if known else None
            organisation = row.organisation
            services_invitations.accept_invitation(
                token=token,
                person=person,
                name=form.name.data if not known else "",
                password=form.password.data if not known else "",
            )
            if known:
                accounts_services.act_for(
                    session=current_user.sign_in, organisation_id=organisation.id
                )
            flash(f"U kunt nu werken voor {full_stop(organisation.name)}", "ok")
            return redirect(url_for("home.desk" if known else "accounts.sign_in"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    if not known:
        session["next"] = url_for("organisations.accept", token=token)
    html = render_template(
        "organisations/accept.html", row=row, form=form, known=known, labels=ROLE_LABELS
    )
    return (html, 400) if form.all_errors() else html


@bp.route("/rollen/<public_id>/beeindigen", methods=["GET", "POST"])
@signed_in
def end_membership(public_id: str) -> Answer:
    """End a role; choose who takes over."""
    membership = queries.membership(public_id)
    if membership is None or not permissions.may_end(current_user.person, membership):
        abort(404)
    colleagues = {
        m.person.public_id: m.person
        for m in queries.members(membership.organisation)
        if m.person_id != membership.person_id
    }
    form = LeaveForm()
    form.successor.choices = [
        ("", "Niemand"),
        *((key, person.name) for key, person in colleagues.items()),
    ]
    if form.validate_on_submit():
        try:
            organisation = membership.organisation
            services.end_membership(
                membership=membership,
                by=current_user.person,
                successor=colleagues.get(form.successor.data),
            )
            flash("De rol is beëindigd.", "ok")
            own = membership.person_id == current_user.person.id
            if own:
                return redirect(url_for("home.desk"), 303)
            return redirect(url_for("organisations.members", public_id=organisation.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "organisations/end_membership.html", membership=membership, form=form, labels=ROLE_LABELS
    )
    return (html, 400) if form.all_errors() else html


@bp.get("/organisaties/<public_id>/logboek")
@signed_in
def organisation_trail(public_id: str) -> str:
    """What happened around an organisation."""
    organisation = found(public_id)
    if not permissions.may_see_trail(current_user.person, organisation):
        abort(404)
    return trail_page(
        f"Logboek van {organisation.name}",
        audit.of_organisation(organisation),
        [desk_crumb(), people_crumb(organisation)],
    )


@bp.get("/rollen/<public_id>/logboek")
@signed_in
def member_trail(public_id: str) -> str:
    """What somebody did around an organisation, for those who may see all that happened there."""
    membership = queries.membership(public_id)
    if membership is None or not permissions.may_see_trail(
        current_user.person, membership.organisation
    ):
        abort(404)
    person, organisation = membership.person, membership.organisation
    return trail_page(
        f"Wat {person.name} deed voor {organisation.name}",
        audit.by_person_for(person, organisation),
        [desk_crumb(), people_crumb(organisation)],
    )


@bp.get("/account/logboek")
@signed_in
def own_trail() -> str:
    """What was recorded under one's own name."""
    return trail_page(
        "Wat u deed",
        audit.by_person(current_user.person),
        [("Uw account", url_for("accounts.account"))],
    )


def desk_crumb() -> tuple[str, str]:
    """The way back to one's desk."""
    return "Mijn bureau", url_for("home.desk")


def people_crumb(organisation: Any) -> tuple[str, str]:
    """The way back to the people of an organisation."""
    return "Mensen", url_for("organisations.members", public_id=organisation.public_id)


def trail_page(title: str, lines: list[audit.AuditEvent], crumbs: list[tuple[str, str]]) -> str:
    """A page of lines of the trail; other features show theirs with it too."""
    return render_template(
        "organisations/trail.html",
        title=title,
        crumbs=crumbs,
        lines=lines,
        names=queries.names_of({line.person_id for line in lines}),
        sentence=trail.sentence,
        objects=trail.names_of(current_user.person, lines),
    )
