"""The shape of a choice among proposed lines."""

from impactmakelaar.web.fields import MultiChoice
from impactmakelaar.web.forms import BaseForm


class PartiesForm(BaseForm):
    """Which proposed lines go on the page; the values are their numbers."""

    chosen = MultiChoice("Wat komt op de pagina van de regio?")
