"""The product's own tables of facts: municipalities, places, CPV, and the code lists of a profile.

They lie in ``content/reference`` with their sources (SOURCES.md). The complete CPV list, when an
operator has loaded it, lies in ``instance/reference/cpv.csv`` and adds to the shipped one.
"""

import csv
import html
import io
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

EARTH_KM = 6371.0
CPV_SHAPE = re.compile(r"^(\d{2,8})(?:-(\d))?$", re.ASCII)
POSTCODE_SHAPE = re.compile(r"^(\d{4})\s*([A-Za-z]{2})?$", re.ASCII)
SUFFIX = re.compile(r"[.\s]*\(([A-Za-z.]+)\)\s*$")


@dataclass(frozen=True)
class Municipality:
    """A municipality; coordinates in degrees (WGS 84), the mean of its postcodes.

    ``valid_from`` and ``valid_until`` are ISO text, "" for longer ago than this table knows and
    for still existing.
    """

    code: str
    name: str
    province: str
    labour_market_region: str
    latitude: float
    longitude: float
    aliases: tuple[str, ...]
    valid_from: str = ""
    valid_until: str = ""

    def existed(self, on: date) -> bool:
        """Whether the municipality existed on a day, its last day included."""
        day = on.isoformat()
        return (not self.valid_from or self.valid_from <= day) and (
            not self.valid_until or day <= self.valid_until
        )


@dataclass(frozen=True)
class Location:
    """A spot on the map with a name for the page; ``municipality`` is empty when not certain."""

    label: str
    latitude: float
    longitude: float
    municipality: str = ""


@dataclass(frozen=True)
class Cpv:
    """A CPV code: eight digits, the official Dutch label, everyday words of ours."""

    code: str
    label: str
    words: str = ""


@dataclass(frozen=True)
class Entry:
    """One row of a code list."""

    code: str
    label: str
    extra: dict[str, str]


class Ambiguous(Exception):  # noqa: N818
    """A name stands for several places; ``labels`` names them."""

    def __init__(self, labels: list[str]) -> None:
        super().__init__(", ".join(labels))
        self.labels = labels


def plain(text: str) -> str:
    """A name as one compares it: lower case, no accents, apostrophes, hyphens, double spaces."""
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(c if c.isalnum() or c in "()" else " " for c in text if not _mark(c))
    return " ".join(text.split())


def _mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn" or character in "'’`´"


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance in kilometres between two (latitude, longitude) pairs."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


