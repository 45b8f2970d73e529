"""The shape of what is typed about certificates, suspension, leaving and recognition."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField

from impactmakelaar.core.reference import reference
from impactmakelaar.web.fields import DutchDate
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required

LONG = 4000


def certificate_choices() -> list[tuple[str, str]]:
    """The certificates of the product's list."""
    found = reference().codes("certificates")
    return [("", "Kies …"), *((code, entry.label) for code, entry in found.items())]


class ClaimForm(BaseForm):
    """A certificate as its holder states it, with evidence."""

    kind = SelectField("Keurmerk", [Required("Kies het keurmerk.")])
    level = Line("Niveau of status", [AtMost(80)])
    number = Line("Nummer", [AtMost(80)])
    valid_from = DutchDate("Geldig vanaf", [Required("Vul de begindatum in.")])
    valid_until = DutchDate("Geldig tot en met", [Required("Vul de einddatum in.")])
    url = Line("Adres in het register van de uitgever", [AtMost(300)])
    evidence = FileField("Bewijs (PDF of afbeelding)")
    revision = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = certificate_choices()


class VerifyForm(BaseForm):
    """What stands in the issuer's register."""

    kind = SelectField("Keurmerk", [Required("Kies het keurmerk.")])
    level = Line("Niveau of status", [AtMost(80)])
    number = Line("Nummer", [AtMost(80)])
    kvk_number = Line("KVK-nummer in het register", [Required("Vul het KVK-nummer in.")])
    valid_from = DutchDate("Geldig vanaf", [Required("Vul de begindatum in.")])
    valid_until = DutchDate("Geldig tot en met", [Required("Vul de einddatum in.")])
    register_url = Line(
        "Adres van de bladzijde in het register", [Required("Plak het adres."), AtMost(300)]
    )
    revision = HiddenField()
    evidence_sha256 = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = certificate_choices()


class RefuseForm(BaseForm):
    """Why a certificate could not be confirmed."""

    reason = Paragraphs("Reden", [Required("Schrijf de reden op."), AtMost(LONG)])
    revision = HiddenField()
    evidence_sha256 = HiddenField()


class EndForm(BaseForm):
    """A verified certificate stopped counting."""

    kind = RadioField(
        "Wat is er aan de hand?",
        [Required("Kies wat er aan de hand is.")],
        choices=[
            ("issuer", "De uitgever trok het keurmerk in"),
            ("mistake", "De controle was een vergissing; het keurmerk telde nooit"),
        ],
    )
    from_day = DutchDate("Eerste dag waarop het niet meer geldt")
    reason = Paragraphs("Reden", [Required("Schrijf de reden op."), AtMost(LONG)])


class ProposeForm(BaseForm):
    """A suspension that is planned."""

    reason = Paragraphs("Reden", [Required("Schrijf de reden op."), AtMost(LONG)])
    answer_by = DutchDate("Reageren kan tot en met", [Required("Kies een dag.")])


class ViewForm(BaseForm):
    """What the enterprise thinks of it."""

    view = Paragraphs("Reactie", [Required("Schrijf op wat u ervan vindt."), AtMost(LONG)])


class ImposeForm(BaseForm):
    """A suspension that starts."""

    from_day = DutchDate("Eerste dag", [Required("Kies een dag.")])
    last_day = DutchDate("Laatste dag")
    urgent_reason = Paragraphs("Waarom kan dit niet wachten?", [AtMost(LONG)])


class ReasonForm(BaseForm):
    """A reason."""

    reason = Paragraphs("Reden", [Required("Schrijf de reden op."), AtMost(LONG)])


class LeaveForm(BaseForm):
    """From when an enterprise no longer takes part."""

    from_day = DutchDate("Eerste dag zonder deelname", [Required("Kies een dag.")])
    reason = Paragraphs("Waarom stopt u?", [AtMost(LONG)])


class RecogniseForm(BaseForm):
    """A decision of another region."""

    other_region = Line("Andere regio", [Required("Vul de regio in."), AtMost(120)])
    badge = RadioField(
        "Wat gaf die regio?",
        [Required("Kies wat die regio gaf.")],
        choices=[
            ("certified", "SROI-badge met keurmerk"),
            ("in_grace", "SROI-badge, eerste jaar"),
            ("none", "Alleen toelating tot het register"),
        ],
    )
    from_day = DutchDate("Eerste dag hier", [Required("Kies een dag.")])
    last_day = DutchDate("Laatste dag hier", [Required("Kies een dag.")])
    source = Line(
        "Vindplaats van het besluit",
        [Required("Noem het besluit of plak het adres."), AtMost(300)],
    )


class ButtonForm(BaseForm):
    """A button."""
