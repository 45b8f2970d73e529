"""What every form shares: Dutch messages, tidy text, refusals that land on their field."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, Form, StringField, TextAreaField
from wtforms.fields.core import UnboundField
from wtforms.validators import StopValidation

from impactmakelaar.core import dutch
from impactmakelaar.core.errors import Refused

MAX_LINE = 200
tidy, tidy_line = dutch.tidy, dutch.tidy_line


class BaseForm(FlaskForm):
    """Parent of every form: CSRF, Dutch built-in messages, ``refuse`` for what a rule said."""

    class Meta(FlaskForm.Meta):
        """WTForms' own Dutch messages."""

        locales = ("nl_NL", "nl")

    refusal: Refused | None = None

    def refuse(self, refusal: Refused) -> None:
        """Show a rule's sentence at its field, or above the form when it names none."""
        self.refusal = refusal
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(refusal.sentence)
        else:
            field.errors = [*field.errors, refusal.sentence]

    def all_errors(self) -> list[tuple[str, str]]:
        """(id of the input or "", sentence) of all that is wrong, for the list above the form."""
        found = [("", sentence) for sentence in self.form_errors]
        for field in self:
            for error in field.errors:
                sentence = error if isinstance(error, str) else "Dit klopt niet."
                found.append((field.id, f"{field.label.text}: {sentence}"))
        return found


def whole_number(typed: Any, otherwise: int) -> int:
    """A whole number as a hidden field or an address carries it; ``otherwise`` when it is none.

    "²" is a digit and no number, and twenty digits fit in no column: both are none.
    """
    text = str(typed or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def fields_named(names: set[str]) -> dict[str, UnboundField]:
    """The declarations of fields with these names.

    Many forms have a field "title" or "note": the form that has most of these names is meant.
    """
    found = dict[str, UnboundField]()
    best = dict[str, int]()
    waiting = list(Form.__subclasses__())
    while waiting:
        form = waiting.pop(0)
        waiting += form.__subclasses__()
        here = {name: getattr(form, name, None) for name in names if name.isidentifier()}
        here = {name: one for name, one in here.items() if isinstance(one, UnboundField)}
        for name, one in here.items():
            if len(here) > best.get(name, 0):
                found[name], best[name] = one, len(here)
    return found


class Line(StringField):
    """One line of text, tidied."""

    def __init__(self, label: str, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators or [], filters=[tidy_line], **kwargs)


class Paragraphs(TextAreaField):
    """Several lines of text, tidied."""

    def __init__(self, label: str, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators or [], filters=[tidy], **kwargs)


class AtMost:
    """A text is not too long; the sentence says by how much it is."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.field_flags = {"maxlength": limit}

    def __call__(self, _form: Any, field: Field) -> None:
        """Count characters as the reader would: after tidying."""
        over = len(field.data or "") - self.limit
        if over > 0:
            raise StopValidation(
                f"Deze tekst is te lang: hoogstens {self.limit} tekens, {over} te veel."
            )


class Required:
    """Something must be filled in; the sentence is given, for "dit veld" helps nobody."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        self.field_flags = {"required": True}

    def __call__(self, _form: Any, field: Field) -> None:
        """Blank counts as nothing."""
        data = field.data
        if field.process_errors:
            return  # Something was typed that could not be read, and its sentence says so.
        if data is None or (isinstance(data, str) and not data.strip()) or data == []:
            field.errors = []
            raise StopValidation(self.sentence)
