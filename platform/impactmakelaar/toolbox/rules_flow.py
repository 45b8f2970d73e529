"""Answers in the shape that other features ask for; names of people stay behind."""

from collections.abc import Mapping

from impactmakelaar.toolbox.rules import Question, Type
from impactmakelaar.toolbox.rules_answers import Value, lines_of

LEAD_COLUMNS = {"naam": "naam", "plaats": "plaats", "doel": "omschrijving", "email": "email"}
SOCIAL_COLUMNS = {
    "soort": "kind",
    "vanaf": "threshold",
    "percentage": "percentage",
    "grondslag": "base",
    "bron": "source",
}
PLATFORM_TALKS = "m9-gesprek"
"""With whom one wants to talk about a platform; asked when there is none yet."""


def leads_of(value: Value) -> list[dict[str, str]]:
    """The overview of module 3; the contact's name is not handed on."""
    return _renamed(value, LEAD_COLUMNS)


def social_lines_of(value: Value) -> list[dict[str, str]]:
    """The rules of module 5 as free text per line."""
    return _renamed(value, SOCIAL_COLUMNS)


def _renamed(value: Value, columns: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {new: row.get(old, "") for old, new in columns.items()} for row in value.get("rows", ())
    ]


def parties_of(value: Value) -> list[dict[str, str]]:
    """The map of module 8, or the neighbours of module 12 without their contacts."""
    if "links" in value:
        return [
            {"kind": "party", "link": link, "name": name}
            for link, names in value["links"].items()
            for name in names
        ]
    return [
        {"kind": "neighbour", "name": row.get("gemeente", ""), "note": row.get("onderwerp", "")}
        for row in value.get("rows", ())
    ]


def plans_of(
    question: Question, value: Value, answers: Mapping[str, Value]
) -> tuple[str, list[str]]:
    """(a title to start from, lines) of module 9's checklist or platform question."""
    if question.type is not Type.YES_NO:
        return "Kennismaken met ondernemers met een missie", lines_of(question, value)
    if value.get("choice") == "ja":
        return "Inkopen via het platform van de regio", [
            "In onze regio is al een inkoopplatform. Begin daar met zoeken."
        ]
    talks = str(answers.get(PLATFORM_TALKS, {}).get("text", ""))
    lines = [line for line in talks.split("\n") if line]
    return "Verkenning van een inkoopplatform", [
        "In onze regio is nog geen inkoopplatform.",
        *lines,
    ]
