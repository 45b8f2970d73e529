"""The demonstration region: read from content/demonstration into an empty database.

Everything in it is invented and marked as an example; production mode refuses to start with it.
It is loaded in one transaction, through the models: a service would mail and wait for approvals.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from argon2 import PasswordHasher
from flask import current_app
from sqlalchemy import select

from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import Person
from impactmakelaar.accounts.queries import example_people
from impactmakelaar.badges import services as badges
from impactmakelaar.core import changes, clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.demonstration_admission import Dossiers
from impactmakelaar.demonstration_intake import Tables
from impactmakelaar.demonstration_social import Ledger
from impactmakelaar.demonstration_standing import Standings
from impactmakelaar.demonstration_tenders import Tenders
from impactmakelaar.demonstration_workbooks import Workbooks
from impactmakelaar.organisations.models import Membership, Organisation, RegionMunicipality
from impactmakelaar.organisations.queries import home_region
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import rules
from impactmakelaar.profiles.models import ProfileDraft, ProfileVersion, Publication
from impactmakelaar.register.models import SavedSearch, Shortlist, ShortlistItem
from impactmakelaar.register.rules import pairs_of, parse
from impactmakelaar.register.services import known_value

FOLDER = Path(__file__).resolve().parents[2] / "content" / "demonstration"
PASSWORD = "voorbeeld-wachtwoord"  # noqa: S105  (known on purpose: examples only)
SINCE = date(2023, 10, 1)


def accounts() -> list[tuple[str, str]]:
    """(role, address) of every demonstration account that has one."""
    return [(person.role_label, person.email) for person in example_people() if person.role_label]


def is_empty() -> bool:
    """Whether nobody and nothing is in the database yet."""
    return (
        db.session.scalar(select(Person.id).limit(1)) is None
        and db.session.scalar(select(Organisation.id).limit(1)) is None
    )


def load(now: datetime) -> None:
    """Fill an empty database with the demonstration region."""
    hasher = PasswordHasher(
        time_cost=current_app.config["ARGON2_TIME_COST"],
        memory_cost=current_app.config["ARGON2_MEMORY_KIB"],
        parallelism=1,
    )
    with transaction():
        if is_empty():
            Loader(now, hasher.hash(PASSWORD)).run()
    region = home_region()
    if region is not None:
        badges.follow(region=region, today=clock.local(now).date())


def read(name: str) -> Any:
    """One file of the demonstration."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


