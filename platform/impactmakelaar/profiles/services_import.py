"""Taking in a list: a dry run that tells what is wrong, and the same again for good."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from impactmakelaar.profiles import rules_import, rules_import_files, services
from impactmakelaar.profiles.rules_import import Lookups, Row

MAX_KEPT_FILES = 20
BATCH = 200


@dataclass(frozen=True)
class Result:
    """What a list gave: its rows with remarks, and whether it was stored."""

    rows: list[Row]
    mapping: dict[str, str]
    done: bool
    source: str
    token: str = ""
    problem: str = ""
    """Why the columns do not fit yet; then there are no rows."""
    columns: dict[str, str] = field(default_factory=lambda: rules_import.COLUMN_LABELS)

    @property
    def ready(self) -> int:
        """How many rows become (or became) a lead."""
        return sum(row.usable for row in self.rows)

    @property
    def problems(self) -> int:
        """How many rows have a remark."""
        return sum(bool(row.remarks) for row in self.rows)

    @property
    def vanished(self) -> list[tuple[str, list[str]]]:
        """(name as the list writes it, enterprises) of municipalities that do not exist now."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            for place in row.unknown_places:
                found.setdefault(place, []).append(row.name)
        return sorted(found.items())


def find_municipality(text: str) -> tuple[str, str, bool]:
    """(code or "", remark, whether it exists today) for a municipality or place in a list.

    A municipality that went up in one other gives the code of that one, and a remark.
    """
    facts = reference()
    try:
        found = facts.municipality_by_name(text)
    except Ambiguous as several:
        labels = " of ".join(several.labels)
        return "", f"“{text}” kan {labels} zijn; de naam blijft zoals hij is.", False
    if found is not None:
        return found.code, "", True
    gone = facts.vanished(text)
    if gone is not None:
        ended, successor = gone
        sentence = f"De gemeente {text} bestaat niet meer sinds {ended[:4]}"
        if successor is None:
            return "", f"{sentence} en is verdeeld; de naam blijft zoals hij is.", False
        return successor.code, f"{sentence}; zij hoort nu bij {successor.name}.", False
    try:
        known_place = facts.locate(text) is not None
    except Ambiguous:
        known_place = True
    if known_place:
        return "", f"Bij welke gemeente “{text}” hoort, weten wij niet zeker.", True
    return "", f"“{text}” kennen wij niet als gemeente of plaats; de naam blijft zo.", False


def lookups() -> Lookups:
    """The facts that the rules of importing need."""
    return Lookups(
        municipality=find_municipality,
        cpv=reference().known_cpv_code,
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
    chosen: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Result:
    """Read a list of enterprises and, ``for_real``, store its rows as leads.

    Doing it twice gives the same leads: they are known by KVK number, or by source and source id.
    ``chosen`` says of columns what they hold, where our guess is wrong.
    """
    if by is not None and not organisations.is_staff_of(by, region):
        raise NotFound
    raw = rules_import_files.read(data, name)
    guessed = rules_import.guess_mapping(_header(raw))
    try:
        mapping = rules_import.with_choices(guessed, chosen or {})
        rows = rules_import.rows_of(raw, mapping, lookups())
    except Refused as refusal:
        if for_real or by is None:
            raise
        shown = guessed | {c: t for c, t in (chosen or {}).items() if c in guessed}
        token = keep_for_later(data, name)
        return Result([], shown, False, source, token, refusal.sentence)
    _compare(rows, source, region)
    if for_real:
        for start in range(0, len(rows), BATCH):
            with transaction():
                _store(rows[start : start + BATCH], source, region, by)
            progress(min(start + BATCH, len(rows)), len(rows))
        with transaction():
            audit.record(
                "import.done", region, by=by, organisation=region, source=source, rows=len(rows)
            )
    token = "" if for_real or by is None else keep_for_later(data, name)
    return Result(rows, mapping, for_real, source, token)


def _header(raw: list[dict[str, object]]) -> list[str]:
    names: dict[str, None] = {}
    for row in raw:
        names.update(dict.fromkeys(map(str, row)))
    names.pop(rules_import_files.EXTRA, None)
    return list(names)


def _compare(rows: list[Row], source: str, region: Organisation) -> None:
    """Say of each row whether we know the enterprise already, or one that looks like it."""
    by_kvk: dict[str, Organisation] = {}
    by_source: dict[str, Organisation] = {}
    by_name: dict[str, list[Organisation]] = {}
    for one in organisations_queries.known_enterprises(region):
        if one.kvk_number and (one.source or one.kvk_approved_at):
            by_kvk.setdefault(one.kvk_number, one)
        if one.source == source and one.source_id:
            by_source[one.source_id] = one
        by_name.setdefault(comparable_name(one.name), []).append(one)
    for row in rows:
        if not row.usable:
            continue
        known = by_kvk.get(row.kvk_number or "") or by_source.get(row.source_id)
        if known is not None and known.kvk_approved_at is not None:
            row.remarks.append(f"“{known.name}” is al goedgekeurd; daaraan verandert niets.")
        elif known is not None:
            row.remarks.append("Deze lead was er al en wordt bijgewerkt.")
        for other in by_name.get(comparable_name(row.name), []):
            if known is None or other.id != known.id:
                row.remarks.append(f"Lijkt op “{other.name}”, die er al was.")


def _store(rows: list[Row], source: str, region: Organisation, by: Person | None) -> None:
    for row in rows:
        if not row.usable:
            continue
        services.add_lead(
            region=region,
            source=source,
            source_id=row.source_id,
            kvk_number=row.kvk_number,
            name=row.name,
            document=row.document,
            by=by,
        )


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


def forget(token: str) -> None:
    """Throw away a list that was kept, once it has been taken in."""
    if _is_token(token):
        (Path(current_app.instance_path) / "imports" / token).unlink(missing_ok=True)


def _is_token(token: str) -> bool:
    stem, _, suffix = token.partition(".")
    return len(stem) == 32 and stem.isascii() and stem.isalnum() and suffix in ("csv", "jsonl")


def kept(token: str) -> bytes:
    """A list kept earlier.

    :raises Refused: when it is no longer there.
    """
    path = Path(current_app.instance_path) / "imports" / token
    if not _is_token(token) or not path.exists():
        raise Refused("Dit bestand is niet meer bewaard. Kies het opnieuw.", "file")
    return path.read_bytes()
