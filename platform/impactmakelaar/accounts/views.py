"""Pages of signing in, signing up and one's own account."""

from typing import Any

import pyotp
import segno
from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.accounts import identity, queries, rules, services, services_second_factor
from impactmakelaar.accounts.forms import (
    ChangeEmailForm,
    ChangePasswordForm,
    CodeForm,
    ConfirmForm,
    EmailForm,
    EmptyForm,
    NameForm,
    NewPasswordForm,
    PasswordForm,
    SignInForm,
    SignUpForm,
)
from impactmakelaar.accounts.rules import Aim, Purpose
from impactmakelaar.core.errors import Refused, TooMany
from impactmakelaar.web.forms import BaseForm
from impactmakelaar.web.guards import public, signed_in, signing_in

bp = Blueprint("accounts", __name__)

FIRST_STEP = {
    Aim.ENTREPRENEUR: "organisations.register_enterprise",
    Aim.CONTRACTOR: "organisations.register_contractor",
}
Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


def visitor() -> str:
    """The address that a request comes from; forwarded headers count only behind our own proxy."""
    return request.remote_addr or ""


def answer(form: BaseForm, html: str) -> Answer:
    """The page with the right status: 429 when a limit was reached, 400 when something is wrong."""
    if isinstance(form.refusal, TooMany):
        return html, 429, {"Retry-After": str(form.refusal.retry_after)}
    return (html, 400) if form.all_errors() else html


def go_on(fallback: str = "home.desk") -> Response:
    """Continue where somebody was going before he had to sign in."""
    target = rules.safe_next(session.pop("next", ""))
    return redirect(target or url_for(fallback), 303)


