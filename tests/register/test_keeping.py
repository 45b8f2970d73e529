"""Shortlists and saved searches: shared, repeatable, mailed at most once a day, stopped at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from tests.conftest import on_both
from tests.makers import make_member, make_organisation, make_person, make_region
from tests.register.makers import make_published, withdraw

from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.register import queries, services, services_found, services_index
from impactmakelaar.register.models import SavedSearch
from impactmakelaar.register.rules import Filters

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def region(app: Flask) -> Organisation:
    return make_region()


@pytest.fixture
def authority(region: Organisation) -> Organisation:
    return make_organisation(Kind.AUTHORITY, "Gemeente Haarlem", region_id=region.id)


def letters() -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


@on_both
def test_shortlist_is_shared_and_doing_it_twice_is_once(
    region: Organisation, authority: Organisation
) -> None:
    buyer, colleague = make_member(authority, Role.BUYER), make_member(authority, Role.BUYER)
    found = make_published(region, "Boomploeg")

    row = services.create_shortlist(organisation=authority, name="Groen", by=buyer)
    again = services.create_shortlist(organisation=authority, name="Groen", by=colleague)
    for person in (buyer, colleague):
        services.add_to_shortlist(row=row, enterprise_id=found.public_id, by=person, today=TODAY)
    services.write_note(row=row, enterprise_id=found.public_id, note="Bellen", by=colleague)

    assert again.id == row.id
    assert [(i.enterprise.name, i.note) for i in queries.items(row)] == [("Boomploeg", "Bellen")]


@on_both
def test_stranger_cannot_touch_a_list(region: Organisation, authority: Organisation) -> None:
    row = services.create_shortlist(
        organisation=authority, name="Groen", by=make_member(authority, Role.BUYER)
    )
    other = make_member(make_organisation(Kind.AUTHORITY, "Gemeente Velsen"), Role.BUYER)
    found = make_published(region, "Boomploeg")

    for attempt in (
        lambda: services.add_to_shortlist(
            row=row, enterprise_id=found.public_id, by=other, today=TODAY
        ),
        lambda: services.rename_shortlist(row=row, name="x", by=other),
        lambda: services.archive_shortlist(row=row, archived=True, by=other),
        lambda: services.create_shortlist(organisation=authority, name="x", by=other),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert queries.items(row) == []


def test_only_who_is_listed_can_be_put_on_a_list(
    region: Organisation, authority: Organisation
) -> None:
    buyer = make_member(authority, Role.BUYER)
    row = services.create_shortlist(organisation=authority, name="Groen", by=buyer)
    gone = make_published(region, "Weg")
    withdraw(gone)

    with pytest.raises(NotFound):
        services.add_to_shortlist(row=row, enterprise_id=gone.public_id, by=buyer, today=TODAY)


def test_too_long_a_note_is_refused_with_a_sentence(
    region: Organisation, authority: Organisation
) -> None:
    buyer = make_member(authority, Role.BUYER)
    row = services.create_shortlist(organisation=authority, name="Groen", by=buyer)
    found = make_published(region, "Boomploeg")
    services.add_to_shortlist(row=row, enterprise_id=found.public_id, by=buyer, today=TODAY)

    with pytest.raises(Refused, match="hoogstens"):
        services.write_note(row=row, enterprise_id=found.public_id, note="a" * 2001, by=buyer)


@pytest.fixture
def saved(region: Organisation, authority: Organisation) -> SavedSearch:
    make_published(region, "Eerste", themes=["nature"])
    row = services.save_search(
        person=make_member(authority, Role.BUYER),
        organisation=authority,
        name="Natuur",
        filters=Filters(chosen={"thema": ("nature",)}),
        today=TODAY,
    )
    services.set_alerts(row=row, alerts=True, by=row.person)
    return row


@on_both
def test_alert_tells_only_what_is_new_and_at_most_once_a_day(
    region: Organisation, saved: SavedSearch
) -> None:
    assert services.send_alerts(NOW) == 0

    make_published(region, "Tweede", themes=["nature"])
    make_published(region, "Anders", themes=["work"])
    assert services.send_alerts(NOW) == 0  # the day was claimed above
    tomorrow = NOW + timedelta(days=1)
    assert services.send_alerts(tomorrow) == 1
    assert services.send_alerts(tomorrow + timedelta(hours=3)) == 0
    assert services.send_alerts(tomorrow + timedelta(days=1)) == 0

    (letter,) = letters()
    assert "Tweede" in letter.text
    assert "Eerste" not in letter.text
    assert "Anders" not in letter.text


def test_saving_the_same_search_again_is_the_same_row(saved: SavedSearch) -> None:
    again = services.save_search(
        person=saved.person,
        organisation=db.session.get(Organisation, saved.organisation_id),
        name="Andere naam",
        filters=Filters(chosen={"thema": ("nature",)}),
        today=TODAY,
    )

    assert (again.id, again.name) == (saved.id, "Andere naam")


def test_stop_link_of_any_letter_stops_the_mail_after_a_button(
    region: Organisation, saved: SavedSearch, app: Flask
) -> None:
    services.send_alerts(NOW)
    for day in (1, 2):
        make_published(region, f"Nieuw {day}", themes=["nature"])
        services.send_alerts(NOW + timedelta(days=day))
    first = letters()[0].text
    address = next(w for w in first.split() if "/mail-stoppen/" in w).removeprefix(
        "http://localhost"
    )
    browser = app.test_client()

    page = browser.get(address)
    assert page.status_code == 200
    db.session.refresh(saved)
    assert saved.alerts

    assert browser.post(address).status_code == 200
    db.session.refresh(saved)
    assert not saved.alerts
    assert browser.get("/mail-stoppen/raden").status_code == 404


def test_alerts_wait_while_words_cannot_be_searched(
    region: Organisation, authority: Organisation
) -> None:
    services_index.rebuild_index(TODAY)
    row = services.save_search(
        person=make_member(authority, Role.BUYER),
        organisation=authority,
        name="Bomen",
        filters=Filters(q="bomen"),
        today=TODAY,
    )
    services.set_alerts(row=row, alerts=True, by=row.person)
    make_published(region, "Boomploeg", summary="bomen snoeien")
    (queries.text_index().directory / "CURRENT").unlink()

    assert services.send_alerts(NOW) == 0
    services_index.update_index(clock.now())
    assert services.send_alerts(NOW) == 1


def test_somebody_else_cannot_open_or_remove_a_search(saved: SavedSearch) -> None:
    with pytest.raises(NotFound):
        services.remove_search(row=saved, by=make_person())


def test_counts_of_found_are_added_up_once(region: Organisation) -> None:
    row = make_published(region, "Boomploeg")
    for _ in range(3):
        services_found.note_found([row.id], TODAY)

    services_found.fold_found(NOW)
    services_found.fold_found(NOW + timedelta(minutes=2))

    assert queries.enterprise_figures(row).found == 3


def test_a_search_too_long_to_keep_whole_is_refused_not_cut(
    region: Organisation, authority: Organisation
) -> None:
    buyer = make_member(authority, Role.BUYER)
    with pytest.raises(Refused, match="te lang"):
        services.save_search(
            person=buyer,
            organisation=authority,
            name="Lang",
            filters=Filters(q="\N{SNOWMAN}" * 300),
            today=TODAY,
        )
    assert queries.saved_searches(buyer, authority) == []


def test_colleagues_see_who_did_what_with_a_list(
    region: Organisation, authority: Organisation, as_person: Callable[..., FlaskClient]
) -> None:
    buyer = make_member(authority, Role.BUYER, person=make_person("Ada Koper"))
    row = services.create_shortlist(organisation=authority, name="Groen", by=buyer)
    services.rename_shortlist(row=row, name="Groener", by=buyer)
    colleague = as_person(make_member(authority, Role.BUYER), authority)
    page = colleague.get(f"/shortlists/{row.public_id}/logboek").text
    assert "Ada Koper hernoemde een shortlist" in page
    assert "Ada Koper maakte een shortlist" in page
