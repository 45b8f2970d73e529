"""The shape of what is typed about admission."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import Optional

from impactmakelaar.admission import rules, rules_application, rules_conflict, rules_policy
from impactmakelaar.admission.rules_policy import Criterion, Policy
from impactmakelaar.core.errors import Refused
from impactmakelaar.profiles.forms import choices
from impactmakelaar.web.fields import DutchDate, MultiChoice, WholeNumber
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required

MAX_TEXT = 4000


class ButtonForm(BaseForm):
    """A button."""


# The applicant


class PartForm(BaseForm):
    """Parent of the parts of an application; ``seen`` is the part's digest when shown."""

    seen = HiddenField()

    def values(self) -> dict[str, Any]:
        """What was typed, by key of the part."""
        return {f.name: f.data for f in self if f.name not in ("seen", "csrf_token")}


class AboutForm(PartForm):
    """The enterprise."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.legal_form.choices = [("", "Kies …"), *choices("legal_forms")]

    trade_name = Line("Naam", [AtMost(200)])
    legal_form = SelectField("Rechtsvorm")
    founded_year = WholeNumber("Opgericht in", low=1600, high=2100, validators=[Optional()])
    employees = WholeNumber("Aantal mensen", validators=[Optional()])
    about = Paragraphs(
        "Wat doet uw onderneming?",
        [AtMost(rules_application.MAX_ANSWER)],
        description="Wat maakt of doet u, voor wie, en met wie?",
    )


class AnswerForm(PartForm):
    """The answer to one criterion."""

    answer = Paragraphs("Uw antwoord", [AtMost(rules_application.MAX_ANSWER)])


class PlanForm(PartForm):
    """What the enterprise does about a certificate."""

    certificate_plan = RadioField(
        "Wat doet u met een keurmerk?",
        choices=list(rules_application.PLANS.items()),
        validate_choice=False,
    )
    certificate = SelectField("Welk keurmerk?", validate_choice=False)
    certificate_note = Paragraphs(
        "Toelichting",
        [AtMost(rules_application.MAX_ANSWER)],
        description="Bijvoorbeeld wanneer u het verwacht.",
    )


class EvidenceForm(BaseForm):
    """One file."""

    file = FileField("Bestand", [FileRequired("Kies een bestand.")])


class ObjectionForm(BaseForm):
    """Why somebody disagrees with a decision."""

    grounds = Paragraphs(
        "Waarom bent u het niet eens met het besluit?",
        [Required("Schrijf op waarom u het niet eens bent."), AtMost(MAX_TEXT)],
    )


def answers_form(questions: list[tuple[str, str]]) -> BaseForm:
    """One field per question (public id, question)."""
    fields = {
        key: Paragraphs(text, [Required("Geef op deze vraag een antwoord."), AtMost(MAX_TEXT)])
        for key, text in questions
    }
    return type("AnswersForm", (BaseForm,), fields)()


# Secretary and reviewers


def questions_form(parts: list[tuple[str, str]]) -> BaseForm:
    """One field per part (key, title) about which something can be asked."""
    fields = {key: Paragraphs(title, [AtMost(1000)]) for key, title in parts}
    return type("QuestionsForm", (BaseForm,), fields)()


class InterestForm(BaseForm):
    """Whether somebody has an interest."""

    kind = RadioField(
        "Hebt u een belang bij deze onderneming?",
        [Required("Kies een antwoord.")],
        choices=[(k.value, label) for k, label in rules_conflict.INTEREST_LABELS.items()],
    )
    explanation = Paragraphs("Toelichting", [AtMost(1000)])


class OtherInterestForm(BaseForm):
    """The secretary records the interest of somebody else."""

    person = SelectField("Wie", [Required("Kies een lid.")])
    kind = SelectField(
        "Welk belang",
        [Required("Kies een belang.")],
        choices=[
            (k.value, label.replace("Ik heb", "Heeft").replace("Ik werk", "Werkt"))
            for k, label in rules_conflict.INTEREST_LABELS.items()
            if k != rules_conflict.Interest.NONE
        ],
    )
    explanation = Paragraphs("Toelichting", [AtMost(1000)])


class PeopleForm(BaseForm):
    """Who reviews."""

    people = MultiChoice("Beoordelaars")


class RemarkForm(BaseForm):
    """Something said in the discussion."""

    text = Paragraphs("Uw bijdrage", [Required("Schrijf eerst iets op."), AtMost(MAX_TEXT)])


@dataclass(frozen=True)
class ScoreFields:
    """The fields of one criterion in a review form."""

    criterion: Criterion
    score: Any
    reason: Any


ABSTAIN = "-"


def review_form(policy: Policy, known: Mapping[str, Any], advice: str) -> BaseForm:
    """A score with reason per criterion; ``known`` is a stored review's ``scores``."""
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {"advice": advice}
    for one in policy.criteria:
        choices = [(str(n), str(n)) for n in range(one.scale + 1)]
        fields[f"score_{one.key}"] = RadioField(
            "Score", choices=[*choices, (ABSTAIN, "ik geef geen score")], validators=[Optional()]
        )
        fields[f"reason_{one.key}"] = Paragraphs("Waarom?", [AtMost(MAX_TEXT)])
        if one.key in known:
            score = known[one.key]["score"]
            data[f"score_{one.key}"] = ABSTAIN if score is None else str(score)
            data[f"reason_{one.key}"] = known[one.key]["reason"]
    fields["advice"] = Paragraphs("Uw advies in het kort", [AtMost(MAX_TEXT)])
    return type("ReviewForm", (BaseForm,), fields)(data=data)


