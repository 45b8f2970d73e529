"""Pages of signing in: happy path, refusal, stranger, and what an attacker would try."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from tests.accounts.people import (
    OTHER,
    PASSWORD,
    code_of,
    disable,
    letters,
    link_in,
    sign_in,
    signed_in,
    with_password,
    with_second_factor,
)
from tests.makers import make_member, make_organisation, make_region

from impactmakelaar.accounts import services
from impactmakelaar.accounts.models import SignInSession
from impactmakelaar.accounts.rules import SIGN_IN_TRIES
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.organisations.rules import Kind, Role


def test_sign_up_confirm_and_out_again(app: Flask, client: FlaskClient) -> None:
    answer = client.post(
        "/account-maken",
        data={
            "aim": "entrepreneur",
            "name": "Noor Bakker",
            "email": "noor@test.example",
            "password": PASSWORD,
        },
    )
    assert answer.status_code == 303
    assert "noor@test.example" in client.get("/account-maken/mail").text
    link = link_in(letters("confirm_address")[0])
    assert client.get(link).status_code == 200
    assert not signed_in(client), "a GET confirmed"
    assert client.post(link, data={"password": "verkeerd wachtwoord"}).status_code == 400
    assert client.post(link, data={"password": PASSWORD}).status_code == 303
    assert signed_in(client)
    client.post("/uitloggen")
    assert not signed_in(client)
    assert client.get(link).status_code == 400


def test_sign_up_says_what_is_wrong_and_keeps_what_was_typed(client: FlaskClient) -> None:
    answer = client.post(
        "/account-maken",
        data={"aim": "contractor", "name": "Noor", "email": "geen adres", "password": "kort"},
    )
    assert answer.status_code == 400
    assert "Vul een volledig e-mailadres in" in answer.text
    assert 'value="Noor"' in answer.text
    assert "kort" not in re.sub(r"<p.*?</p>", "", answer.text).split("wachtwoord")[0]


def test_known_and_unknown_addresses_get_the_same_pages(app: Flask) -> None:
    person, blocked = with_password(), with_password()
    disable(blocked)
    pages: dict[str, set[tuple[int, str, str]]] = {}
    for email in (person.email, blocked.email, "niemand@test.example"):
        forms = {
            "/inloggen": {"email": email, "password": OTHER},
            "/wachtwoord-vergeten": {"email": email},
            "/account-maken": {
                "aim": "colleague",
                "name": "X Y",
                "email": email,
                "password": PASSWORD,
            },
        }
        for path, data in forms.items():
            answer = app.test_client().post(path, data=data)
            headers = str(
                sorted(
                    (k, v)
                    for k, v in answer.headers
                    if k not in ("X-Request-Id", "Set-Cookie", "Content-Length")
                )
            )
            body = answer.text.replace(email, "ADRES")
            body = re.sub(r'name="csrf_token" value="[^"]+"', "TOKEN", body)
            pages.setdefault(path, set()).add((answer.status_code, headers, body))
    assert {path: len(found) for path, found in pages.items()} == {
        "/inloggen": 1,
        "/wachtwoord-vergeten": 1,
        "/account-maken": 1,
    }


def test_too_many_tries_are_answered_with_429_and_when_to_come_back(app: Flask) -> None:
    person = with_password()
    for _ in range(SIGN_IN_TRIES):
        sign_in(app, person, OTHER)
    answer = app.test_client().post("/inloggen", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert f'value="{person.email}"' in answer.text


def test_a_forged_forwarded_header_gives_nobody_new_tries(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.app_context():
        for number in range(61):
            answer = app.test_client().post(
                "/inloggen",
                data={"email": f"n{number}@test.example", "password": OTHER},
                headers={"X-Forwarded-For": f"198.51.100.{number}"},
            )
        assert answer.status_code == 429


def test_behind_our_own_proxy_the_last_address_counts(make_app: Callable[..., Flask]) -> None:
    app = make_app(PROXY_COUNT=1)
    with app.app_context():
        for number in range(61):
            answer = app.test_client().post(
                "/inloggen",
                data={"email": f"n{number}@test.example", "password": OTHER},
                headers={"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7"},
            )
        assert answer.status_code == 429
        answer = app.test_client().post(
            "/inloggen",
            data={"email": "n@test.example", "password": OTHER},
            headers={"X-Forwarded-For": "198.51.100.8"},
        )
        assert answer.status_code == 400


def test_a_wrong_password_can_be_corrected_in_the_same_page(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    with app.app_context():
        person, browser = with_password(), app.test_client()
        page = browser.get("/inloggen").text
        for password, status in ((OTHER, 400), (PASSWORD, 303)):
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            assert token
            answer = browser.post(
                "/inloggen",
                data={"email": person.email, "password": password, "csrf_token": token[1]},
            )
            assert answer.status_code == status
            page = answer.text
        assert signed_in(browser)


def test_without_a_token_nothing_is_done(make_app: Callable[..., Flask]) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    with app.app_context():
        person = with_password()
        browser = sign_in(app, person)
        assert not signed_in(browser)
        answer = browser.post("/wachtwoord-vergeten", data={"email": person.email})
        assert answer.status_code == 400
        assert person.email in answer.text, "what was typed is lost"


def test_signing_in_goes_on_to_where_one_was_going(app: Flask) -> None:
    person, browser = with_password(), app.test_client()
    assert browser.get("/account/logboek?x=1").location == "/inloggen"
    answer = browser.post("/inloggen", data={"email": person.email, "password": PASSWORD})
    assert answer.location == "/account/logboek?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "https://localhost@evil.example/",
    ],
)
def test_signing_in_never_leads_to_another_site(app: Flask, target: str) -> None:
    person, browser = with_password(), app.test_client()
    with browser.session_transaction() as cookie:
        cookie["next"] = target
    answer = browser.post(
        f"/inloggen?next={target}",
        data={"email": person.email, "password": PASSWORD, "next": target},
    )
    assert answer.location == "/bureau"


def test_the_cookie_from_before_signing_in_is_worth_nothing_afterwards(app: Flask) -> None:
    person, browser = with_password(), app.test_client()
    with browser.session_transaction() as cookie:
        cookie["planted"] = "by a stranger"
        cookie["_user_id"] = "known-to-a-stranger"
    browser.post("/inloggen", data={"email": person.email, "password": PASSWORD})
    with browser.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["_user_id"] != "known-to-a-stranger"


def copy_of(app: Flask, browser: FlaskClient) -> FlaskClient:
    thief = app.test_client()
    cookie = browser.get_cookie("sessie")
    assert cookie is not None
    thief.set_cookie("sessie", cookie.value)
    return thief


@pytest.mark.parametrize("how", ["sign_out", "password", "elsewhere", "disabled", "idle", "old"])
def test_a_copied_cookie_is_worth_nothing(app: Flask, how: str) -> None:
    person = with_password()
    browser = sign_in(app, person)
    thief = copy_of(app, browser)
    assert signed_in(thief)
    other = sign_in(app, person)
    later = timedelta()
    if how == "sign_out":
        browser.post("/uitloggen")
    elif how == "password":
        other.post("/account/wachtwoord", data={"ww-old": PASSWORD, "ww-password": OTHER})
        assert signed_in(other)
    elif how == "elsewhere":
        other.post("/account/sessies-beeindigen")
        assert signed_in(other)
    elif how == "disabled":
        disable(person)
    elif how == "idle":
        later = timedelta(hours=12, minutes=1)
    else:
        for hours in range(1, 24 * 7, 10):
            with time_machine.travel(clock.now() + timedelta(hours=hours), tick=False):
                assert signed_in(thief), hours
        later = timedelta(days=7, minutes=1)
    with time_machine.travel(clock.now() + later, tick=False):
        assert not signed_in(thief)


def test_a_demonstration_account_is_nobody_without_the_demonstration(app: Flask) -> None:
    person = with_password(is_example=True, role_label="Inkoper")
    app.config["DEMONSTRATION"] = True
    browser = app.test_client()
    browser.post(f"/inloggen/voorbeeld/{person.public_id}")
    assert signed_in(browser)
    app.config["DEMONSTRATION"] = False
    assert not signed_in(browser)
    assert not signed_in(sign_in(app, person))
    assert app.test_client().post(f"/inloggen/voorbeeld/{person.public_id}").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": "evil.example:80"},
    ],
)
def test_a_foreign_host_is_refused_and_no_mail_goes_out(
    app: Flask, headers: dict[str, str]
) -> None:
    person = with_password()
    answer = app.test_client().post(
        "/wachtwoord-vergeten", data={"email": person.email}, headers=headers
    )
    assert answer.status_code == 400
    assert "evil" not in answer.text
    services.answer_resets(clock.now())
    assert letters() == []


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}]
)
def test_links_in_mail_come_from_the_settings(app: Flask, headers: dict[str, str]) -> None:
    person = with_password()
    app.test_client().post("/wachtwoord-vergeten", data={"email": person.email}, headers=headers)
    services.answer_resets(clock.now())
    [letter] = letters()
    assert "evil" not in letter.text
    assert "http://localhost/wachtwoord-kiezen/" in letter.text


def test_reset_page(app: Flask, client: FlaskClient) -> None:
    person = with_password()
    assert client.post("/wachtwoord-vergeten", data={"email": person.email}).status_code == 200
    services.answer_resets(clock.now())
    link = link_in(letters("reset_password")[0])
    assert client.get(link).status_code == 200
    assert client.post(link, data={"password": "kort"}).status_code == 400
    assert client.post(link, data={"password": OTHER}).location == "/inloggen"
    assert client.post(link, data={"password": OTHER}).status_code == 400
    assert signed_in(sign_in(app, person, OTHER))


@pytest.mark.parametrize("token", ["x", "x" * 3000, "a%00b", "%F0%9F%98%80", "..", "%2e%2e"])
@pytest.mark.parametrize(
    "page", ["account-maken/bevestigen", "wachtwoord-kiezen", "account/e-mailadres"]
)
def test_an_unknown_link_is_stale_and_nothing_else(
    client: FlaskClient, page: str, token: str
) -> None:
    assert client.get(f"/{page}/{token}").status_code in (400, 404)


# The second factor


def test_second_factor_by_hand(app: Flask) -> None:
    person = with_password()
    browser = sign_in(app, person)
    page = browser.get("/tweede-stap/instellen")
    assert "data:image/png" not in page.text
    browser.post("/tweede-stap/instellen")
    page = browser.get("/tweede-stap/instellen")
    db.session.refresh(person)
    assert person.totp_secret in page.text.replace(" ", "")
    assert "data:image/png;base64," in page.text
    assert browser.post("/tweede-stap/instellen", data={"code": "000000"}).status_code == 400
    page = browser.post("/tweede-stap/instellen", data={"code": code_of(person)})
    codes = re.findall(r"\b[a-z0-9]{5}-[a-z0-9]{5}\b", page.text)
    assert len(set(codes)) == 10
    second = sign_in(app, person)
    assert not signed_in(second)
    assert second.post("/tweede-stap", data={"code": codes[0]}).status_code == 303
    assert signed_in(second)


def test_the_password_alone_opens_nothing_when_the_second_factor_is_on(app: Flask) -> None:
    person = with_second_factor()
    browser = sign_in(app, person)
    for path in ("/account", "/bureau", "/account/logboek", "/tweede-stap/instellen"):
        assert browser.get(path).status_code == 302 or "/tweede-stap" in path
    answer = browser.post("/account/tweede-stap-uit", data={"uit-password": PASSWORD})
    assert answer.location == "/tweede-stap"
    assert browser.get("/tweede-stap").status_code == 200
    browser.post("/tweede-stap", data={"code": code_of(person)})
    assert signed_in(browser)


@pytest.mark.parametrize(
    ("role", "asked"),
    [
        (Role.BUYER, True),
        (Role.ASSESSOR, True),
        (Role.COMMITTEE_CHAIR, True),
        (Role.COMMITTEE_MEMBER, True),
        (Role.SECRETARY, True),
        (Role.SROI_OFFICER, True),
        (Role.BROKER, True),
        (Role.REGION_ADMIN, True),
        (Role.ENTREPRENEUR, False),
        (Role.CONTRACTOR, False),
    ],
)
@pytest.mark.parametrize("required", [True, False])
def test_roles_that_need_a_second_factor(
    make_app: Callable[..., Flask], role: Role, asked: bool, required: bool
) -> None:
    app = make_app(SECOND_FACTOR_REQUIRED=required)
    with app.app_context():
        kinds = {
            Role.BUYER: Kind.AUTHORITY,
            Role.ENTREPRENEUR: Kind.ENTERPRISE,
            Role.CONTRACTOR: Kind.CONTRACTOR,
        }
        region = make_region()
        kind = kinds.get(role)
        number = "99000001" if kind == Kind.ENTERPRISE else None
        organisation = (
            make_organisation(kind, region_id=region.id, kvk_number=number) if kind else region
        )
        person = make_member(organisation, role, person=with_password())
        browser = sign_in(app, person)
        assert signed_in(browser) is not (asked and required)
        if asked and required:
            assert browser.get("/account").location == "/tweede-stap"
            assert browser.get("/tweede-stap").location == "/tweede-stap/instellen"


def test_switching_organisation_is_no_way_round_the_second_factor(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(SECOND_FACTOR_REQUIRED=True)
    with app.app_context():
        region = make_region()
        person = make_member(region, Role.REGION_ADMIN, person=with_password())
        enterprise = make_organisation(Kind.ENTERPRISE, region_id=region.id, kvk_number="99000001")
        make_member(enterprise, Role.ENTREPRENEUR, person=person)
        browser = sign_in(app, person)
        session = db.session.scalars(select(SignInSession)).one()
        services.act_for(session=session, organisation_id=enterprise.id)
        assert not signed_in(browser)


# One's own account


def test_account_pages_are_for_who_is_signed_in(client: FlaskClient) -> None:
    for path in ("/account", "/tweede-stap", "/tweede-stap/instellen", "/account/logboek"):
        assert client.get(path).location == "/inloggen"
    for path in (
        "/account/naam",
        "/account/wachtwoord",
        "/account/e-mailadres",
        "/account/tweede-stap-uit",
        "/account/sessies-beeindigen",
    ):
        assert client.post(path).location == "/inloggen"
        assert client.get(path).status_code == 405


def test_change_name_email_and_password(app: Flask) -> None:
    person = with_password()
    browser = sign_in(app, person)
    assert browser.post("/account/naam", data={"name": ""}).status_code == 400
    browser.post("/account/naam", data={"name": "Sanne\u202e Jansen\r\nBcc: x"})
    db.session.refresh(person)
    assert person.name == "Sanne Jansen Bcc: x"
    answer = browser.post(
        "/account/e-mailadres", data={"nieuw-email": "n@test.example", "nieuw-password": "x"}
    )
    assert answer.status_code == 400
    browser.post(
        "/account/e-mailadres", data={"nieuw-email": "n@test.example", "nieuw-password": PASSWORD}
    )
    link = link_in(letters("confirm_new_address")[0])
    assert browser.get(link).status_code == 200
    db.session.refresh(person)
    assert person.email != "n@test.example", "a GET changed the address"
    browser.post(link)
    db.session.refresh(person)
    assert person.email == "n@test.example"
    answer = browser.post("/account/wachtwoord", data={"ww-old": "x", "ww-password": OTHER})
    assert answer.status_code == 400
    assert "Dit is niet uw huidige wachtwoord." in answer.text


def test_fields_that_the_form_does_not_have_change_nothing(app: Flask) -> None:
    person = with_password()
    browser = sign_in(app, person)
    browser.post(
        "/account/naam",
        data={
            "name": "Sanne",
            "is_example": "1",
            "email": "x@y.example",
            "id": "1",
            "totp_enabled_at": "2026-01-01",
            "role_label": "beheerder",
        },
    )
    db.session.refresh(person)
    assert (person.is_example, person.role_label, person.totp_enabled_at) == (False, "", None)
    assert person.email != "x@y.example"
