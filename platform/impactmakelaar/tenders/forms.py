"""Shapes of what buyers and suppliers fill in about requests."""

from datetime import datetime, time
from typing import Any

from flask_wtf.file import MultipleFileField
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import StopValidation

from impactmakelaar.core.clock import AMSTERDAM
from impactmakelaar.core.reference import Ambiguous, reference
from impactmakelaar.tenders import rules
from impactmakelaar.tenders.rules_selection import CRITERIA
from impactmakelaar.web.fields import DutchDate, Euros, MultiChoice, WholeNumber
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required, tidy_line


class ButtonForm(BaseForm):
    """Nothing but a button."""


class DutchTime(StringField):
    """A time of day as uu.mm or uu:mm; ``data`` is a time or None."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.strftime("%H.%M") if isinstance(self.data, time) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the time."""
        text = tidy_line(valuelist[0] if valuelist else "").replace(".", ":")
        if not text:
            self.data = None
            return
        hours, _, minutes = text.partition(":")
        try:
            self.data = time(int(hours), int(minutes or 0))
        except (ValueError, OverflowError):
            self.data = None
            raise ValueError("Vul een tijd in, zoals 12.00.") from None


class StepForm(BaseForm):
    """Parent of the wizard's steps; ``seen`` is the revision that the page was made from."""

    seen = HiddenField()

    def values(self) -> dict[str, Any]:
        """What the step asks, as columns and keys of the document."""
        skip = ("seen", "csrf_token")
        return {f.name: f.data for f in self if f.name not in skip}


class WhatForm(StepForm):
    """What is sought."""

    title = Line("Titel", [Required("Geef de aanvraag een titel."), AtMost(rules.TITLE_MOST)])
    description = Paragraphs("Omschrijving", [AtMost(rules.TEXT_MOST)])
    category = RadioField(
        "Soort",
        choices=[(c.value, rules.CATEGORY_LABELS[c]) for c in rules.Category],
        validate_choice=True,
        coerce=str,
    )
    cpv = Line("CPV-codes")
    cpv_zoek = Line("Een code zoeken", [AtMost(80)])
    cpv_kies = SelectMultipleField("Gevonden codes", choices=[], validate_choice=False)
    doen = HiddenField()

    @property
    def searching(self) -> bool:
        """Whether the reader asks for codes, with the button or by having none yet."""
        asked = bool(self.cpv_zoek.data)
        pressed = self.doen.data == "zoeken"
        return asked and (pressed or not (self.cpv.data or self.cpv_kies.data))

    def validate_cpv(self, field: Any) -> None:
        """Codes that exist, typed or ticked; the first is the main one."""
        codes = []
        for part in filter(None, (field.data or "").replace(";", ",").split(",")):
            code = reference().known_cpv_code(part.strip())
            if code is None:
                raise StopValidation(f"“{part.strip()[:30]}” is geen CPV-code.")
            codes.append(code)
        ticked = (reference().known_cpv_code(code) for code in self.cpv_kies.data or ())
        codes = list(dict.fromkeys([*codes, *filter(None, ticked)]))
        if len(codes) > rules.MAX_CPV:
            raise StopValidation(f"Kies hoogstens {rules.MAX_CPV} codes.")
        self.codes = codes

    def validate_category(self, field: Any) -> None:
        """Not choosing is allowed while it is a draft."""
        if field.data in (None, "", "None"):
            field.data = ""

    def values(self) -> dict[str, Any]:
        """The main code is a column, the others are not."""
        return {
            "title": self.title.data,
            "description": self.description.data,
            "category": self.category.data or "",
            "cpv": self.codes[0] if self.codes else "",
            "cpv_more": self.codes[1:],
        }


