"""Verbs of the register: shortlists and saved searches."""

import hmac
import logging
from datetime import date, datetime

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.identity import token_hash
from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import rules_words
from impactmakelaar.admission.rules_words import FILTER_LABELS
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.reference import Ambiguous, reference
from impactmakelaar.core.search import IndexUnavailable
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.permissions import may_act_for
from impactmakelaar.register import catalogue, mails, permissions, queries, rules
from impactmakelaar.register.models import (
    SavedSearch,
    SeenMatch,
    Shortlist,
    ShortlistItem,
)

log = logging.getLogger(__name__)

MAX_SHORTLISTS = 200
MAX_ITEMS = 500
MAX_SAVED = 50
MAX_NOTE = 2000
MAX_SAVED_QUERY = 2000
MAX_MATCHES = 1000


# Shortlists ------------------------------------------------------------------------------


def create_shortlist(*, organisation: Organisation, name: str, by: Person) -> Shortlist:
    """A new list for an organisation; the same open name again gives the list there was."""
    if not may_act_for(by, organisation):
        raise NotFound
    with transaction():
        organisation = lock(organisation)
        mine = queries.shortlists(organisation)
        for row, _ in mine:
            if row.name == name:
                return row
        if len(mine) >= MAX_SHORTLISTS:
            raise Refused(f"U hebt al {MAX_SHORTLISTS} shortlists. Archiveer er eerst een.", "name")
        row = Shortlist(
            organisation_id=organisation.id,
            name=name,
            created_by_id=by.id,
            created_at=clock.now(),
        )
        db.session.add(row)
        audit.record("shortlist.created", row, by=by, organisation=organisation)
        return row


def rename_shortlist(*, row: Shortlist, name: str, by: Person) -> None:
    """Give a list another name."""
    _may(by, row)
    with transaction():
        row = lock(row)
        row.name = name
        _record("shortlist.renamed", row, by)


def archive_shortlist(*, row: Shortlist, archived: bool, by: Person) -> None:
    """Put a list away, or take it back."""
    _may(by, row)
    with transaction():
        row = lock(row)
        row.archived_at = clock.now() if archived else None
        _record("shortlist.archived", row, by)


def add_to_shortlist(*, row: Shortlist, enterprise_id: str, by: Person, today: date) -> None:
    """Put a listed enterprise on a list; doing it twice is the same as once."""
    _may(by, row)
    enterprise = queries.by_public_id(enterprise_id, today)
    if enterprise is None:
        raise NotFound
    try:
        with transaction():
            row = lock(row)
            present = queries.items(row)
            if any(item.enterprise_id == enterprise.id for item in present):
                return
            if len(present) >= MAX_ITEMS:
                raise Refused(f"Op een shortlist passen {MAX_ITEMS} ondernemingen.")
            db.session.add(
                ShortlistItem(
                    shortlist_id=row.id,
                    enterprise_id=enterprise.id,
                    added_by_id=by.id,
                    added_at=clock.now(),
                )
            )
            _record("shortlist.added", row, by)
    except IntegrityError:
        # A colleague added it at the same moment: it is there, which is what was asked.
        log.info("already on the list")


def remove_from_shortlist(*, row: Shortlist, enterprise_id: str, by: Person) -> None:
    """Take an enterprise off a list."""
    _may(by, row)
    with transaction():
        item = _item(row, enterprise_id)
        db.session.delete(item)
        _record("shortlist.removed", row, by)


def write_note(*, row: Shortlist, enterprise_id: str, note: str, by: Person) -> None:
    """Keep a note with an enterprise on a list."""
    _may(by, row)
    if len(note) > MAX_NOTE:
        raise Refused(f"Een notitie heeft hoogstens {MAX_NOTE} tekens.", "note")
    with transaction():
        _item(row, enterprise_id).note = note
        _record("shortlist.noted", row, by)


def _item(row: Shortlist, enterprise_id: str) -> ShortlistItem:
    for item in queries.items(row):
        if item.enterprise.public_id == enterprise_id:
            return item
    raise NotFound


def _may(by: Person, row: Shortlist) -> None:
    if not permissions.may_use_shortlist(by, row):
        raise NotFound


def _record(action: str, row: Shortlist, by: Person) -> None:
    organisation = db.session.get(Organisation, row.organisation_id)
    audit.record(action, row, by=by, organisation=organisation, name=row.name)


# Saved searches --------------------------------------------------------------------------


