"""Invariants of admission as queries that find nothing, whatever happened before."""

from sqlalchemy import text

from impactmakelaar.core.db import db

COUNTS = """
SELECT d.id FROM decision d JOIN agenda_item i ON i.id = d.item_id WHERE
 i.state NOT IN ('adopted') OR d.outcome <> i.outcome OR d.badge <> i.badge
 OR d.in_favour <> (SELECT count(*) FROM vote v WHERE v.item_id = i.id AND v.choice = 'in_favour')
   + (SELECT coalesce(sum(b.votes), 0) FROM ballot_count b WHERE b.item_id = i.id
      AND b.choice = 'in_favour')
 OR d.against <> (SELECT count(*) FROM vote v WHERE v.item_id = i.id AND v.choice = 'against')
   + (SELECT coalesce(sum(b.votes), 0) FROM ballot_count b WHERE b.item_id = i.id
      AND b.choice = 'against')
 OR d.blank <> (SELECT count(*) FROM vote v WHERE v.item_id = i.id AND v.choice = 'blank')
   + (SELECT coalesce(sum(b.votes), 0) FROM ballot_count b WHERE b.item_id = i.id
      AND b.choice = 'blank')
 OR d.in_favour + d.against + d.blank <> (SELECT count(*) FROM vote v WHERE v.item_id = i.id)
 OR d.present <> (SELECT count(*) FROM item_attendance a WHERE a.item_id = i.id AND a.entitled)
"""

CHECKS = {
    "besluit telt anders dan de stemmen": COUNTS,
    "besluit zonder quorum": "SELECT id FROM decision WHERE present < quorum"
    " OR in_favour + against + blank < quorum OR in_favour < needed OR in_favour <= against",
    "twee besluiten op een ronde": "SELECT min(id) FROM decision GROUP BY application_id, round"
    " HAVING count(*) > 1",
    "stem van wie niet mocht stemmen": "SELECT v.item_id FROM vote v LEFT JOIN item_attendance a"
    " ON a.item_id = v.item_id AND a.person_id = v.person_id"
    " WHERE a.item_id IS NULL OR NOT a.present OR a.recused OR NOT a.entitled",
    "aangenomen met een belang in de zaal": "SELECT i.id FROM agenda_item i"
    " JOIN item_attendance a ON a.item_id = i.id AND a.entitled"
    " JOIN conflict_declaration c ON c.application_id = i.application_id"
    " AND c.person_id = a.person_id AND c.recused"
    " JOIN application p ON p.id = i.application_id AND p.round = i.round"
    " WHERE i.state IN ('voting', 'adopted') AND p.state IN ('deliberation', 'prepared')",
    "geheime stemmen en stemmers verschillen": "SELECT i.id FROM agenda_item i WHERE i.secret"
    " AND i.state IN ('adopted', 'rejected') AND"
    " (SELECT count(*) FROM vote v WHERE v.item_id = i.id) <>"
    " (SELECT coalesce(sum(b.votes), 0) FROM ballot_count b WHERE b.item_id = i.id)",
    "bekend zonder besluit": "SELECT a.id FROM application a WHERE a.state IN ('announced',"
    " 'objection') AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.application_id = a.id"
    " AND d.round = a.round AND d.announced_on IS NOT NULL)",
    "besluit in een verkeerde stand": "SELECT d.id FROM decision d JOIN application a"
    " ON a.id = d.application_id WHERE d.announced_on IS NULL"
    " AND (a.state <> 'prepared' OR a.round <> d.round)",
    "voorbereid zonder besluit": "SELECT a.id FROM application a WHERE a.state = 'prepared'"
    " AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.application_id = a.id"
    " AND d.round = a.round)",
    "op de agenda zonder agendapunt": "SELECT a.id FROM application a"
    " WHERE a.state = 'deliberation' AND NOT EXISTS (SELECT 1 FROM agenda_item i"
    " WHERE i.application_id = a.id AND i.round = a.round"
    " AND i.state IN ('waiting', 'voting', 'adopted'))",
    "agendapunt zonder dossier op de agenda": "SELECT i.id FROM agenda_item i JOIN application a"
    " ON a.id = i.application_id WHERE i.state IN ('waiting', 'voting')"
    " AND (a.state <> 'deliberation' OR a.round <> i.round)",
    "bezwaar beslist door wie meedeed": "SELECT o.id FROM objection o JOIN decision d"
    " ON d.id = o.decision_id WHERE o.outcome <> 'withdrawn' AND (o.decided_by_id ="
    " d.prepared_by_id OR o.decided_by_id = d.announced_by_id OR EXISTS (SELECT 1"
    " FROM item_attendance a WHERE a.item_id = d.item_id AND a.person_id = o.decided_by_id"
    " AND a.entitled))",
    "vraag open zonder dat de aanvrager aan zet is": "SELECT m.id FROM more_request m"
    " JOIN application a ON a.id = m.application_id WHERE m.answered_on IS NULL"
    " AND a.state NOT IN ('asked', 'withdrawn')",
}
"""What is wrong, in Dutch -> a query that gives the ids of rows that are wrong so."""


def broken() -> list[str]:
    """Every deviation as ``what: id``; empty when all is well."""
    return [
        f"{what}: {row[0]}"
        for what, query in CHECKS.items()
        for row in db.session.execute(text(query))
    ]
