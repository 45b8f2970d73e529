"""What intake tables put on "mijn bureau": invitations that wait for an answer."""

from datetime import date

from flask import url_for
from flask_login import current_user

from impactmakelaar.core.dutch import long_date
from impactmakelaar.intake import queries
from impactmakelaar.intake.permissions import PARTICIPANTS
from impactmakelaar.intake.rules_table import Coming, State
from impactmakelaar.web.tasks import Task


def invitation_tasks(today: date) -> list[Task]:
    """Tables still to come for which the organisation has not said whether it comes."""
    if not current_user.acts_as(*PARTICIPANTS):
        return []
    return [
        Task(
            f"{one.table.title}: laat weten of u komt",
            url_for("intake.participation", public_id=one.public_id),
            "intaketafel",
            long_date(one.table.held_on),
            is_example=one.table.is_example,
        )
        for one in queries.invitations_of(current_user.organisation)
        if one.state == Coming.INVITED
        and one.table.held_on >= today
        and one.table.state in (State.DRAFT, State.PUBLISHED)
    ]
