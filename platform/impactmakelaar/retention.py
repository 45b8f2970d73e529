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

from impactmakelaar.accounts import queries_own_data as accounts
from impactmakelaar.accounts import services_keeping as accounts_keeping
from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import queries_own_data as admission
from impactmakelaar.admission.queries_certificates import last_run
from impactmakelaar.admission.rules_reminders import strange_day
from impactmakelaar.core import audit, clock, mail_keeping, trail
from impactmakelaar.core.db import transaction
from impactmakelaar.intake import queries_own_data as intake
from impactmakelaar.organisations import queries_own_data as organisations
from impactmakelaar.organisations import services_keeping as organisations_keeping
from impactmakelaar.profiles import queries_own_data as profiles
from impactmakelaar.profiles import services_keeping as profiles_keeping
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals import services_keeping as proposals_keeping
from impactmakelaar.register import queries_own_data as register
from impactmakelaar.social_return import queries_own_data as social_return
from impactmakelaar.tenders import queries_own_data as tenders
from impactmakelaar.toolbox import queries_keeping as toolbox
from impactmakelaar.toolbox import services_keeping as toolbox_keeping

log = logging.getLogger(__name__)

TERMS: tuple[Callable[..., dict[str, int]], ...] = (
    accounts_keeping.expire,
    organisations_keeping.expire,
    profiles_keeping.expire,
    mail_keeping.expire,
    toolbox_keeping.expire,
    proposals_keeping.expire,
)
"""Each takes ``now`` and ``for_real`` and gives how much went, by kind."""
OWN: tuple[tuple[str, Callable[[Person], Any]], ...] = (
    ("account", accounts.of_person),
    ("organisaties", organisations.of_person),
    ("voorstellen", proposals.of_person),
    ("profielen", profiles.of_person),
    ("toelating", admission.of_person),
    ("register", register.of_person),
    ("social return", social_return.of_person),
    ("offertes", tenders.of_person),
    ("intaketafels", intake.of_person),
    ("werkboeken", toolbox.of_person),
    ("brieven", mail_keeping.letters_to),
)
"""Under which name each feature hands over what is somebody's own. A badge is the enterprise's;
who asked for one stands in the trail."""
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
    found = {name: of_person(person) for name, of_person in OWN}
    found["handelingen"] = [
        {"op": line.at.isoformat(), "wat": trail.sentence(line.action)}
        for line in audit.by_person(person, limit=MAX_LINES)
    ]
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
