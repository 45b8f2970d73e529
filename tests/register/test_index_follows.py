"""The index follows the database, and what is withdrawn is gone whatever the index holds."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, update
from tests.conftest import on_both
from tests.makers import make_region
from tests.register.makers import document, make_published, publish, withdraw

from impactmakelaar.core import changes, clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.search import Document
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.profiles.models import Publication
from impactmakelaar.register import queries, services_index
from impactmakelaar.register.rules import Filters

TODAY = date(2026, 11, 24)


def names(typed: str = "", **chosen: tuple[str, ...]) -> list[str]:
    page = queries.find(Filters(q=typed, chosen=chosen), today=TODAY, spot=None)
    rows = queries.page_rows(page.ids, TODAY)
    assert page.total == len(rows)
    return sorted(row.name for row in rows)


def drain() -> None:
    while services_index.update_index(clock.now()):
        pass


@pytest.fixture
def region(app: Flask) -> Organisation:
    return make_region()


@on_both
def test_saved_is_found_after_one_round(region: Organisation) -> None:
    drain()
    row = make_published(region, "Boomploeg", summary="Wij snoeien bomen")
    services_index.update_index(clock.now())
    assert names("boom") == ["Boomploeg"]

    publish(row, document(trade_name="Boomploeg", summary="Wij bakken brood"))
    services_index.update_index(clock.now())
    assert names("brood") == ["Boomploeg"]
    assert names("snoeien") == []


@on_both
def test_withdrawn_is_gone_at_once_though_the_index_still_holds_it(region: Organisation) -> None:
    make_published(region, "Blijft", summary="Wij snoeien bomen", themes=["nature"])
    row = make_published(region, "Weg", summary="Wij snoeien bomen", themes=["work"])
    drain()
    assert names("bomen") == ["Blijft", "Weg"]

    withdraw(row)

    assert row.id in queries.text_index().ids()
    assert names("bomen") == names() == ["Blijft"]
    page = queries.find(Filters(), today=TODAY, spot=None)
    assert page.counts["thema"] == {"nature": 1}


def test_suggestions_name_no_word_of_who_is_withdrawn(region: Organisation, app: Flask) -> None:
    row = make_published(region, "Weg", summary="Geheimzinnig weefatelier")
    drain()
    browser = app.test_client()
    assert browser.get("/ondernemingen/suggesties?q=weefa").get_json() == ["weefatelier"]

    withdraw(row)

    assert browser.get("/ondernemingen/suggesties?q=weefa").get_json() == []
    page = browser.get("/ondernemingen?q=weefatelirr").get_data(as_text=True)
    assert "weefatelier" not in page


def test_ended_enterprise_is_gone_on_its_day(region: Organisation) -> None:
    row = make_published(region, "Stopt")
    row.ended_on = TODAY
    db.session.commit()

    assert queries.find(Filters(), today=TODAY.replace(day=23), spot=None).total == 1
    assert queries.find(Filters(), today=TODAY, spot=None).total == 0


def lose(folder: Path) -> None:
    shutil.rmtree(folder)


def cut(folder: Path) -> None:
    for path in folder.rglob("*.seg"):
        path.write_bytes(b"\x80\x04broken")


def swap(folder: Path) -> None:
    for path in folder.rglob("*.toc"):
        path.write_bytes(b"")


@pytest.mark.parametrize("damage", [lose, cut, swap])
def test_broken_index_is_said_and_heals_by_itself(
    region: Organisation, make_app: Callable[..., Flask], damage: Callable[[Path], None]
) -> None:
    make_published(region, "Boomploeg", summary="Wij snoeien bomen")
    drain()
    damage(queries.text_index().directory)
    app = make_app()
    with app.app_context():
        browser = app.test_client()

        broken = browser.get("/ondernemingen?q=bomen")
        assert broken.status_code == 200
        assert "Zoeken op woorden kan even niet" in broken.get_data(as_text=True)
        for path in ("/", "/uitleg", "/ondernemingen", "/ondernemingen/suggesties?q=bo"):
            assert browser.get(path).status_code == 200

        drain()
        healed = browser.get("/ondernemingen?q=bomen").get_data(as_text=True)
        assert "Zoeken op woorden kan even niet" not in healed
        assert "Boomploeg" in healed
        db.engine.dispose()


def test_index_of_another_database_is_made_anew(region: Organisation) -> None:
    make_published(region, "Boomploeg", summary="bomen")
    drain()
    index = queries.text_index()
    newest = index.applied()

    index.rebuild([Document(999, {"name": "Vreemd", "words": "", "body": ""})], newest, mark="1999")
    drain()

    assert index.applied() == newest
    assert 999 not in index.ids()
    assert names("bomen") == ["Boomploeg"]


def test_database_put_back_from_a_copy_is_read_anew(region: Organisation) -> None:
    kept = make_published(region, "Blijft")
    make_published(region, "Later")
    assert names() == ["Blijft", "Later"]

    with transaction():
        db.session.execute(delete(Publication).where(Publication.organisation_id != kept.id))
        db.session.execute(update(changes.ChangeCounter).values(value=1))

    assert names() == ["Blijft"]


def test_full_disk_for_counts_does_not_break_the_search(region: Organisation, app: Flask) -> None:
    make_published(region, "Boomploeg")
    (Path(app.instance_path) / "found").write_text("a file where the folder should be")

    assert app.test_client().get("/ondernemingen").status_code == 200


def test_check_tells_every_difference(region: Organisation) -> None:
    kept = make_published(region, "Blijft", summary="bomen")
    drain()
    assert services_index.check_index(TODAY) == []

    missing = make_published(region, "Nieuw", summary="brood")
    publish(kept, document(trade_name="Blijft", summary="anders"))
    index = queries.text_index()
    index.apply([], set(), index.applied())

    wrong = "\n".join(services_index.check_index(TODAY))
    assert missing.public_id in wrong
    assert kept.public_id in wrong

    withdraw(kept)
    assert "not published" in "\n".join(services_index.check_index(TODAY))
    drain()
    assert services_index.check_index(TODAY) == []


def test_commands_rebuild_and_check(region: Organisation, app: Flask) -> None:
    make_published(region, "Boomploeg", summary="bomen")
    runner = app.test_cli_runner()

    assert runner.invoke(args=["search", "check"]).exit_code == 1
    rebuilt = runner.invoke(args=["search", "rebuild"])
    assert (rebuilt.exit_code, "1 ondernemingen: klaar" in rebuilt.output) == (0, True)
    assert runner.invoke(args=["search", "check"]).exit_code == 0