class Reference:
    """All tables; each is read when it is first asked for."""

    def __init__(self, content: Path, instance: Path) -> None:
        self.folder = content / "reference"
        self.full_cpv = instance / "reference" / "cpv.csv"

    def _rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    # Municipalities and places -------------------------------------------------------------

    @cached_property
    def municipalities(self) -> dict[str, Municipality]:
        """Code (``GM0392``) -> municipality, all of them."""
        return {
            row["code"]: Municipality(
                row["code"],
                row["name"],
                row["province"],
                row["labour_market_region"],
                float(row["latitude"]),
                float(row["longitude"]),
                tuple(filter(None, row["aliases"].split("|"))),
                row["valid_from"],
                row["valid_until"],
            )
            for row in self._rows("municipalities.csv")
        }

    @cached_property
    def coordinates(self) -> dict[str, tuple[float, float]]:
        """Code -> (latitude, longitude)."""
        return {m.code: (m.latitude, m.longitude) for m in self.municipalities.values()}

    @cached_property
    def regions(self) -> dict[str, str]:
        """Labour-market region code (``AM37``) -> name."""
        return {row["code"]: row["name"] for row in self._rows("labour_market_regions.csv")}

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for m in self.municipalities.values():
            # "Bergen" alone stays ambiguous: both towns are also known without their suffix.
            for name in (m.name, SUFFIX.sub("", m.name), *m.aliases):
                found.setdefault(plain(name), set()).add(m.code)
                found.setdefault(plain(name).replace("(", "").replace(")", ""), set()).add(m.code)
        return found

    def municipality_name(self, code: str) -> str:
        """The name of a municipality; an unknown code is shown as it is."""
        known = self.municipalities.get(code)
        return known.name if known else code

    def place_of(self, address: Mapping[str, Any]) -> str:
        """Where an address of a profile lies, in a word: its place, else its municipality."""
        return str(address["place"]) or self.municipality_name(address["municipality"])

    def municipality_by_name(self, text: str) -> Municipality | None:
        """The municipality that a text means; tolerant of case, accents and suffixes.

        :raises Ambiguous: when several have that name ("Bergen").
        """
        name = plain(text.replace(".", " ")).removeprefix("gemeente ")
        code = "GM" + name.removeprefix("gm").zfill(4)
        if name.removeprefix("gm").isdigit() and code in self.municipalities:
            return self.municipalities[code]
        bare = " ".join(name.replace("(", " ").replace(")", " ").split())
        codes = self._names.get(name) or self._names.get(bare) or set()
        if len(codes) > 1:
            raise Ambiguous(sorted(self.municipalities[c].name for c in codes))
        return self.municipalities[next(iter(codes))] if codes else None

    @cached_property
    def _vanished(self) -> dict[str, tuple[str, str]]:
        return {
            plain(r["name"]): (r["ended_on"], r["successor"]) for r in self._rows("successors.csv")
        }

    def vanished(self, text: str) -> tuple[str, Municipality | None] | None:
        """(ended on, successor or None when it was divided) of a municipality that is no more."""
        found = self._vanished.get(plain(text))
        return (found[0], self.municipalities.get(found[1])) if found else None

    @cached_property
    def postcodes(self) -> dict[str, Location]:
        """Four digits -> place with coordinates."""
        return {
            row["pc4"]: Location(
                f"{row['pc4']} {row['place']}", float(row["latitude"]), float(row["longitude"])
            )
            for row in self._rows("postcodes.csv")
        }

    @cached_property
    def _places(self) -> dict[str, list[tuple[str, str, float, float]]]:
        groups: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for row in self._rows("postcodes.csv"):
            spot = (float(row["latitude"]), float(row["longitude"]))
            groups.setdefault((row["place"], row["province"]), []).append(spot)
        found: dict[str, list[tuple[str, str, float, float]]] = {}
        for (name, province), spots in groups.items():
            latitude = sum(s[0] for s in spots) / len(spots)
            longitude = sum(s[1] for s in spots) / len(spots)
            found.setdefault(plain(name), []).append((name, province, latitude, longitude))
        return found

    def locate(self, text: str) -> Location | None:
        """The spot that a postcode, place or municipality name means; None when unknown.

        A place may be followed by its province in brackets: "Bloemendaal (Noord-Holland)".

        :raises Ambiguous: when several places have that name.
        """
        text = text.strip()
        postcode = POSTCODE_SHAPE.match(text)
        if postcode:
            return self.postcodes.get(postcode.group(1))
        name, province = plain(text), ""
        bracket = re.match(r"^(.*?) *\((.*)\)$", name)
        if bracket and bracket.group(1) in self._places:
            name, province = bracket.group(1), bracket.group(2)
        found = self._places.get(name, [])
        if province:
            found = [place for place in found if plain(place[1]) == province]
        if len(found) > 1:
            raise Ambiguous([f"{place[0]} ({place[1]})" for place in found])
        if found:
            return Location(found[0][0], found[0][2], found[0][3])
        municipality = self.municipality_by_name(text)
        if municipality is None:
            return None
        return Location(
            municipality.name, municipality.latitude, municipality.longitude, municipality.code
        )

    def region_members(self, region: str) -> frozenset[str]:
        """The codes of the municipalities in a labour-market region."""
        return self._members.get(region, frozenset())

    @cached_property
    def _members(self) -> dict[str, frozenset[str]]:
        groups: dict[str, set[str]] = {}
        for m in self.municipalities.values():
            groups.setdefault(m.labour_market_region, set()).add(m.code)
        return {code: frozenset(members) for code, members in groups.items()}

    def within(self, latitude: float, longitude: float, kilometres: float) -> frozenset[str]:
        """The codes of the municipalities whose centre lies within a radius."""
        return frozenset(
            code
            for code, spot in self.coordinates.items()
            if distance_km((latitude, longitude), spot) <= kilometres
        )

    def area(self, area: dict[str, Any], home: tuple[float, float] | None) -> frozenset[str]:
        """The municipalities that a work area of a profile covers.

        ``area`` has a ``kind``: municipalities, radius (round ``home``), region or country.
        """
        kind = area.get("kind")
        if kind == "country":
            return frozenset(self.municipalities)
        if kind == "region":
            return self.region_members(str(area.get("region") or ""))
        if kind == "radius" and home is not None:
            return self.within(*home, float(area.get("radius_km") or 0))
        return frozenset(c for c in area.get("municipalities") or () if c in self.municipalities)

    # CPV ---------------------------------------------------------------------------------

    @cached_property
    def cpv(self) -> dict[str, Cpv]:
        """Eight digits -> code with label and everyday words."""
        found = {}
        if self.full_cpv.exists():
            with self.full_cpv.open(encoding="utf-8", newline="") as file:
                found = {r["code"]: Cpv(r["code"], r["label"]) for r in csv.DictReader(file)}
        for row in self._rows("cpv.csv"):
            found[row["code"]] = Cpv(row["code"], row["label"], row["words"])
        return dict(sorted(found.items()))

    def cpv_code(self, text: str) -> str | None:
        """Eight digits from what somebody typed: with or without check digit, or shortened.

        The check digit is not verified: notices in the wild carry wrong ones, and the eight
        digits already say which code is meant.
        """
        match = CPV_SHAPE.match(text.strip().replace(" ", ""))
        return match.group(1).ljust(8, "0") if match else None

    def known_cpv_code(self, text: str) -> str | None:
        """As ``cpv_code``, but None when there is no such division: 00… and 99… do not exist."""
        code = self.cpv_code(text)
        return code if code and code[:2] + "000000" in self.cpv else None

    def cpv_label(self, code: str) -> str:
        """The label of a code, or of its nearest known ancestor when the code is not loaded."""
        for ancestor in (code, *reversed(cpv_ancestors(code))):
            if ancestor in self.cpv:
                return self.cpv[ancestor].label
        return code

    def cpv_search(self, text: str, limit: int = 12) -> list[Cpv]:
        """Codes for a type-ahead: by digits, or by words in label and everyday words."""
        digits = text.strip().split("-")[0]
        if digits.isdigit():
            return [c for code, c in self.cpv.items() if code.startswith(digits)][:limit]
        words = plain(text).split()
        if not words:
            return []
        scored = []
        for code, row in self._cpv_words.items():
            if all(any(w.startswith(word) for w in row) for word in words):
                exact = sum(word in row for word in words)
                everyday = bool(self.cpv[code].words)
                scored.append((-exact, not everyday, len(code.rstrip("0")), code))
        return [self.cpv[entry[-1]] for entry in sorted(scored)[:limit]]

    @cached_property
    def _cpv_words(self) -> dict[str, set[str]]:
        return {
            code: set(plain(f"{row.label} {row.words}").split()) for code, row in self.cpv.items()
        }

    # Buying ------------------------------------------------------------------------------

    @cached_property
    def eu_thresholds(self) -> list[dict[str, str]]:
        """European thresholds: valid_from, valid_until, category, euros, source."""
        return self._rows("eu_thresholds.csv")

    @cached_property
    def example_limits(self) -> list[dict[str, str]]:
        """An example of an authority's own limits, per category in euros; blank: none."""
        return self._rows("example_limits.csv")

    # Code lists --------------------------------------------------------------------------

    def codes(self, name: str) -> dict[str, Entry]:
        """A code list by the name of its file: themes, sdgs, target_groups, certificates, …"""
        if name not in self._lists:
            self._lists[name] = {
                row["code"]: Entry(
                    row["code"],
                    row["label"],
                    {k: v for k, v in row.items() if k not in ("code", "label")},
                )
                for row in self._rows(f"{name}.csv")
            }
        return self._lists[name]

    @cached_property
    def _lists(self) -> dict[str, dict[str, Entry]]:
        return {}

    def label(self, name: str, code: object) -> str:
        """The label of a code in a list; an unknown code is shown as it is."""
        entry = self.codes(name).get(str(code))
        return entry.label if entry else str(code)


