"""What requests put on "mijn bureau": of the buyers of an organisation and of an invited firm."""

from datetime import date

from flask import url_for
from flask_login import current_user

from impactmakelaar.core import clock
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import queries_tasks
from impactmakelaar.web.filters import dutch_time
from impactmakelaar.web.tasks import Task


def request_tasks(today: date) -> list[Task]:  # noqa: ARG001  (a deadline is an instant)
    """The next step of every request that waits for this reader."""
    organisation, now = current_user.organisation, clock.now()
    if organisation.kind == Kind.ENTERPRISE and current_user.acts_as(Role.ENTREPRENEUR):
        found = queries_tasks.of_supplier(organisation, now)
    elif current_user.acts_as(Role.BUYER):
        found = queries_tasks.of_buyer(organisation, now)
    else:
        found = []
    return [
        Task(
            one.sentence,
            url_for(one.endpoint, **one.values),
            "offerte" if organisation.kind == Kind.ENTERPRISE else "opdracht",
            f"tot {dutch_time(one.until)}" if one.until else "",
            is_example=one.is_example,
        )
        for one in found
    ]
