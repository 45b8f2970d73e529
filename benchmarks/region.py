"""Generated profiles and queries for the benchmark: another seed gives other ones.

Words follow a long-tailed distribution: half of them come from the Dutch labels of the CPV list,
half are made of syllables, so that rare words exist at every size.
"""

import copy
import random
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from impactmakelaar.core import text
from impactmakelaar.core.reference import Reference
from impactmakelaar.profiles.rules import EMPTY, EMPTY_ACTIVITY

STARTS = tuple("b br d dr f g gr h k kl kr l m n p pl pr r s sch sl sp st str t v w z".split())  # noqa: SIM905
CORES = tuple("a aa e ee ei eu i ie o oe oo ou u ui ij".split())  # noqa: SIM905
ENDS = tuple("k l m n p r s t ng nk rt st ls nt cht ft".split())  # noqa: SIM905
FORMS = ("service", "goods", "works", "placement")
ONE_WORD, TWO_WORDS = 0.45, 0.8
"""Below the first: one word; below the second: two words of one profile; above: filters only."""


@dataclass(frozen=True)
class Query:
    """Words and at most three filters, of which at most one about activities."""

    words: tuple[str, ...]
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Region:
    """A seeded maker of profiles."""

    def __init__(self, seed: int, size: int, facts: Reference, towns: list[str]) -> None:
        self.random = random.Random(seed)
        self.size = size
        self.facts = facts
        self.towns = towns
        self.codes = {
            kind: sorted(facts.codes(kind))
            for kind in ("sectors", "themes", "target_groups", "social_return_forms", "sdgs",
                         "certificates", "legal_forms")
        }  # fmt: skip
        self.cpv = sorted(facts.cpv)
        labels = {w for e in facts.cpv.values() for w in text.words(f"{e.label} {e.words}")}
        real = sorted(w for w in labels if len(w) > 3 and w not in text.STOP_WORDS)
        self.random.shuffle(real)
        made = [self._made_word() for _ in range(4000 + size // 2)]
        self.lexicon = [w for pair in zip(real, made, strict=False) for w in pair]
        self.lexicon += made[len(real) :]
        self.weights = list(accumulate(1 / (rank + 8) ** 0.95 for rank in range(len(self.lexicon))))

    def _made_word(self) -> str:
        pick = self.random.choice
        return "".join(
            pick(STARTS) + pick(CORES) + pick(ENDS) for _ in range(self.random.randint(1, 3))
        )

    def _text(self, count: int) -> str:
        return " ".join(self.random.choices(self.lexicon, cum_weights=self.weights, k=count))

    def _some(self, kind: str, most: int) -> list[str]:
        return self.random.sample(self.codes[kind], self.random.randint(0, most))

    def profile(self) -> dict[str, Any]:
        """The published document of one enterprise."""
        pick = self.random.choice
        document = copy.deepcopy(EMPTY)
        name = self._text(2).title()
        town = pick(self.towns) if self.random.random() < 0.7 else pick(self._all_towns)
        document |= {
            "trade_name": name,
            "legal_name": f"{name} B.V.",
            "legal_form": pick(self.codes["legal_forms"]),
            "summary": self._text(10),
            "description": self._text(self.random.randint(40, 80)),
            "themes": self._some("themes", 3),
            "sdgs": self._some("sdgs", 4),
            "target_groups": self._some("target_groups", 3),
            "social_return_forms": self._some("social_return_forms", 2),
            "certificates": [
                {"kind": kind, "level": "", "number": "", "valid_from": "", "valid_until": "",
                 "evidence": ""}
                for kind in self._some("certificates", 2)
            ],
            "activities": [self._activity(n) for n in range(self.random.randint(1, 4))],
        }  # fmt: skip
        document["address"] |= {
            "hidden": False,
            "municipality": town,
            "place": self.facts.municipality_name(town),
        }
        return document

    @property
    def _all_towns(self) -> list[str]:
        return sorted(self.facts.municipalities)

    def _activity(self, number: int) -> dict[str, Any]:
        pick = self.random.choice
        activity = copy.deepcopy(EMPTY_ACTIVITY)
        kind = self.random.choices(["municipalities", "region", "country"], [6, 3, 1])[0]
        activity |= {
            "id": f"a{number}",
            "title": self._text(3),
            "description": self._text(12),
            "cpv": self.random.sample(self.cpv, self.random.randint(1, 2)),
            "sector": pick(self.codes["sectors"]),
            "form": pick(FORMS),
        }
        activity["area"] |= {
            "kind": kind,
            "municipalities": self.random.sample(self.towns, self.random.randint(1, 3))
            if kind == "municipalities"
            else [],
        }
        return activity

    def queries(self, profiles: list[dict[str, Any]], count: int) -> list[Query]:
        """Fresh questions; words stand together in one profile, so that most find something."""
        found: list[Query] = []
        while len(found) < count:
            draw = self.random.random()
            wanted = 1 if draw < ONE_WORD else 2 if draw < TWO_WORDS else 0
            document = self.random.choice(profiles)
            known = [
                word
                for word in text.words(document["description"])
                if len(word) > 3 and text.query_words(word)[0] == [word]
            ]
            if len(set(known)) < 2:
                continue
            words = tuple(self.random.sample(sorted(set(known)), wanted))
            if text.query_words(" ".join(words))[0] != list(words):
                continue
            found.append(Query(words, self._filters()))
        return found

    def _filters(self) -> dict[str, tuple[str, ...]]:
        pick = self.random.choice
        chosen: dict[str, tuple[str, ...]] = {}
        if self.random.random() < 0.4:
            facet, values = pick(
                [("gemeente", self.towns), ("sector", self.codes["sectors"]), ("vorm", FORMS)]
            )
            chosen[facet] = (pick(values),)
        kinds = (("thema", "themes"), ("doelgroep", "target_groups"), ("keurmerk", "certificates"),
                 ("rechtsvorm", "legal_forms"), ("doel", "sdgs"))  # fmt: skip
        for facet, kind in self.random.sample(kinds, self.random.choice([0, 0, 1, 2])):
            chosen[facet] = tuple(sorted(self.random.sample(self.codes[kind], pick([1, 1, 2]))))
        return chosen