def cpv_ancestors(code: str) -> list[str]:
    """The codes above this one, division first: 77314000 -> 77000000, 77300000, 77310000."""
    digits = code.rstrip("0") if len(code.rstrip("0")) >= 2 else code[:2]
    return list(dict.fromkeys(digits[:n].ljust(8, "0") for n in range(2, len(digits))))


def write_full_cpv(
    source: Path, instance: Path, progress: Callable[[Iterable[Any]], Iterable[Any]] = iter
) -> int:
    """Load the complete official list; returns the number of codes.

    ``source`` is a CSV with the columns ``code`` and ``label_nl`` (or ``label``), or the XML of
    the EU Publications Office with ``<entry key="code|name|cpv.03000000">label</entry>`` lines.

    :raises ValueError: when the file holds no codes.
    """
    text = source.read_text(encoding="utf-8-sig")
    if text.lstrip().startswith("<"):
        found_in = re.findall(r'key="code\|name\|cpv\.(\d{8})">([^<]+)<', text)
        pairs = [(code, html.unescape(label)) for code, label in found_in]
    else:
        try:
            rows = list(csv.DictReader(io.StringIO(text, newline="")))
        except csv.Error as error:
            raise ValueError(f"this is no CSV: {error}") from error
        pairs = [(r.get("code") or "", r.get("label_nl") or r.get("label") or "") for r in rows]
    found = {}
    for code, label in progress(pairs):
        digits = code.split("-")[0].strip()
        if len(digits) == 8 and digits.isascii() and digits.isdigit() and label.strip():
            found[digits] = " ".join(label.split())
    if not found:
        raise ValueError("no CPV codes in this file")
    target = instance / "reference" / "cpv.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "label"])
        writer.writerows(sorted(found.items()))
    partial.replace(target)
    return len(found)


_loaded: list[Reference] = []


def configure(content: Path, instance: Path) -> None:
    """Say where the tables lie; called when the application is made."""
    _loaded[:] = [Reference(content, instance)]


def reference() -> Reference:
    """The tables of this installation."""
    return _loaded[0]
