"""Verbs of invitations: somebody is asked by mail to act for an organisation."""

from datetime import timedelta

from sqlalchemy import select

from impactmakelaar.accounts import services as accounts_services
from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, limits, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations import mails, permissions, queries, rules
from impactmakelaar.organisations.models import (
    Invitation,
    Membership,
    Organisation,
)
from impactmakelaar.organisations.rules import Role

STALE = "Deze uitnodiging is verlopen, ingetrokken of al gebruikt. Vraag om een nieuwe."


def invite(
    *, organisation: Organisation, email: str, name: str, role: str, by: Person
) -> Invitation:
    """Mail somebody an invitation to act for an organisation in a role.

    :raises TooMany: after 50 of one person in a day: our name stands under what strangers get.
    """
    rules.may_have_role(organisation.kind, role)
    if not permissions.may_invite(by, organisation, role):
        raise Refused("U kunt voor deze rol niemand uitnodigen.", "role")
    email = email.strip().lower()
    if email == by.email:
        raise Refused("U kunt uzelf geen rol geven. Vraag een collega.", "email")
    limits.take(
        "invitation",
        str(by.id),
        at_most=rules.INVITATIONS_PER_DAY,
        window=timedelta(days=1),
        now=clock.now(),
    )
    with transaction():
        return _invite(organisation, email, name, role, by)


def invite_first_admin(*, region: Organisation, email: str) -> Invitation:
    """The operator's way in: invite the first administrator of a region."""
    with transaction():
        return _invite(region, email.strip().lower(), "", Role.REGION_ADMIN, None)


def _invite(
    organisation: Organisation, email: str, name: str, role: str, by: Person | None
) -> Invitation:
    now, token = clock.now(), new_token()
    for old in queries.open_invitations(organisation):
        if old.email == email and old.role == role:
            old.withdrawn_at = now
    row = Invitation(
        email=email,
        name=name,
        organisation_id=organisation.id,
        role=role,
        token_hash=token_hash(token),
        invited_by_id=by.id if by else None,
        created_at=now,
        expires_at=now + timedelta(days=rules.INVITATION_DAYS),
    )
    db.session.add(row)
    db.session.flush()
    sender = by.name if by else organisation.name
    mail.post(
        mails.invitation(
            email,
            name,
            organisation.name,
            rules.ROLE_LABELS[Role(role)],
            sender,
            links.address("organisations.accept", token=token),
        )
    )
    audit.record("invitation.sent", row, by=by, organisation=organisation, role=role)
    return row


def withdraw_invitation(*, invitation: Invitation, by: Person) -> None:
    """Withdraw an invitation that was not accepted."""
    if not permissions.may_invite(by, invitation.organisation, invitation.role):
        raise NotFound
    with transaction():
        row = lock(invitation)
        if row.accepted_at is None and row.withdrawn_at is None:
            row.withdrawn_at = clock.now()
            organisation = row.organisation
            audit.record("invitation.withdrawn", row, by=by, organisation=organisation)


def valid_invitation(token: str) -> Invitation:
    """The invitation behind a mailed link that still works."""
    row = db.session.scalars(
        select(Invitation).where(Invitation.token_hash == token_hash(token))
    ).first()
    if (
        row is None
        or row.accepted_at is not None
        or row.withdrawn_at is not None
        or row.expires_at <= clock.now()
        or row.organisation.ended_on is not None
    ):
        raise Refused(STALE)
    return row


def accept_invitation(
    *, token: str, person: Person | None, name: str = "", password: str = ""
) -> Person:
    """Accept: as the person signed in, or with a new account for the invited address.

    Organisation and role come from the invitation alone.
    """
    with transaction():
        row = lock(valid_invitation(token))
        if row.accepted_at is not None:
            raise Refused(STALE)
        if person is None:
            person = accounts_services.invited_person(email=row.email, name=name, password=password)
        row.accepted_at = clock.now()
        if row.role not in permissions.roles_at(person, row.organisation):
            db.session.add(
                Membership(
                    person_id=person.id,
                    organisation_id=row.organisation_id,
                    role=row.role,
                    asked_at=row.created_at,
                    approved_at=clock.now(),
                    decided_by_id=row.invited_by_id,
                )
            )
        audit.record(
            "invitation.accepted", row, by=person, organisation=row.organisation, role=row.role
        )
        return person
