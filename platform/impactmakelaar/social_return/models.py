"""Rules and price lists as dated versions, contracts, and the ledger of what fulfils them.

What was once written stays: versions, terms, invoices, efforts, verdicts and ledger entries are
only ever added (``core.triggers``). The balance of a contract is the sum of its entries.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Organisation


class RulesVersion(PublicId, Base):
    """Rules from a day on (shape: ``rules_obligation.DEFAULT_RULES``), of a region or of one of
    its authorities. In force on a day is the latest ``valid_from``; of two of one day the higher
    ``number``; an authority's own go before the region's.
    """

    __tablename__ = "social_rules"
    __table_args__ = (
        UniqueConstraint("owner_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date]
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    source: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_example: Mapped[bool] = mapped_column(default=False)

    owner: Mapped[Organisation] = relationship()


class PriceListVersion(PublicId, Base):
    """A price list from a day on (shape: ``rules_prices.document_of``), kept as rules are."""

    __tablename__ = "social_prices"
    __table_args__ = (
        UniqueConstraint("owner_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date]
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    source: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_example: Mapped[bool] = mapped_column(default=False)

    owner: Mapped[Organisation] = relationship()


class Contract(PublicId, Base):
    """A contract with its obligation, awarded anywhere. Amounts stand in its ``ContractTerms``.

    It keeps the versions of rules and prices of the day of its award. ``entries`` counts its
    ledger entries: the number of the last one.
    """

    __tablename__ = "social_contract"
    __table_args__ = (
        CheckConstraint(
            "phase IN ('draft', 'registered', 'active', 'settled', 'withdrawn')", name="phase"
        ),
        CheckConstraint(
            "phase NOT IN ('active', 'settled') OR confirmed_on IS NOT NULL", name="confirmed"
        ),
        CheckConstraint("(phase = 'settled') = (settled_on IS NOT NULL)", name="settled"),
        Index("ix_social_contract_region", "region_id", "phase"),
        Index("ix_social_contract_contractor", "contractor_id"),
        Index("ix_social_contract_authority", "authority_id"),
        UniqueConstraint("authority_id", "contractor_id", "number"),
        UniqueConstraint("handed_down"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    contractor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(12))
    awarded_on: Mapped[date]
    phase: Mapped[str] = mapped_column(String(12))
    rules_id: Mapped[int] = mapped_column(ForeignKey("social_rules.id"))
    prices_id: Mapped[int] = mapped_column(ForeignKey("social_prices.id"))
    handed_down: Mapped[str | None] = mapped_column(String(80))
    """What handed this contract down, e.g. ``award:ab3…``; once only."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_on: Mapped[date | None]
    settled_on: Mapped[date | None]
    returned_reason: Mapped[str] = mapped_column(String(500), default="")
    entries: Mapped[int] = mapped_column(Integer, default=0)
    is_example: Mapped[bool] = mapped_column(default=False)

    region: Mapped[Organisation] = relationship(foreign_keys=[region_id])
    authority: Mapped[Organisation] = relationship(foreign_keys=[authority_id])
    contractor: Mapped[Organisation] = relationship(foreign_keys=[contractor_id])
    rules_version: Mapped[RulesVersion] = relationship()
    prices_version: Mapped[PriceListVersion] = relationship()


class ContractTerms(Base):
    """What a contract says, as registered first and after each change; the last number holds."""

    __tablename__ = "social_terms"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("ends_on >= starts_on", name="order"),
        CheckConstraint("reduced_points IS NULL OR reason <> ''", name="reduction_has_reason"),
        CheckConstraint(
            "labour_share IS NULL OR labour_share BETWEEN 0 AND 10000", name="labour_share"
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"))
    number: Mapped[int] = mapped_column(Integer)
    value: Mapped[int] = mapped_column(BigInteger)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    labour_share: Mapped[int | None] = mapped_column(Integer)
    wages: Mapped[int | None] = mapped_column(BigInteger)
    clause: Mapped[str] = mapped_column(Text, default="")
    clause_points: Mapped[int | None] = mapped_column(Integer)
    clause_base: Mapped[str | None] = mapped_column(String(10))
    clause_amount: Mapped[int | None] = mapped_column(BigInteger)
    reduced_points: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    ended_early: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ContractParty(Base):
    """A partner of a combination or a subcontractor; the contractor stays responsible."""

    __tablename__ = "social_party"
    __table_args__ = (
        CheckConstraint("part IN ('partner', 'subcontractor')", name="part"),
        Index("ix_social_party_organisation", "organisation_id"),
    )

    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(14))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    organisation: Mapped[Organisation] = relationship()


