"""The demonstration region's workbooks, partly filled in, and what they offered to other parts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.proposals import services as proposals
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target
from impactmakelaar.register import services_region
from impactmakelaar.register.rules_region import parties_of
from impactmakelaar.toolbox.models import (
    Workbook,
    WorkbookAnswer,
    WorkbookComment,
    WorkbookMember,
    WorkbookVersion,
)
from impactmakelaar.toolbox.services_flow import offer


class Workbooks:
    """Makes a workbook; ``people`` are known by key, ``add`` stores a row with its id."""

    def __init__(
        self, now: datetime, people: Mapping[str, Person], add: Callable[[Any], Any]
    ) -> None:
        self.now, self.people, self.add = now, people, add

    def run(self, entry: dict[str, Any], organisation: Organisation) -> None:
        """A workbook with answers, guests, remarks, second texts and proposals."""
        book = self.add(
            Workbook(
                organisation_id=organisation.id,
                name=entry["name"],
                purpose=entry["purpose"],
                skipped=entry.get("skipped", []),
                created_by_id=self.people[entry["owner"]].id,
                created_at=self.now,
            )
        )
        roles = [(entry["owner"], "manage", False)]
        roles += [(one["person"], one["role"], True) for one in entry.get("guests", [])]
        for key, role, guest in roles:
            self.add(
                WorkbookMember(
                    workbook_id=book.id,
                    person_id=self.people[key].id,
                    role=role,
                    guest=guest,
                    added_at=self.now,
                )
            )
        for given in entry["answers"]:
            self.add_answer(book, given)

    def add_answer(self, book: Workbook, given: dict[str, Any]) -> None:
        """One answer of the workbook with what hangs on it."""
        by, now = self.people[given["by"]], self.now
        answer = self.add(
            WorkbookAnswer(
                workbook_id=book.id,
                question_id=given["question"],
                value=given["value"],
                version=1,
                done=given.get("done", False),
                assignee_id=self.people[given["assignee"]].id if "assignee" in given else None,
                changed_by_id=by.id,
                changed_at=now,
            )
        )
        texts = [("saved", by, given["value"])]
        if "beside" in given:
            other = given["beside"]
            texts.append(("beside", self.people[other["by"]], {"text": other["text"]}))
        for kind, writer, value in texts:
            self.add(
                WorkbookVersion(
                    answer_id=answer.id, kind=kind, value=value, by_id=writer.id, at=now
                )
            )
        if "remark" in given:
            writer, text = self.people[given["remark"]["by"]], given["remark"]["text"]
            self.add(WorkbookComment(answer_id=answer.id, text=text, by_id=writer.id, at=now))
        if given.get("offered"):
            row = offer(book=book, question_id=given["question"], by=by)
            if "taken_by" in given:
                self.take(row, self.people[given["taken_by"]])

    def take(self, row: Proposal, by: Person) -> None:
        """What a member of staff did with a proposal."""
        if row.target == Target.REGION_PAGE:
            sure = [party for party in parties_of(row.value["rows"]) if party.sure]
            services_region.take_parties(row=row, chosen=sure, by=by)
        else:
            proposals.note_progress(row=row, accepted=True, by=by)
