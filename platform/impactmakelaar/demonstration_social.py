"""Social return of the demonstration region: rules, contracts in every state, efforts, agreements.

Made by the services themselves, each at its own day, so that the books are those the platform
would keep; the mails they wrote are taken out again.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return import (
    queries_effort,
    rules_table,
    services,
    services_agreement,
    services_change,
    services_effort,
    services_rules,
    services_verdict,
)
from impactmakelaar.social_return.models import Contract, PriceListVersion, RulesVersion
from impactmakelaar.social_return.rules import Category, Effort, Phase, Verdict
from impactmakelaar.social_return.rules_obligation import DEFAULT_RULES
from impactmakelaar.social_return.rules_prices import document_of
from impactmakelaar.social_return.services import Heading, Stated
from impactmakelaar.social_return.services_effort import Declared


class Ledger:
    """Brings the contracts of ``social_return.yml`` as far as the file says."""

    def __init__(
        self,
        today: date,
        region: Organisation,
        officer: Person,
        known: dict[str, Organisation],
        read: Callable[[str], Any],
    ) -> None:
        self.today, self.region, self.officer, self.known = today, region, officer, known
        self.file = read("social_return.yml")
        self.contracts: dict[str, Contract] = {}

    def run(self) -> None:
        """Everything, in the order in which it happened."""
        self.add_rules()
        for entry in self.file["contracts"]:
            self.add_contract(entry)
        for entry in self.file["plans"]:
            self.add_plan(entry)
        for entry in self.file["invoices"]:
            self.add_invoice(entry)
        for entry in self.file["efforts"]:
            self.add_effort(entry)
        for entry in self.file["agreements"]:
            self.add_agreement(entry)
        for entry in self.file["contracts"]:
            if entry["phase"] == "settled":
                self.settle(self.contracts[entry["key"]])
        db.session.flush()
        db.session.execute(delete(OutboxMail).where(OutboxMail.kind.startswith("social_")))

    def ago(self, days: int) -> date:
        """So many days before the day of loading."""
        return self.today - timedelta(days=days)

    def add_rules(self) -> None:
        """The versions of rules and lists, and a recognised supplier."""
        for model, entries in ((RulesVersion, "rules"), (PriceListVersion, "prices")):
            for entry in self.file[entries]:
                document = {**DEFAULT_RULES, **entry.get("document", {})}
                if "list" in entry:
                    rows = rules_table.read_csv(entry["list"].encode())
                    document = document_of(rules_table.list_from(rows, "36"))
                db.session.add(
                    model(
                        owner_id=self.known[entry["owner"]].id,
                        number=1,
                        valid_from=self.ago(entry["since"]),
                        document=document,
                        source=entry["source"],
                        created_at=clock.now(),
                        created_by_id=self.officer.id,
                        is_example=True,
                    )
                )
        db.session.flush()
        for entry in self.file["suppliers"]:
            services_rules.recognise_supplier(
                region=self.region,
                kvk=entry["kvk"],
                name=entry["name"],
                ground=entry["ground"],
                level="",
                first_day=self.ago(entry["since"]),
                last_day=self.ago(entry["since"] - entry["days"]),
                source=entry["source"],
                by=self.officer,
            )

    def people(self, contractor: Organisation) -> Person:
        """Somebody of a contractor; made when the demonstration has none."""
        found = organisations.members(contractor)
        if found:
            return found[0].person
        person = Person(
            email=f"socialreturn-{contractor.kvk_number}@voorbeeld.example",
            name="Contactpersoon (voorbeeld)",
            password_hash="",
            created_at=clock.now(),
            email_confirmed_at=clock.now(),
            is_example=True,
        )
        db.session.add(person)
        db.session.flush()
        db.session.add(
            Membership(
                person_id=person.id,
                organisation_id=contractor.id,
                role=Role.CONTRACTOR,
                asked_at=clock.now(),
                approved_at=clock.now(),
            )
        )
        db.session.flush()
        return person

    def add_contract(self, entry: dict[str, Any]) -> None:
        """A contract, as far as its phase."""
        starts = self.ago(entry["starts"])
        contractor = self.known[entry["contractor"]]
        by = self.people(contractor)
        row = services.register_contract(
            authority=self.known[entry["authority"]],
            contractor=contractor,
            heading=Heading(
                entry["title"],
                entry["number"],
                Category(entry["category"]),
                self.ago(entry["awarded"]),
            ),
            stated=Stated(
                value=entry["value"] * 100,
                starts_on=starts,
                ends_on=starts + timedelta(days=entry["days"]),
                labour_share=entry.get("labour"),
            ),
            by=by,
        )
        row.is_example = True
        self.contracts[entry["key"]] = row
        if entry["phase"] != Phase.DRAFT:
            services.submit(row=row, by=by)
        if entry["phase"] in (Phase.ACTIVE, Phase.SETTLED):
            services.confirm(row=row, by=self.officer, today=self.ago(entry["awarded"] - 7))

    def add_plan(self, entry: dict[str, Any]) -> None:
        """A plan of action."""
        row = self.contracts[entry["contract"]]
        services.write_plan(
            row=row,
            text=entry["text"],
            planned={key: euros * 100 for key, euros in entry["planned"].items()},
            report_on=self.today + timedelta(days=30),
            by=self.people(row.contractor),
        )
        if entry["agreed"]:
            services.agree_plan(row=row, by=self.officer)

    def add_invoice(self, entry: dict[str, Any]) -> None:
        """What the contractor invoiced."""
        row = self.contracts[entry["contract"]]
        services_change.add_invoice(
            row=row,
            number=entry["number"],
            invoiced_on=self.ago(entry["ago"]),
            amount=entry["amount"] * 100,
            by=self.people(row.contractor),
            today=self.today,
        )

    def add_effort(self, entry: dict[str, Any]) -> None:
        """What was declared, and what became of it."""
        row = self.contracts[entry["contract"]]
        supplier = self.known.get(entry.get("supplier", ""))
        person = "code" in entry
        stated = Declared(
            Effort(entry["effort"]),
            item=entry.get("item", ""),
            candidate_code=entry.get("code", ""),
            starts_on=self.ago(entry["from"]) if person else None,
            ends_on=self.ago(entry["until"]) if person else None,
            hours=Decimal(entry["hours"]) if "hours" in entry else None,
            quantity=Decimal(entry["quantity"]) if "quantity" in entry else None,
            bonuses=tuple(entry.get("bonuses", ())),
            signed=person,
            supplier_kvk=(supplier.kvk_number or "") if supplier else "",
            supplier_name=supplier.name if supplier else "",
            invoice_number=entry.get("invoice", ""),
            invoiced_on=self.ago(entry["ago"]) if supplier else None,
            paid_on=self.ago(entry["paid"]) if "paid" in entry else None,
            amount=entry["amount"] * 100 if "amount" in entry else None,
            vat=entry.get("vat"),
        )
        made = services_effort.declare(
            contract=row, stated=stated, by=self.people(row.contractor), today=self.today
        )
        if "verdict" in entry:
            services_verdict.judge_one(
                effort=queries_effort.state_of(made),
                verdict=Verdict(entry["verdict"]),
                reason=entry.get("reason", ""),
                by=self.officer,
                today=self.today,
            )

    def add_agreement(self, entry: dict[str, Any]) -> None:
        """What a contractor and an enterprise agreed."""
        row = self.contracts[entry["contract"]]
        starts = self.ago(entry["from"])
        services_agreement.book_agreement(
            contract=row,
            enterprise=self.known[entry["enterprise"]],
            effort=Effort(entry["effort"]),
            item=entry.get("item", ""),
            units=entry["units"],
            amount=entry.get("amount", 0) * 100,
            starts_on=starts,
            ends_on=starts + timedelta(days=entry["days"]),
            by=self.people(row.contractor),
            today=self.today,
        )

    def settle(self, row: Contract) -> None:
        """Close an account; what is left is waived."""
        services_change.settle(
            row=row,
            outcome="waived",
            reason="De school deed zelf een deel van het werk (voorbeeld).",
            by=self.officer,
            today=self.today,
        )