class ValueForm(StepForm):
    """What it is worth."""

    value_low = Euros("Geraamd bedrag, of het laagste bedrag")
    value_high = Euros("Hoogste bedrag")
    value_unknown = BooleanField("Ik weet de waarde nog niet")
    extensions = Paragraphs("Opties en verlengingen", [AtMost(1000)])

    def values(self) -> dict[str, Any]:
        """Placeholders become unknown; a value that is known is not unknown."""
        value = rules.value_of(self.value_low.data, self.value_high.data)
        return {
            "value_low": value.low,
            "value_high": value.high,
            "value_unknown": bool(self.value_unknown.data) and not value.known,
            "extensions": self.extensions.data,
        }


class WhereForm(StepForm):
    """Where and when."""

    municipalities = Line("Gemeenten")
    places = Line("Andere plaatsen of NUTS-codes", [AtMost(400)])
    start_on = DutchDate("Begin")
    end_on = DutchDate("Einde")
    cross_border = RadioField(
        "Is er een duidelijk grensoverschrijdend belang?",
        choices=[("no", "Nee"), ("yes", "Ja"), ("", "Weet ik nog niet")],
        default="",
    )

    def validate_municipalities(self, field: Any) -> None:
        """Names that exist, separated by commas."""
        self.codes = []
        for part in filter(None, (p.strip() for p in (field.data or "").split(","))):
            try:
                found = reference().municipality_by_name(part)
            except Ambiguous as error:
                raise StopValidation(f"Welke “{part}”: {' of '.join(error.labels)}?") from None
            if found is None:
                raise StopValidation(
                    f"“{part[:40]}” is geen Nederlandse gemeente. Zet het bij andere plaatsen."
                )
            self.codes.append(found.code)

    def validate_end_on(self, field: Any) -> None:
        """Not before the beginning."""
        if field.data and self.start_on.data and field.data < self.start_on.data:
            raise StopValidation("Het einde ligt voor het begin.")

    def values(self) -> dict[str, Any]:
        """Dates as ISO text in the document."""
        places = [p.strip() for p in (self.places.data or "").split(",") if p.strip()]
        return {
            "municipalities": list(dict.fromkeys(self.codes)),
            "places": places,
            "start_on": self.start_on.data.isoformat() if self.start_on.data else "",
            "end_on": self.end_on.data.isoformat() if self.end_on.data else "",
            "cross_border": self.cross_border.data or "",
        }


class ConditionsForm(StepForm):
    """Conditions."""

    social_return = BooleanField("Ik wil dat de onderneming social return kan invullen")
    limited = BooleanField("Alleen ondernemingen zoals in artikel 2.82 Aanbestedingswet")
    requirements = Paragraphs("Eisen", [AtMost(rules.TEXT_MOST)])
    lots = Paragraphs("Percelen", [AtMost(2000)])

    def values(self) -> dict[str, Any]:
        """A lot per line."""
        lots = [line.strip() for line in (self.lots.data or "").split("\n") if line.strip()]
        return {
            "social_return": self.social_return.data,
            "limited": self.limited.data,
            "requirements": self.requirements.data,
            "lots": lots[:20],
        }


class PlanningForm(StepForm):
    """Contact and deadline."""

    contact_name = Line("Contactpersoon", [AtMost(120)])
    contact_email = Line("E-mailadres", [AtMost(254)])
    contact_phone = Line("Telefoonnummer", [AtMost(30)])
    deadline_on = DutchDate("Sluit op")
    deadline_time = DutchTime("Om", default=time(12, 0))

    def validate_contact_email(self, field: Any) -> None:
        """Something with an at sign; the buyer's own address is not tested further."""
        if field.data and ("@" not in field.data or " " in field.data):
            raise StopValidation("Dit is geen e-mailadres.")

    def values(self) -> dict[str, Any]:
        """The deadline as an instant."""
        return {
            "contact_name": self.contact_name.data,
            "contact_email": self.contact_email.data,
            "contact_phone": self.contact_phone.data,
            "deadline_at": instant(self.deadline_on.data, self.deadline_time.data),
        }