class Loader:
    """Makes rows from the files, and remembers them by the key that the files use."""

    def __init__(self, now: datetime, password_hash: str) -> None:
        self.now = now
        self.password_hash = password_hash
        self.organisations: dict[str, Organisation] = {}
        self.people: dict[str, Person] = {}
        self.public: dict[str, dict[str, Any]] = {}
        """Key -> document of who has or had a public profile."""

    def run(self) -> None:
        """Everything, in the order in which rows refer to each other."""
        self.add_organisations(read("organisations.yml"))
        people = read("people.yml")
        for entry in people:
            self.person(entry["email"], entry["name"], entry.get("label", ""))
        self.admin = self.people[self.admin_email(people)]
        for path in sorted((FOLDER / "enterprises").glob("*.yml")):
            for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
                self.add_enterprise(entry)
        for entry in people:
            for role in entry["roles"]:
                self.member(
                    self.people[entry["email"]],
                    self.organisations[role["organisation"]],
                    role["role"],
                )
        self.add_standings(people)
        kept = read("shortlists.yml")
        for entry in kept["shortlists"]:
            self.add_shortlist(entry, people)
        for entry in kept["saved_searches"]:
            self.add_saved_search(entry, people)
        by_key = {str(entry["key"]): self.people[entry["email"]] for entry in people}
        for entry in read("workbooks.yml"):
            Workbooks(self.now, by_key, self.add).run(
                entry, self.organisations[entry["organisation"]]
            )
        Tenders(self.now, self.organisations).run(self.people)

    def add_standings(self, people: list[dict[str, Any]]) -> None:
        """What the committee decided about who is (or was) in the register."""
        committee = [
            self.people[entry["email"]]
            for entry in people
            if any(
                r["role"] in (Role.COMMITTEE_CHAIR, Role.COMMITTEE_MEMBER) for r in entry["roles"]
            )
        ]
        standings = Standings(self.now, self.region, self.admin, committee, self.add)
        known = {entry["enterprise"]: entry for entry in read("standings.yml")}
        for key, document in self.public.items():
            standings.place(self.organisations[key], known.get(key, {}), document)
        by_key = {entry["key"]: self.people[entry["email"]] for entry in people}
        Dossiers(standings.today, self.region, by_key, self.organisations, read).run()
        officer = by_key["sroi-adviseur"]
        ledger = Ledger(standings.today, self.region, officer, self.organisations, read)
        ledger.run()
        Tables(
            standings.today, self.region, officer, self.organisations, ledger.contracts, read
        ).run()

    @staticmethod
    def admin_email(people: list[dict[str, Any]]) -> str:
        """The address of the region administrator."""
        for entry in people:
            if any(role["role"] == Role.REGION_ADMIN for role in entry["roles"]):
                return str(entry["email"])
        raise ValueError("the demonstration has no region administrator")

    def add(self, row: Any) -> Any:
        """Store a row, with its id."""
        db.session.add(row)
        db.session.flush()
        return row

    def person(self, email: str, name: str, label: str = "") -> Person:
        """Somebody by address; made once."""
        if email not in self.people:
            self.people[email] = self.add(
                Person(
                    email=email.lower(),
                    name=name,
                    password_hash=self.password_hash,
                    created_at=self.now,
                    email_confirmed_at=self.now,
                    is_example=True,
                    role_label=label,
                )
            )
        return self.people[email]

    def member(self, person: Person, organisation: Organisation, role: str) -> None:
        """An approved membership, unless there is one."""
        known = db.session.scalar(
            select(Membership.id).where(
                Membership.person_id == person.id,
                Membership.organisation_id == organisation.id,
                Membership.role == role,
            )
        )
        if known is None:
            self.add(
                Membership(
                    person_id=person.id,
                    organisation_id=organisation.id,
                    role=role,
                    asked_at=self.now,
                    approved_at=self.now,
                )
            )

    def add_organisations(self, found: dict[str, Any]) -> None:
        """The region, and who buys and builds in it."""
        region = self.add(
            Organisation(
                kind=Kind.REGION,
                name=found["region"]["name"],
                labour_market_region=found["region"]["labour_market_region"],
                created_at=self.now,
                is_example=True,
            )
        )
        self.region = self.organisations[found["region"]["key"]] = region
        for code in found["region"]["municipalities"]:
            self.add(
                RegionMunicipality(region_id=region.id, municipality_code=code, valid_from=SINCE)
            )
        for group in ("authorities", "companies", "contractors"):
            for entry in found[group]:
                self.organisations[entry["key"]] = self.add(
                    Organisation(
                        kind=entry["kind"],
                        name=entry["name"],
                        kvk_number=entry.get("kvk"),
                        municipality_code=entry.get("municipality"),
                        region_id=region.id,
                        created_at=self.now,
                        is_example=True,
                    )
                )

    def add_enterprise(self, entry: dict[str, Any]) -> None:
        """An enterprise in the state that its file names."""
        state = entry["state"]
        approved = state in ("published", "paused", "withdrawn", "draft")
        document = document_of(entry["profile"])
        row = self.add(
            Organisation(
                kind=Kind.ENTERPRISE,
                name=document["trade_name"],
                kvk_number=entry.get("kvk"),
                kvk_approved_at=self.now if approved else None,
                kvk_approved_by_id=self.admin.id if approved else None,
                region_id=self.region.id,
                source=entry.get("source") if state == "lead" else None,
                source_id=entry.get("source_id") if state == "lead" else None,
                created_at=self.now,
                is_example=True,
            )
        )
        self.organisations[entry["key"]] = row
        self.add(
            ProfileDraft(organisation_id=row.id, document=document, revision=1, updated_at=self.now)
        )
        if entry.get("owner"):
            owner = self.person(entry["owner"]["email"], entry["owner"]["name"])
            if approved:
                self.member(owner, row, Role.ENTREPRENEUR)
            else:
                self.add(
                    Membership(
                        person_id=owner.id,
                        organisation_id=row.id,
                        role=Role.ENTREPRENEUR,
                        asked_at=self.now,
                    )
                )
        if state in ("published", "paused", "withdrawn"):
            self.publish(row, document, state)
            self.public[entry["key"]] = document

    def publish(self, row: Organisation, document: dict[str, Any], state: str) -> None:
        """A first version, and what became of it."""
        version = self.add(
            ProfileVersion(
                organisation_id=row.id,
                number=1,
                document=document,
                sha256=rules.digest(document),
                published_at=self.now,
            )
        )
        self.add(
            Publication(
                organisation_id=row.id,
                version_id=version.id,
                paused_at=self.now if state == "paused" else None,
                withdrawn_at=self.now if state == "withdrawn" else None,
            )
        )
        changes.note(changes.ENTERPRISE, row.id)

    def email_of(self, key: str, people: list[dict[str, Any]]) -> str:
        """The address of an account by its key."""
        return next(str(entry["email"]) for entry in people if entry["key"] == key)

    def add_shortlist(self, entry: dict[str, Any], people: list[dict[str, Any]]) -> None:
        """A shared list with its notes."""
        owner = self.people[self.email_of(entry["owner"], people)]
        row = self.add(
            Shortlist(
                organisation_id=self.organisations[entry["organisation"]].id,
                name=entry["title"],
                created_by_id=owner.id,
                created_at=self.now,
            )
        )
        for item in entry["entries"]:
            self.add(
                ShortlistItem(
                    shortlist_id=row.id,
                    enterprise_id=self.organisations[item["enterprise"]].id,
                    note=item.get("note", ""),
                    added_by_id=owner.id,
                    added_at=self.now,
                )
            )

    def add_saved_search(self, entry: dict[str, Any], people: list[dict[str, Any]]) -> None:
        """A saved search, in its canonical form."""
        owner = self.people[self.email_of(entry["owner"], people)]
        organisation = entry.get("organisation")
        self.add(
            SavedSearch(
                person_id=owner.id,
                organisation_id=self.organisations[organisation].id if organisation else None,
                name=entry["title"],
                query=parse(pairs_of(entry["query"]), known_value).query(),
                alerts=entry["mail"],
                stop_token_hash=token_hash(new_token()),
                created_at=self.now,
            )
        )


def document_of(profile: dict[str, Any]) -> dict[str, Any]:
    """A profile as the files write it -> as the platform keeps it."""
    document = rules.complete(iso(profile))
    document["description"] = document["description"].strip()
    document["summary"] = " ".join(document["summary"].split())
    for number, activity in enumerate(document["activities"], start=1):
        activity["id"] = f"a{number}"
        for key in ("order_min", "order_max"):
            if activity[key] is not None:
                activity[key] = int(activity[key]) * 100
        activity["sector"] = activity["sector"] or ""
        activity["description"] = activity["description"] or ""
    for contact in document["contacts"]:
        contact.setdefault("public", True)
    for certificate in document["certificates"]:
        for key in ("level", "number", "valid_from", "valid_until", "evidence", "url"):
            certificate[key] = certificate.get(key) or ""
    return document


def iso(value: Any) -> Any:
    """Dates as ISO text, throughout."""
    if isinstance(value, dict):
        return {key: iso(part) for key, part in value.items()}
    if isinstance(value, list):
        return [iso(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
