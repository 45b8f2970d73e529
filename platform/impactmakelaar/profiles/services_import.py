"""Taking in a list: a dry run that tells what is wrong, and the same again for good."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit
from impactmakelaar.core.db import transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.reference import Ambiguous, reference
from impactmakelaar.organisations import permissions as organisations
from impactmakelaar.organisations import queries as organisations_queries
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import comparable_name, kvk_number
from impactmakelaar.profiles import rules_import, services
from impactmakelaar.profiles.rules_import import Lookups, Row

MAX_KEPT_FILES = 20


@dataclass(frozen=True)
class Result:
    """What a list gave: its rows with remarks, and whether it was stored."""

    rows: list[Row]
    mapping: dict[str, str]
    done: bool
    source: str
    token: str = ""

    @property
    def ready(self) -> int:
        """How many rows become (or became) a lead."""
        return sum(row.usable for row in self.rows)

    @property
    def problems(self) -> int:
        """How many rows have a remark."""
        return sum(bool(row.remarks) for row in self.rows)


def find_municipality(text: str) -> tuple[str, str]:
    """(code, remark) for a municipality or place as a list writes it; unknown: ("", why)."""
    facts = reference()
    try:
        found = facts.municipality_by_name(text)
    except Ambiguous as several:
        return "", f"“{text}” kan {' of '.join(several.labels)} zijn; de naam blijft zoals hij is."
    if found is not None:
        return found.code, ""
    gone = facts.vanished(text)
    if gone is not None:
        ended, successor = gone
        into = f", opgegaan in {successor.name}" if successor else ""
        return "", f"De gemeente {text} bestaat niet meer sinds {ended[:4]}{into}."
    try:
        spot = facts.locate(text)
    except Ambiguous:
        spot = None
    if spot is not None:
        return "", ""
    return "", f"“{text}” kennen wij niet als gemeente of plaats; de naam blijft zoals hij is."


def lookups() -> Lookups:
    """The facts that the rules of importing need."""
    return Lookups(
        municipality=find_municipality,
        cpv=reference().cpv_code,
        comparable=comparable_name,
        kvk=kvk_number,
    )


def import_enterprises(
    *,
    data: bytes,
    name: str,
    source: str,
    region: Organisation,
    by: Person | None,
    for_real: bool,
) -> Result:
    """Read a list of enterprises and, ``for_real``, store its rows as leads.

    Doing it twice gives the same leads: they are known by KVK number, or by source and source id.
    """
    if by is not None and not organisations.is_staff_of(by, region):
        raise NotFound
    raw = rules_import.read(data, name)
    mapping = rules_import.guess_mapping(_header(raw))
    rows = rules_import.rows_of(raw, mapping, lookups())
    if for_real:
        for start in range(0, len(rows), 200):
            with transaction():
                _store(rows[start : start + 200], source, region, by)
        with transaction():
            audit.record(
                "import.done", region, by=by, organisation=region, source=source, rows=len(rows)
            )
    token = "" if for_real else keep_for_later(data, name)
    return Result(rows, mapping, for_real, source, token)


def _header(raw: list[dict[str, object]]) -> list[str]:
    names: dict[str, None] = {}
    for row in raw:
        names.update(dict.fromkeys(map(str, row)))
    return list(names)


def _store(rows: list[Row], source: str, region: Organisation, by: Person | None) -> None:
    for row in rows:
        if not row.usable:
            continue
        lead, new = services.add_lead(
            region=region,
            source=source,
            source_id=row.source_id,
            kvk_number=row.kvk_number,
            name=row.name,
            document=row.document,
            by=by,
        )
        if not new and lead.kvk_approved_at is not None:
            row.remarks.append("Deze onderneming is al goedgekeurd; er is niets veranderd.")
        for other in organisations_queries.similar_enterprises(lead) if new else []:
            row.remarks.append(f"Lijkt op “{other.name}”, die er al was.")


def keep_for_later(data: bytes, name: str) -> str:
    """Keep an uploaded list between the dry run and the real one; returns its token."""
    folder = Path(current_app.instance_path) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime)[:-MAX_KEPT_FILES]:
        old.unlink(missing_ok=True)
    suffix = ".jsonl" if name.lower().endswith((".json", ".jsonl", ".ndjson")) else ".csv"
    token = secrets.token_hex(16)
    (folder / f"{token}{suffix}").write_bytes(data)
    return token + suffix


def kept(token: str) -> bytes:
    """A list kept earlier.

    :raises Refused: when it is no longer there.
    """
    stem, _, suffix = token.partition(".")
    path = Path(current_app.instance_path) / "imports" / token
    if not (len(stem) == 32 and stem.isalnum() and suffix in ("csv", "jsonl") and path.exists()):
        raise Refused("Dit bestand is niet meer bewaard. Kies het opnieuw.", "file")
    return path.read_bytes()
