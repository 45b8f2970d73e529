"""The shape of what is typed about an intake table."""

from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import Optional

from impactmakelaar.intake.rules_table import Result
from impactmakelaar.social_return.rules import EFFORT_LABELS, Effort
from impactmakelaar.web.fields import DutchDate, Euros, MultiChoice, WholeNumber
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required

COMES = (("yes", "Ja, wij komen"), ("no", "Nee, wij komen niet"))


class TableForm(BaseForm):
    """A table: when, where, how large."""

    title = Line("Naam", [Required("Geef de intaketafel een naam."), AtMost(200)])
    held_on = DutchDate("Dag", validators=[Required("Kies een dag.")])
    starts_at = Line("Begintijd", [Required("Vul een tijd in, bijvoorbeeld 13.30.")])
    place = Line("Plaats", [Required("Vul in waar het is."), AtMost(300)])
    tables = WholeNumber("Aantal tafels", validators=[Required("Vul het aantal tafels in.")])
    rounds = WholeNumber("Aantal rondes", validators=[Required("Vul het aantal rondes in.")])
    minutes = WholeNumber(
        "Minuten per ronde, wisselen inbegrepen",
        validators=[Required("Vul in hoeveel minuten een ronde duurt.")],
    )
    breaks = Paragraphs("Pauzes", [AtMost(200)])
    most_contractor = WholeNumber(
        "Hoogstens gesprekken per opdrachtnemer", low=1, high=30, validators=[Required("Kies.")]
    )
    most_enterprise = WholeNumber(
        "Hoogstens gesprekken per onderneming", low=1, high=30, validators=[Required("Kies.")]
    )
    note = Paragraphs("Toelichting voor de deelnemers", [AtMost(2000)])


class InviteForm(BaseForm):
    """Whom to invite."""

    contracts = MultiChoice("Opdrachtnemers met een verplichting")
    enterprises = MultiChoice("Ondernemingen uit het register")


class AnswerForm(BaseForm):
    """Whether somebody comes, when, and with whom."""

    comes = RadioField("Komt u?", choices=COMES, validators=[Required("Laat weten of u komt.")])
    away = MultiChoice("Wanneer bent u er niet?")
    wishes = MultiChoice("Met wie wilt u graag praten?")
    blocks = MultiChoice("Met wie niet?")
    most_euros = Euros("Hoogste bedrag aan afspraken in totaal", [Optional()])
    note = Paragraphs("Bericht aan de organisator", [AtMost(500)])


class OfferForm(BaseForm):
    """What an enterprise offers at a table."""

    title = Line("Wat biedt u aan?", [Required("Schrijf op wat u aanbiedt."), AtMost(200)])
    effort = SelectField(
        "Hoe telt het mee?",
        choices=[(str(one), EFFORT_LABELS[one]) for one in Effort if one != Effort.OTHER],
    )
    units = WholeNumber("Aantal", validators=[Required("Vul het aantal in.")])
    minimum = WholeNumber("Kleinste afname", low=1, validators=[Required("Vul een getal in.")])
    starts_on = DutchDate("Eerste dag", validators=[Required("Vul de eerste dag in.")])
    ends_on = DutchDate("Laatste dag", validators=[Required("Vul de laatste dag in.")])
    municipalities = MultiChoice("In welke gemeenten?")
    country = BooleanField("In heel Nederland")


class PairForm(BaseForm):
    """A contractor and an enterprise, and what the organiser wants with them."""

    contractor = HiddenField()
    enterprise = HiddenField()
    round = SelectField("Ronde", [Optional()], validate_choice=False)
    reason = Line("Reden", [AtMost(300)])


class PresenceForm(BaseForm):
    """Who is not there in which rounds."""

    participant = HiddenField()
    away = MultiChoice("Er niet bij in")


class OutcomeForm(BaseForm):
    """What came of a meeting, other than a deal."""

    kind = RadioField(
        "Uitkomst",
        choices=[
            (str(Result.FOLLOW_UP), "Wij praten verder op een andere dag"),
            (str(Result.NONE), "Geen afspraak"),
        ],
        validators=[Required("Kies een uitkomst.")],
    )
    follow_up_on = DutchDate("Dag van het vervolg", validators=[Optional()])
    reason = Paragraphs("Toelichting of reden", [AtMost(1000)])


class DealForm(BaseForm):
    """A deal: which obligation, which offer, how much, when."""

    pair = SelectField("Waarover?", validate_choice=False)
    units = WholeNumber("Aantal", low=1, validators=[Required("Vul in om hoeveel het gaat.")])
    starts_on = DutchDate("Eerste dag", validators=[Required("Vul de eerste dag in.")])
    ends_on = DutchDate("Laatste dag", validators=[Required("Vul de laatste dag in.")])
    note = Paragraphs("Afgesproken is", [AtMost(1000)])
    once = HiddenField()


class ButtonForm(BaseForm):
    """A button."""