def save_search(
    *,
    person: Person,
    organisation: Organisation | None,
    name: str,
    filters: rules.Filters,
    today: date,
) -> SavedSearch:
    """Keep a search; what it finds now counts as seen. The same search again is the same row."""
    query = filters.query()
    if len(query) > MAX_SAVED_QUERY:
        raise Refused(
            "Deze zoekopdracht is te lang om te bewaren. Zoek met minder woorden of filters.",
            "name",
        )
    with transaction():
        mine = queries.saved_searches(person, organisation)
        for row in mine:
            if row.query == query:
                row.name = name
                return row
        if len(mine) >= MAX_SAVED:
            raise Refused(
                f"U hebt al {MAX_SAVED} zoekopdrachten bewaard. Verwijder er een.", "name"
            )
        row = SavedSearch(
            person_id=person.id,
            organisation_id=organisation.id if organisation else None,
            name=name,
            query=query,
            created_at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        try:
            seen = matches(row, today)
        except IndexUnavailable:
            raise Refused(
                "Zoeken op woorden kan even niet. Probeer het over een minuut opnieuw.", "name"
            ) from None
        for enterprise_id in seen:
            db.session.add(SeenMatch(saved_search_id=row.id, enterprise_id=enterprise_id))
        audit.record("search.saved", row, by=person, organisation=organisation)
        return row


def set_alerts(*, row: SavedSearch, alerts: bool, by: Person) -> None:
    """Mail new matches from now on, or no longer."""
    if not permissions.may_use_search(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        row.stop_token_hash = token_hash(stop_token(row))
        row.alerts = alerts
        audit.record("search.alerts", row, by=by)


def stop_token(row: SavedSearch) -> str:
    """What the stop link of a search carries: the same in every letter, so old letters work too."""
    secret = str(current_app.secret_key).encode()
    return hmac.new(secret, f"stop {row.public_id}".encode(), "sha256").hexdigest()


def stop_alerts(*, token: str) -> str:
    """Stop the mail of one search through the link in it; returns the name of the search."""
    with transaction():
        row = search_of_token(token)
        row.alerts = False
        audit.record("search.alerts", row, by=row.person)
        return row.name


def search_of_token(token: str) -> SavedSearch:
    """The saved search that a stop link belongs to."""
    row = db.session.scalars(
        select(SavedSearch).where(SavedSearch.stop_token_hash == token_hash(token))
    ).first()
    if row is None:
        raise NotFound
    return row


def remove_search(*, row: SavedSearch, by: Person) -> None:
    """Forget a saved search."""
    if not permissions.may_use_search(by, row):
        raise NotFound
    with transaction():
        audit.record("search.removed", row, by=by)
        db.session.execute(delete(SeenMatch).where(SeenMatch.saved_search_id == row.id))
        db.session.delete(row)


def known_value(facet: str, value: str) -> bool:
    """Whether a facet has this value."""
    facts = reference()
    if facet == "gemeente":
        return value in facts.municipalities
    if facet == "badge":
        return value in FILTER_LABELS
    return value in facts.codes(catalogue.LISTS[facet])


def spot_of(place: str) -> tuple[tuple[float, float] | None, str]:
    """((latitude, longitude) or None, Dutch remark) of a place or postcode that was typed."""
    if not place:
        return None, ""
    try:
        found = reference().locate(place)
    except Ambiguous as several:
        return None, f"Welke plaats bedoelt u: {' of '.join(several.labels)}?"
    if found is None:
        return None, f"De plaats of postcode “{place}” kennen wij niet; de afstand telt niet mee."
    return (found.latitude, found.longitude), ""


def matches(row: SavedSearch, today: date) -> list[int]:
    """Ids of all enterprises that a saved search finds now (at most 1,000)."""
    filters = rules.parse(rules.pairs_of(row.query), known_value)
    spot, _ = spot_of(filters.place)
    page = queries.find(filters, today=today, spot=spot, size=MAX_MATCHES)
    if page.text_unavailable:
        raise IndexUnavailable("no text index")
    if page.found and page.found.partial:
        return []  # Nobody has all the words: nothing that a letter should call a match.
    return page.ids


def send_alerts(now: datetime) -> int:
    """Mail what is new in saved searches, at most once a day each; returns how many letters.

    Each search is a transaction of its own that first claims the day: two workers, or a worker
    that starts again, cannot mail it twice.
    """
    today = clock.local(now).date()
    due = db.session.scalars(
        select(SavedSearch.id).where(
            SavedSearch.alerts.is_(True),
            (SavedSearch.mailed_on.is_(None)) | (SavedSearch.mailed_on < today),
        )
    ).all()
    return sum(_alert(search_id, today) for search_id in due)


def _alert(search_id: int, today: date) -> int:
    try:
        with transaction():
            claimed = db.session.scalar(
                update(SavedSearch)
                .where(
                    SavedSearch.id == search_id,
                    SavedSearch.alerts.is_(True),
                    (SavedSearch.mailed_on.is_(None)) | (SavedSearch.mailed_on < today),
                )
                .values(mailed_on=today)
                .returning(SavedSearch.id)
            )
            if claimed is None:
                return 0
            row = db.session.get_one(SavedSearch, search_id)
            seen = set(
                db.session.scalars(
                    select(SeenMatch.enterprise_id).where(SeenMatch.saved_search_id == row.id)
                )
            )
            new = [i for i in matches(row, today) if i not in seen]
            if not new or row.person.disabled_at is not None:
                return 0
            for enterprise_id in new:
                db.session.add(SeenMatch(saved_search_id=row.id, enterprise_id=enterprise_id))
            mail.post(_letter(row, new, today), person=row.person)
            return 1
    except IndexUnavailable:
        return 0


def _letter(row: SavedSearch, new: list[int], today: date) -> mail.Mail:
    token = stop_token(row)
    row.stop_token_hash = token_hash(token)
    found = [
        (one.name, reference().place_of(one.document["address"]), rules_words.tag(one.standing))
        for one in queries.page_rows(new, today)
    ]
    return mails.new_matches(
        row.person.email,
        row.person.name,
        row.name,
        found,
        links.address("register.open_search", public_id=row.public_id),
        links.address("register.stop_alerts", token=token),
    )


def take_over(organisation: Organisation, leaver: Person, successor: Person) -> None:
    """Saved searches for an organisation go to the colleague who takes over."""
    kept = {row.query for row in queries.saved_searches(successor, organisation)}
    for row in queries.saved_searches(leaver, organisation):
        if row.query not in kept:
            row.person_id = successor.id
