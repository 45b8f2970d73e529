"""What tests of the pages of a profile share: addresses, what is filled in, what was kept."""

import re
from datetime import UTC, datetime

from tests.makers import (
    make_admitted,
)

from impactmakelaar.core import clock
from impactmakelaar.profiles import queries, rules, services

THEN = datetime(2026, 11, 1, tzinfo=UTC)


def address(enterprise, tail=""):
    return f"/profiel/{enterprise.public_id}{tail}"


def saved(enterprise):
    return queries.draft(enterprise).document


def hidden(html, name):
    """The value of a hidden input."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)
    return found.group(1).replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'")


BASICS = {
    "trade_name": "Groen Werkt",
    "legal_form": "bv",
    "summary": "Wij onderhouden groen.",
    "description": "",
}
ACTIVITY = {
    "title": "Hovenier",
    "form": "service",
    "sector": "groen",
    "cpv": "77310000-6",
    "area_kind": "municipalities",
    "municipalities": "Haarlem, Bergen (NH.), 's-Gravenhage",
    "capacity": "available",
}
CERTIFICATE = {"kind": "pso", "level": "Trede 1", "number": "1", "valid_from": "1-2-2026"}


def published(enterprise, person, **fields):
    row = queries.draft(enterprise)
    values = dict(fields)
    for section, (_, keys) in rules.SECTIONS.items():
        part = {key: values[key] for key in keys if key in values}
        if part:
            services.save_section(
                organisation=enterprise,
                section=section,
                values=part,
                seen={key: row.document[key] for key in keys},
                by=person,
                today=clock.today(),
            )
    services.publish(organisation=enterprise, by=person)
    make_admitted(enterprise)
