"""The demonstration content is complete, consistent, invented and readable for the loader."""

import csv
import datetime
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

CONTENT = Path(__file__).resolve().parents[2] / "content"
DEMONSTRATION = CONTENT / "demonstration"
STATES = {"published", "paused", "draft", "awaiting_approval", "lead", "withdrawn"}
ROLES = {
    "region": {
        "broker",
        "region_admin",
        "secretary",
        "committee_chair",
        "committee_member",
        "sroi_officer",
    },
    "authority": {"buyer", "sroi_officer"},
    "company": {"buyer"},
    "contractor": {"contractor"},
    "enterprise": {"entrepreneur"},
}
HOME = {"GM0375", "GM0377", "GM0392", "GM0396", "GM0397", "GM0453", "GM0473"}


def _load(name: str):
    return yaml.safe_load((DEMONSTRATION / name).read_text(encoding="utf-8"))


@cache
def _codes(table: str) -> set[str]:
    with (CONTENT / "reference" / f"{table}.csv").open(encoding="utf-8") as file:
        return {row["code"] for row in csv.DictReader(file)}


@cache
def _places() -> dict[str, str]:
    with (CONTENT / "reference" / "postcodes.csv").open(encoding="utf-8") as file:
        return {row["pc4"]: row["place"] for row in csv.DictReader(file)}


ENTERPRISES = [
    document
    for path in sorted((DEMONSTRATION / "enterprises").glob("*.yml"))
    for document in yaml.safe_load(path.read_text(encoding="utf-8"))
]
PEOPLE = _load("people.yml")
ORGANISATIONS = _load("organisations.yml")
SHORTLISTS = _load("shortlists.yml")
every_enterprise = pytest.mark.parametrize("enterprise", ENTERPRISES, ids=lambda e: e["key"])


def _all_organisations() -> dict[str, str]:
    listed = [ORGANISATIONS["region"]]
    for group in ("authorities", "companies", "contractors"):
        listed += ORGANISATIONS[group]
    kinds = {organisation["key"]: organisation["kind"] for organisation in listed}
    return kinds | {enterprise["key"]: "enterprise" for enterprise in ENTERPRISES}


def test_enterprises_are_many_and_in_every_state():
    states = Counter(enterprise["state"] for enterprise in ENTERPRISES)

    assert len(ENTERPRISES) >= 66
    assert set(states) == STATES
    assert states["published"] >= 45


def test_enterprises_differ_from_one_another():
    kvk_numbers = [e["kvk"] for e in ENTERPRISES if e["kvk"]]
    kvk_numbers += [o["kvk"] for o in ORGANISATIONS["companies"] + ORGANISATIONS["contractors"]]
    for values in (
        [e["key"] for e in ENTERPRISES],
        kvk_numbers,
        [e["profile"]["trade_name"] for e in ENTERPRISES],
        [e["profile"]["summary"] for e in ENTERPRISES],
        [e["profile"]["description"] for e in ENTERPRISES],
    ):
        assert [value for value, times in Counter(values).items() if times > 1] == []


@every_enterprise
def test_enterprise_identity_is_invented(enterprise):
    kvk = enterprise["kvk"]

    assert kvk is None or re.fullmatch(r"9999\d{4}", kvk)
    assert kvk or enterprise["state"] == "lead"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", enterprise["key"])
    assert re.fullmatch(r"https://[a-z0-9-]+\.example", enterprise["profile"]["website"])
    for contact in enterprise["profile"]["contacts"]:
        assert contact["email"].endswith(".example")
        assert re.fullmatch(r"023-5550\d{3}", contact["phone"])
        assert isinstance(contact["public"], bool)


@every_enterprise
def test_enterprise_has_an_owner_unless_it_is_a_lead(enterprise):
    if enterprise["state"] == "lead":
        assert enterprise["source"]
        assert enterprise["source_id"]
        assert "owner" not in enterprise
    else:
        assert enterprise["owner"]["email"].endswith(".example")


@every_enterprise
def test_enterprise_texts_fit_their_fields(enterprise):
    profile = enterprise["profile"]

    assert 0 < len(profile["summary"]) <= 200
    assert 0 < len(profile["description"].split()) <= 200
    assert 1800 <= profile["founded_year"] <= 2026
    assert 1 <= profile["employees"] <= 400
    assert 1 <= len(profile["activities"]) <= 4


def test_most_published_descriptions_say_something():
    lengths = [
        len(e["profile"]["description"].split()) for e in ENTERPRISES if e["state"] == "published"
    ]

    assert sum(60 <= length <= 200 for length in lengths) >= 45
    assert min(lengths) < 20


@every_enterprise
def test_enterprise_codes_exist(enterprise):
    profile = enterprise["profile"]

    assert profile["legal_form"] in _codes("legal_forms")
    assert set(profile["themes"]) <= _codes("themes")
    assert set(profile["target_groups"]) <= _codes("target_groups")
    assert set(profile["social_return_forms"]) <= _codes("social_return_forms")
    assert set(profile["sdgs"]) <= set(range(1, 18))
    assert {c["kind"] for c in profile["certificates"]} <= _codes("certificates")
    assert profile["address"]["municipality"] in _codes("municipalities")


