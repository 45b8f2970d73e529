"""Standing in Dutch: the same words on every page, mail, export and image."""

from datetime import date

from impactmakelaar.admission.rules_standing import Reason, Standing, State
from impactmakelaar.core.dutch import long_date

LABELS = {
    State.NONE: "Geen SROI-badge",
    State.APPLIED: "Aanvraag loopt",
    State.IN_GRACE: "SROI-badge, eerste jaar",
    State.CERTIFIED: "SROI-badge, met keurmerk",
    State.LAPSED: "SROI-badge verlopen",
    State.SUSPENDED: "Geschorst",
    State.REFUSED: "Niet toegelaten",
    State.WITHDRAWN: "Ingetrokken",
    State.ENDED: "Deelname beëindigd",
}
TAG_KINDS = {
    State.IN_GRACE: "info",
    State.CERTIFIED: "ok",
    State.LAPSED: "warning",
    State.SUSPENDED: "error",
}
FILTER_VALUES = {
    State.CERTIFIED: "met-keurmerk",
    State.IN_GRACE: "eerste-jaar",
    State.LAPSED: "verlopen",
    State.NONE: "geen",
}
"""The values of the register's filter, for the states that can be listed."""
FILTER_LABELS = {
    "met-keurmerk": "SROI-badge, met keurmerk",
    "eerste-jaar": "SROI-badge, eerste jaar",
    "verlopen": "SROI-badge verlopen",
    "geen": "Geen SROI-badge",
}


def label(found: Standing) -> str:
    """A few words: ``SROI-badge, eerste jaar``."""
    return LABELS[found.state]


def kind(found: Standing) -> str:
    """How the tag looks: info, ok, warning, error or plain."""
    return TAG_KINDS.get(found.state, "")


def tag(found: Standing) -> str:
    """A few words with the date that matters: ``SROI-badge, met keurmerk, t/m 9 mei 2029``."""
    if found.has_badge and found.last_day is not None:
        return f"{label(found)}, t/m {long_date(found.last_day)}"
    if found.state == State.LAPSED and found.last_day is not None:
        return f"{label(found)} na {long_date(found.last_day)}"
    return label(found)


def sentence(found: Standing, certificate: str = "") -> str:
    """One sentence that says what holds and until when; ``certificate`` is its Dutch name."""
    last = long_date(found.last_day) if found.last_day and found.last_day < date.max else ""
    match found.state, found.reason:
        case State.IN_GRACE, Reason.RECOGNITION:
            return f"De badge van {found.region} geldt hier tot en met {last}."
        case State.CERTIFIED, Reason.RECOGNITION:
            return f"De badge van {found.region} geldt hier tot en met {last}."
        case State.IN_GRACE, _:
            return (
                f"De badge geldt tot en met {last}, nog zonder keurmerk. "
                "Voor die dag is een erkend keurmerk nodig."
            )
        case State.CERTIFIED, _:
            return (
                f"De badge geldt tot en met {last}, op grond van {certificate or 'een keurmerk'}."
            )
        case State.LAPSED, Reason.CERTIFICATE_WITHDRAWN:
            return f"De badge gold tot en met {last}: de uitgever trok het keurmerk in."
        case State.LAPSED, Reason.CERTIFICATE_OVER:
            return f"De badge gold tot en met {last}: toen liep het keurmerk af."
        case State.LAPSED, Reason.GRACE_OVER:
            return f"De badge gold tot en met {last}: er was toen geen erkend keurmerk."
        case State.LAPSED, _:
            return f"De badge gold tot en met {last}."
        case State.SUSPENDED, _:
            return f"Geschorst{' tot en met ' + last if last else ''}: er is nu geen badge."
        case State.ENDED, _:
            return f"De deelname is beëindigd; de laatste dag was {last}."
        case State.WITHDRAWN, Reason.DECISION_WITHDRAWN:
            return f"Het besluit is ingetrokken; de laatste dag was {last}."
        case State.WITHDRAWN, _:
            return "De aanvraag is ingetrokken."
        case State.REFUSED, _:
            return "De aanvraag is afgewezen."
        case State.APPLIED, _:
            return "De aanvraag is in behandeling; er is nog geen besluit."
    if found.admitted and found.region:
        return f"In het register op grond van een besluit van {found.region}, zonder SROI-badge."
    if found.admitted:
        return "Toegelaten tot het register, zonder SROI-badge."
    return "Er is geen toelating en geen SROI-badge."
