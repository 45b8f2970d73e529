"""The table of routes: who gets which answer, read from ``tests/<feature>/routes.txt``.

One line per route, method, kind of object and side; one column per reader (see ``world``)::

    # route             method object     of    anon plain entrep buyer ...
    profiles.overview   GET    enterprise own   in   404   200    404   ...
    profiles.overview   GET    enterprise near  in   404   404    404   ...

An answer is a status, or ``in``: sent to the sign-in page. ``-`` as object: the address names no
object. A row that is missing fails with the line as the application answers it now; whoever adds
it judges every cell first.
"""

from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from tests.architecture.world import READERS, SIDES, World

TESTS = Path(__file__).resolve().parents[1]
SAFE = {"HEAD", "OPTIONS"}
WIDTHS = (34, 6, 18, 4)


@dataclass(frozen=True, order=True)
class Row:
    """One line of the table."""

    endpoint: str
    method: str
    kind: str
    side: str
    answers: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes the line unique."""
        return (self.endpoint, self.method, self.kind, self.side)

    def line(self) -> str:
        """As it stands in the file."""
        named = "".join(f"{part:<{w}} " for part, w in zip(self.key, WIDTHS, strict=True))
        return (named + "".join(f"{answer:<6} " for answer in self.answers)).rstrip()


HEADER = Row("# route", "method", "object", "of", READERS).line()


@dataclass(frozen=True)
class Answer:
    """What one reader got."""

    row: Row
    reader: str
    url: str
    status: int
    short: str
    headers: dict[str, str]
    mimetype: str
    text: str
    changed: bool


def read_table(path: Path) -> list[Row]:
    """The rows of one file.

    :raises ValueError: when the columns are not the readers, or a line has another length.
    """
    rows = []
    lines = path.read_text().splitlines()
    columns = tuple(lines[0].split()[5:]) if lines else ()
    if columns != READERS:
        raise ValueError(f"{path}: the first line must name the columns {' '.join(READERS)}")
    for number, line in enumerate(lines, 1):
        cells = line.split("#")[0].split()
        if not cells:
            continue
        if len(cells) != 4 + len(READERS):
            raise ValueError(f"{path}:{number}: {len(cells)} cells, not {4 + len(READERS)}")
        rows.append(Row(cells[0], cells[1], cells[2], cells[3], tuple(cells[4:])))
    return rows


def whole_table() -> list[Row]:
    """The rows of every feature."""
    return [row for path in sorted(TESTS.glob("*/routes.txt")) for row in read_table(path)]


def routes(app: Flask) -> set[tuple[str, str]]:
    """(endpoint, method) of all that can be asked."""
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
        if rule.endpoint != "static"
    }


def ask(world: World, row: Row, reader: str) -> Answer:
    """Ask a route as a reader; what it changes is put back."""
    url = world.address(row.endpoint, row.method, row.kind, "own" if row.side == "-" else row.side)
    browser = world.client(reader)
    with world.undone() as changed:
        response = browser.open(url, method=row.method)
    away = response.headers.get("Location", "").split("?")[0].endswith("/inloggen")
    short = "in" if response.status_code == 302 and away else str(response.status_code)
    text = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
    return Answer(
        row,
        reader,
        url,
        response.status_code,
        short,
        dict(response.headers),
        response.mimetype,
        text,
        changed[0],
    )


def expected(answer: Answer) -> str:
    """What the table says for this reader."""
    return answer.row.answers[READERS.index(answer.reader)]


def suggested(world: World, endpoint: str, method: str) -> list[Row]:
    """Rows as the application answers now, for a route that has none."""
    rules = list(world.app.url_map.iter_rules(endpoint))
    names = set().union(*(rule.arguments for rule in rules))
    kinds = ["-"]
    if names & {"public_id", "enterprise_id"}:
        kinds = [
            kind
            for kind, values in world.sides["own"].objects.items()
            if names - set(values) <= {"section", "kind", "activity_id", "key", "number"}
        ]
    elif "token" in names:
        kinds = ["-", *(k for k in world.sides["own"].objects if k.endswith("_token"))]
    rows = []
    for kind in kinds:
        for side in ("-",) if kind == "-" else SIDES:
            row = Row(endpoint, method, kind, side)
            answers = tuple(ask(world, row, reader).short for reader in READERS)
            rows.append(Row(endpoint, method, kind, side, answers))
    return rows
