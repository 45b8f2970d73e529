"""Who may see and change what an enterprise tells of itself."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations import permissions as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.profiles import queries

may_draft = organisations.may_draft


def may_publish(person: Person, organisation: Organisation) -> bool:
    """An approved member of an approved enterprise that has not ended."""
    return (
        organisation.kind == Kind.ENTERPRISE
        and organisation.kvk_approved_at is not None
        and organisation.ended_on is None
        and organisations.may_act_for(person, organisation)
    )


def may_staff_see(person: Person, organisation: Organisation) -> bool:
    """Region staff see drafts and leads of their own region."""
    return organisation.kind == Kind.ENTERPRISE and organisations.is_staff_of(person, organisation)


def may_see_file(person: Person | None, file: StoredFile, organisation: Organisation) -> bool:
    """The logo of a public profile: everybody. Anything else: its own people and region staff."""
    document = queries.published_document(organisation)
    if document is not None and document.get("logo") == file.public_id:
        listed = organisation.kvk_approved_at is not None and organisation.ended_on is None
        if listed:
            return True
    if person is None:
        return False
    return may_draft(person, organisation) or may_staff_see(person, organisation)
