"""The demonstration region's committee decisions, certificates and suspensions, as past facts."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import Application, PolicyVersion
from impactmakelaar.admission.models_certificates import (
    CertificateCheck,
    CertificateClaim,
    CertificateEnd,
)
from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.admission.models_meeting import (
    AgendaItem,
    ItemAttendance,
    Meeting,
    MeetingAttendance,
    Vote,
)
from impactmakelaar.admission.models_standing import Leaving, Recognition, Suspension
from impactmakelaar.admission.rules_application import prefilled
from impactmakelaar.admission.rules_policy import DEFAULT
from impactmakelaar.core import changes, clock, files
from impactmakelaar.core.db import db
from impactmakelaar.core.files import Accepted, StoredFile
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.profiles.models import ProfileDraft

SINCE = date(2023, 10, 1)
USUAL = 500
"""Days since the decision about who is not named in the file."""
EVIDENCE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


REASON = {
    "admitted": "De commissie vindt dat de onderneming hieraan voldoet.",
    "refused": "De commissie heeft dit niet genoeg teruggezien in de aanvraag.",
}


class Standings:
    """Makes rows for the committee's past; ``add`` stores one and gives it back with its id."""

    def __init__(
        self,
        now: datetime,
        region: Organisation,
        admin: Person,
        committee: list[Person],
        add: Callable[[Any], Any],
    ) -> None:
        self.now, self.region, self.admin, self.add = now, region, admin, add
        self.committee = committee
        self.today = clock.local(now).date()
        self.policy = self.first_policy()
        self.meetings: dict[date, Meeting] = {}

    def first_policy(self) -> PolicyVersion:
        """The region's rules from its start, unless there are some."""
        known = db.session.scalars(
            select(PolicyVersion).where(PolicyVersion.region_id == self.region.id).limit(1)
        ).first()
        return known or self.add(
            PolicyVersion(
                region_id=self.region.id,
                number=1,
                valid_from=SINCE,
                document=DEFAULT,
                note="Zoals het platform begint.",
                created_at=self.now,
            )
        )

    def ago(self, days: int) -> date:
        """The day so many days ago."""
        return self.today - timedelta(days=days)

    def place(self, row: Organisation, entry: dict[str, Any], document: dict[str, Any]) -> None:
        """Give an enterprise the standing that the file names, or the usual one."""
        if "submitted" in entry:
            self.application(row, self.ago(entry["submitted"]), "submitted")
        elif "recognised" in entry:
            self.recognise(row, entry["recognised"])
        else:
            self.decide(row, entry, document)
        if "certificate" in entry:
            self.certificate(row, entry["certificate"])
        if "waiting" in entry:
            self.claim(row, entry["waiting"])
        if "suspended" in entry:
            self.suspend(row, entry["suspended"])
        if "left" in entry:
            self.add(
                Leaving(
                    enterprise_id=row.id,
                    region_id=self.region.id,
                    from_day=self.ago(entry["left"]),
                    reason="Wij gaan met pensioen.",
                    asked_at=self.now,
                    asked_by_id=self.admin.id,
                )
            )
        changes.note(changes.ENTERPRISE, row.id)

    def application(self, row: Organisation, on: date, state: str) -> Application:
        """An application that was handed in on a day."""
        made: Application = self.add(
            Application(
                enterprise_id=row.id,
                region_id=self.region.id,
                state=state,
                document=prefilled(self.profile(row), row.name),
                policy_version_id=self.policy.id,
                completed_on=None if state == "submitted" else on,
                created_at=self.now,
                saved_at=self.now,
                submitted_on=on,
                round_started_on=on,
            )
        )
        return made

    @staticmethod
    def profile(row: Organisation) -> dict[str, Any]:
        """What the enterprise tells of itself."""
        draft = db.session.get(ProfileDraft, row.id)
        return draft.document if draft else {}

    def decide(self, row: Organisation, entry: dict[str, Any], document: dict[str, Any]) -> None:
        """A decision after a vote by name of the whole committee."""
        on = self.ago(entry.get("decided", USUAL))
        outcome = entry.get("outcome", "admitted")
        stated = self.recognised_certificate(document) if not entry else None
        badge = entry.get("badge", "certificate" if stated else "none")
        asked = self.application(row, on - timedelta(days=40), "announced")
        item = self.vote(asked, on, outcome, badge)
        self.add(
            Decision(
                application_id=asked.id,
                round=1,
                enterprise_id=row.id,
                region_id=self.region.id,
                policy_version_id=self.policy.id,
                item_id=item.id,
                outcome=outcome,
                badge=badge,
                reasons={one["key"]: REASON[outcome] for one in DEFAULT["criteria"]},
                summary="Verzonnen voorbeeld.",
                quorum=DEFAULT["quorum"],
                needed=len(self.committee) // 2 + 1,
                present=item.present,
                in_favour=item.in_favour,
                against=0,
                blank=0,
                prepared_on=on,
                prepared_by_id=self.committee[0].id,
                announced_on=on,
                announced_by_id=self.committee[0].id,
                withdrawn_on=self.ago(entry["annulled"]) if "annulled" in entry else None,
            )
        )
        if stated:
            first = date.fromisoformat(stated["valid_from"])
            last = date.fromisoformat(stated["valid_until"])
            self.check(row, stated["kind"], stated["level"], stated["number"], first, last)

    def recognised_certificate(self, document: dict[str, Any]) -> dict[str, Any] | None:
        """The certificate of a profile that the region recognises for the badge."""
        listed = {one["code"]: one for one in DEFAULT["certificates"] if one["counts_for_badge"]}
        for one in document["certificates"]:
            known = listed.get(one["kind"])
            if known and one["level"] in known["levels"] and one["valid_until"]:
                return dict(one)
        return None

    def vote(self, asked: Application, on: date, outcome: str, badge: str) -> AgendaItem:
        """A meeting with one item that everybody voted for."""
        chair = self.committee[0]
        meeting = self.meeting(on)
        item: AgendaItem = self.add(
            AgendaItem(
                meeting_id=meeting.id,
                application_id=asked.id,
                round=1,
                position=asked.id,
                state="voting",
                outcome=outcome,
                badge=badge,
                chaired_by_id=chair.id,
            )
        )
        for person in self.committee:
            self.add(
                ItemAttendance(
                    item_id=item.id, person_id=person.id, present=True, recused=False, entitled=True
                )
            )
            self.add(Vote(item_id=item.id, person_id=person.id, secret=False, choice="in_favour"))
        item.present = item.in_favour = len(self.committee)
        item.state = "adopted"
        db.session.flush()
        return item

    def meeting(self, on: date) -> Meeting:
        """The meeting of a day, with everybody there; made once."""
        if on not in self.meetings:
            made: Meeting = self.add(
                Meeting(
                    region_id=self.region.id,
                    planned_on=on,
                    place="Stadhuis Haarlem",
                    created_at=self.now,
                    created_by_id=self.committee[0].id,
                    opened_at=self.now,
                    closed_at=self.now,
                )
            )
            self.meetings[on] = made
            for person in self.committee:
                self.add(MeetingAttendance(meeting_id=made.id, person_id=person.id, present=True))
        return self.meetings[on]

    def certificate(self, row: Organisation, entry: dict[str, Any]) -> None:
        """A verified certificate of the file."""
        first = self.ago(entry["started"])
        last = first + timedelta(days=entry["days"])
        made = self.check(row, entry["kind"], entry["level"], f"VB-{row.id}", first, last)
        if "withdrawn" in entry:
            self.add(
                CertificateEnd(
                    check_id=made.id,
                    kind="issuer",
                    from_day=self.ago(entry["withdrawn"]),
                    reason="De uitgever haalde het keurmerk uit zijn register.",
                    recorded_at=self.now,
                    recorded_by_id=self.admin.id,
                )
            )

    def claim(self, row: Organisation, entry: dict[str, Any]) -> CertificateClaim:
        """A certificate that staff still have to look up."""
        first = self.ago(entry["started"])
        last = first + timedelta(days=entry["days"])
        return self.stated(row, entry["kind"], entry["level"], f"VB-{row.id}", first, last)

    def stated(
        self, row: Organisation, kind: str, level: str, number: str, first: date, last: date
    ) -> CertificateClaim:
        """A certificate with an empty page as evidence."""
        made: CertificateClaim = self.add(
            CertificateClaim(
                enterprise_id=row.id,
                kind=kind,
                level=level,
                number=number,
                valid_from=first,
                valid_until=last,
                evidence_id=self.evidence(f"{row.id} {number}").id,
                handed_in_on=min(first, self.today),
                changed_at=self.now,
                changed_by_id=self.admin.id,
            )
        )
        return made

    def evidence(self, about: str) -> StoredFile:
        """An empty page of its own for each certificate: who may see it differs."""
        return files.keep(
            Accepted(EVIDENCE + f"% {about}\n".encode(), "application/pdf", ".pdf"),
            name="voorbeeld-bewijs.pdf",
            organisation_id=None,
            by_id=self.admin.id,
        )

    def check(
        self, row: Organisation, kind: str, level: str, number: str, first: date, last: date
    ) -> CertificateCheck:
        """A certificate that staff found in the issuer's register."""
        claim = self.stated(row, kind, level, number, first, last)
        made: CertificateCheck = self.add(
            CertificateCheck(
                claim_id=claim.id,
                revision=1,
                enterprise_id=row.id,
                region_id=self.region.id,
                outcome="verified",
                kind=kind,
                level=level,
                number=number,
                kvk_number=row.kvk_number,
                valid_from=first,
                valid_until=last,
                handed_in_on=claim.handed_in_on,
                register_url="https://register.example/voorbeeld",
                evidence_id=claim.evidence_id,
                evidence_sha256=claim.evidence.sha256,
                checked_at=self.now,
                checked_by_id=self.admin.id,
            )
        )
        return made

    def suspend(self, row: Organisation, entry: dict[str, Any]) -> None:
        """A suspension in force, or one about which the enterprise may still speak."""
        since = entry.get("since")
        self.add(
            Suspension(
                enterprise_id=row.id,
                region_id=self.region.id,
                reason=entry["reason"],
                proposed_at=self.now,
                proposed_by_id=self.admin.id,
                answer_by=self.ago((since or -10) + 1),
                view=entry.get("view", ""),
                heard_on=self.ago(since) if since else None,
                from_day=self.ago(since) if since else None,
                imposed_at=self.now if since else None,
                imposed_by_id=self.admin.id if since else None,
            )
        )

    def recognise(self, row: Organisation, entry: dict[str, Any]) -> None:
        """Another region's decision that counts here."""
        first = self.ago(entry["since"])
        self.add(
            Recognition(
                enterprise_id=row.id,
                region_id=self.region.id,
                other_region=entry["region"],
                badge=entry["badge"],
                from_day=first,
                last_day=first + timedelta(days=entry["days"]),
                source="Besluit 12 van die regio (voorbeeld)",
                recorded_at=self.now,
                recorded_by_id=self.admin.id,
            )
        )
