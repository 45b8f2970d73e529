"""What social return puts on "mijn bureau": of the officer and of the contractor."""

from datetime import date

from flask import url_for
from flask_login import current_user

from impactmakelaar.core.dutch import long_date
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import queries, queries_effort
from impactmakelaar.social_return.rules import Phase
from impactmakelaar.web.filters import euros, plural
from impactmakelaar.web.tasks import Task


def officer_tasks(today: date) -> list[Task]:  # noqa: ARG001
    """Contracts to set an obligation for, and declared efforts to judge."""
    if not current_user.acts_as(Role.SROI_OFFICER):
        return []
    organisation = current_user.organisation
    found = [
        Task(
            f"{row.title}: verplichting vaststellen",
            url_for("social_return.contract", public_id=row.public_id),
            "social return",
            is_example=row.is_example,
        )
        for row in queries.contracts_at(organisation)
        if row.phase == Phase.REGISTERED
    ]
    efforts = len(queries_effort.waiting_efforts(organisation))
    if efforts:
        words = plural(efforts, "inspanning", "inspanningen")
        found.append(
            Task(f"{words} beoordelen", url_for("social_return.judge_many"), "social return")
        )
    return found


def contractor_tasks(today: date) -> list[Task]:
    """Contracts to hand in, and obligations that are not met after the end."""
    organisation = current_user.organisation
    if organisation.kind != Kind.CONTRACTOR or not current_user.acts_as(Role.CONTRACTOR):
        return []
    rows = queries.contracts_of(organisation)
    accounts = queries.accounts(rows, today)
    found = []
    for row in rows:
        url = url_for("social_return.contract", public_id=row.public_id)
        account = accounts[row.id]
        if row.phase == Phase.DRAFT:
            words, note, late = "aanmelding insturen", "", False
        elif row.phase == Phase.ACTIVE and account.light == "late":
            words, late = f"nog {euros(account.balance)} te vervullen", True
            note = f"liep tot en met {long_date(account.terms.ends_on)}"
        else:
            continue
        found.append(
            Task(f"{row.title}: {words}", url, "social return", note, late, row.is_example)
        )
    return found