class ContractInvoice(Base):
    """What the contractor invoiced on a contract, excluding VAT; a credit invoice is negative."""

    __tablename__ = "social_invoice"
    __table_args__ = (UniqueConstraint("contract_id", "number_key"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"))
    number: Mapped[str] = mapped_column(String(80))
    number_key: Mapped[str] = mapped_column(String(80))
    invoiced_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Plan(Base):
    """A plan of action for a contract: text and planned cents per kind; the last number holds."""

    __tablename__ = "social_plan"
    __table_args__ = (UniqueConstraint("contract_id", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"))
    number: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    planned: Mapped[dict[str, int]] = mapped_column(JsonText)
    report_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Agreement(PublicId, Base):
    """What a contractor and an enterprise agreed: so many units that count for so many cents.

    ``offer`` names what the enterprise offers (an activity of its profile, a place at a table);
    ``cents`` is what it counts for in all; ``starts_on`` and ``ends_on`` enclose it.
    """

    __tablename__ = "social_agreement"
    __table_args__ = (
        CheckConstraint("units >= 1", name="units"),
        CheckConstraint("cents >= 0", name="cents"),
        CheckConstraint("ends_on >= starts_on", name="order"),
        CheckConstraint("state IN ('agreed', 'done', 'cancelled')", name="state"),
        Index("ix_social_agreement_contract", "contract_id"),
        Index("ix_social_agreement_offer", "enterprise_id", "offer"),
        UniqueConstraint("reference"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    offer: Mapped[str] = mapped_column(String(40), default="")
    effort: Mapped[str] = mapped_column(String(12))
    item: Mapped[str] = mapped_column(String(40), default="")
    units: Mapped[int] = mapped_column(Integer, default=1)
    cents: Mapped[int] = mapped_column(BigInteger)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(1000), default="")
    state: Mapped[str] = mapped_column(String(10), default="agreed")
    reference: Mapped[str | None] = mapped_column(String(80))
    """What booked it, e.g. ``meeting:ab3…``; once only."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_reason: Mapped[str] = mapped_column(String(500), default="")

    contract: Mapped[Contract] = relationship()
    enterprise: Mapped[Organisation] = relationship()


class PurchaseInvoice(Base):
    """A supplier's invoice, once in the whole installation; efforts take parts of it."""

    __tablename__ = "social_purchase_invoice"
    __table_args__ = (
        UniqueConstraint("supplier_kvk", "number_key"),
        CheckConstraint(
            "length(supplier_kvk) = 8 AND ltrim(supplier_kvk, '0123456789') = ''",
            name="kvk_eight_digits",
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    supplier_kvk: Mapped[str] = mapped_column(String(8))
    number_key: Mapped[str] = mapped_column(String(80))


class EffortRow(PublicId, Base):
    """A declared effort, as declared. What became of it stands in its ``EffortVerdict`` rows.

    No name and no citizen service number: a person is a code that the contractor chose.
    """

    __tablename__ = "social_effort"
    __table_args__ = (
        CheckConstraint("share BETWEEN 1 AND 10000", name="share"),
        CheckConstraint(
            "effort <> 'purchase' OR (invoice_id IS NOT NULL AND supplier_kvk IS NOT NULL"
            " AND invoiced_on IS NOT NULL AND amount IS NOT NULL)",
            name="purchase_has_invoice",
        ),
        CheckConstraint(
            "effort NOT IN ('placement', 'learning') OR (candidate_code IS NOT NULL"
            " AND starts_on IS NOT NULL AND ends_on IS NOT NULL AND signed)",
            name="person_has_code_and_signature",
        ),
        Index("ix_social_effort_contract", "contract_id"),
        Index("ix_social_effort_invoice", "invoice_id"),
        Index("ix_social_effort_candidate", "contractor_id", "candidate_code"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"))
    contractor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("social_agreement.id"))
    effort: Mapped[str] = mapped_column(String(12))
    item: Mapped[str] = mapped_column(String(40), default="")
    candidate_code: Mapped[str | None] = mapped_column(String(10))
    employed_since: Mapped[date | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    hours: Mapped[str | None] = mapped_column(String(10))
    quantity: Mapped[str | None] = mapped_column(String(16))
    bonuses: Mapped[list[str]] = mapped_column(JsonText, default=list)
    signed: Mapped[bool] = mapped_column(default=False)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("social_purchase_invoice.id"))
    supplier_kvk: Mapped[str | None] = mapped_column(String(8))
    supplier_name: Mapped[str] = mapped_column(String(200), default="")
    invoice_number: Mapped[str] = mapped_column(String(80), default="")
    invoiced_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    paid_on: Mapped[date | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    vat: Mapped[int | None] = mapped_column(Integer)
    share: Mapped[int] = mapped_column(Integer, default=10_000)
    note: Mapped[str] = mapped_column(Text, default="")
    digits_are: Mapped[str] = mapped_column(String(200), default="")
    declared_cents: Mapped[int] = mapped_column(BigInteger)
    steps: Mapped[list[Any]] = mapped_column(JsonText)
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    contract: Mapped[Contract] = relationship()
    agreement: Mapped[Agreement | None] = relationship()
    declared_by: Mapped[Person] = relationship()


class EffortEvidence(Base):
    """A file that shows an effort; anonymous where that is possible."""

    __tablename__ = "social_evidence"

    effort_id: Mapped[int] = mapped_column(ForeignKey("social_effort.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), primary_key=True)

    file: Mapped[StoredFile] = relationship()


class EffortVerdict(Base):
    """What became of a declared effort: number 1, 2, ... of one effort; the last one holds.

    ``cents`` is what it counts for from now on (0 unless approved), ``steps`` how that was found.
    """

    __tablename__ = "social_verdict"
    __table_args__ = (
        UniqueConstraint("effort_id", "number"),
        CheckConstraint("verdict IN ('approved', 'refused', 'retracted')", name="verdict"),
        CheckConstraint("verdict = 'approved' OR cents = 0", name="only_approved_counts"),
        CheckConstraint("verdict = 'approved' OR reason <> ''", name="reason"),
        CheckConstraint("cents >= 0", name="cents"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    effort_id: Mapped[int] = mapped_column(ForeignKey("social_effort.id"))
    number: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str] = mapped_column(String(10))
    cents: Mapped[int] = mapped_column(BigInteger)
    steps: Mapped[list[Any]] = mapped_column(JsonText)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class LedgerEntry(Base):
    """One booking: cents that are owed (positive) or done (negative); numbered per contract."""

    __tablename__ = "social_entry"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint(
            "kind IN ('obligation', 'fulfilment', 'cap', 'settlement', 'carried')", name="kind"
        ),
        CheckConstraint("cents <> 0", name="cents"),
        CheckConstraint("(kind = 'fulfilment') = (effort_id IS NOT NULL)", name="fulfilment"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    effort: Mapped[str] = mapped_column(String(12), default="")
    cents: Mapped[int] = mapped_column(BigInteger)
    effort_id: Mapped[int | None] = mapped_column(ForeignKey("social_effort.id"))
    text: Mapped[str] = mapped_column(String(500))
    steps: Mapped[list[Any]] = mapped_column(JsonText, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class SupplierGround(Base):
    """A region recognises a supplier outside its register on a ground, between two days."""

    __tablename__ = "social_supplier"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="order"),
        CheckConstraint(
            "length(supplier_kvk) = 8 AND ltrim(supplier_kvk, '0123456789') = ''",
            name="kvk_eight_digits",
        ),
        Index("ix_social_supplier_kvk", "region_id", "supplier_kvk"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    supplier_kvk: Mapped[str] = mapped_column(String(8))
    supplier_name: Mapped[str] = mapped_column(String(200))
    ground: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(80), default="")
    first_day: Mapped[date]
    last_day: Mapped[date]
    source: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class SocialReminder(Base):
    """A letter about a contract that was sent; each kind at most once."""

    __tablename__ = "social_reminder"

    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    sent_on: Mapped[date]
