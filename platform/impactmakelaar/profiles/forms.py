"""The shape of what an entrepreneur types; every form gives a part of the document."""

from datetime import date
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    URLField,
)
from wtforms import Form as PlainForm
from wtforms.validators import Email, Optional, StopValidation

from impactmakelaar.core.reference import Ambiguous, Reference, reference
from impactmakelaar.profiles import rules
from impactmakelaar.profiles.rules import Document
from impactmakelaar.web.fields import DutchDate, Euros, MultiChoice, WholeNumber
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required, tidy_line

EMAIL = Email("Vul een volledig e-mailadres in, zoals naam@organisatie.nl.")


def choices(name: str) -> list[tuple[str, str]]:
    """A code list for check boxes."""
    return [(entry.code, entry.label) for entry in reference().codes(name).values()]


def web_address(_form: Any, field: Field) -> None:
    """A web address, with https:// put before it when it was left out."""
    text = (field.data or "").strip()
    if text and "://" not in text:
        text = "https://" + text
    host = text.split("://", 1)[-1].split("/", 1)[0]
    if text and (not text.startswith(("http://", "https://")) or "." not in host or " " in text):
        raise StopValidation("Vul een webadres in, zoals https://www.voorbeeld.nl.")
    field.data = text


class PartForm(BaseForm):
    """A part of the draft; ``seen`` carries the part as the writer had it before him."""

    seen = HiddenField()


