"""Verbs about the rules of a region: new versions, and suppliers that it recognises."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import kvk_number
from impactmakelaar.social_return import permissions, rules_obligation, rules_prices
from impactmakelaar.social_return.models import PriceListVersion, RulesVersion, SupplierGround
from impactmakelaar.social_return.rules import refuse_bsn

MEANWHILE = "Een collega legde net een versie vast. Bekijk die eerst."


def set_rules(
    *,
    owner: Organisation,
    document: Mapping[str, Any],
    valid_from: date,
    source: str,
    by: Person,
    seen: int,
) -> RulesVersion:
    """Lay down the next version of the rules of a region or authority.

    A day in the past is allowed, for rules that a council decided earlier: contracts that were
    registered keep the version that they had. ``seen`` is the number of the newest version that
    the writer saw.

    :raises Refused: when the rules cannot work or somebody was first.
    """
    if not permissions.may_set_rules(by, owner):
        raise NotFound
    whole = {key: document.get(key, known) for key, known in rules_obligation.DEFAULT_RULES.items()}
    rules_obligation.check_rules(rules_obligation.rules_of(whole))
    refuse_bsn({"note": str(whole["note"]), "source": source})
    return _add(RulesVersion, owner, whole, valid_from, source, by, seen)


def set_prices(
    *,
    owner: Organisation,
    document: Mapping[str, Any],
    valid_from: date,
    source: str,
    by: Person,
    seen: int,
) -> PriceListVersion:
    """Lay down the next version of the price list; see ``set_rules``."""
    if not permissions.may_set_rules(by, owner):
        raise NotFound
    found = rules_prices.list_of(document)
    rules_prices.check_list(found)
    refuse_bsn({"source": source})
    whole = rules_prices.document_of(found)
    return _add(PriceListVersion, owner, whole, valid_from, source, by, seen)


def _add(
    model: Any,
    owner: Organisation,
    document: Mapping[str, Any],
    valid_from: date,
    source: str,
    by: Person,
    seen: int,
) -> Any:
    try:
        with transaction():
            lock(owner)
            number = db.session.scalar(
                select(func.max(model.number)).where(model.owner_id == owner.id)
            )
            if (number or 0) != seen:
                raise Refused(MEANWHILE)
            version = model(
                owner_id=owner.id,
                number=seen + 1,
                valid_from=valid_from,
                document=dict(document),
                source=source,
                created_at=clock.now(),
                created_by_id=by.id,
            )
            db.session.add(version)
            audit.record(
                f"{model.__tablename__}.set", version, by=by, organisation=owner, number=seen + 1
            )
            return version
    except IntegrityError as error:
        raise Refused(MEANWHILE) from error


def recognise_supplier(
    *,
    region: Organisation,
    kvk: str,
    name: str,
    ground: str,
    level: str,
    first_day: date,
    last_day: date,
    source: str,
    by: Person,
) -> SupplierGround:
    """A region recognises a supplier outside its register, e.g. a sheltered workshop."""
    if not permissions.may_set_rules(by, region):
        raise NotFound
    number = kvk_number(kvk)
    if last_day < first_day:
        raise Refused("De laatste dag ligt vóór de eerste.", "last_day")
    refuse_bsn({"source": source, "name": name})
    with transaction():
        row = SupplierGround(
            region_id=region.id,
            supplier_kvk=number,
            supplier_name=name,
            ground=ground,
            level=level,
            first_day=first_day,
            last_day=last_day,
            source=source,
            created_at=clock.now(),
            created_by_id=by.id,
        )
        db.session.add(row)
        audit.record("supplier.recognised", row, by=by, organisation=region, name=name)
        return row
