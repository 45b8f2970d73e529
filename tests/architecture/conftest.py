"""The world that the tests of this folder ask, made once, and every answer of the table."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.architecture import routes
from tests.architecture.routes import Answer
from tests.architecture.world import READERS, World, make_world


@pytest.fixture(scope="session")
def world(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The application with readers of every role and objects of three sides."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(empty_sqlite, folder / "world.db")
    made = make_world(folder, folder / "world.db")
    yield made
    made.close()


@pytest.fixture(scope="session")
def answers(world: World) -> list[Answer]:
    """What every reader gets for every row of the table: asked once, looked at by many tests."""
    known = routes.routes(world.app)
    return [
        routes.ask(world, row, reader)
        for row in routes.whole_table()
        for reader in READERS
        if (row.endpoint, row.method) in known
    ]
