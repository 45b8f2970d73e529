"""The shape of what is typed on account pages."""

from wtforms import EmailField, PasswordField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email

from impactmakelaar.accounts.rules import AIM_LABELS, Aim
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Required, tidy_line

EMAIL = Email("Vul een volledig e-mailadres in, zoals naam@organisatie.nl.")


def email_field(label: str = "E-mailadres") -> EmailField:
    """An e-mail address."""
    return EmailField(
        label,
        [Required("Vul uw e-mailadres in."), AtMost(254), EMAIL],
        filters=[tidy_line],
    )


def password_field(label: str, sentence: str) -> PasswordField:
    """A password; pasting and password managers are welcome."""
    return PasswordField(label, [Required(sentence), AtMost(256)])


class SignInForm(BaseForm):
    """Address and password."""

    email = email_field()
    password = password_field("Wachtwoord", "Vul uw wachtwoord in.")


class SignUpForm(BaseForm):
    """A new account."""

    aim = RadioField(
        "Waarvoor maakt u een account?",
        [Required("Kies waarvoor u een account maakt.")],
        choices=[SelectChoice(aim, label) for aim, label in AIM_LABELS.items()],
        default=Aim.ENTREPRENEUR,
    )
    name = Line("Uw naam", [Required("Vul uw naam in."), AtMost(120)])
    email = email_field()
    password = password_field("Kies een wachtwoord", "Kies een wachtwoord.")


class ConfirmForm(BaseForm):
    """The password that was chosen at sign-up."""

    password = password_field("Uw wachtwoord", "Vul het wachtwoord in dat u koos.")


class EmailForm(BaseForm):
    """An address only."""

    email = email_field()


class NewPasswordForm(BaseForm):
    """A new password through a mailed link."""

    password = password_field("Nieuw wachtwoord", "Kies een nieuw wachtwoord.")


class ChangePasswordForm(BaseForm):
    """Old and new password."""

    old = password_field("Huidig wachtwoord", "Vul uw huidige wachtwoord in.")
    password = password_field("Nieuw wachtwoord", "Kies een nieuw wachtwoord.")


class ChangeEmailForm(BaseForm):
    """A new address, with the password as proof."""

    email = email_field("Nieuw e-mailadres")
    password = password_field("Huidig wachtwoord", "Vul uw huidige wachtwoord in.")


class PasswordForm(BaseForm):
    """The password as proof."""

    password = password_field("Huidig wachtwoord", "Vul uw huidige wachtwoord in.")


class NameForm(BaseForm):
    """The name that others see."""

    name = Line("Uw naam", [Required("Vul uw naam in."), AtMost(120)])


class CodeForm(BaseForm):
    """Six digits from an app, or a recovery code."""

    code = Line("Code", [Required("Vul de code in."), AtMost(20)])


class EmptyForm(BaseForm):
    """A button."""
