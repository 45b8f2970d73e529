"""Verbs about organisations, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError
from tests.conftest import on_both
from tests.makers import (
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
    make_region,
)
from tests.races import at_once

from impactmakelaar.core import audit, clock, limits
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import NotFound, Refused, TooMany
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations import permissions, queries, services, services_invitations
from impactmakelaar.organisations.models import Membership, Organisation, Succession
from impactmakelaar.organisations.rules import MAX_WAITING, Kind, Role
from impactmakelaar.profiles import queries as profiles
from impactmakelaar.profiles import services as profiles_services

TODAY = date(2026, 11, 24)


def register(person, region, number="01234567", name="Groen Werkt", kind=Kind.ENTERPRISE):
    return services.register(person=person, region=region, kind=kind, name=name, kvk_number=number)


def asked_by(person):
    return queries.waiting_of(person)[0]


def recipients():
    return sorted(db.session.scalars(select(OutboxMail.recipient)))


# Registering and approving ----------------------------------------------------------------


@on_both
def test_nobody_acts_before_staff_approved(app):
    region, person = make_region(), make_person()
    staff = make_member(region, Role.BROKER)
    enterprise = register(person, region)
    assert enterprise.kvk_number == "01234567"
    assert not permissions.may_act_for(person, enterprise)
    assert permissions.may_draft(person, enterprise)
    assert recipients() == [staff.email]
    services.approve_link(asked=asked_by(person), by=staff)
    assert permissions.may_act_for(person, enterprise)
    assert enterprise.kvk_approved_by_id == staff.id
    assert recipients() == sorted([staff.email, person.email])
    actions = [line.action for line in audit.of_organisation(enterprise)]
    assert actions == ["link.approved", "link.asked"]


@on_both
def test_registering_twice_gives_one_record(app):
    region, person = make_region(), make_person()
    first = register(person, region)
    assert register(person, region, "0123 4567").id == first.id
    assert len(queries.waiting_of(person)) == 1


@on_both
def test_a_doubled_submit_at_the_same_moment_gives_one_record(app):
    region, person = make_region(), make_person()
    region_id, person_id = region.id, person.id

    def submit():
        return register(
            db.session.get_one(type(person), person_id),
            db.session.get_one(Organisation, region_id),
        ).id

    outcomes = at_once(app, submit, submit, submit)
    assert len(set(outcomes)) == 1
    assert isinstance(outcomes[0], int)


@on_both
def test_the_same_number_of_two_people_stays_two_questions_until_staff_look(app):
    region = make_region()
    first, second = make_person(), make_person()
    assert register(first, region).id != register(second, region).id


@on_both
def test_who_works_there_already_is_told_so(app):
    region = make_region()
    enterprise = make_enterprise(region, kvk_number="01234567")
    person = make_member(enterprise, Role.ENTREPRENEUR)
    with pytest.raises(Refused, match="al voor de organisatie"):
        register(person, region)


@on_both
def test_one_person_has_a_limited_number_of_open_questions(app):
    region, person = make_region(), make_person()
    for number in range(MAX_WAITING):
        register(person, region, f"{number:08d}")
    with pytest.raises(Refused, match="op controle wachten"):
        register(person, region, "99999999")


@on_both
def test_only_staff_of_that_region_approve_and_never_themselves(app):
    region, elsewhere, person = make_region(), make_region("Elders"), make_person()
    enterprise = register(person, region)
    asked = asked_by(person)
    for stranger in (
        make_person(),
        make_member(elsewhere, Role.BROKER),
        make_member(region, Role.ASSESSOR),
    ):
        with pytest.raises(NotFound):
            services.approve_link(asked=asked, by=stranger)
        with pytest.raises(NotFound):
            services.refuse_link(asked=asked, by=stranger, reason="Nee.")
    make_member(region, Role.BROKER, person=person)
    with pytest.raises(Refused, match="collega"):
        services.approve_link(asked=asked, by=person)
    assert enterprise.kvk_approved_at is None


@on_both
def test_a_decided_question_is_not_decided_again(app):
    region, person = make_region(), make_person()
    staff = make_member(region, Role.SECRETARY)
    register(person, region)
    asked = asked_by(person)
    services.refuse_link(asked=asked, by=staff, reason="Niet ingeschreven.")
    with pytest.raises(Refused, match="al behandeld"):
        services.approve_link(asked=asked, by=staff)
    with pytest.raises(Refused, match="al behandeld"):
        services.refuse_link(asked=asked, by=staff, reason="Toch niet.")
    letter = db.session.scalars(
        select(OutboxMail).where(OutboxMail.recipient == person.email)
    ).one()
    assert "Niet ingeschreven." in letter.text


@on_both
def test_a_refusal_needs_a_reason(app):
    region, person = make_region(), make_person()
    staff = make_member(region, Role.BROKER)
    register(person, region)
    with pytest.raises(Refused) as caught:
        services.refuse_link(asked=asked_by(person), by=staff, reason="  ")
    assert caught.value.field == "reason"


@on_both
def test_two_approvals_of_one_number_at_the_same_moment_leave_one(app):
    region = make_region()
    staff = [make_member(region, Role.BROKER), make_member(region, Role.SECRETARY)]
    people = [make_person(), make_person()]
    for person in people:
        register(person, region)
    asked_ids = [asked_by(person).id for person in people]
    staff_ids = [person.id for person in staff]
    kind = type(people[0])

    def approve(n):
        return services.approve_link(
            asked=db.session.get_one(Membership, asked_ids[n]),
            by=db.session.get_one(kind, staff_ids[n]),
        )

    outcomes = at_once(app, lambda: approve(0), lambda: approve(1))
    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert [one for one in outcomes if one is None] == [None]
    assert len(refused) == 1
    assert "dit KVK-nummer" in refused[0].sentence
    approved = db.session.scalars(
        select(Organisation).where(Organisation.kvk_approved_at.is_not(None))
    ).all()
    assert len(approved) == 1


@on_both
def test_approving_into_a_lead_gives_it_the_number_and_ends_the_newcomer(app):
    region, person = make_region(), make_person()
    staff = make_member(region, Role.BROKER)
    lead = make_enterprise(
        region, "Vanhulley", approved=False, kvk_number=None, source="lijst", source_id="7"
    )
    newcomer = register(person, region, name="Van Hulley")
    assert queries.similar_enterprises(newcomer) == [lead]
    services.approve_link(asked=asked_by(person), by=staff, into=lead)
    assert lead.kvk_number == "01234567"
    assert permissions.may_act_for(person, lead)
    assert newcomer.ended_on is not None


@on_both
def test_a_lead_approved_without_number_gets_the_number_of_who_joins_it(app):
    region, person = make_region(), make_person()
    staff = make_member(region, Role.BROKER)
    lead = make_enterprise(
        region, "Vanhulley", approved=False, kvk_number=None, source="lijst", source_id="7"
    )
    services.approve_lead(lead=lead, by=staff)
    register(person, region, name="Van Hulley")
    services.approve_link(asked=asked_by(person), by=staff, into=lead)
    assert lead.kvk_number == "01234567"


@on_both
def test_what_the_applicant_wrote_goes_along_into_the_lead(app):
    region, person = make_region(), make_person()
    staff = make_member(region, Role.BROKER)
    lead, _ = profiles_services.add_lead(
        region=region,
        source="lijst",
        source_id="7",
        kvk_number=None,
        name="Vanhulley",
        document={"trade_name": "Vanhulley", "website": "https://lijst.example"},
        by=staff,
    )
    newcomer = register(person, region, name="Van Hulley")
    profiles_services.save_section(
        organisation=newcomer,
        section="basis",
        values={"summary": "Wij maken boxers van overhemden."},
        seen={},
        by=person,
        today=TODAY,
    )
    services.approve_link(asked=asked_by(person), by=staff, into=lead)
    document = profiles.draft(lead).document
    assert document["summary"] == "Wij maken boxers van overhemden."
    assert document["website"] == "https://lijst.example"


@on_both
def test_a_different_number_cannot_be_merged(app):
    region, person = make_region(), make_person()
    staff = make_member(region, Role.BROKER)
    other = make_enterprise(region, "Van Hulley")
    register(person, region)
    with pytest.raises(Refused, match="niet worden samengevoegd"):
        services.approve_link(asked=asked_by(person), by=staff, into=other)
    assert not permissions.may_act_for(person, other)


@on_both
def test_a_lead_with_a_taken_number_is_not_approved(app):
    region = make_region()
    staff = make_member(region, Role.BROKER)
    make_enterprise(region, kvk_number="01234567")
    lead = make_enterprise(region, approved=False, kvk_number="01234567", source="a", source_id="1")
    with pytest.raises(Refused, match="dit KVK-nummer"):
        services.approve_lead(lead=lead, by=staff)


# What the database itself refuses ----------------------------------------------------------


@on_both
@pytest.mark.parametrize("number", ["1234567", "123456789", "1234567x", "1234 678", ""])
def test_the_database_refuses_a_kvk_number_that_is_none(app, number):
    with pytest.raises(Exception, match=r"kvk_eight_digits|too long"):
        make_enterprise(make_region(), kvk_number=number)


@on_both
def test_the_database_refuses_an_enterprise_that_nothing_identifies(app):
    region = make_region()
    with pytest.raises(IntegrityError, match="enterprise_is_known"):
        make_enterprise(region, approved=False, kvk_number=None)
    make_enterprise(region, approved=False, kvk_number=None, source="lijst", source_id="1")


@on_both
def test_the_database_refuses_one_number_for_two_approved_enterprises(app):
    region = make_region()
    make_enterprise(region, kvk_number="01234567")
    make_enterprise(region, approved=False, kvk_number="01234567")
    with pytest.raises(IntegrityError):
        make_enterprise(region, kvk_number="01234567")


@on_both
def test_the_database_refuses_one_source_id_twice(app):
    region = make_region()
    make_enterprise(region, approved=False, source="lijst", source_id="1")
    with pytest.raises(IntegrityError):
        make_enterprise(region, approved=False, source="lijst", source_id="1")


@on_both
def test_the_database_refuses_the_same_role_twice(app):
    enterprise = make_enterprise(make_region())
    person = make_member(enterprise, Role.ENTREPRENEUR)
    with pytest.raises(IntegrityError):
        make_member(enterprise, Role.ENTREPRENEUR, person=person)


# People -------------------------------------------------------------------------------------


@on_both
def test_an_invitation_gives_exactly_its_own_role_and_works_once(app):
    region = make_region()
    admin = make_member(region, Role.REGION_ADMIN)
    authority = make_organisation(Kind.AUTHORITY, region_id=region.id)
    services_invitations.invite(
        organisation=authority, email="Nieuw@Gemeente.example", name="Nour", role="buyer", by=admin
    )
    token = token_of_letter("nieuw@gemeente.example")
    person = services_invitations.accept_invitation(
        token=token, person=None, name="Nour", password="een-lang-wachtwoord-123"
    )
    assert permissions.roles_at(person, authority) == {"buyer"}
    with pytest.raises(Refused, match="al gebruikt"):
        services_invitations.accept_invitation(token=token, person=person)


def test_nobody_sends_more_than_fifty_invitations_a_day(app):
    region = make_region()
    admin = make_member(region, Role.REGION_ADMIN)
    authority = make_organisation(Kind.AUTHORITY, region_id=region.id)
    for number in range(50):
        limits.note("invitation", str(admin.id), now=clock.now() - timedelta(minutes=number))
    db.session.commit()
    whom = {"organisation": authority, "name": "Nour", "role": "buyer", "by": admin}
    with pytest.raises(TooMany, match="Wacht een dag"):
        services_invitations.invite(email="nieuw@gemeente.example", **whom)
    db.session.execute(delete(limits.LimitedEvent).where(limits.LimitedEvent.id == 1))
    db.session.commit()
    assert (
        services_invitations.invite(email="nieuw@gemeente.example", **whom).email
        == "nieuw@gemeente.example"
    )


def token_of_letter(address):
    letter = db.session.scalars(
        select(OutboxMail).where(OutboxMail.recipient == address).order_by(OutboxMail.id.desc())
    ).first()
    return letter.text.split("/uitnodiging/")[1].split()[0]


@on_both
def test_nobody_is_invited_for_an_enterprise_that_is_not_approved(app):
    region = make_region()
    staff = make_member(region, Role.BROKER)
    lead = make_enterprise(region, approved=False)
    with pytest.raises(Refused):
        services_invitations.invite(
            organisation=lead, email="x@x.example", name="X", role="entrepreneur", by=staff
        )


@pytest.mark.parametrize(
    ("who", "role", "fine"),
    [
        ("admin", "broker", True),
        ("broker", "broker", False),
        ("broker", "committee_member", False),
        ("buyer", "buyer", False),
    ],
)
def test_roles_of_the_region_are_given_by_its_administrator_alone(app, who, role, fine):
    region = make_region()
    authority = make_organisation(Kind.AUTHORITY, region_id=region.id)
    people = {
        "admin": make_member(region, Role.REGION_ADMIN),
        "broker": make_member(region, Role.BROKER),
        "buyer": make_member(authority, Role.BUYER),
    }
    assert permissions.may_invite(people[who], region, role) is fine


@on_both
def test_a_leaver_hands_over_and_the_last_administrator_stays(app):
    region = make_region()
    admin = make_member(region, Role.REGION_ADMIN)
    membership = queries.active_memberships(admin)[0]
    with pytest.raises(Refused, match="altijd een beheerder"):
        services.end_membership(membership=membership, by=admin)
    colleague = make_member(region, Role.REGION_ADMIN)
    with pytest.raises(Refused) as caught:
        services.end_membership(membership=membership, by=admin, successor=make_person())
    assert caught.value.field == "successor"
    services.end_membership(membership=membership, by=admin, successor=colleague)
    assert not permissions.is_staff_of(admin, region)


@on_both
def test_a_takeover_reaches_every_feature(app):
    enterprise = make_enterprise(make_region())
    leaver = make_member(enterprise, Role.ENTREPRENEUR)
    stays = make_member(enterprise, Role.ENTREPRENEUR)
    calls = []
    take_over = lambda *names: calls.append(tuple(n.id for n in names))  # noqa: E731
    services.TAKEOVERS.append(take_over)
    try:
        services.end_membership(
            membership=queries.active_memberships(leaver)[0], by=leaver, successor=stays
        )
    finally:
        services.TAKEOVERS.remove(take_over)
    assert calls == [(enterprise.id, leaver.id, stays.id)]


# Successors ---------------------------------------------------------------------------------


@on_both
def test_a_successor_keeps_the_history_and_the_old_one_ends(app):
    region = make_region()
    staff = make_member(region, Role.BROKER)
    first, second, third = (make_enterprise(region, name) for name in ("Zaak", "Zaak BV", "Groep"))
    for old, new in ((first, second), (second, third)):
        services.link_successor(
            old=old, new=new, effective_on=TODAY, reason="Andere vorm", by=staff, today=TODAY
        )
    assert first.ended_on == TODAY
    assert queries.successor(first).id == second.id
    assert [one.id for one in queries.lineage(third)] == [second.id, first.id]
    actions = [line.action for line in audit.of_organisation(third)]
    assert "enterprise.succeeds" in actions


@on_both
def test_who_acted_for_the_old_one_is_approved_anew_for_the_successor(app):
    region = make_region()
    staff = make_member(region, Role.BROKER)
    old, new = make_enterprise(region), make_enterprise(region)
    person = make_member(old, Role.ENTREPRENEUR)
    link(old, new, staff)
    assert not permissions.may_act_for(person, old)
    assert not permissions.may_act_for(person, new)


def link(old, new, by, on=TODAY):
    services.link_successor(
        old=old, new=new, effective_on=on, reason="Andere vorm", by=by, today=TODAY
    )


@on_both
def test_a_successor_that_cannot_be_is_refused(app):
    region, elsewhere = make_region(), make_region("Elders")
    staff = make_member(region, Role.BROKER)
    old, new = make_enterprise(region), make_enterprise(region)
    unapproved = make_enterprise(region, approved=False)
    foreign = make_enterprise(elsewhere)
    with pytest.raises(Refused, match="kring"):
        link(old, old, staff)
    with pytest.raises(Refused, match="toekomst"):
        link(old, new, staff, on=TODAY + timedelta(days=1))
    with pytest.raises(Refused, match="goedgekeurde"):
        link(old, unapproved, staff)
    with pytest.raises(NotFound):
        link(old, foreign, staff)
    with pytest.raises(NotFound):
        link(old, new, make_person())
    link(old, new, staff)
    with pytest.raises(Refused, match="kring"):
        link(new, old, staff)
    with pytest.raises(Refused, match="al een opvolger"):
        link(old, make_enterprise(region), staff)
    assert len(db.session.scalars(select(Succession)).all()) == 1


@on_both
def test_ending_takes_everybodys_role_and_the_trail_stays(app):
    region = make_region()
    enterprise = make_enterprise(region)
    person = make_member(enterprise, Role.ENTREPRENEUR)
    with pytest.raises(NotFound):
        services.end_organisation(organisation=enterprise, by=make_person(), today=TODAY)
    services.end_organisation(organisation=enterprise, by=person, today=TODAY)
    assert not permissions.may_act_for(person, enterprise)
    assert audit.of_organisation(enterprise)[0].action == "organisation.ended"


@on_both
def test_a_number_is_free_again_after_the_enterprise_ended(app):
    region = make_region()
    make_enterprise(region, kvk_number="01234567", ended_on=TODAY)
    make_enterprise(region, kvk_number="01234567")


@on_both
def test_region_municipalities_have_days(app):
    region = make_region()
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            text("UPDATE region_municipality SET valid_until = '2019-01-01' WHERE region_id = :id"),
            {"id": region.id},
        )
    assert len(queries.region_municipalities(region)) == 7
    assert clock.today() > date(2026, 1, 1)
