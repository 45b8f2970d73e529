"""Letters of the day about obligations. They change nothing but that they were sent."""

from datetime import date

from impactmakelaar.core import audit, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import euros
from impactmakelaar.social_return import mails, queries
from impactmakelaar.social_return.models import Contract, SocialReminder
from impactmakelaar.social_return.rules import Phase, reminders_due


def plan_reminders(today: date) -> list[tuple[Contract, str]]:
    """(contract, kind) of the letters that are due: per contract the most urgent, once."""
    contracts = queries.running()
    accounts, had = queries.accounts(contracts, today), queries.reminded(contracts)
    found = []
    for one in contracts:
        account = accounts[one.id]
        assert one.confirmed_on is not None
        due = reminders_due(
            confirmed_on=one.confirmed_on,
            starts_on=account.terms.starts_on,
            ends_on=account.terms.ends_on,
            open_amount=account.balance,
            today=today,
        )
        if due and due[-1] not in had[one.id]:
            found.append((one, due[-1]))
    return found


def send_reminder(*, contract: Contract, kind: str, today: date) -> int:
    """Write one letter to everybody who acts for the contractor; 0 when it was sent before."""
    with transaction():
        contract = lock(contract)
        if contract.phase != Phase.ACTIVE or kind in queries.reminded([contract])[contract.id]:
            return 0
        found = queries.account(contract, today)
        url = links.address("social_return.contract", public_id=contract.public_id)
        db.session.add(SocialReminder(contract_id=contract.id, kind=kind, sent_on=today))
        people = queries.contacts_of(contract.contractor_id)
        for person in people:
            letter = mails.reminder(
                person.email, person.name, kind, contract.title, euros(found.balance), url
            )
            mail.post(letter, person=person)
        audit.record("contract.reminded", contract, by=None, organisation=contract.authority)
        return len(people)


def send_reminders(today: date) -> int:
    """All letters of a day; repeating it sends nothing twice."""
    return sum(
        send_reminder(contract=contract, kind=kind, today=today)
        for contract, kind in plan_reminders(today)
    )
