"""The shape of what is typed about organisations."""

from wtforms import EmailField, PasswordField, SelectField
from wtforms.validators import Email, Optional

from impactmakelaar.web.fields import DutchDate
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required, tidy_line


class RegisterForm(BaseForm):
    """An enterprise or contractor, by name and number."""

    name = Line("Naam van de organisatie", [Required("Vul de naam in."), AtMost(200)])
    kvk_number = Line(
        "KVK-nummer",
        [Required("Vul het KVK-nummer in."), AtMost(20)],
        description="8 cijfers, ook als het met een 0 begint.",
    )


class OrganisationForm(BaseForm):
    """An organisation that staff add."""

    kind = SelectField("Soort organisatie")
    name = Line("Naam", [Required("Vul de naam in."), AtMost(200)])
    kvk_number = Line("KVK-nummer", [AtMost(20)])


class InviteForm(BaseForm):
    """Whom to invite, in which role."""

    name = Line("Naam", [Required("Vul de naam in."), AtMost(120)])
    email = EmailField(
        "E-mailadres",
        [
            Required("Vul het e-mailadres in."),
            AtMost(254),
            Email("Vul een volledig e-mailadres in, zoals naam@organisatie.nl."),
        ],
        filters=[tidy_line],
    )
    role = SelectField("Rol", [Required("Kies een rol.")])


class AcceptForm(BaseForm):
    """A new account for an invited person."""

    name = Line("Uw naam", [Required("Vul uw naam in."), AtMost(120)])
    password = PasswordField("Kies een wachtwoord", [Required("Kies een wachtwoord."), AtMost(256)])


class ReasonForm(BaseForm):
    """Why something is refused."""

    reason = Paragraphs("Reden", [Required("Geef een reden."), AtMost(1000)])


class SuccessorForm(BaseForm):
    """Which enterprise goes on, from when, and why."""

    successor = Line("KVK-nummer van de opvolger", [Required("Vul het KVK-nummer in."), AtMost(20)])
    effective_on = DutchDate("Met ingang van", [Required("Vul de datum in.")])
    reason = Line("Toelichting", [Required("Geef een toelichting."), AtMost(300)])


class LeaveForm(BaseForm):
    """Who takes over."""

    successor = SelectField("Wie neemt het werk over?", [Optional()])


class EmptyForm(BaseForm):
    """A button."""