@bp.route("/inloggen", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    """Sign in with address and password."""
    form = SignInForm()
    if form.validate_on_submit():
        try:
            services.sign_in(email=form.email.data, password=form.password.data, address=visitor())
            return go_on()
        except Refused as refusal:
            form.refuse(refusal)
    people = queries.example_people() if current_app.config["DEMONSTRATION"] else []
    html = render_template("accounts/sign_in.html", form=form, people=people)
    return answer(form, html)


@bp.post("/inloggen/voorbeeld/<public_id>")
@public
def sign_in_example(public_id: str) -> Response:
    """Sign in as a demonstration account with one click; only where the demonstration runs."""
    person = queries.example_person(public_id)
    if not current_app.config["DEMONSTRATION"] or person is None:
        abort(404)
    services.sign_in_example(person)
    return go_on()


@bp.post("/uitloggen")
@public
def sign_out() -> Response:
    """Sign out in this browser."""
    identity.close_session()
    session.clear()
    flash("U bent uitgelogd.", "ok")
    return redirect(url_for("home.index"), 303)


@bp.route("/account-maken", methods=["GET", "POST"])
@public
def sign_up() -> Answer:
    """Make an account."""
    form = SignUpForm()
    if form.validate_on_submit():
        try:
            services.sign_up(
                email=form.email.data,
                name=form.name.data,
                password=form.password.data,
                aim=form.aim.data,
                address=visitor(),
            )
            session["waiting_for"] = form.email.data
            return redirect(url_for("accounts.check_mail"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_template("accounts/sign_up.html", form=form))


@bp.route("/account-maken/mail", methods=["GET", "POST"])
@public
def check_mail() -> Answer:
    """Tell that a mail is on its way; the button sends it again."""
    form = EmptyForm()
    email = session.get("waiting_for", "")
    if form.validate_on_submit():
        if email:
            services.send_confirmation(email=email)
        flash("Als dit adres nog niet bevestigd was, is de mail opnieuw verstuurd.", "ok")
        return redirect(url_for("accounts.check_mail"), 303)
    return render_template("accounts/check_mail.html", form=form, email=email)


@bp.route("/account-maken/bevestigen/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> Answer:
    """The page behind the link in the mail: the password and a button confirm."""
    form = ConfirmForm()
    try:
        services.valid_token(token, Purpose.CONFIRM)
    except Refused as refusal:
        return render_template("accounts/stale_link.html", sentence=refusal.sentence), 400
    if form.validate_on_submit():
        try:
            person = services.confirm(token=token, password=form.password.data)
            flash("Uw e-mailadres is bevestigd. Welkom!", "ok")
            step = FIRST_STEP.get(person.aim, "home.desk")  # type: ignore[call-overload]
            return redirect(url_for(step), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_template("accounts/confirm.html", form=form))


@bp.route("/wachtwoord-vergeten", methods=["GET", "POST"])
@public
def forgot_password() -> Answer:
    """Ask for a link to choose a new password."""
    form = EmailForm()
    if form.validate_on_submit():
        try:
            services.forgot_password(email=form.email.data, address=visitor())
            return render_template("accounts/reset_sent.html", email=form.email.data)
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_template("accounts/forgot_password.html", form=form))


@bp.route("/wachtwoord-kiezen/<token>", methods=["GET", "POST"])
@public
def reset_password(token: str) -> Answer:
    """Choose a new password."""
    form = NewPasswordForm()
    try:
        services.valid_token(token, Purpose.RESET)
    except Refused as refusal:
        return render_template("accounts/stale_link.html", sentence=refusal.sentence), 400
    if form.validate_on_submit():
        try:
            services.reset_password(token=token, password=form.password.data)
            flash("Uw wachtwoord is gewijzigd. U kunt nu inloggen.", "ok")
            return redirect(url_for("accounts.sign_in"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_template("accounts/reset_password.html", form=form))


@bp.route("/tweede-stap", methods=["GET", "POST"])
@signing_in
def second_factor() -> Answer:
    """The second step of signing in, or setting it up when the role asks for it."""
    if current_user.person.totp_enabled_at is None:
        return redirect(url_for("accounts.set_up_second_factor"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            services_second_factor.give(
                person=current_user.person, session=current_user.sign_in, code=form.code.data
            )
            return go_on()
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_template("accounts/second_factor.html", form=form))


@bp.route("/tweede-stap/instellen", methods=["GET", "POST"])
@signing_in
def set_up_second_factor() -> Answer:
    """Show the secret as a QR code and ask for a first code."""
    person = current_user.person
    if person.totp_enabled_at is not None:
        return redirect(url_for("accounts.account"), 303)
    form = CodeForm()
    if request.method == "POST" and not person.totp_secret:
        services_second_factor.start(person=person)
        return redirect(url_for("accounts.set_up_second_factor"), 303)
    if person.totp_secret and form.validate_on_submit():
        try:
            codes = services_second_factor.enable(
                person=person, session=current_user.sign_in, code=form.code.data
            )
            return render_template(
                "accounts/recovery_codes.html", title="De tweede stap staat aan", codes=codes
            )
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "accounts/set_up_second_factor.html",
        form=form,
        secret=person.totp_secret,
        qr=qr_code(person.totp_secret, person.email) if person.totp_secret else "",
    )
    return answer(form, html)


def qr_code(secret: str, email: str) -> str:
    """The secret as a picture for an app, as a data address."""
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=email, issuer_name=current_app.config["SITE_NAME"]
    )
    return segno.make(uri, error="m").png_data_uri(scale=5)


@bp.get("/account")
@signed_in
def account() -> str:
    """One's own account: name, address, password, second factor, open sessions."""
    return render_account()


def render_account(**forms: Any) -> str:
    """The account page; ``forms`` replaces the empty form that was refused."""
    person = current_user.person
    return render_template(
        "accounts/account.html",
        person=person,
        present=current_user.sign_in,
        sessions=queries.open_sessions(person),
        name_form=forms.get("name_form") or NameForm(formdata=None, name=person.name),
        email_form=forms.get("email_form") or ChangeEmailForm(formdata=None, prefix="nieuw"),
        password_form=forms.get("password_form") or ChangePasswordForm(formdata=None, prefix="ww"),
        off_form=forms.get("off_form") or PasswordForm(formdata=None, prefix="uit"),
        codes_form=forms.get("codes_form") or PasswordForm(formdata=None, prefix="codes"),
        refused=next(iter(forms.values()), None),
    )


@bp.post("/account/naam")
@signed_in
def change_name() -> Answer:
    """Change one's name."""
    form = NameForm()
    if not form.validate_on_submit():
        return render_account(name_form=form), 400
    services.change_name(person=current_user.person, name=form.name.data)
    flash("Uw naam is gewijzigd.", "ok")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/wachtwoord")
@signed_in
def change_password() -> Answer:
    """Change one's password."""
    form = ChangePasswordForm(prefix="ww")
    if form.validate_on_submit():
        try:
            services.change_password(
                person=current_user.person,
                present=current_user.sign_in,
                old=form.old.data,
                password=form.password.data,
            )
            flash("Uw wachtwoord is gewijzigd. Op andere apparaten bent u uitgelogd.", "ok")
            return redirect(url_for("accounts.account"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_account(password_form=form))


@bp.post("/account/e-mailadres")
@signed_in
def change_email() -> Answer:
    """Ask for another address."""
    form = ChangeEmailForm(prefix="nieuw")
    if form.validate_on_submit():
        try:
            services.ask_new_email(
                person=current_user.person, password=form.password.data, email=form.email.data
            )
            flash("Wij hebben een link gestuurd naar het nieuwe adres.", "ok")
            return redirect(url_for("accounts.account"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_account(email_form=form))


@bp.route("/account/e-mailadres/<token>", methods=["GET", "POST"])
@public
def confirm_email(token: str) -> Answer:
    """Confirm the new address."""
    form = EmptyForm()
    try:
        services.valid_token(token, Purpose.CHANGE_EMAIL)
        if form.validate_on_submit():
            services.change_email(token=token)
            flash("Uw nieuwe e-mailadres is bevestigd.", "ok")
            return redirect(url_for("home.desk"), 303)
    except Refused as refusal:
        return render_template("accounts/stale_link.html", sentence=refusal.sentence), 400
    return render_template("accounts/confirm.html", form=form)


@bp.post("/account/tweede-stap-uit")
@signed_in
def disable_second_factor() -> Answer:
    """Turn the second factor off."""
    form = PasswordForm(prefix="uit")
    if form.validate_on_submit():
        try:
            services_second_factor.disable(
                person=current_user.person,
                present=current_user.sign_in,
                password=form.password.data,
                required=current_app.config["SECOND_FACTOR_REQUIRED"]
                and current_user.acting.second_factor,
            )
            flash("De tweede stap staat uit.", "ok")
            return redirect(url_for("accounts.account"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_account(off_form=form))


@bp.post("/account/herstelcodes")
@signed_in
def renew_recovery_codes() -> Answer:
    """Give new recovery codes; the second factor stays on."""
    form = PasswordForm(prefix="codes")
    if form.validate_on_submit():
        try:
            codes = services_second_factor.renew_recovery_codes(
                person=current_user.person, password=form.password.data
            )
            return render_template(
                "accounts/recovery_codes.html", title="Uw nieuwe herstelcodes", codes=codes
            )
        except Refused as refusal:
            form.refuse(refusal)
    return answer(form, render_account(codes_form=form))


@bp.post("/account/sessies-beeindigen")
@signed_in
def end_sessions() -> Response:
    """Sign out everywhere else."""
    services.end_other_sessions(person=current_user.person, present=current_user.sign_in)
    flash("U bent op alle andere apparaten uitgelogd.", "ok")
    return redirect(url_for("accounts.account"), 303)
