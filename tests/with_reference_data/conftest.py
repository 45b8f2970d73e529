"""Where the reference data lies: beside the repository, or where IMPACT_REFERENCE_DATA says."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder with the reference data; without it these tests fail and say why."""
    folder = Path(os.environ.get("IMPACT_REFERENCE_DATA") or BESIDE)
    if not (folder / "gemeenten_2025.csv").exists():
        pytest.fail(f"no reference data in {folder}; set IMPACT_REFERENCE_DATA", pytrace=False)
    return folder
