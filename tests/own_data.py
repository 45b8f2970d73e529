"""What somebody takes along, for the tests of the features that hand it over."""

import json
from typing import Any

from impactmakelaar import retention
from impactmakelaar.accounts.models import Person

CANARY, OTHER = "kanarie-7f3a", "vreemde-9c1d"
"""A word that somebody left somewhere, and one of somebody else beside it."""


def taken_along(person: Person, part: str) -> dict[str, Any]:
    """One feature's part; nothing in it, nor in the rest, is of somebody else."""
    data = retention.own_data(person).decode()
    assert OTHER not in data
    found: dict[str, Any] = json.loads(data)[part]
    return found
