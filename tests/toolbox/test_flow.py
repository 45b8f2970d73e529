"""Answers that flow on: each waits at the feature below, and only a person there makes it count."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.conftest import on_both
from tests.makers import make_member, make_organisation, make_person, make_policy, make_region

from impactmakelaar.admission import queries_policy as admission
from impactmakelaar.admission import services_proposals as criteria
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import services_proposals as leads
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals import services as proposals_services
from impactmakelaar.proposals.rules import Outcome, Target
from impactmakelaar.register import queries_region, services_region
from impactmakelaar.register.rules_region import LINKS, parties_of
from impactmakelaar.social_return import queries_versions as social_return
from impactmakelaar.social_return import rules_obligation, rules_proposals
from impactmakelaar.social_return import services_proposals as social_rules
from impactmakelaar.social_return.rules import Category
from impactmakelaar.tenders import queries as tenders
from impactmakelaar.tenders import services_proposals as requests
from impactmakelaar.toolbox import services, services_flow, services_workbook
from impactmakelaar.toolbox.queries import library

CRITERION = {
    "title": "Onze definitie",
    "explanation": "Winst gaat naar het doel.",
    "weight": 2,
    "scale": 4,
    "obligatory": True,
}


class Town:
    """A region with its staff, a municipality with a buyer, and a workbook of the municipality."""

    def __init__(self) -> None:
        self.region = make_region()
        self.admin = make_member(self.region, Role.REGION_ADMIN, person=make_person("Omar"))
        self.broker = make_member(self.region, Role.BROKER, person=make_person("Bo"))
        self.officer = make_member(self.region, Role.SROI_OFFICER, person=make_person("Sroi"))
        self.town = make_organisation(Kind.AUTHORITY, "Velsen", region_id=self.region.id)
        self.buyer = make_member(self.town, Role.BUYER, person=make_person("Ina"))
        self.elsewhere = make_member(make_region("Elders"), Role.REGION_ADMIN)
        self.book = self.make_book(self.town, self.buyer)

    def make_book(self, organisation: Organisation, by: Any) -> Any:
        return services_workbook.create(
            organisation=organisation, name="Onze aanpak", purpose="", by=by
        )

    def offer(self, question: str, data: dict[str, list[str]], book: Any = None) -> Any:
        book = book or self.book
        services.save_answer(book=book, question_id=question, data=data, based_on=0, by=self.buyer)
        return services_flow.offer(book=book, question_id=question, by=self.buyer)


@pytest.fixture
def town(app: Any) -> Town:
    return Town()


@on_both
def test_a_definition_becomes_a_criterion_in_a_new_version(town: Town) -> None:
    today = clock.today()
    before = make_policy(town.region)
    row = town.offer("m3-definitie", {"antwoord": ["Winst gaat terug naar het doel."]})
    assert [v.id for v in admission.policy_versions(town.region)] == [before.id]
    for stranger in (town.broker, town.elsewhere, town.buyer):
        with pytest.raises(NotFound):
            criteria.take_criterion(
                row=row, criterion=CRITERION, valid_from=today, by=stranger, today=today
            )
    version = criteria.take_criterion(
        row=row, criterion=CRITERION, valid_from=today, by=town.admin, today=today
    )
    assert [c["title"] for c in version.document["criteria"]] == [
        *(c["title"] for c in before.document["criteria"]),
        "Onze definitie",
    ]
    assert version.document["quorum"] == before.document["quorum"]
    assert (row.outcome, row.decided_by_id) == (Outcome.ACCEPTED, town.admin.id)
    with pytest.raises(Refused):
        criteria.leave(row=row, by=town.admin)


@on_both
def test_a_criterion_never_falls_behind_rules_that_lie_ready(town: Town) -> None:
    today = clock.today()
    make_policy(town.region, valid_from=today + timedelta(days=30))
    row = town.offer("m3-definitie", {"antwoord": ["Winst gaat terug."]})
    with pytest.raises(Refused):
        criteria.take_criterion(
            row=row, criterion=CRITERION, valid_from=today, by=town.admin, today=today
        )
    assert row.outcome == Outcome.WAITING
    criteria.leave(row=row, by=town.admin)
    assert len(admission.policy_versions(town.region)) == 1


@on_both
def test_an_overview_becomes_leads_that_nobody_else_sees(town: Town) -> None:
    data = {
        "cel-0-naam": ["Bakkerij Samen"],
        "cel-0-plaats": ["Haarlem"],
        "cel-0-doel": ["Werk"],
        "cel-0-contact": ["Jan Geheim"],
    }
    row = town.offer("m3-overzicht", data)
    assert "Jan Geheim" not in str(row.value)
    wanted = select(Organisation).where(Organisation.kind == Kind.ENTERPRISE)
    assert leads.dry_run(row).ready == 1
    assert list(db.session.scalars(wanted)) == []
    with pytest.raises(NotFound):
        leads.take_leads(row=row, by=town.buyer)
    assert leads.take_leads(row=row, by=town.broker) == 1
    (lead,) = db.session.scalars(wanted)
    assert (lead.name, lead.kvk_approved_at) == ("Bakkerij Samen", None)
    with pytest.raises(Refused):
        leads.take_leads(row=row, by=town.broker)


@on_both
def test_answers_prefill_the_rules_of_the_authority(town: Town) -> None:
    data = {
        "cel-0-soort": ["Diensten"],
        "cel-0-vanaf": ["€ 150.000"],
        "cel-0-percentage": ["2,5 %"],
        "cel-0-grondslag": ["factuur"],
    }
    row = town.offer("m5-sroi", data)
    start = rules_obligation.rules_of({})
    found = rules_proposals.read(row.value["lines"], start).rules
    assert found.categories[Category.SERVICES] == rules_obligation.CategoryRule(15_000_000, 250)
    assert found.categories[Category.WORKS] == start.categories[Category.WORKS]
    assert found.base == "invoiced"
    today = clock.today()
    document = dict(rules_obligation.DEFAULT_RULES)
    with pytest.raises(NotFound):
        social_rules.take_rules(
            row=row, document=document, valid_from=today, source="b", by=town.buyer, seen=0
        )
    assert social_return.rules_versions(town.town) == []
    version = social_rules.take_rules(
        row=row, document=document, valid_from=today, source="b", by=town.officer, seen=0
    )
    assert (version.owner_id, version.number) == (town.town.id, 1)
    assert row.outcome == Outcome.ACCEPTED


@on_both
def test_rules_that_a_colleague_laid_down_meanwhile_leave_the_proposal_waiting(town: Town) -> None:
    row = town.offer("m5-sroi", {"cel-0-soort": ["Diensten"]})
    with pytest.raises(Refused):
        social_rules.take_rules(
            row=row,
            document=dict(rules_obligation.DEFAULT_RULES),
            valid_from=clock.today(),
            source="b",
            by=town.officer,
            seen=3,
        )
    assert row.outcome == Outcome.WAITING


@on_both
def test_parties_and_neighbours_show_on_the_region_page_when_chosen(town: Town) -> None:
    row = town.offer("m8-kaart", {"schakel-netwerk": ["Netwerk A\nNetwerk B?"]})
    other = town.offer(
        "m12-buren", {"cel-0-gemeente": ["Castricum"], "cel-0-contact": ["Jan Geheim"]}
    )
    assert "Jan Geheim" not in str(other.value)
    assert queries_region.parties(town.region) == []
    found = parties_of(row.value["rows"])
    assert [party.sure for party in found] == [True, False]
    with pytest.raises(NotFound):
        services_region.take_parties(row=row, chosen=found, by=town.buyer)
    with pytest.raises(Refused):
        services_region.take_parties(row=row, chosen=[], by=town.broker)
    assert services_region.take_parties(row=row, chosen=found[:1], by=town.broker) == 1
    services_region.take_parties(row=other, chosen=parties_of(other.value["rows"]), by=town.broker)
    shown = queries_region.parties(town.region)
    assert [(one.kind, one.link, one.name) for one in shown] == [
        ("neighbour", "", "Castricum"),
        ("party", "netwerk", "Netwerk A"),
    ]
    again = town.offer("m8-kaart", {"schakel-netwerk": ["Netwerk A\nNetwerk C"]})
    row_of = parties_of(again.value["rows"])
    assert services_region.take_parties(row=again, chosen=row_of, by=town.admin) == 1
    services_region.remove(region=town.region, public_id=shown[0].public_id, by=town.admin)
    assert len(queries_region.parties(town.region)) == 2
    with pytest.raises(NotFound):
        services_region.remove(region=town.region, public_id=shown[0].public_id, by=town.admin)
    with pytest.raises(NotFound):
        services_region.remove(region=town.region, public_id=shown[1].public_id, by=town.elsewhere)


@on_both
def test_actions_and_the_platform_question_begin_a_request(town: Town) -> None:
    row = town.offer("m9-acties", {"antwoord": ["workshop", "gesprek"]})
    assert tenders.tenders_of(town.town) == []
    stranger = make_member(make_organisation(Kind.AUTHORITY), Role.BUYER)
    for other in (stranger, town.admin):
        with pytest.raises(NotFound):
            requests.begin(
                row=row, kind="sounding", title="x", description="", by=other, now=clock.now()
            )
    tender = requests.begin(
        row=row,
        kind="sounding",
        title="Kennismaken",
        description="- workshop",
        by=town.buyer,
        now=clock.now(),
    )
    assert (tender.title, tender.stage, tender.kind) == ("Kennismaken", "draft", "sounding")
    assert tender.document["description"] == "- workshop"
    services.save_answer(
        book=town.book,
        question_id="m9-gesprek",
        data={"antwoord": ["Met het netwerk"]},
        based_on=0,
        by=town.buyer,
    )
    platform = town.offer("m9-platform", {"antwoord": ["nee"]})
    assert platform.value["lines"][-1] == "Met het netwerk"
    requests.leave(row=platform, by=town.buyer)
    assert len(tenders.tenders_of(town.town)) == 1


@on_both
def test_an_organisation_without_buyers_cannot_propose_requests(town: Town) -> None:
    book = town.make_book(town.region, town.admin)
    services.save_answer(
        book=book, question_id="m9-platform", data={"antwoord": ["nee"]}, based_on=0, by=town.admin
    )
    with pytest.raises(Refused):
        services_flow.offer(book=book, question_id="m9-platform", by=town.admin)


@on_both
def test_choices_about_impact_are_kept_with_their_days(town: Town) -> None:
    row = town.offer("m13-instrument", {"antwoord": ["Brede welvaart"]})
    assert proposals.accepted(town.region, Target.PROGRESS) == []
    with pytest.raises(NotFound):
        proposals_services.note_progress(row=row, accepted=True, by=town.buyer)
    proposals_services.note_progress(row=row, accepted=True, by=town.broker)
    (kept,) = proposals.accepted(town.region, Target.PROGRESS)
    assert kept.lines == ["Brede welvaart"]
    assert kept.decided_at is not None
    assert kept.at <= kept.decided_at


@on_both
def test_offering_again_replaces_what_waits_and_a_guest_speaks_for_nobody(town: Town) -> None:
    first = town.offer("m13-instrument", {"antwoord": ["Brede welvaart"]})
    assert services_flow.offer(book=town.book, question_id="m13-instrument", by=town.buyer).id == (
        first.id
    )
    services.save_answer(
        book=town.book,
        question_id="m13-instrument",
        data={"antwoord": ["SDG's"]},
        based_on=1,
        by=town.buyer,
    )
    second = services_flow.offer(book=town.book, question_id="m13-instrument", by=town.buyer)
    assert (first.outcome, second.outcome) == (Outcome.REPLACED, Outcome.WAITING)
    assert proposals.waiting(town.region, Target.PROGRESS) == [second]
    with pytest.raises(Refused):
        proposals_services.note_progress(row=first, accepted=True, by=town.broker)
    guest = make_person("Gast")
    services_workbook.invite(book=town.book, email=guest.email, role="manage", by=town.buyer)
    letter_token = _token_of_newest_letter()
    services_workbook.accept(token=letter_token, person=guest)
    with pytest.raises(Refused):
        services_flow.offer(book=town.book, question_id="m13-instrument", by=guest)
    with pytest.raises(NotFound):
        services_flow.offer(book=town.book, question_id="m13-instrument", by=town.elsewhere)


def _token_of_newest_letter() -> str:
    letters = list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))
    return letters[-1].text.split("/toolbox/uitnodiging/")[1].split()[0]


def test_every_question_that_flows_has_a_taker_and_the_links_are_those_of_the_page() -> None:
    found = library()
    targets = {q.to for module in found.modules for q in module.questions if q.to}
    assert targets == set(services_flow.GIVERS)
    question = found.question("m8-kaart")
    assert question is not None
    assert dict(question[1].options) == LINKS