def score_fields(form: Any, policy: Policy) -> list[ScoreFields]:
    """The review form's fields per criterion, for the page."""
    return [
        ScoreFields(one, form[f"score_{one.key}"], form[f"reason_{one.key}"])
        for one in policy.criteria
    ]


def scores_of(form: Any, policy: Policy, *, submit: bool) -> dict[str, tuple[int | None, str]]:
    """Criterion key -> (score, None for who gives none; reason).

    :raises Refused: at handing in, when a criterion was passed over in silence.
    """
    found: dict[str, tuple[int | None, str]] = {}
    for one in policy.criteria:
        chosen = form[f"score_{one.key}"].data
        if submit and not chosen:
            raise Refused(
                f"{one.title}: kies een score, of zeg dat u er geen geeft.", f"score_{one.key}"
            )
        score = int(chosen) if chosen and chosen != ABSTAIN else None
        found[one.key] = (score, form[f"reason_{one.key}"].data or "")
    return found


# Meetings and decisions


class MeetingForm(BaseForm):
    """When and where."""

    planned_on = DutchDate("Datum", [Required("Vul de datum in.")])
    place = Line("Plaats", [AtMost(200)])


class WrittenForm(BaseForm):
    """Until when, and why there is no meeting."""

    closes_on = DutchDate("Stemmen tot en met", [Required("Vul de datum in.")])
    reason = Line("Waarom is er geen vergadering?", [Required("Schrijf op waarom."), AtMost(500)])


class PresenceForm(BaseForm):
    """Who is there."""

    people = MultiChoice("Wie zijn er?")


class AgendaForm(BaseForm):
    """Which dossiers go on the agenda."""

    dossiers = MultiChoice("Dossiers")


class ProposalForm(BaseForm):
    """What is put to the vote."""

    outcome = SelectField(
        "Voorstel",
        [Required("Kies een voorstel.")],
        choices=[(o.value, label) for o, label in rules.OUTCOME_LABELS.items()],
    )
    badge = SelectField(
        "Badge", choices=[(b.value, label) for b, label in rules.BADGE_LABELS.items()]
    )
    conditions = Paragraphs("Voorwaarden", [AtMost(MAX_TEXT)])
    secret = BooleanField("Geheime stemming")


class MinutesForm(BaseForm):
    """What was said."""

    text = Paragraphs("Notulen", [AtMost(20_000)])


class ReasonForm(BaseForm):
    """Why."""

    reason = Line("Reden", [Required("Schrijf op waarom."), AtMost(200)])


def decision_form(policy: Policy, data: Mapping[str, Any]) -> BaseForm:
    """A reason per criterion, a summary, and an answer to a warning."""
    fields: dict[str, Any] = {
        f"reason_{one.key}": Paragraphs(one.title, [AtMost(MAX_TEXT)]) for one in policy.criteria
    }
    fields["seen"] = HiddenField()
    fields["summary"] = Paragraphs("Samenvatting voor in de brief", [AtMost(MAX_TEXT)])
    fields["warning_answer"] = Paragraphs("Waarom toch een badge?", [AtMost(MAX_TEXT)])
    return type("DecisionForm", (BaseForm,), fields)(data=dict(data))


