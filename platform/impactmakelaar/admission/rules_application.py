"""The application as one document: its shape, what is prefilled, what is still missing.

Shape (all keys always present): see ``EMPTY``. ``answers`` maps criterion key to a text.
"""

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from impactmakelaar.admission.rules_policy import Policy

Document = dict[str, Any]

MAX_ANSWER = 4000
MAX_FILES = 20
ABOUT, CERTIFICATE, CONFIRM = "onderneming", "keurmerk", "indienen"

PLANS = {
    "have": "Wij hebben een keurmerk",
    "asked": "Wij hebben een keurmerk aangevraagd",
    "plan": "Wij gaan een keurmerk aanvragen",
    "none": "Wij willen geen keurmerk, alleen een plek in het register",
}

EMPTY: Document = {
    "trade_name": "",
    "legal_form": "",
    "founded_year": None,
    "employees": None,
    "about": "",
    "answers": {},
    "certificate_plan": "",
    "certificate": "",
    "certificate_note": "",
}


def complete(document: Mapping[str, Any]) -> Document:
    """The document with every key present, unknown keys dropped; the input is not touched."""
    whole = copy.deepcopy(EMPTY)
    for key in whole:
        if document.get(key) is not None:
            whole[key] = copy.deepcopy(document[key])
    return whole


def prefilled(profile: Mapping[str, Any], name: str) -> Document:
    """A new application with what the profile already tells."""
    whole = copy.deepcopy(EMPTY)
    whole["trade_name"] = profile.get("trade_name") or name
    whole["legal_form"] = profile.get("legal_form") or ""
    whole["founded_year"] = profile.get("founded_year")
    whole["employees"] = profile.get("employees")
    texts = [profile.get("summary") or "", profile.get("description") or ""]
    whole["about"] = "\n\n".join(text for text in texts if text)
    certificates = profile.get("certificates") or []
    if certificates:
        whole["certificate_plan"] = "have"
        whole["certificate"] = certificates[0].get("kind") or ""
    return whole


PART_KEYS = {
    ABOUT: ("trade_name", "legal_form", "founded_year", "employees", "about"),
    CERTIFICATE: ("certificate_plan", "certificate", "certificate_note"),
}
"""Parts that are not a criterion -> their keys. A criterion's part is ``{"answer": text}``."""


def part_of(document: Mapping[str, Any], part: str) -> Document:
    """The values of one part."""
    whole = complete(document)
    if part in PART_KEYS:
        return {key: whole[key] for key in PART_KEYS[part]}
    return {"answer": whole["answers"].get(part, "")}


def with_part(document: Mapping[str, Any], part: str, values: Mapping[str, Any]) -> Document:
    """The document with new values of one part; keys of other parts are not touched."""
    whole = complete(document)
    if part in PART_KEYS:
        whole.update({key: values[key] for key in PART_KEYS[part] if key in values})
    elif "answer" in values:
        whole["answers"][part] = values["answer"]
    return whole


def digest(document: Mapping[str, Any], part: str) -> str:
    """A short sign of what a part holds, to see whether somebody else changed it."""
    text = json.dumps(part_of(document, part), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Part:
    """One part of the form: its name in addresses, its title, whether it is filled in."""

    key: str
    title: str
    done: bool
    missing: str


def parts(document: Mapping[str, Any], policy: Policy) -> list[Part]:
    """The parts of the form in order, with what each still lacks."""
    whole = complete(document)
    about = bool(whole["trade_name"] and whole["legal_form"] and whole["about"].strip())
    found = [Part(ABOUT, "Uw onderneming", about, "Vul naam, rechtsvorm en omschrijving in.")]
    for criterion in policy.criteria:
        answered = bool(str(whole["answers"].get(criterion.key, "")).strip())
        found.append(
            Part(
                criterion.key,
                criterion.title,
                answered,
                f"Beantwoord de vraag bij “{criterion.title}”.",
            )
        )
    planned = bool(whole["certificate_plan"]) and (
        whole["certificate_plan"] == "none" or bool(whole["certificate"])
    )
    found.append(Part(CERTIFICATE, "Keurmerk", planned, "Vertel wat u met een keurmerk doet."))
    return found


def percent_done(document: Mapping[str, Any], policy: Policy) -> int:
    """How much of the form is filled in, 0 to 100."""
    found = parts(document, policy)
    return 100 * sum(part.done for part in found) // len(found)


def part_title(key: str, policy: Policy) -> str:
    """The title of a part, also of one that the present policy no longer has."""
    return next((part.title for part in parts({}, policy) if part.key == key), "Algemeen")
