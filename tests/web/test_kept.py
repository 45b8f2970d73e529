"""Pieces of pages that are kept, and addresses."""

from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup

from impactmakelaar.web.kept import Kept, url_for


def test_a_piece_is_found_by_its_key_alone() -> None:
    kept = Kept(8)
    made = kept.keep(("a", 1), "<p>een</p>")

    assert isinstance(made, Markup)
    assert kept.get(("a", 1)) == made
    assert kept.get(("a", 2)) is None


def test_the_oldest_make_room_and_no_more_are_kept_than_said() -> None:
    kept = Kept(16)
    for number in range(100):
        kept.keep(number, str(number))
        assert len(kept) <= 16

    assert kept.get(99) == "99"
    assert kept.get(0) is None


def test_addresses_are_those_of_flask(app: Flask) -> None:
    with app.test_request_context("/"):
        for _ in range(2):
            assert url_for("register.search") == "/ondernemingen"
            assert url_for("register.search", q="bomen & gras") == "/ondernemingen?q=bomen+%26+gras"
            assert url_for("register.search", thema=["a", "b"]) == "/ondernemingen?thema=a&thema=b"
            assert url_for("register.search", q=None) == "/ondernemingen"
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/markt"}):
        assert url_for("register.search") == "/markt/ondernemingen"


def test_a_whole_address_names_the_host_that_was_asked(app: Flask) -> None:
    for host in ("localhost", "127.0.0.1"):
        with app.test_request_context("/", base_url=f"http://{host}"):
            assert url_for("register.search", _external=True) == f"http://{host}/ondernemingen"


def test_a_relative_address_follows_the_page_that_asks(app: Flask) -> None:
    for path, wanted in (("/ondernemingen", "/ondernemingen"), ("/toolbox/zoeken", None)):
        with app.test_request_context(path):
            assert (url_for(".search") == "/ondernemingen") is (wanted is not None)


def test_links_of_the_menu_keep_the_folder_that_the_site_lives_in(client: FlaskClient) -> None:
    plain = client.get("/ondernemingen").get_data(as_text=True)
    inside = client.get("/ondernemingen", environ_overrides={"SCRIPT_NAME": "/markt"})

    assert 'href="/ondernemingen"' in plain
    assert 'href="/markt/ondernemingen"' in inside.get_data(as_text=True)
