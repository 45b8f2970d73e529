"""The shape of what somebody brings to be checked."""

from flask_wtf.file import FileField

from impactmakelaar.web.forms import AtMost, BaseForm, Line, Paragraphs


class CheckForm(BaseForm):
    """A number, a file, or the text of a credential."""

    number = Line("Badgenummer of adres van de badge", [AtMost(300)])
    file = FileField("Of kies een bestand met de badge")
    token = Paragraphs("Of plak de tekst van het badge-bewijs", [AtMost(20_000)])