@every_enterprise
def test_enterprise_address_has_the_place_of_its_postcode(enterprise):
    address = enterprise["profile"]["address"]

    assert re.fullmatch(r"[1-9]\d{3} [A-Z]{2}", address["postcode"])
    assert _places().get(address["postcode"][:4], address["place"]) == address["place"]


@every_enterprise
def test_activity_says_what_how_and_where(enterprise):
    for activity in enterprise["profile"]["activities"]:
        area = activity["area"]
        assert activity["title"]
        assert activity["description"]
        assert activity["cpv"]
        assert all(re.fullmatch(r"\d{8}", c) for c in activity["cpv"])
        assert all(f"{c[:2]}000000" in _codes("cpv") for c in activity["cpv"])
        assert activity["sector"] in _codes("sectors")
        assert activity["form"] in _codes("delivery_forms")
        assert activity["capacity"] in {"available", "limited", "full"}
        assert isinstance(activity["capacity_confirmed_on"], datetime.date)
        assert (activity["order_min"] or 0) <= (activity["order_max"] or 10**9)
        if area["kind"] == "municipalities":
            assert set(area["municipalities"]) <= _codes("municipalities")
        elif area["kind"] == "radius":
            assert 1 <= area["radius_km"] <= 100
        elif area["kind"] == "region":
            assert area["region"] == "AM37"
        else:
            assert area["kind"] == "country"


@every_enterprise
def test_certificate_dates_are_in_order(enterprise):
    for certificate in enterprise["profile"]["certificates"]:
        assert certificate["valid_from"] < certificate["valid_until"]


def test_enterprises_lie_in_all_seven_municipalities_and_some_outside():
    municipalities = Counter(e["profile"]["address"]["municipality"] for e in ENTERPRISES)

    assert set(municipalities) >= HOME
    assert sum(times for code, times in municipalities.items() if code not in HOME) >= 8


def test_enterprises_vary_in_sector_size_and_legal_form():
    profiles = [enterprise["profile"] for enterprise in ENTERPRISES]
    sectors = {a["sector"] for profile in profiles for a in profile["activities"]}
    sizes = [profile["employees"] for profile in profiles]

    assert len(sectors) >= 20
    assert (min(sizes), max(sizes)) == (1, 400)
    assert len({profile["legal_form"] for profile in profiles}) == 6


def test_people_have_roles_that_their_organisation_knows():
    kinds = _all_organisations()

    for person in PEOPLE:
        assert person["email"].endswith(".example")
        for membership in person["roles"]:
            assert membership["role"] in ROLES[kinds[membership["organisation"]]]
    assert len({person["email"] for person in PEOPLE}) == len(PEOPLE)
    given = {membership["role"] for person in PEOPLE for membership in person["roles"]}
    assert given == set().union(*ROLES.values())


def test_people_who_act_for_an_enterprise_share_the_address_of_its_owner():
    owners = {e["key"]: e["owner"]["email"] for e in ENTERPRISES if "owner" in e}

    for person in PEOPLE:
        own = [m["organisation"] for m in person["roles"] if m["role"] == "entrepreneur"]
        assert not own or person["email"] in {owners[key] for key in own}


def test_organisations_are_marked_as_examples():
    assert set(ORGANISATIONS["region"]["municipalities"]) == HOME
    assert {o["municipality"] for o in ORGANISATIONS["authorities"]} == HOME
    for group in ("authorities", "companies", "contractors"):
        for organisation in ORGANISATIONS[group]:
            assert organisation["example"] is True
            assert organisation["email"].endswith(".example")


def test_shortlists_name_published_enterprises_and_known_owners():
    published = {e["key"] for e in ENTERPRISES if e["state"] == "published"}
    members = {(p["key"], m["organisation"]) for p in PEOPLE for m in p["roles"]}

    for shortlist in SHORTLISTS["shortlists"]:
        assert (shortlist["owner"], shortlist["organisation"]) in members
        assert {entry["enterprise"] for entry in shortlist["entries"]} <= published
        assert all(entry["note"] for entry in shortlist["entries"])
    for search in SHORTLISTS["saved_searches"]:
        assert (search["owner"], search["organisation"]) in members
        assert search["query"].startswith("q=")


@pytest.mark.parametrize("page", sorted((CONTENT / "pages").glob("*.md")), ids=lambda p: p.stem)
def test_page_has_a_title_a_summary_and_an_audience(page):
    _, front, body = page.read_text(encoding="utf-8").split("---\n", 2)
    matter = yaml.safe_load(front)

    assert set(matter) >= {"title", "summary", "audience"}
    assert len(body.split()) <= 600
    assert not body.lstrip().startswith("# ")
