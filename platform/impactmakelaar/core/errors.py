"""What services raise. Views turn these into a sentence on the page, never into a trace."""


class Refused(Exception):  # noqa: N818  (a refusal is an answer, not a malfunction)
    """A rule said no.

    ``sentence`` is Dutch and meant for the user; ``field`` names the form field that it belongs
    to, or None when it concerns the whole form.
    """

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class Conflict(Refused):
    """Somebody else changed the object meanwhile; the page shows what (HTTP 409)."""

    def __init__(self, sentence: str, current: object = None) -> None:
        super().__init__(sentence)
        self.current = current


class NotFound(Exception):  # noqa: N818
    """The object does not exist, or not for this user: the same answer for both (HTTP 404)."""


class TooMany(Refused):
    """A limit per person, account or address was reached (HTTP 429).

    ``retry_after`` counts seconds.
    """

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
