"""The audit trail in Dutch sentences: one per action, used on every trail page; and which object a
line is about, for readers who may see that object."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select

from impactmakelaar.core.db import db

SENTENCES = {
    "person.signed_up": "maakte een account aan",
    "person.confirmed": "bevestigde het e-mailadres",
    "person.signed_in": "logde in",
    "person.password_reset": "koos een nieuw wachtwoord via de mail",
    "person.password_changed": "wijzigde het wachtwoord",
    "person.email_changed": "wijzigde het e-mailadres",
    "person.renamed": "wijzigde de naam",
    "person.sessions_ended": "logde overal elders uit",
    "person.second_factor_enabled": "zette de tweede stap aan",
    "person.second_factor_disabled": "zette de tweede stap uit",
    "person.recovery_code_used": "gebruikte een herstelcode",
    "person.recovery_codes_renewed": "vroeg nieuwe herstelcodes aan",
    "organisation.created": "voegde de organisatie toe",
    "organisation.ended": "beëindigde de deelname van de organisatie",
    "link.asked": "vroeg om te handelen namens de organisatie",
    "link.approved": "keurde goed dat iemand namens de organisatie handelt",
    "link.refused": "wees een aanvraag om namens de organisatie te handelen af",
    "lead.approved": "keurde een geïmporteerde onderneming goed",
    "invitation.sent": "nodigde iemand uit",
    "invitation.withdrawn": "trok een uitnodiging in",
    "invitation.accepted": "nam een uitnodiging aan",
    "membership.ended": "beëindigde een rol",
    "enterprise.succeeded": "koppelde een opvolger",
    "enterprise.succeeds": "koppelde een voorganger",
    "certificate.handed_in": "stuurde een keurmerk in",
    "certificate.changed": "wijzigde een keurmerk",
    "certificate.taken_back": "trok een keurmerk terug",
    "certificate.verified": "bevestigde een keurmerk",
    "certificate.refused": "bevestigde een keurmerk niet",
    "certificate.ended": "legde vast dat een keurmerk niet meer telt",
    "suspension.proposed": "vroeg om een reactie op een schorsing",
    "suspension.heard": "legde een reactie op een schorsing vast",
    "suspension.imposed": "legde een schorsing op",
    "suspension.lifted": "hief een schorsing op",
    "admission.left": "stopte de deelname",
    "recognition.recorded": "erkende het besluit van een andere regio",
    "recognition.ended": "beëindigde een erkenning",
    "badge.numbered": "gaf een badgenummer",
    "badge.issued": "gaf een badge-bewijs uit",
    "badge.revoked": "trok een badge-bewijs in",
    "badge.key_rotated": "nam een nieuwe sleutel in gebruik",
    "profile.saved": "wijzigde het concept van het profiel",
    "profile.published": "publiceerde het profiel",
    "profile.paused": "pauzeerde het profiel",
    "profile.resumed": "zette het profiel weer aan",
    "profile.withdrawn": "trok het profiel in",
    "profile.restored": "zette een oudere versie terug als concept",
    "profile.capacity_confirmed": "bevestigde de capaciteit",
    "profile.exported": "haalde de eigen gegevens op",
    "contact.revealed": "bekeek de contactgegevens",
    "file.uploaded": "voegde een bestand toe",
    "import.done": "importeerde een lijst",
    "shortlist.created": "maakte een shortlist",
    "shortlist.renamed": "hernoemde een shortlist",
    "shortlist.archived": "archiveerde een shortlist",
    "shortlist.added": "zette een onderneming op een shortlist",
    "shortlist.removed": "haalde een onderneming van een shortlist",
    "shortlist.noted": "schreef een notitie op een shortlist",
    "search.saved": "bewaarde een zoekopdracht",
    "search.alerts": "wijzigde de mail bij een bewaarde zoekopdracht",
    "search.removed": "verwijderde een bewaarde zoekopdracht",
    "application.started": "begon een aanvraag voor toelating",
    "application.file_added": "voegde bewijs toe aan de aanvraag",
    "application.file_removed": "haalde bewijs weg uit de aanvraag",
    "application.submitted": "diende de aanvraag in",
    "application.answered": "beantwoordde vragen over de aanvraag",
    "application.withdrawn": "trok de aanvraag in",
    "application.more_asked": "stelde vragen over de aanvraag",
    "application.complete": "vond de aanvraag compleet",
    "application.assigned": "wees beoordelaars toe",
    "application.round_opened": "opende een nieuwe ronde",
    "interest.declared": "verklaarde of er een belang is",
    "review.submitted": "leverde een beoordeling in",
    "item.added": "zette het dossier op een agenda",
    "item.postponed": "schoof het dossier door",
    "item.proposed": "bracht een voorstel in stemming",
    "item.closed": "telde de stemmen",
    "item.annulled": "liet een stemming vervallen",
    "item.minutes": "schreef notulen",
    "vote.cast": "stemde",
    "decision.prepared": "bereidde het besluit voor",
    "decision.unprepared": "liet een voorbereid besluit vervallen",
    "decision.announced": "maakte het besluit bekend",
    "objection.filed": "maakte bezwaar",
    "objection.decided": "besliste op het bezwaar",
    "proposal.made": "deed een voorstel",
    "proposal.decided": "besloot over een voorstel",
    "region_page.added": "zette regels op de pagina van de regio",
    "region_page.removed": "haalde een regel van de pagina van de regio",
    "policy.set": "legde nieuwe regels voor toelating vast",
    "seat.given": "gaf een zetel in de commissie",
    "seat.ended": "beëindigde een zetel in de commissie",
    "meeting.planned": "plande een vergadering",
    "meeting.opened": "opende een vergadering",
    "meeting.closed": "sloot een vergadering",
    "contract.registered": "meldde een opdracht met social return aan",
    "contract.changed": "wijzigde een aangemelde opdracht",
    "contract.submitted": "stuurde een opdracht met social return in",
    "contract.confirmed": "stelde een verplichting vast",
    "contract.sent_back": "stuurde een aangemelde opdracht terug",
    "contract.withdrawn": "trok een aangemelde opdracht in",
    "contract.amended": "boekte een wijziging van een opdracht",
    "contract.invoiced": "voegde een factuur van een opdracht toe",
    "contract.party_added": "voegde een partner of onderaannemer toe",
    "contract.settled": "sloot een verplichting af",
    "contract.recorded": "legde het contract van een opdracht vast",
    "contract.reminded": "kreeg een herinnering over social return",
    "plan.written": "schreef een plan van aanpak",
    "plan.agreed": "ging akkoord met een plan van aanpak",
    "agreement.booked": "legde een afspraak met een onderneming vast",
    "agreement.done": "meldde een afspraak als uitgevoerd",
    "agreement.lapsed": "liet een afspraak stoppen die niet meer kan doorgaan",
    "agreement.cancelled": "zette een afspraak stop",
    "effort.declared": "gaf een invulling op",
    "effort.approved": "keurde een invulling goed",
    "effort.refused": "keurde een invulling af",
    "effort.retracted": "trok een invulling in",
    "social_rules.set": "legde regels voor social return vast",
    "social_prices.set": "legde een prijslijst vast",
    "supplier.recognised": "erkende een leverancier",
    "buyer_settings.saved": "legde de regels voor opdrachten vast",
    "intake.allowed": "stond een gesprek weer toe",
    "intake.cancelled": "gelastte de intaketafel af",
    "intake.changed": "wijzigde de intaketafel",
    "intake.closed": "sloot de intaketafel af",
    "intake.confirmed": "bevestigde deelname aan een intaketafel",
    "intake.declined": "zegde af voor een intaketafel",
    "intake.forbidden": "sloot een gesprek uit",
    "intake.invited": "nodigde uit voor een intaketafel",
    "intake.locked": "zette een gesprek vast",
    "intake.offer_withdrawn": "trok een aanbod in",
    "intake.offered": "voegde een aanbod toe",
    "intake.outcome": "legde de uitkomst van een gesprek vast",
    "intake.placed": "plande een gesprek in",
    "intake.planned": "plande een intaketafel",
    "intake.presence": "legde aanwezigheid vast",
    "intake.proposal_asked": "vroeg een voorstel",
    "intake.proposal_stopped": "stopte het voorstel",
    "intake.proposed": "maakte een voorstel",
    "intake.published": "maakte het programma bekend",
    "intake.removed": "haalde een gesprek weg",
    "intake.repaired": "paste het programma aan",
    "intake.round_begun": "begon een ronde",
    "intake.unlocked": "maakte een gesprek los",
    "intake.walk_in": "voegde ter plekke een deelnemer toe",
    "invitation.answered": "beantwoordde een uitnodiging",
    "limits.added": "voegde grenzen voor opdrachten toe",
    "box.key_put_in": "stak een sleutel in de kluis",
    "box.opened": "opende de kluis",
    "box.refused": "wilde de kluis openen, en dat mocht niet",
    "mandate.granted": "gaf iemand mandaat voor een procedure",
    "mandate.ended": "nam een mandaat voor een procedure terug",
    "quote.agreed": "legde gezamenlijke punten voor een offerte vast",
    "quote.scored": "gaf een offerte punten",
    "quote.submitted": "diende een offerte in",
    "quote.too_late": "diende een offerte te laat in",
    "quote.withdrawn": "trok een offerte in",
    "tender.changed": "meldde een wijziging van een lopende opdracht",
    "tender.copied": "kopieerde een opdracht",
    "tender.criteria_chosen": "koos de criteria voor een selectie",
    "tender.decided": "besloot over de offertes",
    "tender.document_added": "voegde een document toe",
    "tender.document_removed": "haalde een document weg",
    "tender.drawn": "lootte wie een uitnodiging krijgt",
    "tender.erased": "wiste een opdracht na de bewaartermijn",
    "tender.firm_added": "voegde een onderneming aan een selectie toe",
    "tender.firm_removed": "haalde een onderneming uit een selectie",
    "tender.handed_over": "droeg een opdracht over aan een aanbestedingssysteem",
    "tender.imported": "las een opdracht in",
    "tender.next_invited": "nodigde de volgende onderneming uit",
    "tender.reminded": "stuurde een herinnering",
    "tender.saved": "wijzigde een opdracht",
    "tender.selected": "legde een selectie vast",
    "tender.sent": "verstuurde de uitnodigingen",
    "tender.started": "begon een opdracht",
    "tender.withdrawn": "trok een opdracht in",
    "tender_question.answered": "beantwoordde een vraag",
    "tender_question.asked": "stelde een vraag",
    "workbook.answered": "bewaarde een antwoord",
    "workbook.answered_beside": "bewaarde een antwoord naast een ander",
    "workbook.archived": "legde een werkboek weg",
    "workbook.assigned": "wees een vraag aan iemand toe",
    "workbook.changed": "wijzigde een werkboek",
    "workbook.created": "maakte een werkboek",
    "workbook.exported": "haalde een werkboek op",
    "workbook.invited": "nodigde een gast uit",
    "workbook.joined": "ging meedoen in een werkboek",
    "workbook.marked": "markeerde een vraag",
    "workbook.forgotten": "liet gewiste antwoorden na de termijn verdwijnen",
    "workbook.erased": "wiste een weggelegd werkboek na de termijn",
    "person.took_data": "haalde de eigen gegevens op",
    "workbook.offered": "gaf een antwoord door als voorstel",
    "workbook.remark_removed": "haalde een opmerking weg",
    "workbook.remarked": "plaatste een opmerking",
    "workbook.reset": "wiste antwoorden",
    "workbook.reset_undone": "maakte het wissen ongedaan",
    "workbook.restored": "zette een werkboek terug",
    "workbook.role_set": "gaf iemand een rol in een werkboek",
    "workbook.settled": "bracht twee antwoorden samen",
    "workbook.skipped": "sloeg een module over",
    "workbook.taken_in": "las antwoorden in",
}


def sentence(action: str) -> str:
    """What happened, as it follows the name of who did it."""
    return SENTENCES.get(action, action)


@dataclass(frozen=True)
class Named:
    """How the objects of a table are called in a line, and who may know it."""

    model: Any
    name: str
    """Attribute of the model."""
    may_see: Callable[[Any, Any], bool]
    """(person, object) -> whether the person may see the object itself."""
    same_for: str = "id"
    """Attribute on which that answer rests: objects that share it are asked about once."""


NAMED: dict[str, Named] = {}
"""Table -> how its objects are called; features add theirs. A line about any other object says what
happened and not to which: who read applications that way would find them despite an interest."""


class Line(Protocol):
    """What of a line of the trail is asked here."""

    object_type: Any
    object_id: Any


def names_of(person: Any, lines: Iterable[Line]) -> dict[tuple[str, int], str]:
    """(table, id) -> name, of the objects in these lines that this person may see."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for line in lines:
        if line.object_type in NAMED and line.object_id is not None:
            wanted[line.object_type].add(line.object_id)
    found = {}
    for table, ids in wanted.items():
        kind = NAMED[table]
        answers: dict[Any, bool] = {}
        for row in db.session.scalars(select(kind.model).where(kind.model.id.in_(ids))):
            key = getattr(row, kind.same_for)
            if key not in answers:
                answers[key] = kind.may_see(person, row)
            if answers[key]:
                found[table, row.id] = str(getattr(row, kind.name))
    return found
