"""Reads of the register: what is listed, a page of results, shortlists, saved searches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import BindParameter, ColumnElement, Executable, and_, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import queries_standing
from impactmakelaar.admission.rules_standing import Standing, policy_on
from impactmakelaar.admission.rules_words import FILTER_VALUES
from impactmakelaar.badges import queries as badges
from impactmakelaar.core import changes
from impactmakelaar.core.db import db
from impactmakelaar.core.reference import reference
from impactmakelaar.core.search import TextIndex
from impactmakelaar.organisations.models import Organisation, RegionMunicipality
from impactmakelaar.organisations.queries import home_region
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.profiles.models import ProfileVersion, Publication
from impactmakelaar.profiles.rules import public_view
from impactmakelaar.register import catalogue
from impactmakelaar.register.catalogue import Catalogue, Listing, Page, Table
from impactmakelaar.register.models import FoundCount, SavedSearch, Shortlist, ShortlistItem
from impactmakelaar.register.rules import PAGE_SIZE, Filters, ListingFacts, listed, shown

FAR_BEHIND = 2000
PORTION = 200

HOME = select(func.min(Organisation.id)).where(Organisation.kind == Kind.REGION).scalar_subquery()
STATE = select(changes.last_query(changes.ENTERPRISE), HOME, queries_standing.newest_policy(HOME))
"""(last change of an enterprise, the site's region, its newest policy): what the table in memory
depends on besides the day, in one question to the database at each request."""


class Head(NamedTuple):
    """A listed enterprise without its text; two that are equal look the same."""

    id: int
    public_id: str
    name: str
    is_example: bool
    version_id: int
    """The published version, which never changes."""
    standing: Standing


@dataclass(frozen=True)
class Row:
    """A listed enterprise with all that a page shows of it; the document is its public view."""

    id: int
    public_id: str
    name: str
    is_example: bool
    version_id: int
    kvk_number: str | None
    document: dict[str, Any]
    version: int
    published_at: Any
    standing: Standing
    certificate: str
    """The Dutch name of the verified certificate that the standing rests on."""

    @property
    def head(self) -> Head:
        """The same without its text."""
        return Head(
            self.id, self.public_id, self.name, self.is_example, self.version_id, self.standing
        )


@dataclass(frozen=True)
class Figures:
    """Numbers for the front page."""

    enterprises: int


@dataclass(frozen=True)
class EnterpriseFigures:
    """How often an enterprise was found and on how many shortlists it stands."""

    found: int
    shortlisted: int


def is_published(on: date | BindParameter[date]) -> ColumnElement[bool]:
    """The rule ``rules.published`` for the database; a twin test holds them together."""
    return and_(
        Organisation.kind == "enterprise",
        Organisation.kvk_approved_at.is_not(None),
        Publication.paused_at.is_(None),
        Publication.withdrawn_at.is_(None),
        or_(Organisation.ended_on.is_(None), Organisation.ended_on > on),
    )


HEADS = (
    select(
        Organisation.id,
        Organisation.public_id,
        Organisation.name,
        Organisation.is_example,
        Publication.version_id,
    )
    .join(Publication, Publication.organisation_id == Organisation.id)
    .where(
        is_published(bindparam("on", type_=Organisation.ended_on.type)),
        Organisation.id.in_(bindparam("ids", expanding=True)),
    )
)
"""Who of these ``ids`` is published ``on`` a day; written once, asked at every page."""

ROWS = HEADS.join(ProfileVersion, ProfileVersion.id == Publication.version_id).add_columns(
    Organisation.kvk_number,
    ProfileVersion.document,
    ProfileVersion.number,
    ProfileVersion.published_at,
)
"""The same with all of the profile."""


def facts_of(organisation: Organisation, publication: Publication | None, on: date) -> ListingFacts:
    """What ``rules.listed`` asks."""
    region = home_region()
    return ListingFacts(
        approved=organisation.kvk_approved_at is not None,
        published=publication is not None,
        paused=publication is not None and publication.paused_at is not None,
        withdrawn=publication is not None and publication.withdrawn_at is not None,
        ended_on=organisation.ended_on,
        standing=queries_standing.standing_of(organisation, region, on)
        if region
        else queries_standing.NOTHING,
        lapsed_unlists=lapsed_unlists(on),
    )


def lapsed_unlists(on: date) -> bool:
    """Whether a lapsed badge takes an enterprise out of the register, by the policy of a day."""
    region = home_region()
    return policy_on(queries_standing.policies(region.id) if region else (), on).lapsed_unlists


def _listed(on: date, ids: list[int] | None) -> Iterator[tuple[Any, Standing]]:
    """Everybody listed on a day with its standing, or who of these ids is."""
    region = home_region()
    if region is None:
        return
    unlists = lapsed_unlists(on)
    for some in _portions(on, ids):
        standings = queries_standing.standings(region.id, on, some)
        for row in _rows(on, some):
            standing = standings.get(row[0], queries_standing.NOTHING)
            if shown(standing, unlists):
                yield row, standing


def _portions(on: date, ids: list[int] | None) -> Iterator[list[int]]:
    """The ids, or those of everybody published, so many at a time as fit in a reader's memory."""
    if ids is None:
        query = select(Organisation.id).join(
            Publication, Publication.organisation_id == Organisation.id
        )
        ids = list(db.session.scalars(query.where(is_published(on)).order_by(Organisation.id)))
    for start in range(0, len(ids), PORTION):
        yield ids[start : start + PORTION]


def _rows(on: date, ids: list[int]) -> list[Any]:
    return _plain_rows(ROWS, {"on": on, "ids": ids})


def _plain_rows(statement: Executable, values: dict[str, Any] | None = None) -> list[Any]:
    """Rows of columns, in the session's transaction but past its bookkeeping of objects.

    That bookkeeping was a tenth of the time of a page of results.
    """
    db.session.flush()
    return list(db.session.connection().execute(statement, values).fetchall())


def listings(on: date, ids: list[int] | None = None) -> Iterator[Listing]:
    """Everything listed on a day, or what of these ids is listed."""
    region = home_labour_market_region()
    for r, standing in _listed(on, ids):
        badge = FILTER_VALUES.get(standing.state, "")
        yield Listing(r.id, r.public_id, public_view(r.document), region, badge, standing)


def listed_names(on: date) -> list[str]:
    """The names of everybody listed on a day, in order of the alphabet."""
    return sorted(str(row.name) for row, _ in _listed(on, None))


def indexed(on: date, ids: list[int] | None = None) -> Iterator[Listing]:
    """Everything the text index holds: what is published, whatever its standing.

    Standing changes at midnight and by the clock alone; the index then need not follow.
    """
    for some in _portions(on, ids):
        yield from (Listing(r.id, r.public_id, public_view(r.document)) for r in _rows(on, some))


def home_labour_market_region() -> str:
    """The code of the site's own labour-market region."""
    region = home_region()
    return (region.labour_market_region or "") if region else ""


def page_heads(ids: list[int], on: date, standings: Mapping[int, Standing]) -> list[Head]:
    """The enterprises of a page in this order, as the database has them now; others fall out.

    Their standing is the one in memory, which follows every change and the day: what the search
    that gave the ids used.
    """
    if not ids:
        return []
    found = {
        row[0]: Head._make((*row, standings[row[0]]))
        for row in _plain_rows(HEADS, {"on": on, "ids": ids})
        if row[0] in standings
    }
    return [found[i] for i in ids if i in found]


def page_rows(
    ids: list[int], on: date, standings: Mapping[int, Standing] | None = None
) -> list[Row]:
    """The same with all that a page shows of them; without ``standings``, those of the day."""
    if not ids:
        return []
    standings = table(on).standings if standings is None else standings
    found = {row.id: _row(row, standings[row.id]) for row in _rows(on, ids) if row.id in standings}
    return [found[i] for i in ids if i in found]


def _row(row: Any, standing: Standing) -> Row:
    return Row(
        row.id,
        row.public_id,
        row.name,
        row.is_example,
        row.version_id,
        row.kvk_number,
        public_view(row.document),
        row.number,
        row.published_at,
        standing,
        queries_standing.certificate_name(standing),
    )


def badge_number(enterprise_id: int) -> str:
    """The number of an enterprise's badge in the site's region; empty when it never had one."""
    region = home_region()
    badge = badges.of_enterprise(enterprise_id, region.id) if region else None
    return badge.number if badge else ""


def by_public_id(public_id: str, on: date) -> Row | None:
    """One listed enterprise."""
    query = select(Organisation).where(Organisation.public_id == public_id)
    organisation = db.session.scalars(query).first()
    if organisation is None:
        return None
    publication = db.session.get(Publication, organisation.id)
    if not listed(facts_of(organisation, publication, on), on):
        return None
    return next((_row(*found) for found in _listed(on, [organisation.id])), None)


def region_municipalities(on: date) -> list[str]:
    """The codes of the municipalities of the site's region on a day."""
    region = home_region()
    if region is None:
        return []
    return list(
        db.session.scalars(
            select(RegionMunicipality.municipality_code)
            .where(
                RegionMunicipality.region_id == region.id,
                RegionMunicipality.valid_from <= on,
                or_(
                    RegionMunicipality.valid_until.is_(None),
                    RegionMunicipality.valid_until >= on,
                ),
            )
            .order_by(RegionMunicipality.municipality_code)
        )
    )


def changed_since(number: int) -> list[int] | None:
    """Ids that changed after a number; None when it is easier to read everything."""
    found = changes.since(changes.ENTERPRISE, number, limit=FAR_BEHIND + 1)
    if len(found) > FAR_BEHIND:
        return None
    return sorted({object_id for _, object_id in found})


def text_index() -> TextIndex:
    """This process's view of the text index."""
    kept: TextIndex | None = current_app.extensions.get("text_index")
    if kept is None:
        kept = TextIndex(Path(current_app.config["SEARCH_DIR"]))
        current_app.extensions["text_index"] = kept
    return kept


def table(today: date) -> Table:
    """The register in memory, as the database has it now."""
    kept = current_app.extensions.setdefault("catalogue", Catalogue())
    newest, *policy = _plain_rows(STATE)[0]
    found: Table = kept.table(
        newest=newest or 0,
        today=today,
        policy=tuple(policy),
        load=lambda ids: listings(today, ids),
        changed=changed_since,
        facts=reference(),
        municipalities=lambda: region_municipalities(today),
    )
    return found


def find(
    filters: Filters,
    *,
    today: date,
    spot: tuple[float, float] | None,
    size: int = PAGE_SIZE,
) -> Page:
    """One page of results for a search; ``size`` is how many make a page."""
    return catalogue.run(table(today), text_index(), filters, today=today, spot=spot, size=size)


def figures(today: date) -> Figures:
    """How many enterprises are listed."""
    return Figures(enterprises=table(today).size)


def enterprise_figures(organisation: Organisation) -> EnterpriseFigures:
    """Found and shortlisted, of one enterprise."""
    found = db.session.scalar(
        select(func.sum(FoundCount.times)).where(FoundCount.enterprise_id == organisation.id)
    )
    shortlisted = db.session.scalar(
        select(func.count(ShortlistItem.id))
        .join(Shortlist)
        .where(ShortlistItem.enterprise_id == organisation.id, Shortlist.archived_at.is_(None))
    )
    return EnterpriseFigures(int(found or 0), int(shortlisted or 0))


def shortlists(organisation: Organisation, archived: bool = False) -> list[tuple[Shortlist, int]]:
    """The organisation's lists with the number of enterprises on each, newest first."""
    count = func.count(ShortlistItem.id)
    rows = db.session.execute(
        select(Shortlist, count)
        .outerjoin(ShortlistItem)
        .options(joinedload(Shortlist.created_by))
        .where(
            Shortlist.organisation_id == organisation.id,
            Shortlist.archived_at.is_not(None) if archived else Shortlist.archived_at.is_(None),
        )
        .group_by(Shortlist.id)
        .order_by(Shortlist.id.desc())
    )
    return [(row, int(number)) for row, number in rows]


def shortlist(public_id: str) -> Shortlist | None:
    """One list."""
    return db.session.scalars(select(Shortlist).where(Shortlist.public_id == public_id)).first()


def items(row: Shortlist) -> list[ShortlistItem]:
    """What stands on a list, in the order in which it was added."""
    return list(
        db.session.scalars(
            select(ShortlistItem)
            .options(joinedload(ShortlistItem.enterprise), joinedload(ShortlistItem.added_by))
            .where(ShortlistItem.shortlist_id == row.id)
            .order_by(ShortlistItem.id)
        )
    )


def saved_searches(person: Person, organisation: Organisation | None) -> list[SavedSearch]:
    """What somebody keeps for the organisation that he acts for, newest first."""
    return list(
        db.session.scalars(
            select(SavedSearch)
            .where(
                SavedSearch.person_id == person.id,
                SavedSearch.organisation_id == (organisation.id if organisation else None),
            )
            .order_by(SavedSearch.id.desc())
        )
    )


def saved_search(public_id: str) -> SavedSearch | None:
    """One saved search."""
    return db.session.scalars(select(SavedSearch).where(SavedSearch.public_id == public_id)).first()
