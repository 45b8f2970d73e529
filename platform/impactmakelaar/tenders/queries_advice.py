"""Reads for the advice: the tables in force, and earlier requests of the same kind."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import func, select

from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind as OrganisationKind
from impactmakelaar.social_return import queries_versions as social
from impactmakelaar.social_return.rules import Category
from impactmakelaar.social_return.rules_obligation import Calculation, Terms, obligation, rules_of
from impactmakelaar.tenders import queries, rules
from impactmakelaar.tenders.models import LimitVersion, Tender
from impactmakelaar.tenders.rules_advice import (
    Advice,
    Earlier,
    EuThreshold,
    Limits,
    Question,
    advise,
    table_warnings,
)


def eu_thresholds() -> list[EuThreshold]:
    """The European thresholds that are shipped with the product."""
    return [
        EuThreshold(
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_until"]),
            row["category"],
            int(row["euros"]) * 100,
            row["source"],
        )
        for row in reference().eu_thresholds
    ]


def example_limits(on: date) -> list[Limits]:
    """The example of own limits, as if it began on a day."""
    return [
        Limits(
            on,
            None,
            row["category"],
            int(row["single_below"]) * 100,
            int(row["multiple_below"]) * 100 if row["multiple_below"] else None,
            int(row["invite_min"]),
            int(row["invite_max"]),
            "Voorbeeld, geen eigen beleid",
            is_example=True,
        )
        for row in reference().example_limits
    ]


def limits(organisation_id: int) -> list[Limits]:
    """Every version of an organisation's own limits, the newest first."""
    rows = db.session.scalars(
        select(LimitVersion)
        .where(LimitVersion.organisation_id == organisation_id)
        .order_by(LimitVersion.valid_from.desc(), LimitVersion.id)
    )
    return [
        Limits(
            row.valid_from,
            row.valid_until,
            row.category,
            row.single_below,
            row.multiple_below,
            row.invite_min,
            row.invite_max,
            row.source,
            row.is_example,
        )
        for row in rows
    ]


def earlier(row: Tender) -> list[Earlier]:
    """The organisation's other requests in the same CPV group that went further than a draft."""
    if not row.cpv:
        return []
    rows = db.session.scalars(
        select(Tender).where(
            Tender.organisation_id == row.organisation_id,
            Tender.id != row.id,
            Tender.kind == rules.Kind.REQUEST,
            Tender.stage.not_in((rules.Stage.DRAFT, rules.Stage.WITHDRAWN)),
            Tender.source_id.is_(None),
            func.substr(Tender.cpv, 1, 3) == rules.cpv_group(row.cpv),
        )
    )
    return [
        Earlier(t.public_id, t.title, clock.local(t.created_at).date(), queries.value_of(t))
        for t in rows
    ]


def advice(row: Tender, on: date) -> Advice:
    """The advice for a request on a day."""
    document = rules.complete(row.document)
    question = Question(
        category=row.category,
        value=queries.value_of(row),
        on=on,
        cpv=row.cpv,
        authority=row.organisation.kind == OrganisationKind.AUTHORITY,
        cross_border=document["cross_border"],
    )
    found = advise(
        question,
        europe=eu_thresholds(),
        limits=limits(row.organisation_id),
        earlier=earlier(row),
    )
    obliged = social_return(row, on)
    if obliged is None:
        return found
    told = tuple(step.text for step in obliged.steps)
    return replace(found, social_return=told, social_return_arises=obliged.arises)


def social_return(row: Tender, on: date) -> Calculation | None:
    """What a contract of this value would oblige to; None without a value or without rules."""
    if row.kind != rules.Kind.REQUEST or row.value_high is None or not row.category:
        return None
    version = social.rules_on(row.organisation, on)
    if version is None:
        return None
    starts_on, ends_on = period_of(row, on)
    terms = Terms(Category(row.category), row.value_high, starts_on, ends_on)
    return obligation(rules_of(version.document), terms)


def period_of(row: Tender, on: date) -> tuple[date, date]:
    """First and last day of the work; a year from a day when the request does not say."""
    document = rules.complete(row.document)
    starts_on = clock.date_of(document["start_on"]) or on
    ends_on = clock.date_of(document["end_on"]) or starts_on + timedelta(days=364)
    return starts_on, max(starts_on, ends_on)


def warnings(organisation: Organisation, on: date) -> list[str]:
    """Tables that end soon without a successor."""
    if organisation.kind != OrganisationKind.AUTHORITY:
        return []
    return table_warnings(eu_thresholds(), limits(organisation.id), on, own=True)
