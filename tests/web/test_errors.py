"""Pages for what goes wrong: friendly, Dutch, and nothing that was typed is lost."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import DataError, OperationalError
from tests.makers import make_member, make_organisation, make_region

from impactmakelaar.core.db import db
from impactmakelaar.core.errors import Conflict, NotFound, Refused, TooMany
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.web.errors import TEXTS

CASES = [
    ("400", 400, "Dit verzoek begrijpen wij niet"),
    ("403", 403, "Deze pagina hoort bij een andere rol"),
    ("404", 404, "Deze pagina bestaat niet"),
    ("413", 413, "Dit is te groot"),
    ("429", 429, "Even wachten"),
    ("503", 503, "Even geduld"),
    ("refused", 400, "Dat mag niet."),
    ("not-found", 404, "Deze pagina bestaat niet"),
    ("conflict", 409, "Een collega was eerder."),
    ("too-many", 429, "Wacht 5 minuten."),
    ("database-away", 503, "Even geduld"),
    ("no-column-takes-this", 400, "Dit verzoek begrijpen wij niet"),
    ("mistake", 500, "Er ging iets mis bij ons"),
    ("teapot", 418, "Dit verzoek begrijpen wij niet"),
]


def fail(what: str) -> str:
    """Go wrong in the named way."""
    errors: dict[str, Exception] = {
        "refused": Refused("Dat mag niet."),
        "not-found": NotFound(),
        "conflict": Conflict("Een collega was eerder."),
        "too-many": TooMany("Wacht 5 minuten.", retry_after=300),
        "database-away": OperationalError("SELECT 1", {}, Exception("no such file")),
        "no-column-takes-this": DataError("SELECT 1", {}, Exception("a secret detail")),
        "mistake": ZeroDivisionError("a secret detail"),
    }
    if what in errors:
        raise errors[what]
    abort(418 if what == "teapot" else int(what))


@pytest.fixture
def failing(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """An application as in service, with a route that goes wrong on demand."""
    application = make_app(TESTING=False)
    application.add_url_rule("/stuk/<what>", "failing", fail, methods=["GET", "POST"])
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(("what", "status", "words"), CASES)
def test_page_is_dutch_and_says_what_to_do(
    failing: Flask, what: str, status: int, words: str
) -> None:
    response = failing.test_client().get(f"/stuk/{what}")

    text = response.get_data(as_text=True)
    assert response.status_code == status
    assert words in text
    assert '<html lang="nl"' in text
    assert "a secret detail" not in text
    assert "Traceback" not in text
    assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("what", "status", "words"), [c for c in CASES if c[1] != 413])
def test_page_gives_back_what_was_typed_but_no_password(
    failing: Flask, what: str, status: int, words: str
) -> None:
    response = failing.test_client().post(
        f"/stuk/{what}",
        data={
            "description": "Een lange <b>tekst</b>",
            "postcode": "2011 AA",
            "password": "geheim-1",
            "ww-old": "geheim-2",
            "seen": "wat-de-pagina-wist",
        },
    )

    text = response.get_data(as_text=True)
    assert response.status_code == status
    assert "Een lange &lt;b&gt;tekst&lt;/b&gt;" in text
    assert "2011 AA" in text
    assert "Postcode" in text
    assert "geheim" not in text
    assert "wat-de-pagina-wist" not in text


def test_every_status_of_the_design_has_its_own_text() -> None:
    assert {400, 403, 404, 409, 413, 429, 500, 503} <= set(TEXTS)


@pytest.mark.parametrize(("what", "seconds"), [("too-many", "300"), ("database-away", "30")])
def test_page_says_when_to_come_back(failing: Flask, what: str, seconds: str) -> None:
    assert failing.test_client().get(f"/stuk/{what}").headers["Retry-After"] == seconds


def test_mistake_shows_the_number_to_mention(failing: Flask) -> None:
    response = failing.test_client().get("/stuk/mistake")

    assert response.headers["X-Request-Id"] in response.get_data(as_text=True)


def test_unknown_method_names_those_that_exist(client: FlaskClient) -> None:
    response = client.put("/inloggen")

    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_page_still_comes_when_the_database_is_really_away(
    make_app: Callable[..., Flask], tmp_path: object
) -> None:
    application = make_app(TESTING=False, DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder.db")

    with application.test_client() as browser:
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = "somebody"
        response = browser.post("/account/naam", data={"name": "Een nieuwe naam"})

    assert response.status_code == 503
    assert "Even geduld" in response.get_data(as_text=True)
    assert "Een nieuwe naam" in response.get_data(as_text=True)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80"])
def test_foreign_host_is_refused_on_a_bare_page(failing: Flask, host: str) -> None:
    response = failing.test_client().get("/wachtwoord-vergeten", headers={"Host": host})

    assert response.status_code == 400
    assert "Dit verzoek begrijpen wij niet" in response.get_data(as_text=True)
    assert host not in response.get_data(as_text=True)


@pytest.fixture
def strict(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """An application with CSRF protection, as in service."""
    application = make_app(WTF_CSRF_ENABLED=True)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def test_form_without_token_comes_back_with_its_text(strict: Flask) -> None:
    response = strict.test_client().post("/account-maken", data={"name": "Noor Bakker"})

    text = response.get_data(as_text=True)
    assert response.status_code == 400
    assert "Dit formulier is verlopen" in text
    assert "Noor Bakker" in text


def test_form_sent_after_signing_out_comes_back_with_its_text(
    app: Flask, as_person: Callable[..., FlaskClient]
) -> None:
    region = make_region()
    buyer = make_member(make_organisation(Kind.AUTHORITY, region_id=region.id), Role.BUYER)
    browser = as_person(buyer)
    browser.post("/uitloggen")

    response = browser.post("/shortlists", data={"name": "Groen in Haarlem"})

    text = response.get_data(as_text=True)
    assert response.status_code == 403
    assert "U bent intussen uitgelogd" in text
    assert "Groen in Haarlem" in text
    assert 'href="/inloggen"' in text


def test_form_sent_after_the_session_ran_out_comes_back_too(
    app: Flask, as_person: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    region = make_region()
    buyer = make_member(make_organisation(Kind.AUTHORITY, region_id=region.id), Role.BUYER)
    browser = as_person(buyer)
    app.config["SESSION_IDLE_HOURS"] = -1

    response = browser.post("/shortlists", data={"name": "Groen in Haarlem"})

    assert response.status_code == 403
    assert "Groen in Haarlem" in response.get_data(as_text=True)


def test_text_that_is_far_too_long_comes_back_with_a_sentence(
    app: Flask, client: FlaskClient
) -> None:
    long = "woord " * 1_700_000

    response = client.post(
        "/account-maken",
        data={"name": long, "email": "noor@test.example", "password": "x", "aim": "entrepreneur"},
    )

    text = response.get_data(as_text=True)
    assert response.status_code == 400
    assert "te lang" in text
    assert long.strip() in text


def test_body_beyond_every_limit_is_refused_with_advice(app: Flask, client: FlaskClient) -> None:
    response = client.post("/account-maken", data={"name": "x" * 13_000_000})

    assert response.status_code == 413
    assert "Ga terug met de knop van uw browser" in response.get_data(as_text=True)


def test_doubled_submit_makes_one_list(app: Flask, as_person: Callable[..., FlaskClient]) -> None:
    region = make_region()
    buyer = make_member(make_organisation(Kind.AUTHORITY, region_id=region.id), Role.BUYER)
    browser = as_person(buyer)

    first = browser.post("/shortlists", data={"name": "Groen"})
    second = browser.post("/shortlists", data={"name": "Groen"})

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/%0d%0aevil", "\\\\evil"],
)
def test_signing_in_never_leads_to_another_site(
    app: Flask, client: FlaskClient, target: str
) -> None:
    with client.session_transaction() as cookie:
        cookie["next"] = target
    response = client.get("/inloggen?next=" + target)

    assert response.status_code == 200
    assert "evil" not in response.get_data(as_text=True)


def test_address_that_looks_like_another_host_stays_here(client: FlaskClient) -> None:
    response = client.get("/", environ_overrides={"PATH_INFO": "//evil.example/bureau"})

    assert response.status_code in (302, 308, 404)
    location = response.headers.get("Location", "")
    assert not location.startswith(("//", "http://evil", "https://evil"))


def test_expired_form_names_its_own_fields_and_only_what_was_typed(strict: Flask) -> None:
    response = strict.test_client().post(
        "/account-maken",
        data={"aim": "entrepreneur", "name": "Noor Bakker", "email": "noor@test.example"},
    )

    text = response.get_data(as_text=True)
    assert "Uw naam" in text
    assert "E-mailadres" in text
    assert "entrepreneur" not in text, "a key of a choice says nothing to a reader"
    assert 'href="/account-maken">Formulier opnieuw openen' in text


def test_expired_form_without_text_does_not_speak_of_text(strict: Flask) -> None:
    response = strict.test_client().post("/account-maken", data={"aim": "entrepreneur"})

    text = response.get_data(as_text=True)
    assert "hieronder" not in text
    assert "vul het nog eens in" in text


def test_signing_in_after_a_lost_session_leads_back_to_the_form(
    app: Flask, as_person: Callable[..., FlaskClient]
) -> None:
    region = make_region()
    buyer = make_member(make_organisation(Kind.AUTHORITY, region_id=region.id), Role.BUYER)
    browser = as_person(buyer)
    browser.post("/uitloggen")

    response = browser.post("/zoekopdrachten/bewaren?q=groen", data={"name": "Groen in Haarlem"})

    assert response.status_code == 403
    assert '<h1 class="utrecht-heading-1">U bent uitgelogd' in response.get_data(as_text=True)
    with browser.session_transaction() as session:
        assert session["next"] == "/zoekopdrachten/bewaren?q=groen"


@pytest.mark.parametrize(
    ("value", "kept"),
    [("Goed", True), ("8", True), ("niet nu", True), ("bewaren", False), ("in_review", False)],
)
def test_a_typed_word_of_no_known_form_is_kept_and_a_key_is_not(
    strict: Flask, value: str, kept: bool
) -> None:
    response = strict.test_client().post("/account-maken", data={"reason_quality": value})

    assert (f">{value}</textarea>" in response.get_data(as_text=True)) == kept
