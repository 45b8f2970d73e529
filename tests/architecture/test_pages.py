"""Templates, content pages and migrations: nothing is left over, nothing is unreadable."""

import re
from collections.abc import Callable
from pathlib import Path

import frontmatter
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from tests.architecture.world import World

from impactmakelaar.core.db import Base, db

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
MIGRATIONS = ROOT / "platform" / "impactmakelaar" / "migrations"
PAGES = sorted((ROOT / "content" / "pages").glob("*.md"))


def test_every_template_is_used() -> None:
    sources = [p.read_text() for p in (ROOT / "platform").rglob("*.py")]
    sources += [p.read_text() for p in TEMPLATES.rglob("*.*")]
    named = set(
        re.findall(r"[\"']([a-z_]+/[a-z_]+\.(?:html|txt|xml|svg|css))[\"']", "\n".join(sources))
    )
    named |= {"base.html", "components.html"}
    # The parts of a profile share one view, which puts the name together.
    named |= {f"profiles/part_{name}.html" for name in ("adres", "basis", "missie", "referenties")}
    there = {p.relative_to(TEMPLATES).as_posix() for p in TEMPLATES.rglob("*.*")}

    assert there - named == set(), "templates that nothing uses"
    assert named - there == set(), "templates that are named but not there"


def test_every_template_parses(world: World) -> None:
    for name in world.app.jinja_env.list_templates():
        if not name.startswith("."):
            world.app.jinja_env.get_template(name)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_content_page_has_front_matter_and_can_be_read(path: Path, world: World) -> None:
    meta = frontmatter.load(str(path)).metadata
    name = path.stem
    address = (
        f"/uitleg/{name.removeprefix('uitleg-')}"
        if name.startswith("uitleg-")
        else f"/pagina/{name}"
    )
    response = world.client("anon").get(address)

    assert set(meta) >= {"title", "summary"}
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    assert str(meta["title"]) in text
    assert text.count("<h1") == 1


def test_there_is_one_newest_migration_and_the_numbers_follow_on() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    chain = [script.revision for script in scripts.walk_revisions()][::-1]
    files = sorted(p.stem for p in (MIGRATIONS / "versions").glob("*.py"))

    assert len(scripts.get_heads()) == 1
    assert len(chain) == len(files)
    assert [name.split("_")[0] for name in files] == sorted(name.split("_")[0] for name in files)
    assert len({name.split("_")[0] for name in files}) == len(files)


def test_migrations_end_in_the_models(tmp_path: Path, make_app: Callable[..., Flask]) -> None:
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'fresh.db'}")
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "target_metadata": Base.metadata}
            )
            differences = compare_metadata(context, Base.metadata)
        db.engine.dispose()

    assert differences == []
