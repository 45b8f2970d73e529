"""Requests of the demonstration region in every state, made by the same services as real ones."""

import io
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import clock, exports
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.tenders import (
    queries_advice,
    queries_invitations,
    queries_quotes,
    queries_selection,
    rules_selection,
    services,
    services_award,
    services_documents,
    services_invite,
    services_opening,
    services_quotes,
    services_running,
    services_selection,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_selection import TenderInvitation

PLACES = (
    ("Boerhaavewijk", 11_200),
    ("Molenwijk", 8_450),
    ("Meerwijk", 14_900),
)
LETTERS = ("tender_%", "quote_%")
POINTS = ({"quality": 8, "social": 9}, {"quality": 7, "social": 6}, {"quality": 9, "social": 7})
REASONS = {
    "quality": "Het plan is helder en de planning klopt.",
    "social": "Er is vast werk en begeleiding voor de doelgroep.",
}
TEXTS = (
    ("Een vaste ploeg van zes mensen, elke week op dezelfde dag.", "Vier leerwerkplekken."),
    ("Wij werken elektrisch en melden elke week wat er gedaan is.", "Twee banen voor een jaar."),
    ("Twee voormannen met ervaring in deze wijken.", "Stages voor de praktijkschool."),
)


class Tenders:
    """Plays requests as far as each should stand; ``now`` is the present."""

    def __init__(self, now: datetime, organisations: dict[str, Organisation]) -> None:
        self.now = now
        self.organisations = organisations

    def run(self, people: dict[str, Person]) -> None:
        """Everything, the oldest first: earlier invitations count in the rotation."""
        haarlem, velsen = self.organisations["haarlem"], self.organisations["velsen"]
        one, two, three = (
            people[f"{key}@voorbeeld.example"]
            for key in ("inkoper-haarlem", "collega-haarlem", "inkoper-velsen")
        )
        for organisation in (haarlem, velsen):
            start = clock.local(self.now).date().replace(month=1, day=1)
            services.add_limits(
                organisation=organisation,
                rows=queries_advice.example_limits(start),
                by=None,
                now=self.now,
            )
        self.awarded(haarlem, one, two)
        self.opened(haarlem, one, two)
        self.closed(haarlem, one)
        self.running(haarlem, one)
        self.selected(haarlem, two)
        self.sounding(haarlem, one)
        self.drafts(haarlem, one, velsen, three)
        for kind in LETTERS:
            db.session.execute(delete(OutboxMail).where(OutboxMail.kind.like(kind)))

    def draft(
        self, organisation: Organisation, by: Person, at: datetime, kind: str, **values: Any
    ) -> Tender:
        """A request with all steps filled in."""
        row = services.start(organisation=organisation, kind=kind, by=by, now=at)
        known = {
            "category": "services",
            "deadline_at": noon(at + timedelta(days=18)),
            "municipalities": [organisation.municipality_code],
            "cross_border": "no",
            "contact_phone": "",
            "why_register": "In dit register staan ondernemingen die de regio heeft toegelaten.",
        }
        services.save_step(row=row, values=known | values, revision=row.revision, by=by, now=at)
        return row

    def freeze(self, row: Tender, by: Person, at: datetime, most: int = 3) -> None:
        """Freeze and draw, with as many places as there are candidates at most."""
        today = clock.local(at).date()
        asked = queries_selection.asked(row)
        fits, _ = rules_selection.select(asked, queries_selection.pool(asked, today).enterprises)
        advice = queries_advice.advice(row, today)
        services_selection.freeze(
            row=row,
            procedure=advice.procedure or "multiple",
            places=min(most, len(fits)) if advice.procedure != "single" else 1,
            deviation="Er zijn in het register niet meer ondernemingen die dit werk doen."
            if len(fits) < 3
            else "",
            reason="",
            by=by,
            now=at,
            today=today,
        )
        services_selection.draw(row=row, number=1, by=by, now=at)

    def send(self, row: Tender, by: Person, at: datetime) -> list[TenderInvitation]:
        """Freeze, draw, invite; everybody with an owner says yes."""
        self.freeze(row, by, at)
        services_invite.send(row=row, by=by, now=at)
        invited = queries_invitations.invitations(row)
        for invitation in invited:
            services_running.answer(
                invitation=invitation,
                answer="accepted",
                reason="",
                by=None,
                now=at + timedelta(days=1),
            )
        return invited

    def hand_in(self, row: Tender, invited: list[TenderInvitation], price: int) -> None:
        """A quote of each invited firm, a day before the deadline."""
        assert row.deadline_at is not None
        for number, invitation in enumerate(invited):
            members = queries_invitations.members_of([invitation.enterprise_id or 0])
            if not members:
                continue
            [person, *_] = members[invitation.enterprise_id or 0]
            quality, social = TEXTS[number % len(TEXTS)]
            services_quotes.submit(
                invitation=invitation,
                quote={
                    "price": price + number * 1_750_00,
                    "price_note": "",
                    "answers": {"quality": quality, "social": social},
                    "files": [],
                },
                submission=f"voorbeeld-{invitation.public_id}",
                by=person,
                received_at=row.deadline_at - timedelta(days=1),
            )

    def open(self, row: Tender, *people: Person) -> datetime:
        """Two people open the box, an hour after the deadline."""
        assert row.deadline_at is not None
        at = row.deadline_at + timedelta(hours=1)
        for person in people:
            services_opening.put_in_key(row=row, by=person, now=at)
        return at

    def judge(self, row: Tender, *people: Person, at: datetime) -> None:
        """Everybody's own points, then those agreed on."""
        quotes = queries_quotes.opened_quotes(row)
        for person in people:
            for number, quote in enumerate(quotes):
                services_award.give_points(
                    row=row,
                    quote_id=quote.public_id,
                    points=dict(POINTS[number % 3]),
                    reasons=dict(REASONS),
                    by=person,
                    now=at,
                )
        for number, quote in enumerate(quotes):
            services_award.agree_points(
                row=row,
                quote_id=quote.public_id,
                points=dict(POINTS[number % 3]),
                reasons=dict(REASONS),
                by=people[0],
                now=at,
            )

    def awarded(self, organisation: Organisation, one: Person, two: Person) -> None:
        """A finished request, with the contract."""
        at = self.now - timedelta(days=70)
        row = self.draft(
            organisation,
            one,
            at,
            "request",
            title="Onderhoud plantsoenen Parkwijk",
            description="Wekelijks onderhoud van plantsoenen en hagen in Parkwijk, één jaar.",
            cpv="77310000",
            value_low=62_000_00,
            value_high=62_000_00,
        )
        self.hand_in(row, self.send(row, one, at), 58_400_00)
        opened = self.open(row, one, two)
        self.judge(row, one, two, at=opened)
        best = services_award.ranking(row)[0]
        day = clock.local(opened).date()
        services_award.award(
            row=row,
            quote_id=best.key,
            motivation="Deze offerte geeft de meeste zekerheid over het werk en de begeleiding.",
            by=one,
            now=opened,
            today=day,
        )
        services_award.record_contract(
            row=row,
            contract_cents=58_400_00,
            contract_on=day + timedelta(days=7),
            spent_cents=None,
            spent_on=None,
            by=one,
        )

    def opened(self, organisation: Organisation, one: Person, two: Person) -> None:
        """A request that is being assessed."""
        at = self.now - timedelta(days=24)
        row = self.draft(
            organisation,
            two,
            at,
            "request",
            title="Lunches voor raads- en commissievergaderingen",
            description="Lunches voor 20 tot 60 personen, ongeveer tachtig keer per jaar.",
            cpv="55520000",
            value_low=68_000_00,
            value_high=75_000_00,
            social_return=True,
        )
        row.document = row.document | {"selection": ["work", "place"]}
        self.hand_in(row, self.send(row, two, at), 66_200_00)
        self.open(row, one, two)

    def closed(self, organisation: Organisation, one: Person) -> None:
        """A request of which the box may be opened."""
        at = self.now - timedelta(days=19)
        row = self.draft(
            organisation,
            one,
            at,
            "request",
            title="Maaien van bermen en oevers",
            description="Ecologisch maaien en afvoeren, twee rondes.",
            cpv="77314000",
            value_low=54_000_00,
            value_high=54_000_00,
        )
        self.hand_in(row, self.send(row, one, at), 51_900_00)

    def running(self, organisation: Organisation, one: Person) -> None:
        """A request that runs, with a question answered."""
        at = self.now - timedelta(days=4)
        row = self.draft(
            organisation,
            one,
            at,
            "request",
            title="Groenonderhoud Schalkwijk 2027",
            description="Plantsoenen en binnenterreinen in drie buurten. Start 1 maart 2027.",
            cpv="77310000",
            value_low=80_000_00,
            value_high=80_000_00,
            requirements="VCA of gelijkwaardig.\nElektrisch gereedschap.",
            extensions="Twee keer een jaar, in het bedrag begrepen.",
        )
        rows = [list(place) for place in PLACES]
        places = exports.xlsx(("Buurt (voorbeeld)", "Vierkante meters"), rows, "Vakken")
        services_documents.add_documents(
            row=row,
            uploads=[(io.BytesIO(places), "Vakken en oppervlakten.xlsx")],
            by=one,
            now=at,
        )
        invited = self.send(row, one, at)
        person = queries_invitations.members_of([invited[0].enterprise_id or 0])[
            invited[0].enterprise_id or 0
        ]
        day = at + timedelta(days=2)
        services_running.ask(
            invitation=invited[0],
            text="Mag het snoeihout in de wijk worden versnipperd?",
            by=person[0],
            now=day,
        )
        [question] = queries_quotes.questions(row)
        services_running.answer_question(
            row=row,
            public_id=question.public_id,
            text=question.text,
            answer="Ja, als het dezelfde dag in de vakken wordt verwerkt.",
            by=one,
            now=day,
        )

    def selected(self, organisation: Organisation, two: Person) -> None:
        """A request that was drawn and not sent."""
        at = self.now - timedelta(hours=20)
        row = self.draft(
            organisation,
            two,
            at,
            "request",
            title="Snoeien van hagen op begraafplaatsen",
            description="Twee snoeirondes per jaar op drie begraafplaatsen.",
            cpv="77340000",
            value_low=14_000_00,
            value_high=18_000_00,
        )
        self.freeze(row, two, at)

    def sounding(self, organisation: Organisation, one: Person) -> None:
        """A market sounding that runs, with one answer of each kind."""
        at = self.now - timedelta(days=3)
        row = self.draft(
            organisation,
            one,
            at,
            "sounding",
            title="Groene schoolpleinen: wie kan dit?",
            description="Wij denken aan zes schoolpleinen in twee jaar. Nog geen opdracht.",
            cpv="77310000",
            value_unknown=True,
        )
        row.document = row.document | {"selection": ["work", "form"]}
        services_selection.freeze(
            row=row,
            procedure="multiple",
            places=20,
            deviation="",
            reason="",
            by=one,
            now=at,
            today=clock.local(at).date(),
        )
        services_selection.draw(row=row, number=1, by=one, now=at)
        services_invite.send(row=row, by=one, now=at)
        answers = (("interested", ""), ("not_now", "Ons rooster is vol tot de zomer."))
        for invitation, (answer, reason) in zip(
            queries_invitations.invitations(row), answers, strict=False
        ):
            services_running.answer(
                invitation=invitation, answer=answer, reason=reason, by=None, now=at
            )

    def drafts(
        self, haarlem: Organisation, one: Person, velsen: Organisation, three: Person
    ) -> None:
        """Requests that are being written."""
        at = self.now - timedelta(days=1)
        self.draft(
            velsen,
            three,
            at,
            "request",
            title="Kantoorstoelen herstellen",
            description="Ongeveer 160 stoelen van het stadhuis, herstellen als dat kan.",
            cpv="50850000",
            value_low=22_000_00,
            value_high=30_000_00,
        )
        row = services.start(organisation=haarlem, kind="request", by=one, now=at)
        services.save_step(
            row=row,
            values={"title": "Verhuizen van twee wijkteams", "cpv": "98392000"},
            revision=row.revision,
            by=one,
            now=at,
        )


def noon(at: datetime) -> datetime:
    """Noon in the Netherlands on the day of an instant."""
    return clock.local(at).replace(hour=12, minute=0, second=0, microsecond=0)
