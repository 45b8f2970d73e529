"""The two worlds are made once per process; whoever asks them asks a copy."""

from pathlib import Path

import pytest

from tests.admission.two_worlds import World, build


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> dict[str, World]:
    """``without``, ``with`` and ``other``: the secret is absent, present, and judged otherwise."""
    folder = tmp_path_factory.mktemp("worlds")
    return {
        "without": build(folder / "without.db", folder, empty_sqlite, secret=False),
        "with": build(folder / "with.db", folder, empty_sqlite, secret=True),
        "other": build(folder / "other.db", folder, empty_sqlite, secret=True, variant="z"),
    }
