"""Codes as Dutch words, for templates."""

from typing import Any

from flask import Flask

from impactmakelaar.core.reference import reference


def label(kind: str, code: Any) -> str:
    """The label of a code in a list of content/reference."""
    return reference().label(kind, code)


def municipality_name(code: str) -> str:
    """``GM0392`` -> ``Haarlem``."""
    return reference().municipality_name(code)


def place_of(address: dict[str, Any]) -> str:
    """The place of an address, or its municipality when the place is hidden."""
    return reference().place_of(address)


def cpv_names(activity: dict[str, Any]) -> str:
    """The CPV codes of an activity with their labels, or its sector."""
    facts = reference()
    if activity["cpv"]:
        return "; ".join(f"{facts.cpv_label(code)} ({code})" for code in activity["cpv"])
    return facts.label("sectors", activity["sector"]) if activity["sector"] else ""


def area_name(activity: dict[str, Any]) -> str:
    """Where an activity is delivered, in words."""
    area, facts = activity["area"], reference()
    if area["kind"] == "country":
        return "Heel Nederland"
    if area["kind"] == "region":
        return "Regio " + facts.regions.get(area["region"], area["region"])
    if area["kind"] == "radius":
        return f"Tot {area['radius_km']} kilometer rond het eigen adres"
    return ", ".join(facts.municipality_name(code) for code in area["municipalities"])


def init_app(app: Flask) -> None:
    """Make them available in every template."""
    app.jinja_env.globals.update(
        label=label,
        municipality_name=municipality_name,
        place_of=place_of,
        cpv_names=cpv_names,
        area_name=area_name,
    )
