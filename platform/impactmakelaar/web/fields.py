"""Fields that several forms use: choices with check boxes, euros, dates, years."""

from datetime import date
from typing import Any

from wtforms import Field, SelectMultipleField, StringField
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from impactmakelaar.core.dutch import read_number
from impactmakelaar.web.filters import euros
from impactmakelaar.web.forms import tidy_line

MAX_EUROS = 10_000_000_000


class MultiChoice(SelectMultipleField):
    """Check boxes; a value that is not on the list is refused by name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, _form: Any) -> None:
        """Say which value is unknown."""
        known = {str(choice[0]) for choice in self.choices or ()}
        for value in self.data or ():
            if str(value) not in known:
                raise StopValidation("Kies uit de lijst.")


class Euros(Field):
    """An amount in euros as a Dutch reader types it; ``data`` is integer cents or None.

    "1.250,50", "1250.50", "€ 1.250" and "1250" are understood.
    """

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else euros(self.data).replace("€\u00a0", "")

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the amount."""
        text = tidy_line(valuelist[0] if valuelist else "")
        text = text.replace("€", "").replace(" ", "").replace(",-", "")
        if not text:
            self.data = None
            return
        try:
            amount = read_number(text)
            if amount > MAX_EUROS:
                raise ValueError(text)
        except ValueError:
            self.data = None
            raise ValueError("Vul een bedrag in, bijvoorbeeld 1.250 of 1.250,50.") from None
        self.data = int((amount * 100).to_integral_value())


class DutchDate(StringField):
    """A date as d-m-jjjj or as the browser sends it; ``data`` is a date or None."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.strftime("%d-%m-%Y") if isinstance(self.data, date) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the date."""
        text = tidy_line(valuelist[0] if valuelist else "").replace("/", "-").replace(".", "-")
        if not text:
            self.data = None
            return
        parts = text.split("-")
        try:
            numbers = [int(part) for part in parts]
            if len(numbers) != 3:
                raise ValueError
            if len(parts[0]) == 4:
                found = date(*numbers)
            elif len(parts[2]) == 4:
                found = date(numbers[2], numbers[1], numbers[0])
            else:
                raise ValueError
            if not 1900 <= found.year <= 2100:
                raise ValueError
        except (ValueError, OverflowError):
            self.data = None
            raise ValueError("Vul een bestaande datum in, zoals 31-12-2026.") from None
        self.data = found


class WholeNumber(StringField):
    """A whole number of zero or more; ``data`` is an int or None."""

    def __init__(self, label: str, *, low: int = 0, high: int = 1_000_000, **kwargs: Any) -> None:
        self.low, self.high = low, high
        super().__init__(label, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number."""
        text = tidy_line(valuelist[0] if valuelist else "").replace(" ", "")
        if not text:
            self.data = None
            return
        try:
            found = read_number(text)
            if found != int(found) or not self.low <= found <= self.high:
                raise ValueError(text)
        except ValueError:
            self.data = None
            raise ValueError(
                f"Vul een heel getal in van {self.low} tot en met {self.high}."
            ) from None
        self.data = int(found)
