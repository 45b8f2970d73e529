"""The shape of what is typed round a workbook; answers have their own (see rules_answers)."""

from flask_wtf.file import FileField, FileRequired
from wtforms import EmailField, RadioField, SelectField

from impactmakelaar.toolbox.rules_workbook import ACCESS_LABELS
from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required

ROLES = [(key, ACCESS_LABELS[key]) for key in ("read", "answer", "manage")]


class BookForm(BaseForm):
    """A new workbook."""

    name = Line("Naam van het werkboek", [Required("Geef het werkboek een naam."), AtMost(120)])
    purpose = Paragraphs("Waar is het voor?", [AtMost(500)])


class ChangeForm(BookForm):
    """Name, purpose and what colleagues may do."""

    everyone = RadioField(
        "Wat mogen collega's van uw organisatie?",
        choices=[(key, ACCESS_LABELS[key]) for key in ("answer", "read", "none")],
    )


class GuestForm(BaseForm):
    """Ask a guest."""

    email = EmailField("E-mailadres", [Required("Vul een e-mailadres in."), AtMost(254)])
    role = SelectField("Wat mag deze gast?", choices=ROLES, default="answer")


class ImportForm(BaseForm):
    """A file that was exported before."""

    file = FileField("Bestand (JSON of Markdown)", [FileRequired("Kies een bestand.")])
