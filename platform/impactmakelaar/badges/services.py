"""Verbs of badges: give out numbers and credentials, revoke, verify what somebody brings.

Giving out follows the database, as the search index does: the worker sees a new standing and
signs. Whether a badge holds never waits for it: pages, pictures and status list compute that.
"""

import logging
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.exc import IntegrityError

from impactmakelaar.admission import queries_standing
from impactmakelaar.admission.rules_standing import Standing
from impactmakelaar.badges import images, queries, rules
from impactmakelaar.badges.models import Badge, BadgeCredential
from impactmakelaar.badges.rules import Verdict
from impactmakelaar.core import audit, changes, clock, limits, links, signing
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import NotFound
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.queries import by_id

log = logging.getLogger(__name__)
ONE_SECOND = timedelta(seconds=1)


class Follower:
    """The worker's round: gives out what is new when something changed or the day did."""

    def __init__(self, regions: Callable[[], list[Organisation]]) -> None:
        self.regions = regions
        self.seen: object = None

    def __call__(self, now: datetime) -> int:
        """Give out and revoke; returns how many badges were touched."""
        day = clock.local(now).date()
        regions = self.regions()
        mark = (
            day,
            changes.last(changes.ENTERPRISE),
            tuple(queries_standing.policy_marker(region.id) for region in regions),
        )
        if mark == self.seen:
            return 0
        count = sum(follow(region=region, today=day) for region in regions)
        self.seen = mark
        return count


def follow(*, region: Organisation, today: date) -> int:
    """Number and credential for every holder in a region; revoke what holds no more."""
    standings = queries_standing.standings(region.id, today)
    known = queries.badges(region)
    given: dict[int, list[BadgeCredential]] = {}
    for row in queries.credentials(region, revoked=False):
        given.setdefault(row.badge.enterprise_id, []).append(row)
    touched = []
    for number, standing in standings.items():
        wanted = rules.terms(standing)
        mine = given.get(number, [])
        stale = any(queries.is_revoked(row, standings, today) for row in mine)
        fresh = wanted is None or any(queries.terms_of(row) == wanted for row in mine)
        if stale or not fresh or (rules.had_badge(standing) and number not in known):
            touched.append(number)
    for number in touched:
        _follow_one(number, region, today)
    return len(touched)


def _follow_one(enterprise_id: int, region: Organisation, today: date) -> None:
    """One enterprise in a transaction of its own; a second worker that was first is no error."""
    region_id = region.id
    try:
        with transaction():
            enterprise = db.session.get_one(Organisation, enterprise_id)
            region = db.session.get_one(Organisation, region_id)
            standing = queries_standing.standing_of(enterprise, region, today)
            badge = queries.of_enterprise(enterprise.id, region.id)
            if badge is None:
                badge = Badge(
                    enterprise_id=enterprise.id, region_id=region.id, created_at=clock.now()
                )
                db.session.add(badge)
                db.session.flush()
                audit.record("badge.numbered", badge, by=None, organisation=enterprise)
            for row in queries.credentials(region, revoked=False):
                mine = row.badge_id == badge.id
                if mine and queries.is_revoked(row, {enterprise.id: standing}, today):
                    row.revoked_at = clock.now()
                    audit.record("badge.revoked", badge, by=None, organisation=enterprise)
            if rules.terms(standing) and queries.current(badge, standing) is None:
                _give_out(badge, enterprise, region, standing)
                audit.record("badge.issued", badge, by=None, organisation=enterprise)
    except IntegrityError:
        log.info("another worker was first")


