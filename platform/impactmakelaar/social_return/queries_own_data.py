"""What social return holds of somebody, for him to take along."""

from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.own_data import told
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return.models import (
    Agreement,
    Contract,
    ContractTerms,
    EffortRow,
    EffortVerdict,
    Plan,
    SupplierGround,
)


def of_person(person: Person) -> dict[str, Any]:
    """What he registered, planned, agreed, declared and judged, in his own words."""
    contracts = (
        select(Contract.title, Contract.number, Contract.created_at)
        .where(Contract.created_by_id == person.id)
        .order_by(Contract.id)
    )
    terms = (
        select(Contract.title, ContractTerms.number, ContractTerms.reason, ContractTerms.created_at)
        .join(Contract, Contract.id == ContractTerms.contract_id)
        .where(ContractTerms.created_by_id == person.id)
        .order_by(ContractTerms.id)
    )
    plans = (
        select(Contract.title, Plan.number, Plan.text, Plan.created_at)
        .join(Contract, Contract.id == Plan.contract_id)
        .where(Plan.created_by_id == person.id)
        .order_by(Plan.id)
    )
    agreements = (
        select(Contract.title, Organisation.name, Agreement.note, Agreement.created_at)
        .join(Contract, Contract.id == Agreement.contract_id)
        .join(Organisation, Organisation.id == Agreement.enterprise_id)
        .where(Agreement.created_by_id == person.id)
        .order_by(Agreement.id)
    )
    efforts = (
        select(
            Contract.title,
            EffortRow.candidate_code,
            EffortRow.supplier_name,
            EffortRow.invoice_number,
            EffortRow.note,
            EffortRow.declared_at,
        )
        .join(Contract, Contract.id == EffortRow.contract_id)
        .where(EffortRow.declared_by_id == person.id)
        .order_by(EffortRow.id)
    )
    verdicts = (
        select(
            Contract.title, EffortVerdict.verdict, EffortVerdict.reason, EffortVerdict.created_at
        )
        .join(EffortRow, EffortRow.id == EffortVerdict.effort_id)
        .join(Contract, Contract.id == EffortRow.contract_id)
        .where(EffortVerdict.created_by_id == person.id)
        .order_by(EffortVerdict.id)
    )
    suppliers = (
        select(SupplierGround.supplier_name, SupplierGround.source, SupplierGround.created_at)
        .where(SupplierGround.created_by_id == person.id)
        .order_by(SupplierGround.id)
    )
    return {
        "opdrachten": told(contracts, "opdracht", "nummer", "op"),
        "versies van een opdracht": told(terms, "opdracht", "versie", "reden", "op"),
        "plannen van aanpak": told(plans, "opdracht", "versie", "tekst", "op"),
        "afspraken": told(agreements, "opdracht", "onderneming", "notitie", "op"),
        "invullingen": told(
            efforts, "opdracht", "kandidaatcode", "leverancier", "factuur", "notitie", "op"
        ),
        "oordelen": told(verdicts, "opdracht", "oordeel", "reden", "op"),
        "erkende leveranciers": told(suppliers, "leverancier", "bron", "op"),
    }
