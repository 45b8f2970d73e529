"""What is kept of a page of results never outlives what it was made of."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.conftest import on_both
from tests.makers import make_member, make_region
from tests.register.makers import document, make_published, publish, withdraw

from impactmakelaar.core import changes
from impactmakelaar.core.db import transaction
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.register import services_index

TODAY = date(2026, 11, 24)
SEARCHES = ("/ondernemingen", "/ondernemingen?thema=nature", "/ondernemingen?q=snoeien")


@pytest.fixture
def region(app: Flask) -> Organisation:
    return make_region()


def make_boomploeg(region: Organisation) -> Organisation:
    row = make_published(region, "Boomploeg", summary="Wij snoeien bomen.", themes=["nature"])
    services_index.rebuild_index(TODAY)
    return row


def pages(client: FlaskClient) -> list[str]:
    """Each search twice: the second comes from what was kept."""
    for address in SEARCHES:
        client.get(address)
    return [client.get(address).get_data(as_text=True) for address in SEARCHES]


def republish(row: Organisation) -> None:
    publish(row, document(trade_name=row.name, summary="Wij snoeien nu ook heggen."))


def rename(row: Organisation) -> None:
    with transaction():
        row.name = "Heggenploeg"
        changes.note(changes.ENTERPRISE, row.id)


def mark_as_example(row: Organisation) -> None:
    with transaction():
        row.is_example = True
        changes.note(changes.ENTERPRISE, row.id)


@on_both
@pytest.mark.parametrize(
    ("change", "new"),
    [(republish, "ook heggen"), (rename, "Heggenploeg"), (mark_as_example, "im-tag--example")],
)
def test_a_change_shows_at_the_next_request(
    region: Organisation,
    client: FlaskClient,
    change: Callable[[Organisation], None],
    new: str,
) -> None:
    row = make_boomploeg(region)
    assert all("Boomploeg" in page and new not in page for page in pages(client))

    change(row)

    assert new in pages(client)[0]


def test_who_is_withdrawn_is_gone_though_its_card_is_kept(
    region: Organisation, client: FlaskClient
) -> None:
    row = make_boomploeg(region)
    assert all("Boomploeg" in page for page in pages(client))

    withdraw(row)

    assert not any("Boomploeg" in page for page in pages(client))


def test_words_are_marked_for_who_asked_them(region: Organisation, client: FlaskClient) -> None:
    make_boomploeg(region)
    plain, _, marked = pages(client)

    assert "<mark>" not in plain
    assert "<mark>snoeien</mark>" in marked
    assert "<mark>bomen</mark>" in client.get("/ondernemingen?q=bomen").get_data(as_text=True)


def test_a_stranger_never_gets_the_card_of_a_buyer(
    region: Organisation, client: FlaskClient, as_person: Callable[..., FlaskClient]
) -> None:
    make_boomploeg(region)
    buyer = as_person(make_member(region, Role.BUYER))

    assert all("Bewaar op shortlist" in page for page in pages(buyer))
    assert not any("Bewaar op shortlist" in page for page in pages(client))


def test_counts_follow_the_other_filters(region: Organisation, client: FlaskClient) -> None:
    make_boomploeg(region)
    make_published(region, "Bakkerij", themes=["work"])
    alone, both = pages(client)[1], pages(client)[0]

    assert 'id="f-thema-nature" value="nature" checked' in alone
    assert 'id="f-thema-nature" value="nature">' in both
