"""What the text index holds of a listed enterprise."""

from impactmakelaar.core.reference import Reference, cpv_ancestors
from impactmakelaar.core.search import Document
from impactmakelaar.register.catalogue import Listing


def document_of(listing: Listing, facts: Reference) -> Document:
    """What the text index holds: name; activities with labels of CPV and ancestors; description."""
    profile = listing.document
    words: list[str] = [profile["summary"]]
    for activity in profile["activities"]:
        words += [activity["title"], activity["description"]]
        if activity["sector"]:
            words.append(facts.label("sectors", activity["sector"]))
        for code in activity["cpv"]:
            for one in (*cpv_ancestors(code), code):
                known = facts.cpv.get(one)
                if known:
                    words += [known.label, known.words]
    for key, kind in (
        ("themes", "themes"),
        ("target_groups", "target_groups"),
        ("social_return_forms", "social_return_forms"),
    ):
        words += [facts.label(kind, code) for code in profile[key]]
    body = [profile["description"], profile["address"]["place"]]
    if profile["address"]["municipality"]:
        body.append(facts.municipality_name(profile["address"]["municipality"]))
    body += [f"{r['client']} {r['description']}" for r in profile["references"]]
    body += [
        f"{facts.label('certificates', c['kind'])} {c['level']}" for c in profile["certificates"]
    ]
    return Document(
        listing.id,
        {
            "name": f"{profile['trade_name']} {profile['legal_name']}",
            "words": "\n".join(filter(None, words)),
            "body": "\n".join(filter(None, body)),
        },
    )
