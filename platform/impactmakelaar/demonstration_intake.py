"""Intake tables of the demonstration region: one to come with a proposal, one that was held.

Made by the services themselves; the mails they wrote are taken out again.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.intake import (
    queries,
    queries_sheet,
    rules_table,
    services,
    services_day,
    services_outcome,
    services_plan,
    services_publish,
)
from impactmakelaar.intake.models import IntakeMeeting, IntakeTable
from impactmakelaar.intake.rules_table import Result, State
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return.models import Contract

DEAL_DAYS = 180


class Tables:
    """Brings the tables of ``intake.yml`` as far as the file says."""

    def __init__(
        self,
        today: date,
        region: Organisation,
        officer: Person,
        known: Mapping[str, Organisation],
        contracts: Mapping[str, Contract],
        read: Callable[[str], Any],
    ) -> None:
        self.today, self.region, self.officer = today, region, officer
        self.known, self.contracts = known, contracts
        self.file = read("intake.yml")

    def run(self) -> None:
        """Every table of the file."""
        for entry in self.file["tables"]:
            self.add(entry)
        db.session.flush()
        db.session.execute(delete(OutboxMail).where(OutboxMail.kind.startswith("intake_")))

    def add(self, entry: dict[str, Any]) -> None:
        """One table with its participants, proposal and what came of it."""
        day = self.today + timedelta(days=entry["in_days"])
        row = services.plan_table(
            region=self.region,
            values={
                "title": entry["title"],
                "place": entry["place"],
                "held_on": day,
                "starts_at": rules_table.clock_minutes(str(entry["starts_at"])),
                "tables": entry["tables"],
                "rounds": entry["rounds"],
                "minutes": entry["minutes"],
                "breaks": entry["breaks"],
                "most_contractor": entry["most_contractor"],
                "most_enterprise": entry["most_enterprise"],
                "note": entry["note"],
            },
            by=self.officer,
            today=day - timedelta(days=30),
        )
        row.is_example = True
        services.invite(
            row=row,
            contracts=[self.contracts[key] for key in entry["contracts"]],
            enterprises=[self.known[key] for key in entry["enterprises"]],
            by=self.officer,
        )
        self.answer(row, entry)
        self.propose(row)
        if entry["held"]:
            services_publish.publish(row=row, by=self.officer)
            for _ in range(row.rounds):
                services_day.begin_round(row=row, by=self.officer, today=day)
            self.record(row, day)
            row.state = rules_table.move(row.state, State.CLOSED)

    def answer(self, row: IntakeTable, entry: dict[str, Any]) -> None:
        """Who comes; who is not named in ``silent`` or ``declined`` does."""
        keys = {self.known[key].id: key for key in entry["enterprises"]}
        for one in queries.participants(row):
            key = keys.get(one.organisation_id, "")
            if key in entry["silent"]:
                continue
            services.answer(
                one=one,
                comes=key not in entry["declined"],
                by=self.officer,
                away=entry["away"].get(key, ()),
            )

    def propose(self, row: IntakeTable) -> None:
        """The proposal, as the worker would make it."""
        job = services_plan.ask_proposal(row=row, by=self.officer, iterations=20)
        db.session.flush()
        job.outcome = services_plan.run_proposal(job)
        job.done, job.finished_at = 20, clock.now()
        db.session.flush()

    def record(self, row: IntakeTable, day: date) -> None:
        """A deal where the ledger has room, and now and then something else."""
        for number, meeting in enumerate(queries.meetings(row)):
            if number % 3 == 2:
                services_outcome.record_outcome(
                    meeting=meeting,
                    kind=Result.FOLLOW_UP,
                    by=self.officer,
                    today=day,
                    follow_up_on=day + timedelta(days=14),
                )
            elif number % 3 == 1 or not self.deal(meeting, day):
                services_outcome.record_outcome(
                    meeting=meeting,
                    kind=Result.NONE,
                    by=self.officer,
                    today=day,
                    reason="Het werk past dit jaar niet in de planning.",
                )

    def deal(self, meeting: IntakeMeeting, day: date) -> bool:
        """The smallest deal of a pair that may talk; False when the ledger refuses it."""
        sheet = queries_sheet.sheet_of(meeting.table)
        pairing = (meeting.contractor.public_id, meeting.enterprise.public_id)
        for need, offer in sheet.between(pairing):
            found_need, found_offer = queries.need(need), queries.offer(offer)
            if sheet.cells[need, offer].failed or found_need is None or found_offer is None:
                continue
            try:
                services_outcome.book_deal(
                    meeting=meeting,
                    need=found_need,
                    offer=found_offer,
                    units=found_offer.minimum,
                    starts_on=day,
                    ends_on=day + timedelta(days=DEAL_DAYS),
                    by=self.officer,
                    today=day,
                    once="voorbeeld",
                )
            except Refused:
                continue
            return True
        return False
