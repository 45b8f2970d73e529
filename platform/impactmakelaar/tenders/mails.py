"""Letters about requests, as values. None names another invited firm, a number or a price."""

from impactmakelaar.core.mail import Mail


def invited(to: str, title: str, buyer: str, deadline: str, url: str, outside: bool) -> Mail:
    """Ask a firm for a quote."""
    account = (
        "\nOm een offerte te doen meldt u eerst uw onderneming aan op het platform, met uw "
        "KVK-nummer.\n"
        if outside
        else ""
    )
    return Mail(
        to=to,
        kind="tender_invited",
        subject=f"Uitnodiging voor een offerte: {title}",
        text=f"{buyer} nodigt u uit om een offerte te doen voor “{title}”.\n\n"
        f"U kunt reageren tot {deadline}.\n\n"
        f"Lees de aanvraag en laat weten of u meedoet:\n\n{url}\n{account}",
    )


def sounded(to: str, title: str, buyer: str, deadline: str, url: str) -> Mail:
    """Ask a firm whether it could and would do something."""
    return Mail(
        to=to,
        kind="tender_sounded",
        subject=f"Vraag aan de markt: {title}",
        text=f"{buyer} wil weten wie “{title}” zou kunnen en willen doen. Het is nog geen "
        f"opdracht en u hoeft geen prijs te geven.\n\nLaat het weten tot {deadline}:\n\n{url}\n",
    )


def reminded(to: str, title: str, deadline: str, url: str) -> Mail:
    """Remind an invited firm of the deadline."""
    return Mail(
        to=to,
        kind="tender_reminded",
        subject=f"Herinnering: {title}",
        text=f"De aanvraag “{title}” sluit op {deadline}.\n\n{url}\n",
    )


def answered(to: str, title: str, url: str) -> Mail:
    """Tell that there is a new answer."""
    return Mail(
        to=to,
        kind="tender_answered",
        subject=f"Nieuw antwoord bij: {title}",
        text=f"Bij de aanvraag “{title}” staat een nieuwe vraag met antwoord. Iedereen die is "
        f"uitgenodigd krijgt dezelfde informatie.\n\n{url}\n",
    )


def changed(to: str, title: str, change: str, deadline: str, url: str) -> Mail:
    """Tell what changed in the request."""
    return Mail(
        to=to,
        kind="tender_changed",
        subject=f"Wijziging van: {title}",
        text=f"De aanvraag “{title}” is gewijzigd:\n\n{change}\n\n"
        f"De sluiting is nu {deadline}.\n\n{url}\n",
    )


def withdrawn(to: str, title: str, buyer: str, reason: str) -> Mail:
    """Tell that the request is off."""
    return Mail(
        to=to,
        kind="tender_withdrawn",
        subject=f"Ingetrokken: {title}",
        text=f"{buyer} heeft de aanvraag “{title}” ingetrokken.\n\nReden: {reason}\n",
    )


def received(to: str, title: str, at: str, digest: str, url: str) -> Mail:
    """The receipt of a quote: when it came in and its fingerprint, nothing of what it says."""
    return Mail(
        to=to,
        kind="quote_received",
        subject=f"Ontvangstbewijs: {title}",
        text=f"Uw offerte voor “{title}” is ontvangen op {at} en ligt in de kluis. Tot de sluiting "
        f"kan niemand haar lezen.\n\nVingerafdruk van de verzegelde offerte:\n{digest}\n\n{url}\n",
    )


def asked(to: str, title: str, url: str) -> Mail:
    """Tell the buyer that there is a question."""
    return Mail(
        to=to,
        kind="tender_question",
        subject=f"Nieuwe vraag bij: {title}",
        text=f"Er is een vraag gesteld bij “{title}”. Uw antwoord gaat naar iedereen die is "
        f"uitgenodigd.\n\n{url}\n",
    )


def second_hand(to: str, title: str, url: str) -> Mail:
    """Ask a colleague to put in the second key."""
    return Mail(
        to=to,
        kind="tender_second_hand",
        subject=f"Help de kluis openen: {title}",
        text=f"Een collega wil de offertes voor “{title}” openen. Daar zijn twee mensen voor "
        f"nodig, binnen tien minuten.\n\n{url}\n",
    )


def decided(to: str, title: str, buyer: str, won: bool, reasons: str, standstill: str) -> Mail:
    """The letter about the award, with the reasons that concern this firm."""
    news = (
        f"{buyer} wil de opdracht “{title}” aan u gunnen."
        if won
        else f"{buyer} gunt de opdracht “{title}” niet aan u."
    )
    wait = f"\n\nDe overeenkomst wordt niet gesloten vóór {standstill}." if standstill else ""
    return Mail(
        to=to,
        kind="tender_decided",
        subject=f"Uitslag: {title}",
        text=f"{news}\n\n{reasons}{wait}\n",
    )
