"""After the opening: points, ranking, the award with letters, the contract and the spend."""

from datetime import date, datetime, timedelta
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import clock, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.social_return import services as social_return
from impactmakelaar.social_return.rules import Category
from impactmakelaar.tenders import (
    mails,
    queries,
    queries_advice,
    queries_invitations,
    queries_quotes,
    rules,
    rules_quotes,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_quotes import Award, JointScore, Quote, Score
from impactmakelaar.tenders.models_selection import TenderInvitation
from impactmakelaar.tenders.rules import Stage
from impactmakelaar.tenders.rules_quotes import Offer, Ranked
from impactmakelaar.tenders.services import addresses
from impactmakelaar.tenders.services_checks import must_see, record


def give_points(
    *,
    row: Tender,
    quote_id: str,
    points: dict[str, int | None],
    reasons: dict[str, str],
    by: Person,
    now: datetime,
) -> None:
    """One's own points for a quote, per criterion; fixed once points were agreed on together."""
    must_see(by, row)
    criteria = judged(row)
    for criterion in criteria:
        code = criterion["code"]
        rules_quotes.check_points(points.get(code), reasons.get(code, ""), f"points_{code}")
    with transaction():
        row = lock(row)
        quote = _opened(row, quote_id)
        if any(j.quote_id == quote.id for j in queries_quotes.joint_scores(row)):
            raise Refused("De punten zijn al samen vastgesteld.")
        for criterion in criteria:
            code = criterion["code"]
            given = db.session.get(Score, (quote.id, code, by.id))
            if given is None:
                given = Score(quote_id=quote.id, criterion=code, assessor_id=by.id)
                db.session.add(given)
            given.points, given.reason, given.at = int(points[code] or 0), reasons[code], now
        record("quote.scored", row, by, quote=quote.public_id)


def agree_points(
    *,
    row: Tender,
    quote_id: str,
    points: dict[str, int | None],
    reasons: dict[str, str],
    by: Person,
    now: datetime,
) -> None:
    """The points that the assessors agree on; only after one has given one's own for all."""
    must_see(by, row)
    criteria = judged(row)
    for criterion in criteria:
        code = criterion["code"]
        rules_quotes.check_points(points.get(code), reasons.get(code, ""), f"points_{code}")
    with transaction():
        row = lock(row)
        quote = _opened(row, quote_id)
        if not own_points_complete(row, by):
            raise Refused("Geef eerst zelf punten aan alle offertes. Daarna stelt u ze samen vast.")
        for criterion in criteria:
            code = criterion["code"]
            agreed = db.session.get(JointScore, (quote.id, code))
            if agreed is None:
                agreed = JointScore(quote_id=quote.id, criterion=code)
                db.session.add(agreed)
            agreed.points, agreed.reason = int(points[code] or 0), reasons[code]
            agreed.at, agreed.by_id = now, by.id
        record("quote.agreed", row, by, quote=quote.public_id)


def judged(row: Tender) -> list[dict[str, Any]]:
    """The criteria that people give points for: all but the price."""
    return [c for c in rules.complete(row.document)["award"] if c["kind"] != "price"]


def own_points_complete(row: Tender, person: Person) -> bool:
    """Whether somebody has given points to every quote on every criterion."""
    given = [s for s in queries_quotes.scores(row) if s.assessor_id == person.id]
    return len(given) >= len(queries_quotes.opened_quotes(row)) * len(judged(row))


def ranking(row: Tender) -> list[Ranked]:
    """The quotes in order with the arithmetic.

    :raises Refused: when points are still missing.
    """
    agreed: dict[int, dict[str, int]] = {}
    for score in queries_quotes.joint_scores(row):
        agreed.setdefault(score.quote_id, {})[score.criterion] = score.points
    offers = [
        Offer(q.public_id, (q.content or {}).get("price"), agreed.get(q.id, {}))
        for q in queries_quotes.opened_quotes(row)
    ]
    return rules_quotes.rank(offers, rules.complete(row.document)["award"])


def award(
    *, row: Tender, quote_id: str, motivation: str, by: Person, now: datetime, today: date
) -> None:
    """Award to a quote, or to nobody (``quote_id`` ""); letters with the reasons go to all.

    :raises Refused: points are missing, the motivation is, or the quote does not stand first.
    """
    must_see(by, row)
    if len(motivation) < rules_quotes.MIN_REASON:
        raise Refused("Motiveer de beslissing: dit komt in de brief aan iedereen.", "motivation")
    with transaction():
        row = lock(row)
        ranked = ranking(row) if quote_id or queries_quotes.joint_scores(row) else []
        winner = None
        if quote_id:
            winner = _opened(row, quote_id)
            first = [r.key for r in ranked if r.place == 1]
            if winner.public_id not in first:
                raise Refused(
                    "Deze offerte staat niet bovenaan. Gun aan de eerste, of gun niet en leg uit "
                    "waarom.",
                    "quote",
                )
        stage = Stage.AWARDED if winner else Stage.NOT_AWARDED
        rules.check_stage(row.stage, stage)
        days = queries.settings(row.organisation_id).standstill_days
        standstill = today + timedelta(days=days) if winner and days else None
        db.session.add(
            Award(
                tender_id=row.id,
                quote_id=winner.id if winner else None,
                motivation=motivation,
                decided_at=now,
                decided_by_id=by.id,
                standstill_until=standstill,
            )
        )
        row.stage, row.ended_on, row.updated_at = stage, today, now
        _send_letters(row, winner, ranked, motivation, standstill)
        record("tender.decided", row, by, awarded=bool(winner))


def _send_letters(
    row: Tender,
    winner: Quote | None,
    ranked: list[Ranked],
    motivation: str,
    standstill: date | None,
) -> None:
    places = {r.key: r for r in ranked}
    best = places.get(winner.public_id) if winner else None
    titles = {c["code"]: c["title"] for c in rules.complete(row.document)["award"]}
    until = long_date(standstill) if standstill else ""
    for quote in queries_quotes.opened_quotes(row):
        mine = places.get(quote.public_id)
        reasons = (
            rules_quotes.letter_reasons(mine, best, motivation, titles) if mine else motivation
        )
        won = winner is not None and quote.id == winner.id
        for to in addresses(quote.invitation):
            mail.post(mails.decided(to, row.title, row.organisation.name, won, reasons, until))


def result_of(invitation: TenderInvitation) -> str:
    """What the invited firm itself reads of a decision: the reasons of its letter, or ""."""
    row, quote = invitation.tender, queries_quotes.current_quote(invitation)
    decision = queries_quotes.award(row)
    if quote is None or decision is None:
        return ""
    try:
        places = {ranked.key: ranked for ranked in ranking(row)}
    except Refused:
        places = {}
    mine = places.get(quote.public_id)
    best = places.get(decision.quote.public_id) if decision.quote else None
    titles = {c["code"]: c["title"] for c in rules.complete(row.document)["award"]}
    if mine is None:
        return decision.motivation
    return rules_quotes.letter_reasons(mine, best, decision.motivation, titles)


def record_contract(
    *,
    row: Tender,
    contract_cents: int | None,
    contract_on: date | None,
    spent_cents: int | None,
    spent_on: date | None,
    by: Person,
) -> bool:
    """The value of the contract, and later what was really spent.

    True when social return has the contract as a proposal.
    """
    must_see(by, row)
    with transaction():
        row = lock(row)
        decision = queries_quotes.award(row)
        if decision is None or decision.quote_id is None:
            raise Refused("Er is nog niet gegund.")
        if (
            contract_on is not None
            and decision.standstill_until is not None
            and contract_on <= decision.standstill_until
        ):
            raise Refused(
                f"De wachttijd loopt tot en met {long_date(decision.standstill_until)}.",
                "contract_on",
            )
        decision.contract_cents, decision.contract_on = contract_cents, contract_on
        decision.spent_cents, decision.spent_on = spent_cents, spent_on
        record("contract.recorded", row, by, contract=contract_cents, spent=spent_cents)
        return hand_down(row, decision, by)


def hand_down(row: Tender, decision: Award, by: Person) -> bool:
    """Propose the contract to social return, once, when the request wished it.

    Whoever won keeps it as a contractor when the firm is known as one; else as the enterprise
    that it is, and the SROI officer completes it. False when there is nothing to propose.
    """
    assert decision.quote is not None
    contractor = queries_invitations.contractor_of(decision.quote.invitation)
    wished = rules.complete(row.document)["social_return"]
    if not wished or not decision.contract_cents or decision.contract_on is None:
        return False
    if contractor is None or not row.category:
        return False
    starts_on, ends_on = queries_advice.period_of(row, decision.contract_on)
    proposed = social_return.propose_contract(
        authority=row.organisation,
        contractor=contractor,
        heading=social_return.Heading(
            title=row.title,
            number=row.public_id,
            category=Category(row.category),
            awarded_on=clock.local(decision.decided_at).date(),
        ),
        stated=social_return.Stated(
            value=decision.contract_cents, starts_on=starts_on, ends_on=ends_on
        ),
        reference=f"tender:{row.public_id}",
        by=by,
    )
    return proposed is not None


def _opened(row: Tender, quote_id: str) -> Quote:
    if row.stage != Stage.OPENED:
        raise Refused("De offertes zijn nog niet geopend, of er is al beslist.")
    quote = queries_quotes.opened_quote(row, quote_id)
    if quote is None:
        raise NotFound
    return quote
