"""Letters of admission, as values. Their kinds begin with ``admission``: see core.mail."""

from impactmakelaar.core.mail import Mail


def submitted(to: str, name: str, enterprise: str, target: str, url: str) -> Mail:
    """Confirm to the applicant that the application came in."""
    return Mail(
        to=to,
        kind="admission_submitted",
        subject=f"Wij hebben de aanvraag van {enterprise} ontvangen",
        text=f"Beste {name},\n\nUw aanvraag voor toelating is binnen. Wij kijken eerst of de "
        f"aanvraag compleet is. Daarna beoordeelt de selectiecommissie hem. Wij willen vóór "
        f"{target} een besluit nemen. Als wij u iets vragen, schuift die dag op.\n\n"
        f"Hier ziet u hoe het ervoor staat:\n\n{url}\n",
    )


def to_check(to: str, name: str, enterprise: str, url: str) -> Mail:
    """Tell the secretary that an application (or an answer) waits."""
    return Mail(
        to=to,
        kind="admission_to_check",
        subject=f"Te controleren: aanvraag van {enterprise}",
        text=f"Beste {name},\n\nDe aanvraag van {enterprise} wacht op uw controle:\n\n{url}\n",
    )


def more_asked(to: str, name: str, enterprise: str, questions: list[str], url: str) -> Mail:
    """Ask the applicant for more."""
    lines = "\n".join(f"- {question}" for question in questions)
    return Mail(
        to=to,
        kind="admission_more_asked",
        subject=f"Wij hebben een vraag over de aanvraag van {enterprise}",
        text=f"Beste {name},\n\nVoor uw aanvraag willen wij nog iets weten:\n\n{lines}\n\n"
        f"U geeft uw antwoord hier:\n\n{url}\n\nTot wij uw antwoord hebben, staat de "
        "termijn stil.\n",
    )


def to_review(to: str, name: str, enterprise: str, url: str) -> Mail:
    """Ask a member of the committee to review."""
    return Mail(
        to=to,
        kind="admission_to_review",
        subject=f"Te beoordelen: {enterprise}",
        text=f"Beste {name},\n\nU bent gevraagd om de aanvraag van {enterprise} te beoordelen. "
        "U geeft eerst aan of u een belang hebt bij deze onderneming:\n\n"
        f"{url}\n",
    )


def invited(to: str, name: str, when: str, place: str, written: bool, url: str) -> Mail:
    """Tell a member of the committee about a meeting or a written round."""
    if written:
        return Mail(
            to=to,
            kind="admission_written_round",
            subject=f"Schriftelijke ronde: stem uiterlijk {when}",
            text=f"Beste {name},\n\nDe commissie beslist deze keer schriftelijk. "
            f"U kunt stemmen tot en met {when}:\n\n{url}\n",
        )
    where = f" Plaats: {place}." if place else ""
    return Mail(
        to=to,
        kind="admission_meeting",
        subject=f"Vergadering selectiecommissie op {when}",
        text=f"Beste {name},\n\nDe selectiecommissie vergadert op {when}.{where} De agenda "
        f"staat hier:\n\n{url}\n",
    )


def announced(to: str, name: str, enterprise: str, url: str) -> Mail:
    """Tell the applicant that there is a decision; the outcome is on the page, not in the mail."""
    return Mail(
        to=to,
        kind="admission_announced",
        subject=f"Er is een besluit over {enterprise}",
        text=f"Beste {name},\n\nDe selectiecommissie heeft besloten over de aanvraag van "
        f"{enterprise}. De brief met het besluit leest u hier:\n\n{url}\n",
    )


def objection_received(to: str, name: str, enterprise: str, url: str) -> Mail:
    """Confirm an objection to the applicant."""
    return Mail(
        to=to,
        kind="admission_objection",
        subject=f"Wij hebben het bezwaar van {enterprise} ontvangen",
        text=f"Beste {name},\n\nUw bezwaar is binnen. Andere mensen dan die het besluit namen, "
        f"behandelen het. Hier ziet u hoe het ervoor staat:\n\n{url}\n",
    )


def objection_to_decide(to: str, name: str, enterprise: str, url: str) -> Mail:
    """Tell who may decide it that an objection waits."""
    return Mail(
        to=to,
        kind="admission_objection_to_decide",
        subject=f"Bezwaar van {enterprise}",
        text=f"Beste {name},\n\n{enterprise} is het niet eens met een besluit. "
        f"Het bezwaar wacht op behandeling:\n\n{url}\n",
    )


def objection_decided(to: str, name: str, enterprise: str, url: str) -> Mail:
    """Tell the applicant that the objection was decided."""
    return Mail(
        to=to,
        kind="admission_objection_decided",
        subject=f"Er is beslist op het bezwaar van {enterprise}",
        text=f"Beste {name},\n\nEr is beslist op uw bezwaar. De uitkomst leest u hier:\n\n{url}\n",
    )


def withdrawn(to: str, name: str, enterprise: str) -> Mail:
    """Tell the secretary that an application was withdrawn."""
    return Mail(
        to=to,
        kind="admission_withdrawn",
        subject=f"Aanvraag van {enterprise} is ingetrokken",
        text=f"Beste {name},\n\n{enterprise} heeft de aanvraag ingetrokken.\n",
    )
