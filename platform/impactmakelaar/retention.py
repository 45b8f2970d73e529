"""Terms of keeping over the features, and a person's own data to take along.

Each feature knows its own terms and says what of its rows is somebody's own; here they come
together. ``flask retention`` shows what would go; the worker lets it go once a day.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from flask import Flask

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.queries_certificates import last_run
from impactmakelaar.admission.rules_reminders import strange_day
from impactmakelaar.core import audit, clock, trail
from impactmakelaar.core.db import transaction
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.rules import ROLE_LABELS, Role
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals import services_keeping as proposals_keeping
from impactmakelaar.toolbox import queries_keeping as toolbox
from impactmakelaar.toolbox import services_keeping as toolbox_keeping

log = logging.getLogger(__name__)

TERMS: tuple[Callable[..., dict[str, int]], ...] = (
    toolbox_keeping.expire,
    proposals_keeping.expire,
)
"""Each takes ``now`` and ``for_real`` and gives how much went, by kind."""
MAX_LINES = 5000


def run(*, now: datetime, for_real: bool) -> dict[str, int]:
    """Let go of what was kept long enough in every feature."""
    counts: dict[str, int] = {}
    for expire in TERMS:
        counts |= expire(now=now, for_real=for_real)
    return counts


def daily_round(now: datetime) -> int:
    """The worker's round. A clock that jumped erases nothing until a person ran the day."""
    doubt = strange_day(last_run(), clock.local(now).date())
    if doubt:
        log.warning("nothing erased: %s", doubt)
        return 0
    return sum(run(now=now, for_real=True).values())


@click.command("retention")
@click.option("--for-real", is_flag=True, help="Let it go; without this only count.")
def command(for_real: bool) -> None:
    """Show, or let go of, what was kept long enough."""
    for what, count in run(now=clock.now(), for_real=for_real).items():
        click.echo(f"{count} {what}")
    click.echo("Gewist." if for_real else "Er is niets gewist; gebruik --for-real.")


def own_data(person: Person) -> bytes:
    """Everything that is somebody's own, as JSON in Dutch words; no secrets, nobody else's text."""
    memberships = organisations.active_memberships(person)
    found: dict[str, Any] = {
        "account": {
            "naam": person.name,
            "e-mailadres": person.email,
            "sinds": person.created_at.isoformat(),
            "tweede stap": person.totp_enabled_at is not None,
        },
        "rollen": [
            {"organisatie": m.organisation.name, "rol": ROLE_LABELS[Role(m.role)]}
            for m in memberships
        ],
        "werkboeken": toolbox.of_person(person),
        "voorstellen": proposals.of_person(person),
        "handelingen": [
            {"op": line.at.isoformat(), "wat": trail.sentence(line.action)}
            for line in audit.by_person(person, limit=MAX_LINES)
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=2).encode()


def take_along(*, person: Person) -> bytes:
    """A person's own data, with a line in the trail that he took it."""
    data = own_data(person)
    with transaction():
        audit.record("person.took_data", person, by=person)
    return data


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(command)
