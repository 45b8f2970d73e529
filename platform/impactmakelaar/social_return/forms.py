"""The shape of what is typed about social return."""

from decimal import Decimal
from typing import Any

from flask_wtf.file import FileField, MultipleFileField
from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.validators import Optional
from wtforms.widgets import TextInput

from impactmakelaar.core.dutch import read_number
from impactmakelaar.core.reference import reference
from impactmakelaar.social_return.rules import (
    BASE_LABELS,
    CATEGORY_LABELS,
    DECIDING_LABELS,
    EFFORT_LABELS,
    UNMET_LABELS,
    WHOLE,
    decimal,
)
from impactmakelaar.social_return.rules_prices import UNIT_LABELS
from impactmakelaar.web.fields import DutchDate, Euros, MultiChoice, WholeNumber
from impactmakelaar.web.forms import (
    AtMost,
    BaseForm,
    Line,
    Paragraphs,
    Required,
    tidy_line,
)

VAT_CHOICES = (("", "zonder btw"), ("2100", "met 21 % btw"), ("900", "met 9 % btw"))
PARTS = (("partner", "Partner in de combinatie"), ("subcontractor", "Onderaannemer"))


class DecimalText(Field):
    """A number with a comma, e.g. hours; ``data`` is a Decimal or None."""

    data: Any
    widget = TextInput()
    most = Decimal(100_000)
    sentence = "Vul een getal in, bijvoorbeeld 24 of 7,5."

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else decimal(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number."""
        text = tidy_line(valuelist[0] if valuelist else "").replace("%", "").replace(" ", "")
        if not text:
            self.data = None
            return
        try:
            found = read_number(text)
            if found > self.most:
                raise ValueError(text)
        except ValueError:
            self.data = None
            raise ValueError(self.sentence) from None
        self.data = found


class Percentage(DecimalText):
    """A percentage; ``data`` is basis points or None."""

    most = Decimal(100)
    sentence = "Vul een percentage in van 0 tot 100, bijvoorbeeld 5 of 2,5."

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else decimal(Decimal(self.data) / 100)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read it as basis points."""
        super().process_formdata(valuelist)
        typed: Any = self.data
        if typed is not None:
            self.data = int((typed * 100).to_integral_value())


class ContractForm(BaseForm):
    """A contract with its clause."""

    authority = SelectField("Opdrachtgever", [Required("Kies de opdrachtgever.")])
    contractor = SelectField("Opdrachtnemer", [Required("Kies de opdrachtnemer.")])
    title = Line("Naam van de opdracht", [Required("Vul de naam in."), AtMost(200)])
    number = Line("Contractnummer", [Required("Vul het nummer in."), AtMost(80)])
    category = SelectField("Soort opdracht", choices=list(CATEGORY_LABELS.items()))
    awarded_on = DutchDate("Gegund op", [Required("Vul de dag van gunning in.")])
    value = Euros("Waarde zonder btw, met opties", [Required("Vul de waarde in.")])
    starts_on = DutchDate("Eerste dag", [Required("Vul de eerste dag in.")])
    ends_on = DutchDate("Laatste dag", [Required("Vul de laatste dag in.")])
    labour_share = Percentage("Loondeel in procenten")
    wages = Euros("Loonsom")
    clause = Paragraphs("Tekst van de clausule", [AtMost(4000)])
    clause_points = Percentage("Percentage in de clausule")
    clause_base = SelectField(
        "Waarvan", choices=[("", "volgens de regels"), *BASE_LABELS.items()], default=""
    )
    clause_amount = Euros("Of een vast bedrag")
    reduced_points = Percentage("Verlaagd percentage")
    reason = Paragraphs("Reden", [AtMost(1000)])


class EndForm(BaseForm):
    """A contract that ended early."""

    ends_on = DutchDate("Laatste dag", [Required("Vul de laatste dag in.")])
    value = Euros("Wat is uitgevoerd, zonder btw", [Required("Vul het bedrag in.")])
    reason = Paragraphs("Reden", [Required("Geef de reden."), AtMost(1000)])


class InvoiceForm(BaseForm):
    """What the contractor invoiced."""

    number = Line("Factuurnummer", [Required("Vul het nummer in."), AtMost(80)])
    invoiced_on = DutchDate("Factuurdatum", [Required("Vul de datum in.")])
    amount = Euros("Bedrag zonder btw", [Required("Vul het bedrag in.")])
    credit = BooleanField("Dit is een creditnota")


class PartyForm(BaseForm):
    """A partner or subcontractor."""

    organisation = SelectField("Organisatie", [Required("Kies een organisatie.")])
    part = SelectField("Rol", choices=list(PARTS))


class PlanForm(BaseForm):
    """A plan of action."""

    text = Paragraphs("Wat gaat u doen?", [Required("Schrijf uw plan op."), AtMost(8000)])
    report_on = DutchDate("Wanneer laat u weten hoe het gaat?")
    placement = Euros(EFFORT_LABELS["placement"])  # type: ignore[index]
    learning = Euros(EFFORT_LABELS["learning"])  # type: ignore[index]
    purchase = Euros(EFFORT_LABELS["purchase"])  # type: ignore[index]
    other = Euros("Iets anders")


class EffortForm(BaseForm):
    """What was done, of one kind; the page shows the fields that belong to it."""

    item = SelectField("Bouwblok", [Optional()])
    candidate_code = Line(
        "Uw code voor deze persoon",
        [AtMost(20)],
        description="Bijvoorbeeld K-07. Geen naam, geen BSN. Gebruik per persoon steeds dezelfde.",
    )
    employed_since = DutchDate("In dienst sinds")
    starts_on = DutchDate("Eerste dag die meetelt")
    ends_on = DutchDate("Laatste dag die meetelt")
    hours = DecimalText("Uren per week")
    quantity = DecimalText("Aantal")
    bonuses = MultiChoice("Extra waarde")
    signed = BooleanField(
        "Ik heb een ondertekende verklaring: dit is nieuw en telt nergens anders mee."
    )
    supplier_kvk = Line("KVK-nummer van de leverancier", [AtMost(20)])
    supplier_name = Line("Naam van de leverancier", [AtMost(200)])
    invoice_number = Line("Factuurnummer", [AtMost(80)])
    invoiced_on = DutchDate("Factuurdatum")
    delivered_on = DutchDate("Geleverd op")
    paid_on = DutchDate("Betaald op")
    amount = Euros("Bedrag")
    vat = SelectField("Het bedrag is", choices=list(VAT_CHOICES), default="")
    share = Percentage("Deel dat hier meetelt, in procenten", default=WHOLE)
    agreement = SelectField("Hoort bij de afspraak", [Optional()])
    note = Paragraphs("Toelichting", [AtMost(2000)])
    digits_are = Line(
        "Staat er een getal van 9 cijfers in de tekst? Schrijf op wat het is.", [AtMost(200)]
    )
    evidence = MultipleFileField("Bewijs (PDF of afbeelding, hoogstens 5)")


class JudgeForm(BaseForm):
    """A verdict about an effort."""

    verdict = SelectField("Besluit", choices=[("approved", "Goedkeuren"), ("refused", "Afkeuren")])
    cents = Euros("Ander bedrag dat telt")
    reason = Paragraphs("Reden", [AtMost(1000)])


class BulkForm(BaseForm):
    """A verdict about several."""

    verdict = HiddenField()
    reason = Paragraphs("Reden bij afkeuren", [AtMost(1000)])
    sure = HiddenField()


class AgreementForm(BaseForm):
    """What was agreed with an enterprise."""

    once = HiddenField(filters=[tidy_line])
    item = SelectField("Wat spreekt u af?", [Required("Kies wat u afspreekt.")])
    units = WholeNumber(
        "Hoe vaak", low=1, high=10_000, validators=[Required("Vul in hoe vaak.")], default=1
    )
    amount = Euros("Bedrag per keer zonder btw (bij sociaal inkopen)")
    starts_on = DutchDate("Van", [Required("Vul de eerste dag in.")])
    ends_on = DutchDate("Tot en met", [Required("Vul de laatste dag in.")])
    note = Paragraphs("Toelichting", [AtMost(1000)])


class ReasonForm(BaseForm):
    """Why."""

    reason = Paragraphs("Reden", [AtMost(500)])


class SettleForm(BaseForm):
    """What happens with the rest."""

    outcome = SelectField(
        "Wat gebeurt er met het restant?",
        choices=[
            ("", "Er is geen restant"),
            ("waived", "Kwijtschelden"),
            ("paid", "De opdrachtnemer betaalt"),
            ("carried", "Meenemen naar een andere opdracht"),
        ],
        default="",
    )
    into = SelectField("Welke andere opdracht", [Optional()])
    reason = Paragraphs("Reden", [AtMost(500)])


class RulesForm(BaseForm):
    """The rules of a region or authority."""

    valid_from = DutchDate("Geldig vanaf", [Required("Vul de begindatum in.")])
    source = Line("Besluit of bron", [Required("Noem het besluit of de bron."), AtMost(500)])
    threshold_works = Euros("Werken: vanaf")
    points_works = Percentage("Werken: percentage")
    threshold_services = Euros("Diensten: vanaf")
    points_services = Percentage("Diensten: percentage")
    threshold_supplies = Euros("Leveringen: vanaf")
    points_supplies = Percentage("Leveringen: percentage")
    threshold_social = Euros("Sociale en specifieke diensten: vanaf")
    points_social = Percentage("Sociale en specifieke diensten: percentage")
    at_threshold = BooleanField("Een opdracht van precies dit bedrag telt mee")
    minimum_months = WholeNumber("Kortste duur in maanden", high=120)
    labour_minimum = Percentage("Kleinste loondeel bij leveringen")
    labour_low = Percentage("Percentage als het loondeel kleiner is")
    base = SelectField("Percentage van", choices=list(BASE_LABELS.items()))
    efforts = MultiChoice("Invullen mag met", choices=list(EFFORT_LABELS.items()))
    cap_purchase = Percentage("Hoogstens met sociaal inkopen")
    cap_learning = Percentage("Hoogstens met leerwerkplekken")
    cap_knowledge = Percentage("Hoogstens met kennis of activiteiten")
    deciding = SelectField("Beslissend bij inkoop is de", choices=list(DECIDING_LABELS.items()))
    paid_only = BooleanField("Alleen betaalde facturen tellen")
    started_before = WholeNumber("Iemand mag zo veel maanden eerder begonnen zijn", high=60)
    unmet = SelectField("Wat niet is ingevuld", choices=list(UNMET_LABELS.items()))
    contact_days = WholeNumber("Dagen tot het plan van aanpak", high=365)
    note = Paragraphs("Toelichting", [AtMost(4000)])
    seen = HiddenField()


class PricesForm(BaseForm):
    """A price list; its rows are read apart."""

    valid_from = DutchDate("Geldig vanaf", [Required("Vul de begindatum in.")])
    source = Line("Besluit of bron", [Required("Noem het besluit of de bron."), AtMost(500)])
    full_time = DecimalText("Uren in een volle werkweek", [Required("Vul de uren in.")])
    file = FileField("Of lees een CSV-bestand in")
    seen = HiddenField()


class SupplierForm(BaseForm):
    """A supplier that the region recognises."""

    kvk = Line("KVK-nummer", [Required("Vul het KVK-nummer in."), AtMost(20)])
    name = Line("Naam", [Required("Vul de naam in."), AtMost(200)])
    ground = SelectField("Grond")
    level = Line("Niveau", [AtMost(80)])
    first_day = DutchDate("Van", [Required("Vul de eerste dag in.")])
    last_day = DutchDate("Tot en met", [Required("Vul de laatste dag in.")])
    source = Line("Besluit of bron", [Required("Noem het besluit of de bron."), AtMost(500)])


def ground_choices() -> list[tuple[str, str]]:
    """The grounds on which a supplier can be recognised."""
    known = reference().codes("certificates")
    return [
        ("badge", "SROI-badge"),
        ("sheltered", "Sociale werkvoorziening"),
        *((code, entry.label) for code, entry in known.items() if code != "other"),
    ]


def unit_choices() -> list[str]:
    """The units as the table has them."""
    return list(UNIT_LABELS.values())
