"""The shape of a proposal with which a request begins."""

from wtforms import RadioField

from impactmakelaar.tenders.rules import KIND_LABELS, TEXT_MOST, TITLE_MOST, Kind
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required


class BeginForm(BaseForm):
    """What begins, and with which text."""

    kind = RadioField(
        "Waar begint u mee?",
        [Required("Kies een vorm.")],
        choices=[
            (
                Kind.SOUNDING.value,
                f"{KIND_LABELS[Kind.SOUNDING]}: vragen wie wat kan",
            ),
            (Kind.REQUEST.value, f"{KIND_LABELS[Kind.REQUEST]}: prijzen vragen"),
        ],
    )
    title = Line("Titel", [Required("Geef een titel."), AtMost(TITLE_MOST)])
    description = Paragraphs("Omschrijving", [AtMost(TEXT_MOST)])
