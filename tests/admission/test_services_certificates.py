"""Certificates from handing in to the end, suspension, leaving, recognition."""

import io
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import queries_certificates as queries
from impactmakelaar.admission import queries_standing
from impactmakelaar.admission import services_certificates as services
from impactmakelaar.admission import services_standing as standing
from impactmakelaar.admission.models import ConflictDeclaration
from impactmakelaar.admission.models_certificates import CertificateCheck
from impactmakelaar.core import changes
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from tests.conftest import on_both
from tests.makers import (
    THEN,
    make,
    make_admitted,
    make_application,
    make_enterprise,
    make_member,
    make_policy,
    make_region,
)

D = date(2027, 3, 1)
TODAY = date(2027, 11, 20)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class Setting:
    """A region, an enterprise in grace, its owner and a broker."""

    def __init__(self) -> None:
        self.region = make_region()
        make_policy(self.region)
        self.enterprise = make_admitted(make_enterprise(self.region), D, "grace")
        self.owner = make_member(self.enterprise, Role.ENTREPRENEUR)
        self.broker = make_member(self.region, Role.BROKER)
        self.admin = make_member(self.region, Role.REGION_ADMIN)

    def hand_in(self, **changed: Any) -> Any:
        """A certificate that started in the grace."""
        return services.hand_in(
            enterprise=self.enterprise,
            stated=stated(**changed),
            stream=io.BytesIO(PDF),
            name="bewijs.pdf",
            by=self.owner,
            today=TODAY,
        )

    def verify(self, claim: Any, **changed: Any) -> CertificateCheck:
        """What the broker saw."""
        values = {
            "row": claim,
            "revision": claim.revision,
            "evidence_sha256": claim.evidence.sha256,
            "found": found(self.enterprise),
            "by": self.broker,
        }
        return services.verify(**values | changed)

    def state(self, on: date) -> str:
        """The state of a day."""
        return queries_standing.standing_of(self.enterprise, self.region, on).state.value


def stated(**changed: Any) -> services.Stated:
    """What the enterprise types."""
    values: dict[str, Any] = {
        "kind": "code_social",
        "level": "Geregistreerd",
        "number": "C-12",
        "valid_from": date(2027, 11, 10),
        "valid_until": date(2029, 11, 9),
    }
    return services.Stated(**values | changed)


def found(enterprise: Organisation, **changed: Any) -> services.Found:
    """What the issuer's register says."""
    values: dict[str, Any] = {
        "kind": "code_social",
        "level": "Geregistreerd",
        "number": "C-12",
        "kvk_number": enterprise.kvk_number,
        "valid_from": date(2027, 11, 10),
        "valid_until": date(2029, 11, 9),
        "register_url": "https://register.example/C-12",
    }
    return services.Found(**values | changed)


@pytest.fixture
def at(app: Flask) -> Setting:
    """The setting of these tests."""
    return Setting()


def letters(kind: str) -> list[str]:
    """The texts of the letters of a kind."""
    return [row.text for row in db.session.query(OutboxMail).filter_by(kind=kind)]


@on_both
def test_verified_works_back_to_the_start(at: Setting) -> None:
    claim = at.hand_in()
    assert at.state(TODAY) == "in_grace"
    before = changes.last(changes.ENTERPRISE)
    check = at.verify(claim)
    assert at.state(date(2027, 11, 10)) == "certified"
    assert at.state(date(2029, 11, 10)) == "lapsed"
    assert (check.evidence_sha256, check.checked_by_id) == (claim.evidence.sha256, at.broker.id)
    assert changes.last(changes.ENTERPRISE) > before
    assert "9 november 2029" in letters("certificate_verified")[0]


@on_both
def test_evidence_replaced_between_view_and_click_is_a_conflict(at: Setting) -> None:
    claim = at.hand_in()
    revision, sha256 = claim.revision, claim.evidence.sha256
    services.change(
        row=claim,
        stated=stated(),
        stream=io.BytesIO(PDF.replace(b"Count 0", b"Count 00")),
        name="ander.pdf",
        revision=revision,
        by=at.owner,
        today=TODAY,
    )
    with pytest.raises(Conflict):
        at.verify(claim, revision=revision, evidence_sha256=sha256)
    with pytest.raises(Conflict):
        at.verify(claim, revision=claim.revision, evidence_sha256=sha256)
    assert at.state(TODAY) == "in_grace"
    at.verify(claim)
    assert at.state(TODAY) == "certified"


