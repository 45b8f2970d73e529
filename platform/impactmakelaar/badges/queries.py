"""Reads of badges: whose number this is, what holds on a day, which credentials were given out."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from impactmakelaar.admission import queries_standing, rules_words
from impactmakelaar.admission.models import PolicyVersion
from impactmakelaar.admission.rules_policy import policy_of
from impactmakelaar.admission.rules_standing import Standing, State
from impactmakelaar.badges import images, rules
from impactmakelaar.badges.models import Badge, BadgeCredential
from impactmakelaar.core import links, signing
from impactmakelaar.core.db import db
from impactmakelaar.core.dutch import long_date
from impactmakelaar.organisations.models import Organisation


@dataclass(frozen=True)
class Today:
    """A badge with what anybody may know of it on a day."""

    badge: Badge
    enterprise: Organisation
    region: Organisation
    standing: Standing
    certificate: str
    counts: str
    """What purchases at the holder count for: the region's sentence of that day."""
    counts_url: str

    @property
    def headline(self) -> str:
        """Whether it holds, in a sentence."""
        return rules.headline(self.standing)

    @property
    def sentence(self) -> str:
        """Until when, and on which ground."""
        seen = rules.public(self.standing)
        if not seen.has_badge and seen.state.value == "ended":
            return "Inkoop bij deze onderneming telt niet als inkoop bij een badgehouder."
        return rules_words.sentence(seen, self.certificate)

    @property
    def shown(self) -> images.Shown:
        """What stands on the picture."""
        seen = rules.public(self.standing)
        last = long_date(seen.last_day) if seen.last_day else ""
        detail = f"Geldig tot en met {last}" if seen.has_badge else ""
        if seen.state.value == "lapsed" and last:
            detail = f"Gold tot en met {last}"
        state = rules_words.label(seen)
        if not seen.has_badge:
            state = {"lapsed": "SROI-badge verlopen", "suspended": "SROI-badge geschorst"}.get(
                seen.state.value, "SROI-badge geldt niet"
            )
        return images.Shown(
            self.badge.number, self.enterprise.name, self.region.name, state, detail, seen.has_badge
        )


def by_number(number: str) -> Badge | None:
    """The badge with this number."""
    return db.session.scalars(
        select(Badge)
        .options(joinedload(Badge.enterprise), joinedload(Badge.region))
        .where(Badge.number == number)
    ).first()


def of_enterprise(enterprise_id: int, region_id: int) -> Badge | None:
    """The badge of an enterprise in a region, when it ever had one."""
    return db.session.scalars(
        select(Badge).where(Badge.enterprise_id == enterprise_id, Badge.region_id == region_id)
    ).first()


def today(badge: Badge, on: date) -> Today:
    """What holds of a badge on a day."""
    standing = queries_standing.standing_of(badge.enterprise, badge.region, on)
    sentence, url = counts_for(badge.region, on)
    return Today(
        badge,
        badge.enterprise,
        badge.region,
        standing,
        queries_standing.certificate_name(standing),
        sentence,
        url,
    )


def counts_for(region: Organisation, on: date) -> tuple[str, str]:
    """(sentence, address) of what purchases count for, in the policy in force on a day."""
    row = db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.region_id == region.id, PolicyVersion.valid_from <= on)
        .order_by(PolicyVersion.valid_from.desc(), PolicyVersion.number.desc())
        .limit(1)
    ).first()
    if row is None:
        return "", ""
    version = policy_of(row.document)
    return version.badge_sentence, version.badge_url


def badges(region: Organisation) -> dict[int, Badge]:
    """Enterprise id -> badge, of a region."""
    rows = db.session.scalars(
        select(Badge)
        .options(joinedload(Badge.enterprise), joinedload(Badge.region))
        .where(Badge.region_id == region.id)
    )
    return {row.enterprise_id: row for row in rows}


def credentials(region: Organisation, *, revoked: bool = True) -> list[BadgeCredential]:
    """What was given out in a region, oldest first; without the revoked ones when asked."""
    query = select(BadgeCredential).options(joinedload(BadgeCredential.badge))
    query = query.where(BadgeCredential.region_id == region.id).order_by(BadgeCredential.id)
    if not revoked:
        query = query.where(BadgeCredential.revoked_at.is_(None))
    return list(db.session.scalars(query))


def terms_of(row: BadgeCredential) -> rules.Terms:
    """What a credential says."""
    return rules.Terms(row.achievement, row.first_day, row.last_day)


def current(badge: Badge, standing: Standing) -> BadgeCredential | None:
    """The newest credential that says what holds; None while there is none (yet)."""
    wanted = rules.terms(standing)
    if wanted is None:
        return None
    rows = db.session.scalars(
        select(BadgeCredential)
        .where(BadgeCredential.badge_id == badge.id, BadgeCredential.revoked_at.is_(None))
        .order_by(BadgeCredential.id.desc())
    )
    return next((row for row in rows if terms_of(row) == wanted), None)


def by_uuid(uuid: str) -> BadgeCredential | None:
    """One credential that was given out."""
    return db.session.scalars(select(BadgeCredential).where(BadgeCredential.uuid == uuid)).first()


def revoked_bits(region: Organisation, number: int, on: date) -> set[int]:
    """The set bits of the region's status list ``number`` on a day, computed anew each time."""
    standings = queries_standing.standings(region.id, on)
    return {
        row.list_index % rules.LIST_SIZE
        for row in credentials(region)
        if row.list_index // rules.LIST_SIZE == number and is_revoked(row, standings, on)
    }


def is_revoked(row: BadgeCredential, standings: dict[int, Standing], on: date) -> bool:
    """Whether a credential no longer says what holds; what is past its end needs no revoking."""
    if row.revoked_at is not None:
        return True
    if row.last_day < on:
        return False
    found = standings.get(row.badge.enterprise_id, queries_standing.NOTHING)
    return not rules.still_true(terms_of(row), found)


def letter() -> Path | None:
    """The file of the site's own letter, as the assets were built; None when they were not."""
    found = sorted(Path(str(current_app.static_folder)).glob("noto-sans-latin-wght-normal-*.woff2"))
    return found[0] if found else None


def issuer_of(region: Organisation) -> dict[str, Any]:
    """The region as the issuer of badges."""
    return rules.issuer_profile(
        region.name,
        links.address("home.index"),
        links.address("badges.issuer", region_id=region.public_id),
    )


def region(public_id: str) -> Organisation | None:
    """A region."""
    return db.session.scalars(
        select(Organisation).where(
            Organisation.public_id == public_id, Organisation.kind == "region"
        )
    ).first()


def issuing_regions() -> list[int]:
    """Ids of the regions that gave out a badge."""
    return list(db.session.scalars(select(Badge.region_id).distinct().order_by(Badge.region_id)))


def as_given_out(row: BadgeCredential, found: Today) -> images.Shown:
    """What stood on the picture when a credential was given out."""
    claims = signing.unverified(row.token)
    name = claims["credentialSubject"]["identifier"][0]["identityHash"]
    label = rules_words.LABELS[State(row.achievement)]
    detail = f"Geldig tot en met {long_date(row.last_day)}"
    return images.Shown(found.badge.number, name, claims["issuer"]["name"], label, detail, True)