class AnnounceForm(BaseForm):
    """The letter that was read."""

    seen = HiddenField()


class ObjectionDecisionForm(BaseForm):
    """What becomes of an objection."""

    outcome = RadioField(
        "Uitkomst",
        [Required("Kies een uitkomst.")],
        choices=[
            ("upheld", "Gegrond: de commissie beoordeelt opnieuw"),
            ("rejected", "Ongegrond: het besluit blijft"),
            ("too_late", "Te laat ingediend"),
        ],
    )
    reasons = Paragraphs("Motivering", [Required("Schrijf op waarom."), AtMost(MAX_TEXT)])


# Policy

SPARE_ROWS = 1


def policy_form(document: Mapping[str, Any]) -> BaseForm:
    """The region's rules as one form; a spare row at the end of criteria and certificates."""
    fields: dict[str, Any] = {"valid_from": DutchDate("Geldt vanaf", [Required("Kies een dag.")])}
    data: dict[str, Any] = {}
    blank = {"key": "", "title": "", "explanation": "", "weight": 1, "scale": 4}
    for n, one in enumerate([*document["criteria"], *[blank] * SPARE_ROWS]):
        fields[f"c{n}_key"] = HiddenField()
        fields[f"c{n}_title"] = Line("Criterium", [AtMost(120)])
        fields[f"c{n}_explanation"] = Paragraphs("Uitleg", [AtMost(1000)])
        fields[f"c{n}_weight"] = WholeNumber("Gewicht", low=1, high=10)
        fields[f"c{n}_scale"] = WholeNumber("Hoogste score", low=1, high=10)
        fields[f"c{n}_obligatory"] = BooleanField("Verplicht")
        data |= {f"c{n}_{key}": value for key, value in one.items()}
    fields |= _certificate_fields(document["certificates"], data)
    for key, (low, high, name) in rules_policy.LIMITS.items():
        fields[key] = WholeNumber(name, low=low, high=high, validators=[Required("Vul in.")])
    fields["majority"] = SelectField(
        "Wanneer is een voorstel aangenomen?",
        choices=[(k.value, v) for k, v in rules_policy.MAJORITY_LABELS.items()],
    )
    fields["no_quorum"] = SelectField(
        "Als belangen te weinig leden overlaten",
        choices=[(k.value, v) for k, v in rules_policy.NO_QUORUM_LABELS.items()],
    )
    for key, label in POLICY_SWITCHES.items():
        fields[key] = BooleanField(label)
    for key, label in POLICY_TEXTS.items():
        fields[key] = Paragraphs(label, [AtMost(1500)])
    fields["note"] = Line("Waarom deze wijziging?", [AtMost(500)])
    data |= {key: value for key, value in document.items() if key in fields}
    return type("PolicyForm", (BaseForm,), fields)(data=data)


POLICY_SWITCHES = {
    "awb": "Het besluit valt onder de Algemene wet bestuursrecht (Awb)",
    "anonymous_reviewers": "Namen van beoordelaars blijven binnen de commissie",
    "secret_votes": "Stemmen zijn in de regel geheim",
    "lapsed_unlists": "Een vervallen badge haalt de onderneming ook uit het register",
}
POLICY_TEXTS = {
    "body": "Wie beslist (zo staat het in de brief)",
    "signatory": "Wie ondertekent",
    "letter_admitted": "Slot van de brief bij toelating",
    "letter_refused": "Slot van de brief bij afwijzing",
    "letter_deferred": "Slot van de brief bij aanhouden",
    "badge_sentence": "Wat inkoop bij een badgehouder in deze regio betekent",
    "badge_url": "Adres van de pagina over social return",
}