def test_verified_stays_verified_whatever_the_enterprise_changes_later(at: Setting) -> None:
    claim = at.hand_in()
    check = at.verify(claim)
    services.change(
        row=claim,
        stated=stated(valid_until=date(2035, 1, 1), number="C-99"),
        stream=None,
        name="",
        revision=1,
        by=at.owner,
        today=TODAY,
    )
    services.take_back(row=claim, by=at.owner)
    assert at.state(date(2029, 11, 9)) == "certified"
    assert at.state(date(2029, 11, 10)) == "lapsed"
    assert check.number == "C-12"
    assert queries.dossiers(at.enterprise)[0].verified == check


def test_checked_twice_is_a_conflict(at: Setting) -> None:
    claim = at.hand_in()
    at.verify(claim)
    with pytest.raises(Conflict):
        at.verify(claim)


def test_refused_with_a_reason_can_be_handed_in_again(at: Setting) -> None:
    claim = at.hand_in()
    values = {"row": claim, "revision": 1, "evidence_sha256": claim.evidence.sha256}
    with pytest.raises(Refused):
        services.refuse(**values, reason=" ", by=at.broker)
    services.refuse(**values, reason="Niet in het register.", by=at.broker)
    assert "Niet in het register." in letters("certificate_refused")[0]
    assert queries.waiting_claims(at.region) == []
    services.change(
        row=claim, stated=stated(), stream=None, name="", revision=1, by=at.owner, today=TODAY
    )
    assert queries.waiting_claims(at.region) == [claim]
    at.verify(claim)
    assert at.state(TODAY) == "certified"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"valid_from": None}, "valid_from"),
        ({"valid_until": None}, "valid_until"),
        ({"valid_until": date(2027, 11, 9)}, "valid_until"),
        ({"valid_from": date(1901, 1, 1)}, "valid_from"),
        ({"valid_until": date(2099, 1, 1)}, "valid_until"),
        ({"valid_from": date(2020, 1, 1), "valid_until": date(2027, 11, 19)}, "valid_until"),
    ],
)
def test_a_term_that_cannot_be_is_refused(at: Setting, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        at.hand_in(**changed)
    assert refusal.value.field == field


def test_a_certificate_that_ends_today_still_counts(at: Setting) -> None:
    claim = at.hand_in(valid_from=date(2027, 4, 1), valid_until=TODAY)
    at.verify(
        claim,
        found=found(at.enterprise, valid_from=date(2027, 4, 1), valid_until=TODAY),
    )
    assert at.state(TODAY) == "certified"


def test_evidence_must_be_a_document(at: Setting) -> None:
    with pytest.raises(Refused):
        services.hand_in(
            enterprise=at.enterprise,
            stated=stated(),
            stream=io.BytesIO(b"<html>"),
            name="bewijs.pdf",
            by=at.owner,
            today=TODAY,
        )


def test_strangers_and_other_regions_find_nothing(at: Setting) -> None:
    claim = at.hand_in()
    other = make_region("Elders")
    for person in (
        at.owner,
        make_member(other, Role.BROKER),
        make_member(make_enterprise(at.region), Role.ENTREPRENEUR),
    ):
        with pytest.raises(NotFound):
            at.verify(claim, by=person)
    with pytest.raises(NotFound):
        services.take_back(row=claim, by=at.broker)


def test_who_has_an_interest_meets_no_certificate(at: Setting) -> None:
    claim = at.hand_in()
    asked = make_application(at.enterprise, state="announced")
    recuse(at.broker, asked)
    with pytest.raises(NotFound):
        at.verify(claim)
    assert queries.recused_enterprises(at.broker) == {at.enterprise.id}


def recuse(person: Person, application: Any) -> None:
    """Record an interest."""
    make(
        ConflictDeclaration(
            application_id=application.id,
            round=1,
            person_id=person.id,
            kind="family",
            recused=True,
            declared_at=THEN,
            recorded_by_id=person.id,
        )
    )


@pytest.mark.parametrize(
    ("kind", "day", "state_before", "state_after"),
    [
        ("issuer", date(2028, 6, 1), "certified", "lapsed"),
        ("mistake", None, "in_grace", "lapsed"),
    ],
)
def test_a_verified_certificate_can_end(
    at: Setting, kind: str, day: date | None, state_before: str, state_after: str
) -> None:
    check = at.verify(at.hand_in())
    services.end(check=check, kind=kind, from_day=day, reason="Ingetrokken.", by=at.broker)
    assert at.state(date(2028, 3, 1)) == state_before
    assert at.state(date(2028, 6, 1)) == state_after
    with pytest.raises(Conflict):
        services.end(check=check, kind=kind, from_day=day, reason="Nog eens.", by=at.broker)


@on_both
def test_the_database_keeps_what_was_verified(at: Setting) -> None:
    check = at.verify(at.hand_in())
    with pytest.raises(IntegrityError), transaction():
        check.valid_until = date(2040, 1, 1)
    db.session.rollback()


# Suspension, leaving, recognition --------------------------------------------------------------


def propose(at: Setting) -> Any:
    """A suspension of which the enterprise knows."""
    return standing.propose_suspension(
        enterprise=at.enterprise,
        reason="Klachten over begeleiding.",
        answer_by=date(2027, 12, 4),
        by=at.admin,
        today=TODAY,
    )


def impose(at: Setting, row: Any, today: date = TODAY, **changed: Any) -> None:
    """Impose it."""
    values: dict[str, Any] = {"from_day": today, "last_day": None, "urgent_reason": ""}
    standing.impose(row=row, by=at.admin, today=today, **values | changed)


@on_both
def test_suspension_waits_for_the_hearing(at: Setting) -> None:
    row = propose(at)
    assert "Klachten" in letters("suspension_proposed")[0]
    with pytest.raises(Refused) as refusal:
        impose(at, row)
    assert refusal.value.field == "urgent_reason"
    assert at.state(TODAY) == "in_grace"
    standing.give_view(row=row, view="Wij lossen het op.", by=at.owner, today=TODAY)
    impose(at, row, last_day=date(2027, 12, 31))
    assert at.state(TODAY) == "suspended"
    assert at.state(date(2028, 1, 1)) == "in_grace"
    standing.lift(row=row, reason="Opgelost.", by=at.admin, today=date(2027, 12, 1))
    assert at.state(date(2027, 12, 1)) == "in_grace"
    assert at.state(date(2027, 11, 30)) == "suspended"
    assert letters("suspension_imposed")
    assert letters("suspension_over")


def test_a_term_that_passed_without_an_answer_counts_as_heard(at: Setting) -> None:
    row = propose(at)
    impose(at, row, today=date(2027, 12, 5))
    assert row.heard_on == date(2027, 12, 5)


def test_an_urgent_suspension_says_why(at: Setting) -> None:
    row = propose(at)
    impose(at, row, urgent_reason="Gevaar voor deelnemers.")
    assert at.state(TODAY) == "suspended"
    with pytest.raises(Conflict):
        standing.give_view(row=row, view="Te laat", by=at.owner, today=TODAY)


def test_one_suspension_at_a_time_and_only_of_who_is_admitted(at: Setting) -> None:
    propose(at)
    with pytest.raises(Refused):
        propose(at)
    stranger = make_enterprise(at.region)
    with pytest.raises(Refused):
        standing.propose_suspension(
            enterprise=stranger, reason="x", answer_by=TODAY, by=at.admin, today=TODAY
        )


def test_only_the_administrator_suspends(at: Setting) -> None:
    with pytest.raises(NotFound):
        standing.propose_suspension(
            enterprise=at.enterprise, reason="x", answer_by=TODAY, by=at.broker, today=TODAY
        )
    row = propose(at)
    for person in (at.broker, at.owner):
        with pytest.raises(NotFound):
            standing.lift(row=row, reason="x", by=person, today=TODAY)


def test_a_suspension_can_be_dropped(at: Setting) -> None:
    row = propose(at)
    standing.lift(row=row, reason="Toch niet.", by=at.admin, today=TODAY)
    with pytest.raises(Conflict):
        impose(at, row)
    propose(at)


def test_leaving_ends_from_the_chosen_day(at: Setting) -> None:
    with pytest.raises(Refused):
        leave(at, date(2027, 11, 19))
    leave(at, date(2028, 1, 1))
    assert at.state(date(2027, 12, 31)) == "in_grace"
    assert at.state(date(2028, 1, 1)) == "ended"
    with pytest.raises(NotFound):
        standing.leave(
            enterprise=at.enterprise, from_day=TODAY, reason="", by=at.broker, today=TODAY
        )


def leave(at: Setting, day: date) -> None:
    """The owner stops."""
    standing.leave(enterprise=at.enterprise, from_day=day, reason="", by=at.owner, today=TODAY)


def test_recognition_has_its_own_end(at: Setting) -> None:
    other = make_enterprise(at.region)
    row = standing.recognise(
        enterprise=other,
        other_region="Rivierenland",
        badge="certified",
        from_day=TODAY,
        last_day=date(2028, 6, 30),
        source="Besluit 12",
        by=at.admin,
    )
    assert queries_standing.standing_of(other, at.region, TODAY).state == "certified"
    standing.end_recognition(row=row, reason="Klaar.", by=at.admin, today=date(2028, 1, 1))
    assert queries_standing.standing_of(other, at.region, date(2028, 1, 1)).state == "lapsed"
    with pytest.raises(Conflict):
        standing.end_recognition(row=row, reason="Weer.", by=at.admin, today=date(2028, 1, 2))
