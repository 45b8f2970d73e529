"""The shape of a proposal that becomes a criterion."""

from wtforms import BooleanField

from impactmakelaar.web.fields import DutchDate, WholeNumber
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required


class CriterionForm(BaseForm):
    """One criterion, and from which day it holds."""

    title = Line("Naam van het criterium", [Required("Geef het criterium een naam."), AtMost(120)])
    explanation = Paragraphs(
        "Uitleg voor aanvragers en beoordelaars",
        [Required("Leg uit wat de commissie beoordeelt."), AtMost(1000)],
    )
    weight = WholeNumber("Gewicht", low=1, high=10, validators=[Required("Vul het gewicht in.")])
    scale = WholeNumber(
        "Hoogste score", low=1, high=10, validators=[Required("Vul de hoogste score in.")]
    )
    obligatory = BooleanField("Verplicht")
    valid_from = DutchDate("Geldt vanaf", [Required("Kies een dag.")])
