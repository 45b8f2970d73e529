"""Two processes at once: exactly one wins, the other gets a clear sentence; on both databases."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from impactmakelaar.admission import queries_check, queries_decisions
from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.admission.models_meeting import Vote
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from tests.admission.makers import make_adopted, make_committee, make_reviewed, prepare, put_to_vote
from tests.conftest import on_both

RUNNER = """
import json, pathlib, sys, time
from datetime import date
sys.path[:0] = {paths!r}
from impactmakelaar.app import create_app
from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import queries_decisions, services_decision, services_vote
from impactmakelaar.admission.models import (Application)
from impactmakelaar.admission.models_meeting import (AgendaItem)
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from tests.admission.makers import DAY, prepare
from tests.conftest import settings_for
work = json.loads(sys.argv[1])
gate = pathlib.Path(work["gate"])
app = create_app(settings_for(gate.parent / work["name"], work["url"]))
with app.app_context():
    person = db.session.get_one(Person, work["person"])
    row = db.session.get_one(Application, work["application"])
    item = db.session.get(AgendaItem, work["item"]) if work["item"] else None
    (gate.parent / (work["name"] + ".ready")).touch()
    while not gate.exists():
        time.sleep(0.001)
    try:
        if work["verb"] == "vote":
            services_vote.cast(item=item, choice=work["choice"], by=person, today=DAY)
        elif work["verb"] == "close":
            services_vote.close_vote(item=item, by=person, today=DAY)
        elif work["verb"] == "prepare":
            prepare(None, row, by=person)
        else:
            services_decision.announce(row=row, by=person, today=DAY)
        print(json.dumps(["won", ""]))
    except Refused as refusal:
        print(json.dumps(["refused", refusal.sentence]))
"""


def at_once(app: Flask, tmp_path: Path, works: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Run each piece of work in a process of its own, let go at the same moment."""
    root = Path(__file__).resolve().parents[2]
    tmp_path.mkdir(exist_ok=True)
    script = tmp_path / "runner.py"
    script.write_text(RUNNER.replace("{paths!r}", repr([str(root / "platform"), str(root)])))
    gate = tmp_path / "gate"
    url = app.config["DATABASE_URL"]
    db.session.rollback()
    started = []
    for number, work in enumerate(works):
        given = {"gate": str(gate), "url": url, "name": f"w{number}", "item": None} | work
        started.append(
            subprocess.Popen(
                [sys.executable, str(script), json.dumps(given)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    deadline = time.monotonic() + 120
    while not all((tmp_path / f"w{n}.ready").exists() for n in range(len(works))):
        assert time.monotonic() < deadline
        assert all(p.poll() is None for p in started), [p.communicate()[1] for p in started]
        time.sleep(0.05)
    gate.touch()
    found = []
    for process in started:
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
        found.append(tuple(json.loads(out.strip().split("\n")[-1])))
    db.session.expire_all()
    return found


@on_both
def test_one_member_votes_twice_at_once(app: Flask, tmp_path: Path) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    item = put_to_vote(c, row)
    work = {"verb": "vote", "person": c.chair.id, "application": row.id, "item": item.id}
    answers = at_once(
        app, tmp_path, [work | {"choice": "in_favour"}, work | {"choice": "against"}] * 2
    )
    assert sorted(a for a, _ in answers) == ["refused", "refused", "refused", "won"]
    assert {s for a, s in answers if a == "refused"} == {
        "U hebt al gestemd. Een stem kunt u niet wijzigen."
    }
    assert db.session.scalar(select(func.count()).select_from(Vote)) == 1


@on_both
def test_a_vote_and_the_closing_at_once_agree(app: Flask, tmp_path: Path) -> None:
    c = make_committee(quorum=2)
    row, _ = make_reviewed(c)
    item = put_to_vote(c, row)
    first = [
        {"verb": "vote", "person": p.id, "application": row.id, "item": item.id, "choice": "blank"}
        for p in c.full[:2]
    ]
    assert [a for a, _ in at_once(app, tmp_path / "first", first)] == ["won", "won"]
    works = [
        {"verb": "close", "person": c.secretary.id, "application": row.id, "item": item.id},
        first[0] | {"person": c.full[2].id, "choice": "in_favour"},
        first[0] | {"person": c.full[3].id, "choice": "in_favour"},
    ]
    answers = at_once(app, tmp_path / "second", works)
    assert answers[0][0] == "won"
    votes = db.session.scalar(select(func.count()).select_from(Vote).where(Vote.item_id == item.id))
    closed = db.session.get_one(type(item), item.id)
    assert votes == closed.in_favour + closed.against + closed.blank
    late = [s for a, s in answers[1:] if a == "refused"]
    assert len(late) == 4 - (votes or 0)
    assert set(late) <= {"De stemming over dit dossier is gesloten."}
    assert queries_check.broken() == []


@on_both
@pytest.mark.parametrize("verb", ["prepare", "announce"])
def test_one_decision_whoever_is_first(app: Flask, tmp_path: Path, verb: str) -> None:
    c = make_committee()
    row, _ = make_adopted(c)
    if verb == "announce":
        prepare(c, row)
    work = {"verb": verb, "person": c.chair.id, "application": row.id}
    answers = at_once(app, tmp_path, [work, work])
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 1
    assert queries_decisions.decision(row) is not None
    assert sorted(a for a, _ in answers) == ["refused", "won"]
    sentence = {"prepare": "bereidde dit besluit", "announce": "al bekendgemaakt"}[verb]
    assert any(sentence in s for _, s in answers)
    if verb == "announce":
        mails = select(func.count()).select_from(OutboxMail)
        assert db.session.scalar(mails.where(OutboxMail.kind == "admission_announced")) == 1
    assert queries_check.broken() == []
