"""Verbs of a profile, on both databases."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select, text
from tests.conftest import on_both
from tests.makers import (
    make,
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
    make_region,
)
from tests.profiles.documents import activity, certificate, contact, document
from tests.races import at_once

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import Conflict, NotFound, Refused, TooMany
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import permissions, queries, rules, services
from impactmakelaar.profiles.models import ContactReveal, ProfileDraft, Publication

TODAY = date(2026, 11, 24)
THEN = datetime(2026, 11, 1, tzinfo=UTC)


def enterprise_with(region=None, written=None, *, approved=True):
    """(enterprise, its entrepreneur) with a draft."""
    region = region or make_region()
    enterprise = make_enterprise(region, "Groen Werkt", approved=approved)
    person = make_member(enterprise, Role.ENTREPRENEUR)
    make(
        ProfileDraft(organisation_id=enterprise.id, document=written or document(), updated_at=THEN)
    )
    return enterprise, person


def save(enterprise, person, section="basis", seen=None, **values):
    return services.save_section(
        organisation=enterprise,
        section=section,
        values=values,
        seen=seen or {},
        by=person,
        today=TODAY,
    )


@on_both
def test_a_draft_changes_nothing_in_public_until_it_is_published(app):
    enterprise, person = enterprise_with()
    first = services.publish(organisation=enterprise, by=person)
    save(enterprise, person, summary="Nieuwe tekst")
    assert queries.published_document(enterprise)["summary"] == "Wij onderhouden groen."
    second = services.publish(organisation=enterprise, by=person)
    assert queries.published_document(enterprise)["summary"] == "Nieuwe tekst"
    assert (first.number, second.number) == (1, 2)
    assert second.sha256 == rules.digest(second.document)
    assert services.publish(organisation=enterprise, by=person).number == 2


@on_both
def test_a_published_version_can_never_change(app):
    enterprise, person = enterprise_with()
    services.publish(organisation=enterprise, by=person)
    for statement in ("UPDATE profile_version SET number = 9", "DELETE FROM profile_version"):
        with pytest.raises(Exception, match="never change"), transaction():
            db.session.execute(text(statement))


@on_both
def test_two_people_in_one_part_the_second_is_shown_what_changed(app):
    enterprise, first = enterprise_with()
    second = make_member(enterprise, Role.ENTREPRENEUR)
    seen = {"summary": "Wij onderhouden groen.", "description": ""}
    save(enterprise, first, seen=seen, summary="Van de eerste")
    with pytest.raises(Conflict) as caught:
        save(enterprise, second, seen=seen, summary="Van de tweede")
    assert caught.value.current["summary"] == "Van de eerste"
    assert queries.draft(enterprise).document["summary"] == "Van de eerste"
    save(enterprise, second, seen=caught.value.current, summary="Van de tweede")
    assert queries.draft(enterprise).document["summary"] == "Van de tweede"


@on_both
def test_two_people_in_different_parts_both_keep_their_text(app):
    enterprise, first = enterprise_with()
    second = make_member(enterprise, Role.ENTREPRENEUR)
    save(enterprise, first, seen={"summary": "Wij onderhouden groen."}, summary="Nieuw")
    save(enterprise, second, section="missie", seen={"themes": []}, themes=["work"])
    now = queries.draft(enterprise).document
    assert (now["summary"], now["themes"]) == ("Nieuw", ["work"])


@on_both
def test_two_people_at_the_same_moment_lose_nothing(app):
    enterprise, first = enterprise_with()
    second = make_member(enterprise, Role.ENTREPRENEUR)
    enterprise_id, ids = enterprise.id, (first.id, second.id)

    def write(n):
        return save(
            db.session.get_one(Organisation, enterprise_id),
            db.session.get_one(Person, ids[n]),
            seen={"summary": "Wij onderhouden groen."},
            summary=f"Tekst {n}",
        )

    outcomes = at_once(app, lambda: write(0), lambda: write(1))
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "dict"]


@on_both
def test_a_first_draft_started_twice_at_once_is_one(app):
    enterprise = make_enterprise(make_region())
    person = make_member(enterprise, Role.ENTREPRENEUR)
    enterprise_id, person_id = enterprise.id, person.id

    def start():
        return services.start_draft(
            organisation=db.session.get_one(Organisation, enterprise_id),
            by=db.session.get_one(Person, person_id),
        ).organisation_id

    assert at_once(app, start, start, start) == [enterprise_id] * 3


@on_both
def test_publishing_twice_at_once_gives_one_version(app):
    enterprise, person = enterprise_with()
    enterprise_id, person_id = enterprise.id, person.id

    def publish():
        return services.publish(
            organisation=db.session.get_one(Organisation, enterprise_id),
            by=db.session.get_one(Person, person_id),
        ).number

    assert at_once(app, publish, publish) == [1, 1]


@on_both
def test_nothing_is_published_for_who_is_not_approved(app):
    enterprise, person = enterprise_with(approved=False)
    for verb in (services.publish, services.withdraw):
        with pytest.raises(NotFound):
            verb(organisation=enterprise, by=person)
    with pytest.raises(NotFound):
        services.publish(organisation=enterprise, by=make_person())


@on_both
def test_an_incomplete_profile_is_refused_with_what_is_missing(app):
    enterprise, person = enterprise_with(written=document(activities=[]))
    with pytest.raises(Refused, match="activiteit"):
        services.publish(organisation=enterprise, by=person)
    assert queries.publication(enterprise) is None


@on_both
def test_pause_resume_and_leave(app):
    enterprise, person = enterprise_with()
    with pytest.raises(Refused, match="nog niet gepubliceerd"):
        services.set_paused(organisation=enterprise, paused=True, by=person)
    services.publish(organisation=enterprise, by=person)
    for _ in range(2):
        services.set_paused(organisation=enterprise, paused=True, by=person)
        assert queries.published_document(enterprise) is None
    services.set_paused(organisation=enterprise, paused=False, by=person)
    assert queries.published_document(enterprise) is not None
    services.withdraw(organisation=enterprise, by=person)
    assert queries.published_document(enterprise) is None
    assert len(queries.versions(enterprise)) == 1
    services.publish(organisation=enterprise, by=person)
    assert queries.published_document(enterprise) is not None
    actions = [line.action for line in audit.of_organisation(enterprise)]
    assert actions.count("profile.paused") == 1


@on_both
def test_an_older_version_comes_back_as_draft_unless_a_colleague_wrote(app):
    enterprise, person = enterprise_with()
    services.publish(organisation=enterprise, by=person)
    save(enterprise, person, summary="Nieuw")
    with pytest.raises(Conflict):
        services.restore(organisation=enterprise, number=1, by=person, revision=1)
    services.restore(organisation=enterprise, number=1, by=person, revision=2)
    assert queries.draft(enterprise).document["summary"] == "Wij onderhouden groen."
    with pytest.raises(NotFound):
        services.restore(organisation=enterprise, number=9, by=person)
    with pytest.raises(NotFound):
        services.restore(organisation=enterprise, number=1, by=make_person())


@on_both
def test_capacity_is_confirmed_in_draft_and_public_at_once(app):
    old = activity(capacity_confirmed_on="2026-01-01")
    enterprise, person = enterprise_with(written=document(activities=[old]))
    services.publish(organisation=enterprise, by=person)
    save(enterprise, person, summary="Nog niet gepubliceerd")
    services.confirm_capacity(
        organisation=enterprise,
        capacities={"aaaa1111": "limited", "onbekend": "full"},
        by=person,
        today=TODAY,
    )
    public = queries.published_document(enterprise)
    assert public["activities"][0]["capacity"] == "limited"
    assert public["activities"][0]["capacity_confirmed_on"] == "2026-11-24"
    assert public["summary"] == "Wij onderhouden groen."
    assert queries.draft(enterprise).document["summary"] == "Nog niet gepubliceerd"


@on_both
def test_stale_capacity_is_asked_about_once_a_month(app):
    old = activity(capacity_confirmed_on="2026-01-01", title="Hovenierswerk")
    enterprise, person = enterprise_with(written=document(activities=[old]))
    services.publish(organisation=enterprise, by=person)
    enterprise_with(written=document(activities=[old]))
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert services.remind_of_capacity(now) == 1
    assert services.remind_of_capacity(now) == 0
    assert services.remind_of_capacity(now + timedelta(days=30)) == 1
    letters = db.session.scalars(
        select(OutboxMail).where(OutboxMail.recipient == person.email)
    ).all()
    assert len(letters) == 2
    assert "- Hovenierswerk" in letters[0].text
    services.set_paused(organisation=enterprise, paused=True, by=person)
    assert services.remind_of_capacity(now + timedelta(days=90)) == 0


# Contact details ----------------------------------------------------------------------------


def buyer_of(region):
    authority = make_organisation(Kind.AUTHORITY, "Gemeente Haarlem", region_id=region.id)
    return make_member(authority, Role.BUYER), authority


@on_both
def test_who_looked_at_contact_details_is_seen_by_the_enterprise(app):
    region = make_region()
    hidden = contact(name="Privé", public=False)
    enterprise, person = enterprise_with(region, document(contacts=[contact(), hidden]))
    services.publish(organisation=enterprise, by=person)
    buyer, authority = buyer_of(region)
    for _ in range(2):
        shown = services.reveal_contacts(organisation=enterprise, by=buyer, acting_for=authority)
        assert shown == [contact()]
    looked = queries.reveals(enterprise)
    assert [row[:2] for row in looked] == [(buyer.name, "Gemeente Haarlem")]
    assert queries.times_revealed(enterprise) == 1


@on_both
def test_contact_details_of_what_is_not_public_do_not_exist(app):
    region = make_region()
    enterprise, person = enterprise_with(region)
    buyer, authority = buyer_of(region)

    def reveal():
        return services.reveal_contacts(organisation=enterprise, by=buyer, acting_for=authority)

    with pytest.raises(NotFound):
        reveal()
    services.publish(organisation=enterprise, by=person)
    services.set_paused(organisation=enterprise, paused=True, by=person)
    with pytest.raises(NotFound):
        reveal()
    assert queries.times_revealed(enterprise) == 0


def test_contact_details_are_limited_per_person_and_day(app, monkeypatch):
    monkeypatch.setattr(services, "REVEALS_PER_DAY", 2)
    region = make_region()
    buyer, authority = buyer_of(region)
    enterprises = []
    for _ in range(3):
        enterprise, person = enterprise_with(region)
        services.publish(organisation=enterprise, by=person)
        enterprises.append(enterprise)
    for enterprise in (*enterprises[:2], enterprises[0]):
        services.reveal_contacts(organisation=enterprise, by=buyer, acting_for=authority)
    with pytest.raises(TooMany, match="Morgen"):
        services.reveal_contacts(organisation=enterprises[2], by=buyer, acting_for=authority)
    other, _ = buyer_of(region)
    services.reveal_contacts(organisation=enterprises[2], by=other, acting_for=authority)
    with transaction():
        for row in db.session.scalars(select(ContactReveal)):
            row.at = clock.now() - timedelta(days=2)
        db.session.execute(text("DELETE FROM limited_event"))
    services.reveal_contacts(organisation=enterprises[2], by=buyer, acting_for=authority)


# Files ---------------------------------------------------------------------------------------


def picture(kind="PNG", size=(900, 300)):
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, kind)
    return out.getvalue()


PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.mark.parametrize(
    ("kind", "data", "word"),
    [
        ("logo", b"", "leeg"),
        ("logo", b"\x00" * 100, "geen afbeelding"),
        ("logo", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "geen afbeelding"),
        ("logo", PDF, "geen afbeelding"),
        ("logo", picture()[:200], "geen afbeelding"),
        ("logo", b"x" * (5 * 1024 * 1024 + 1), "te groot"),
        ("logo", b"GIF89a" + b"\x00" * 50, "geen afbeelding"),
        ("evidence", b"%PDF-1.7 zonder einde", "PDF"),
        ("evidence", PDF.replace(b"<<>>", b"<</OpenAction<</S/JavaScript>>>>", 1), "scripts"),
        ("evidence", PDF + b"x" * (10 * 1024 * 1024), "te groot"),
        ("evidence", b"MZ\x90\x00" + b"\x00" * 100, "geen afbeelding"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_in_dutch(app, kind, data, word):
    enterprise, person = enterprise_with()
    with pytest.raises(Refused, match=word):
        services.keep_file(
            organisation=enterprise, kind=kind, stream=io.BytesIO(data), name="x.png", by=person
        )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_written_anew_within_its_bounds(app, kind):
    enterprise, person = enterprise_with()
    row = services.keep_file(
        organisation=enterprise,
        kind="logo",
        stream=io.BytesIO(picture(kind)),
        name="../../etc/passwd\u202e.exe",
        by=person,
    )
    assert row.media_type == "image/png"
    assert row.name.endswith(".png")
    assert "/" not in row.name
    with pytest.raises(NotFound):
        services.keep_file(
            organisation=enterprise,
            kind="logo",
            stream=io.BytesIO(picture()),
            name="x",
            by=make_person(),
        )


def test_evidence_is_seen_by_its_own_people_and_staff_alone(app):
    region = make_region()
    enterprise, person = enterprise_with(region)
    file = services.keep_file(
        organisation=enterprise, kind="evidence", stream=io.BytesIO(PDF), name="p.pdf", by=person
    )
    save(
        enterprise,
        person,
        section="keurmerken",
        seen={"certificates": []},
        certificates=[certificate(evidence=file.public_id)],
    )
    services.publish(organisation=enterprise, by=person)
    buyer, _ = buyer_of(region)
    staff = make_member(region, Role.BROKER)
    seen_by = {
        name: permissions.may_see_file(who, file, enterprise)
        for name, who in {"own": person, "staff": staff, "buyer": buyer, "nobody": None}.items()
    }
    assert seen_by == {"own": True, "staff": True, "buyer": False, "nobody": False}


# Own data and leads --------------------------------------------------------------------------


@on_both
def test_own_data_holds_everything_and_is_for_its_own_people(app):
    enterprise, person = enterprise_with()
    services.publish(organisation=enterprise, by=person)
    data = services.own_data(organisation=enterprise, by=person)
    assert data["draft"]["address"]["street"] == "Geheimstraat 12"
    assert [version["number"] for version in data["versions"]] == [1]
    assert [one["email"] for one in data["people"]] == [person.email]
    with pytest.raises(NotFound):
        services.own_data(organisation=enterprise, by=make_person())


def lead(region, **fields):
    values = {
        "source": "lijst",
        "source_id": "7",
        "kvk_number": None,
        "name": "Vanhulley",
        "document": {"trade_name": "Vanhulley"},
        "by": None,
    } | fields
    return services.add_lead(region=region, **values)


@on_both
def test_a_lead_is_known_by_kvk_or_by_source_and_id(app):
    region = make_region()
    first, new = lead(region)
    again, new_again = lead(region, document={"trade_name": "Vanhulley 2"})
    assert (new, new_again, first.id) == (True, False, again.id)
    assert queries.draft(first).document["trade_name"] == "Vanhulley 2"
    numbered, _ = lead(region, source_id="8", kvk_number="01234567")
    moved, is_new = lead(region, source="andere lijst", source_id="x", kvk_number="01234567")
    assert (moved.id, is_new) == (numbered.id, False)
    assert lead(region, source="andere lijst")[1] is True


@on_both
def test_a_list_changes_nothing_of_an_approved_enterprise(app):
    region = make_region()
    enterprise, _ = enterprise_with(region)
    row, new = lead(region, kvk_number=enterprise.kvk_number)
    assert (row.id, new) == (enterprise.id, False)
    assert queries.draft(enterprise).document["trade_name"] == "Groen Werkt"


@on_both
def test_staff_publish_a_lead_only_after_approving_it(app):
    region = make_region()
    staff = make_member(region, Role.BROKER)
    row, _ = lead(region)
    with pytest.raises(NotFound):
        services.publish_lead(organisation=row, by=staff)
    approve(row, staff)
    with pytest.raises(NotFound):
        services.publish_lead(organisation=row, by=make_person())
    services.publish_lead(organisation=row, by=staff)
    assert db.session.get(Publication, row.id) is not None


def approve(row, staff):
    with transaction():
        row.kvk_approved_by_id = staff.id
        row.kvk_approved_at = THEN


def test_a_list_of_one_region_leaves_the_leads_of_another_alone(app):
    region, other = make_region(), make_region("Elders")
    lead, _ = services.add_lead(
        region=other,
        source="lijst",
        source_id="1",
        kvk_number=None,
        name="Van elders",
        document={"trade_name": "Van elders"},
        by=None,
    )
    with pytest.raises(Refused, match="eigen naam"):
        services.add_lead(
            region=region,
            source="lijst",
            source_id="1",
            kvk_number=None,
            name="Van ons",
            document={"trade_name": "Van ons"},
            by=None,
        )
    assert queries.draft(lead).document["trade_name"] == "Van elders"