def _certificate_fields(rows: Any, data: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    blank: dict[str, Any] = {
        "code": "",
        "label": "",
        "issuer": "",
        "levels": [],
        "register_url": "",
        "valid_months": None,
        "counts_for_badge": False,
        "legal_forms": [],
        "source": "",
    }
    for n, one in enumerate([*rows, *[blank] * SPARE_ROWS]):
        fields[f"k{n}_code"] = Line("Code", [AtMost(40)])
        fields[f"k{n}_label"] = Line("Keurmerk", [AtMost(120)])
        fields[f"k{n}_issuer"] = Line("Uitgever", [AtMost(120)])
        fields[f"k{n}_levels"] = Line("Niveaus die tellen", [AtMost(300)])
        fields[f"k{n}_register_url"] = Line("Adres van het register", [AtMost(300)])
        fields[f"k{n}_valid_months"] = WholeNumber(
            "Geldig (maanden)", low=1, high=240, validators=[Optional()]
        )
        fields[f"k{n}_counts_for_badge"] = BooleanField("Telt voor de badge")
        fields[f"k{n}_legal_forms"] = Line("Rechtsvormen die het kunnen halen", [AtMost(300)])
        fields[f"k{n}_source"] = Line("Bron", [AtMost(300)])
        values = {**one, "levels": ", ".join(one["levels"])}
        values["legal_forms"] = ", ".join(one["legal_forms"])
        data |= {f"k{n}_{key}": value for key, value in values.items()}
    return fields


def policy_document(form: Any) -> dict[str, Any]:
    """The typed rules as a document (see ``rules_policy.DEFAULT``); rows without a name go."""
    found: dict[str, Any] = {key: form[key].data for key in rules_policy.LIMITS}
    found |= {"majority": form.majority.data, "no_quorum": form.no_quorum.data}
    found |= {key: bool(form[key].data) for key in POLICY_SWITCHES}
    found |= {key: form[key].data or "" for key in POLICY_TEXTS}
    criteria, certificates = [], []
    for n in range(_rows(form, "c")):
        if form[f"c{n}_title"].data:
            key = form[f"c{n}_key"].data or f"eigen{n}"
            criteria.append(
                {
                    "key": key,
                    "title": form[f"c{n}_title"].data,
                    "explanation": form[f"c{n}_explanation"].data or "",
                    "weight": form[f"c{n}_weight"].data or 1,
                    "scale": form[f"c{n}_scale"].data or 4,
                    "obligatory": bool(form[f"c{n}_obligatory"].data),
                }
            )
    for n in range(_rows(form, "k")):
        if form[f"k{n}_label"].data:
            certificates.append(
                {
                    "code": form[f"k{n}_code"].data or f"keurmerk{n}",
                    "label": form[f"k{n}_label"].data,
                    "issuer": form[f"k{n}_issuer"].data or "",
                    "levels": _listed(form[f"k{n}_levels"].data),
                    "register_url": form[f"k{n}_register_url"].data or "",
                    "valid_months": form[f"k{n}_valid_months"].data,
                    "counts_for_badge": bool(form[f"k{n}_counts_for_badge"].data),
                    "legal_forms": _legal_forms(form[f"k{n}_legal_forms"].data),
                    "source": form[f"k{n}_source"].data or "",
                }
            )
    return found | {"criteria": criteria, "certificates": certificates}


def _rows(form: Any, letter: str) -> int:
    field = "title" if letter == "c" else "label"
    n = 0
    while f"{letter}{n}_{field}" in form:
        n += 1
    return n


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _legal_forms(text: str | None) -> list[str]:
    found = [form.lower() for form in _listed(text)]
    for form in found:
        if form not in rules_policy.LEGAL_FORMS:
            raise Refused(
                f"“{form}” is geen rechtsvorm. Kies uit: {', '.join(rules_policy.LEGAL_FORMS)}."
            )
    return found


class SeatForm(BaseForm):
    """Who sits in the committee, as what, for how long."""

    person = SelectField("Wie", [Required("Kies een lid.")])
    seat = SelectField(
        "Zetel", choices=[(s.value, label) for s, label in rules.SEAT_LABELS.items()]
    )
    valid_from = DutchDate("Vanaf", [Required("Vul de eerste dag in.")])
    valid_until = DutchDate("Tot en met", [Required("Vul de laatste dag in.")])
    employers = Paragraphs(
        "Werkgevers en functies, nu en vroeger",
        [AtMost(500)],
        description="Eén per regel. Zo ziet het lid waar een belang kan zijn.",
    )