def instant(day: Any, hour: time | None) -> datetime | None:
    """A day and a time in the Netherlands as an instant; noon when no time is given."""
    if day is None:
        return None
    return datetime.combine(day, hour or time(12, 0), tzinfo=AMSTERDAM)


class AwardCriteriaForm(StepForm):
    """The award criteria: price, and up to four that people judge."""

    price_weight = WholeNumber("Gewicht van de prijs", high=100)
    title_1 = Line("Criterium 1", [AtMost(80)])
    weight_1 = WholeNumber("Gewicht", high=100)
    title_2 = Line("Criterium 2", [AtMost(80)])
    weight_2 = WholeNumber("Gewicht", high=100)
    title_3 = Line("Criterium 3", [AtMost(80)])
    weight_3 = WholeNumber("Gewicht", high=100)

    def values(self) -> dict[str, Any]:
        """The list of criteria; what has no weight is left out."""
        found: list[dict[str, Any]] = []
        if self.price_weight.data:
            found.append(
                {
                    "code": "price",
                    "kind": "price",
                    "title": "Prijs",
                    "weight": self.price_weight.data,
                }
            )
        for number, code in enumerate(("quality", "social", "third"), 1):
            title, weight = self[f"title_{number}"].data, self[f"weight_{number}"].data
            if title or weight:
                kind = "social" if code == "social" else "quality"
                found.append({"code": code, "kind": kind, "title": title, "weight": weight or 0})
        rules.check_award_criteria(found)
        return {"award": found}


STEP_FORMS: dict[str, type[StepForm]] = {
    "wat": WhatForm,
    "waarde": ValueForm,
    "waar": WhereForm,
    "voorwaarden": ConditionsForm,
    "planning": PlanningForm,
    "beoordeling": AwardCriteriaForm,
}