class BasicsForm(PartForm):
    """What the enterprise is and does."""

    trade_name = Line("Handelsnaam", [Required("Vul uw handelsnaam in."), AtMost(200)])
    legal_name = Line("Statutaire naam", [AtMost(200)])
    legal_form = SelectField("Rechtsvorm", [Required("Kies uw rechtsvorm.")])
    founded_year = WholeNumber("Opgericht in", low=rules.FIRST_YEAR, high=2100)
    employees = WholeNumber("Hoeveel mensen werken er?", high=100_000)
    website = URLField("Website", [Optional(), AtMost(300), web_address], filters=[tidy_line])
    summary = Line("Wat doet u, in één zin?", [AtMost(rules.MAX_SUMMARY)])
    description = Paragraphs("Beschrijving", [AtMost(rules.MAX_DESCRIPTION)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.legal_form.choices = [("", "Kies …"), *choices("legal_forms")]

    def values(self, today: date) -> Document:
        """The part, or StopValidation through ``founded_year``."""
        del today
        return {key: getattr(self, key).data for key in rules.SECTIONS["basis"][1]}


class ContactRow(PlainForm):
    """One contact person."""

    name = Line("Naam", [AtMost(120)])
    role = Line("Functie", [AtMost(120)])
    email = EmailField("E-mailadres", [Optional(), AtMost(254), EMAIL], filters=[tidy_line])
    phone = Line("Telefoonnummer", [AtMost(40)])
    public = BooleanField("Inkopers mogen deze gegevens opvragen", default=True)


class AddressForm(PartForm):
    """Contact persons and address."""

    contacts = FieldList(FormField(ContactRow), min_entries=1, max_entries=rules.MAX_CONTACTS)
    street = Line("Straat en huisnummer", [AtMost(200)])
    postcode = Line("Postcode", [AtMost(10)])
    place = Line("Plaats", [Required("Vul de plaats in."), AtMost(120)])
    municipality = Line("Gemeente", [Required("Vul de gemeente in."), AtMost(120)])
    hidden = BooleanField("Adres niet tonen")

    def validate_municipality(self, field: Field) -> None:
        """The municipality must exist today."""
        self.code = municipality_code(field.data or "")

    def validate_postcode(self, field: Field) -> None:
        """A Dutch postcode: 1234 AB."""
        text = (field.data or "").upper().replace(" ", "")
        if text and not (
            len(text) == 6 and text[:4].isdigit() and text[4:].isalpha() and text[0] != "0"
        ):
            raise StopValidation("Een postcode heeft vier cijfers en twee letters: 2011 AB.")
        field.data = f"{text[:4]} {text[4:]}" if text else ""

    def values(self, today: date) -> Document:
        """The part."""
        del today
        rows = [
            {k: v for k, v in entry.data.items() if k != "csrf_token"} for entry in self.contacts
        ]
        return {
            "contacts": [
                {key: row[key] or "" for key in ("name", "role", "email", "phone")}
                | {"public": bool(row["public"])}
                for row in rows
                if row["name"] or row["email"] or row["phone"]
            ],
            "address": {
                "street": self.street.data or "",
                "postcode": self.postcode.data or "",
                "place": self.place.data or "",
                "municipality": self.code,
                "hidden": bool(self.hidden.data),
            },
        }


def municipality_code(text: str) -> str:
    """The code of the municipality that somebody typed; a clear sentence when there is none."""
    facts: Reference = reference()
    try:
        found = facts.municipality_by_name(text)
    except Ambiguous as several:
        raise StopValidation(f"Welke bedoelt u: {' of '.join(several.labels)}?") from None
    if found is not None:
        return found.code
    gone = facts.vanished(text)
    if gone is not None:
        ended, successor = gone
        into = f" Vul {successor.name} in." if successor else ""
        raise StopValidation(f"De gemeente {text} bestaat niet meer sinds {ended[:4]}.{into}")
    raise StopValidation(
        f"De gemeente “{text}” kennen wij niet. Vul de naam van de gemeente in, niet het dorp."
    )


class MissionForm(PartForm):
    """What the enterprise is for."""

    themes = MultiChoice("Aan welke thema's werkt u?")
    sdgs = MultiChoice("Aan welke duurzame doelen draagt u bij?")
    target_groups = MultiChoice("Welke mensen werken of leren bij u?")
    social_return_forms = MultiChoice("Hoe kan een opdrachtnemer bij u social return invullen?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key in rules.SECTIONS["missie"][1]:
            self[key].choices = choices(key)
        self.sdgs.choices = [(code, f"{code}. {label}") for code, label in choices("sdgs")]

    def values(self, today: date) -> Document:
        """The part."""
        del today
        part = {key: list(self[key].data or []) for key in rules.SECTIONS["missie"][1]}
        part["sdgs"] = sorted(int(code) for code in part["sdgs"])
        return part


class ReferenceRow(PlainForm):
    """One client as a reference."""

    client = Line("Opdrachtgever", [AtMost(200)])
    year = WholeNumber("Jaar", low=1950, high=2100)
    description = Line("Wat deed u?", [AtMost(500)])


class ReferencesForm(PartForm):
    """Clients as references."""

    references = FieldList(FormField(ReferenceRow), min_entries=1, max_entries=rules.MAX_REFERENCES)

    def values(self, today: date) -> Document:
        """The part."""
        del today
        return {
            "references": [
                {
                    "client": entry["client"] or "",
                    "year": entry["year"],
                    "description": entry["description"] or "",
                }
                for entry in self.references.data
                if entry["client"] or entry["description"]
            ]
        }


class ActivityForm(PartForm):
    """One activity: what, how, where, how much."""

    title = Line("Wat biedt u aan?", [Required("Vul in wat u aanbiedt."), AtMost(120)])
    description = Paragraphs("Toelichting", [AtMost(1500)])
    form = SelectField("Hoe?", choices=list(rules.FORM_LABELS.items()))
    cpv = Line("CPV-codes", [AtMost(200)])
    sector = SelectField("Sector")
    area_kind = SelectField("Waar werkt u?", choices=list(rules.AREA_KINDS.items()))
    municipalities = Line("Gemeenten", [AtMost(2000)])
    radius_km = WholeNumber("Straal in kilometers", low=1, high=400)
    region = SelectField("Arbeidsmarktregio")
    capacity = SelectField("Hoeveel ruimte hebt u nu?", choices=list(rules.CAPACITIES.items()))
    order_min = Euros("Kleinste opdracht (€, zonder btw)")
    order_max = Euros("Grootste opdracht (€, zonder btw)")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sector.choices = [("", "Kies …"), *choices("sectors")]
        self.region.choices = [("", "Kies …"), *reference().regions.items()]

    def validate_cpv(self, field: Field) -> None:
        """Codes with or without check digit, separated by commas, spaces or semicolons."""
        facts = reference()
        self.codes: list[str] = []
        for part in (field.data or "").replace(";", ",").replace(" ", ",").split(","):
            if not part:
                continue
            code = facts.cpv_code(part)
            if code is None or code[:2] + "000000" not in facts.cpv:
                raise StopValidation(
                    f"“{part}” is geen CPV-code. Zoek een code hieronder of kies een sector."
                )
            if code not in self.codes:
                self.codes.append(code)

    def validate_municipalities(self, field: Field) -> None:
        """Names of municipalities, separated by commas."""
        names = [name.strip() for name in (field.data or "").split(",") if name.strip()]
        self.places: list[str] = []
        if self.area_kind.data == "municipalities":
            self.places = [municipality_code(name) for name in names]

    def activity(self, known: Document, today: date) -> Document:
        """The activity; the capacity counts as confirmed today when it is saved."""
        return {
            "id": known["id"],
            "title": self.title.data or "",
            "description": self.description.data or "",
            "cpv": self.codes,
            "sector": self.sector.data or "",
            "form": self.form.data,
            "area": {
                "kind": self.area_kind.data,
                "municipalities": self.places,
                "radius_km": self.radius_km.data,
                "region": self.region.data or "",
            },
            "capacity": self.capacity.data,
            "capacity_confirmed_on": today.isoformat(),
            "order_min": self.order_min.data,
            "order_max": self.order_max.data,
        }


class CertificateForm(PartForm):
    """One certificate, as a stated fact with dates and evidence."""

    kind = SelectField("Keurmerk", [Required("Kies het keurmerk.")])
    level = Line("Niveau of status", [AtMost(60)])
    number = Line("Nummer", [AtMost(80)])
    valid_from = DutchDate("Geldig vanaf")
    valid_until = DutchDate("Geldig tot en met")
    url = URLField(
        "Adres in het register", [Optional(), AtMost(300), web_address], filters=[tidy_line]
    )
    evidence = FileField("Bewijs (PDF of afbeelding)")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [("", "Kies …"), *choices("certificates")]

    def certificate(self, evidence: str) -> Document:
        """The certificate."""
        start, end = self.valid_from.data, self.valid_until.data
        return {
            "kind": self.kind.data,
            "level": self.level.data or "",
            "number": self.number.data or "",
            "valid_from": start.isoformat() if start else "",
            "valid_until": end.isoformat() if end else "",
            "url": self.url.data or "",
            "evidence": evidence,
        }


class LogoForm(PartForm):
    """A picture."""

    logo = FileField("Logo (PNG, JPG of WebP, hoogstens 5 MB)")


class ButtonForm(BaseForm):
    """A button."""


class ImportForm(BaseForm):
    """A list to take in."""

    file = FileField("Bestand (CSV, Excel of JSONL)", [Required("Kies een bestand.")])
    source = Line("Naam van de bron", [Required("Geef de bron een naam."), AtMost(80)])
