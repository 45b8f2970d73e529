"""The shape of what searchers type, the search itself apart (see rules.parse)."""

from wtforms import SelectField
from wtforms.validators import Optional

from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs, Required


class NameForm(BaseForm):
    """The name of a shortlist or saved search."""

    name = Line("Naam", [Required("Geef een naam."), AtMost(120)])


class AddForm(BaseForm):
    """Which list, or the name of a new one."""

    shortlist = SelectField("Shortlist", [Optional()], validate_choice=False)
    name = Line("Naam van een nieuwe shortlist", [AtMost(120)])


class NoteForm(BaseForm):
    """A note with an enterprise."""

    note = Paragraphs("Notitie", [AtMost(2000)])


class ButtonForm(BaseForm):
    """A button."""