class CriteriaForm(BaseForm):
    """Which objective criteria hold."""

    criteria = MultiChoice("Criteria", choices=[(c.code, c.label) for c in CRITERIA.values()])
    certificates = MultiChoice("Keurmerken")
    why_register = Paragraphs("Waarom zoekt u in dit register?", [AtMost(2000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = reference().codes("certificates").values()
        self.certificates.choices = [(entry.code, entry.label) for entry in rows]


class FirmForm(BaseForm):
    """A firm of the buyer's own."""

    name = Line("Naam", [AtMost(200)])
    kvk_number = Line("KVK-nummer", [AtMost(20)])
    email = Line("E-mailadres", [AtMost(254)])
    reason = Paragraphs("Waarom deze onderneming?", [AtMost(1000)])


class FreezeForm(BaseForm):
    """Freeze the selection."""

    procedure = SelectField(
        "Procedure", choices=[(p.value, rules.PROCEDURE_LABELS[p]) for p in rules.Procedure]
    )
    places = WholeNumber("Hoeveel ondernemingen loot u?", low=1, high=200)
    deviation = Paragraphs("Reden om van het advies af te wijken", [AtMost(2000)])
    reason = Paragraphs("Waarom een nieuwe selectie?", [AtMost(1000)])


class ReasonForm(BaseForm):
    """A reason."""

    reason = Paragraphs("Reden", [AtMost(2000)])


class AnswerForm(BaseForm):
    """The answer of an invited firm."""

    answer = RadioField("Uw antwoord", validate_choice=False)
    reason = Paragraphs("Waarom niet?", [AtMost(1000)])


class QuestionForm(BaseForm):
    """A question of an invited firm."""

    text = Paragraphs("Uw vraag", [AtMost(rules.MAX_QUESTION)])


class ReplyForm(BaseForm):
    """The buyer's answer; the question as all may read it."""

    text = Paragraphs("De vraag, zonder naam", [AtMost(rules.MAX_QUESTION)])
    answer = Paragraphs("Uw antwoord", [Required("Schrijf een antwoord."), AtMost(4000)])


class ChangeForm(BaseForm):
    """A change of a running request."""

    text = Paragraphs("Wat wijzigt er?", [Required("Schrijf wat er wijzigt."), AtMost(4000)])
    deadline_on = DutchDate("Nieuwe sluiting")
    deadline_time = DutchTime("Om")
    files = MultipleFileField("Documenten erbij")


class DocumentsForm(BaseForm):
    """Documents with a request."""

    files = MultipleFileField("Bestanden kiezen")


class QuoteForm(BaseForm):
    """A quote; ``answers`` are added per criterion by ``quote_form``."""

    submission = HiddenField()
    price = Euros("Totaalprijs, zonder btw")
    price_note = Paragraphs("Toelichting op de prijs", [AtMost(2000)])
    files = MultipleFileField("Bestanden")


def quote_form(criteria: list[dict[str, Any]]) -> type[QuoteForm]:
    """A form with a field for every criterion that people judge."""
    fields = {
        f"answer_{c['code']}": Paragraphs(c["title"], [AtMost(8000)])
        for c in criteria
        if c["kind"] != "price"
    }
    return type("FilledQuoteForm", (QuoteForm,), fields)


def points_form(criteria: list[dict[str, Any]]) -> type[BaseForm]:
    """A form with points and a reason for every criterion that people judge."""
    fields: dict[str, Any] = {"together": HiddenField()}
    for criterion in criteria:
        code, title = criterion["code"], criterion["title"]
        fields[f"points_{code}"] = WholeNumber(f"{title}: cijfer", high=10)
        fields[f"reason_{code}"] = Paragraphs(f"{title}: waarom", [AtMost(2000)])
    return type("PointsForm", (BaseForm,), fields)


class AwardForm(BaseForm):
    """To whom, and why."""

    quote = RadioField("Beslissing", validate_choice=False)
    motivation = Paragraphs("Motivering", [AtMost(4000)])


class ContractForm(BaseForm):
    """The contract and the spend."""

    contract_cents = Euros("Waarde van de overeenkomst, zonder btw")
    contract_on = DutchDate("Gesloten op")
    spent_cents = Euros("Werkelijk besteed, zonder btw")
    spent_on = DutchDate("Stand op")


class SettingsForm(BaseForm):
    """How an organisation buys."""

    open_with = RadioField(
        "Wie openen de kluis?",
        choices=[("2", "Twee mensen, binnen tien minuten"), ("1", "Eén persoon")],
    )
    keep_years = WholeNumber("Bewaartermijn in jaren", low=1, high=30)
    standstill_days = WholeNumber("Wachttijd na gunning in dagen", high=60)


class LimitsForm(BaseForm):
    """A version of the own limits, per category."""

    valid_from = DutchDate("Geldig vanaf", [Required("Vul een begindatum in.")])
    valid_until = DutchDate("Geldig tot en met")
    source = Line("Waar staat dit?", [Required("Noem uw inkoopbeleid."), AtMost(200)])
    works_single = Euros("Werken: enkelvoudig tot")
    works_multiple = Euros("Werken: meervoudig tot")
    supplies_single = Euros("Leveringen: enkelvoudig tot")
    supplies_multiple = Euros("Leveringen: meervoudig tot")
    services_single = Euros("Diensten: enkelvoudig tot")
    services_multiple = Euros("Diensten: meervoudig tot")
    social_single = Euros("Sociale diensten: enkelvoudig tot")
    social_multiple = Euros("Sociale diensten: meervoudig tot")
    invite_min = WholeNumber("Minstens uitnodigen", low=1, high=20)
    invite_max = WholeNumber("Hoogstens uitnodigen", low=1, high=20)


class MandateForm(BaseForm):
    """Somebody may do a procedure."""

    procedure = SelectField(
        "Procedure", choices=[(p.value, rules.PROCEDURE_LABELS[p]) for p in rules.Procedure]
    )
    person = SelectField("Wie", coerce=int, validate_choice=False)
    granted = HiddenField(default="ja")