def _give_out(
    badge: Badge, enterprise: Organisation, region: Organisation, standing: Standing
) -> BadgeCredential:
    terms = rules.terms(standing)
    assert terms is not None
    now = clock.now()
    key = signing.active_key(region.public_id, now)
    known = {row.list_index for row in queries.credentials(region)}
    index = _free_index(known)
    name = str(uuid.uuid4())
    at = rules.Addresses(
        credential=links.address("badges.credential", uuid=name),
        issuer=links.address("badges.issuer", region_id=region.public_id),
        achievement=links.address(
            "badges.achievement", region_id=region.public_id, kind=terms.achievement
        ),
        status_list=links.address(
            "badges.status_list", region_id=region.public_id, number=index // rules.LIST_SIZE
        ),
        image=links.address("badges.picture", number=badge.number, size="groot", kind="png"),
    )
    holder = rules.Holder(
        enterprise.name,
        enterprise.kvk_number or "",
        links.address("register.profile", public_id=enterprise.public_id),
        region.name,
        links.address("home.index"),
    )
    payload = rules.credential(
        terms,
        holder,
        at,
        begin=midnight(terms.first_day),
        end=midnight(terms.last_day + timedelta(days=1)) - ONE_SECOND,
        issued=clock.local(now),
        list_index=index,
    )
    row = BadgeCredential(
        uuid=name,
        badge_id=badge.id,
        region_id=region.id,
        achievement=terms.achievement,
        first_day=terms.first_day,
        last_day=terms.last_day,
        list_index=index,
        key_id=key.id,
        token=signing.sign(payload, key, key_url(region, key)),
        issued_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _free_index(known: set[int]) -> int:
    """A bit that nobody has, at random within the lists that are in use; a new list when half
    of them are taken.
    """
    lists = len(known) * 2 // rules.LIST_SIZE + 1
    while True:
        index = secrets.randbelow(lists * rules.LIST_SIZE)
        if index not in known:
            return index


def midnight(day: date) -> datetime:
    """The first instant of a day in the Netherlands."""
    return datetime.combine(day, time(), clock.AMSTERDAM)


def key_url(region: Organisation, key: signing.Key) -> str:
    """Where a public key of a region can be fetched."""
    return links.address("badges.key", region_id=region.public_id, key_id=key.id)


def status_list_token(*, region: Organisation, number: int, now: datetime) -> str:
    """The signed status list of a region as it is now; nothing is kept.

    :raises NotFound: when the region never gave out a credential in that list.
    """
    day = clock.local(now).date()
    used = max((row.list_index for row in queries.credentials(region)), default=-1)
    keys = [key for key in signing.keys(region.public_id) if key.active]
    if used < 0 or number > used // rules.LIST_SIZE or not keys:
        raise NotFound
    address = links.address("badges.status_list", region_id=region.public_id, number=number)
    payload = rules.status_list(
        address,
        queries.issuer_of(region),
        queries.revoked_bits(region, number, day),
        begin=midnight(day),
    )
    return signing.sign(payload, keys[0], key_url(region, keys[0]))


def rotate_key(*, region: Organisation) -> signing.Key:
    """Sign with a new key from now on; what the old one signed stays verifiable."""
    with transaction():
        key = signing.rotate(region.public_id, clock.now())
        audit.record("badge.key_rotated", region, by=None, organisation=region, key=key.id)
        return key


# Verifying what somebody brings -----------------------------------------------------------


CHECKS_PER_HOUR = 60
"""Of one network address: a counter with a line of people, no machine that guesses numbers."""


def take_check(network: str) -> None:
    """Count one check of something that was brought.

    :raises TooMany: after ``CHECKS_PER_HOUR``.
    """
    hour = timedelta(hours=1)
    limits.take("badge_check", network, at_most=CHECKS_PER_HOUR, window=hour, now=clock.now())


@dataclass(frozen=True)
class Verification:
    """What is the matter with it, and the badge as it is now when there is one."""

    verdict: Verdict
    today: queries.Today | None = None
    remark: str = ""

    @property
    def sentence(self) -> str:
        """The verdict in Dutch."""
        return rules.VERDICTS[self.verdict]


def verify_number(*, number: str, home: Organisation | None, on: date) -> Verification:
    """Look up a number."""
    badge = queries.by_number(number)
    if badge is None:
        return Verification(Verdict.UNKNOWN)
    found = queries.today(badge, on)
    return Verification(rules.verdict(found.standing), found, _other_region(badge, home))


def verify_file(*, data: bytes, home: Organisation | None, on: date) -> Verification:
    """Examine a picture or a token that somebody brought."""
    brought = images.read(data)
    if brought is None:
        text = data[:20_000].decode("utf-8", "replace").strip()
        if text.count(".") != 2 or any(c.isspace() for c in text):
            return Verification(Verdict.NOTHING)
        return _verify_token(text, None, home, on)
    if not brought.token:
        return Verification(Verdict.NOTHING)
    return _verify_token(brought.token, brought, home, on)


def _verify_token(
    token: str, brought: images.Brought | None, home: Organisation | None, on: date
) -> Verification:
    row = _given_out(token)
    if isinstance(row, Verdict):
        return Verification(row)
    found = queries.today(row.badge, on)
    remark = _other_region(row.badge, home)
    if brought is not None and not _untouched(brought, row, found):
        return Verification(Verdict.ALTERED, found, remark)
    standing = found.standing
    if standing.has_badge and not rules.still_true(queries.terms_of(row), standing):
        return Verification(Verdict.REPLACED, found, remark)
    if standing.has_badge and row.revoked_at is not None:
        return Verification(Verdict.REPLACED, found, remark)
    return Verification(rules.verdict(standing), found, remark)


def _given_out(token: str) -> BadgeCredential | Verdict:
    """The credential that this token is, or what is wrong with it."""
    for region in issuers():
        try:
            payload = signing.verified(token, signing.keys(region.public_id))
        except signing.NotSigned:
            continue
        row = queries.by_uuid(str(payload.get("jti", "")).rstrip("/").rsplit("/", 1)[-1])
        if row is None or row.region_id != region.id or row.token != token:
            return Verdict.STRANGER
        return row
    return Verdict.STRANGER if _names_another_issuer(token) else Verdict.FORGED


def issuers() -> list[Organisation]:
    """The regions that gave out a badge."""
    found = [by_id(number) for number in queries.issuing_regions()]
    return [region for region in found if region is not None]


def _names_another_issuer(token: str) -> bool:
    """Whether a token that we did not sign does not claim to be ours either."""
    issuer = signing.unverified(token).get("iss")
    return isinstance(issuer, str) and not issuer.startswith(links.address("home.index"))


def _untouched(brought: images.Brought, row: BadgeCredential, found: queries.Today) -> bool:
    """Whether a picture is what we drew when we gave this credential out, or would draw now."""
    path = queries.letter()
    then = queries.as_given_out(row, found)
    return images.same(brought, then, path, row.token) or images.same(
        brought, found.shown, path, row.token
    )


def _other_region(badge: Badge, home: Organisation | None) -> str:
    if home is None or badge.region_id == home.id:
        return ""
    return (
        f"Let op: deze badge is van de regio {badge.region.name}. Of inkoop ook in {home.name} "
        "telt, bepaalt die regio zelf."
    )
