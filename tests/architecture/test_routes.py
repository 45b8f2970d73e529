"""Who may do what: every route, method, reader and side, really asked (see ``routes``)."""

import re
from collections import Counter
from pathlib import Path

import pytest
from tests.architecture import routes
from tests.architecture.routes import Answer
from tests.architecture.world import ROLE_COLUMNS, World

from impactmakelaar.organisations.rules import Role
from impactmakelaar.web import headers, navigation

REFUSED = ("in", "403", "404")
OPAQUE = {
    *(
        "public_id",
        "enterprise_id",
        "activity_id",
        "reset_id",
        "proposal_id",
        "token",
        "key",
        "name",
    ),
    *("slug", "theme_id", "question_id", "verb", "part", "number", "uuid"),
}
"""Text parts of an address that are random ids, tokens, or looked up in a closed list."""

PUBLIC_BADGE = {
    f"badges.{name}"
    for name in (
        *("achievement", "achievement_picture", "credential", "issuer", "jwks", "key"),
        *("page", "picture", "qr", "state", "status_list"),
    )
}
"""What a badge consists of: whoever has its number may see it, and any site may show it."""
FOR_ANY_SITE = {"Cross-Origin-Resource-Policy"}


def test_every_route_carries_exactly_one_guard(world: World) -> None:
    missing = [
        rule.endpoint
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not getattr(world.app.view_functions[rule.endpoint], "guard", "")
    ]

    assert not missing, f"give each a guard of web/guards.py: {missing}"


def test_guards_are_not_stacked(world: World) -> None:
    doubled = []
    for endpoint, view in world.app.view_functions.items():
        inner, found = view, 0
        while inner is not None:
            found += "guard" in vars(inner) and (
                vars(inner)["guard"] != vars(getattr(inner, "__wrapped__", inner)).get("guard")
                or not hasattr(inner, "__wrapped__")
            )
            inner = getattr(inner, "__wrapped__", None)
        if found > 1:
            doubled.append(endpoint)

    assert not doubled, f"more than one guard: {doubled}"


def test_every_route_has_a_row(world: World) -> None:
    rows = {(row.endpoint, row.method) for row in routes.whole_table()}
    missing = sorted(routes.routes(world.app) - rows)
    lines = [
        row.line()
        for endpoint, method in missing
        for row in routes.suggested(world, endpoint, method)
    ]

    assert not missing, (
        "routes without a row. Judge these answers, keep the objects that fit, and add them to "
        "tests/<feature>/routes.txt:\n" + routes.HEADER + "\n" + "\n".join(lines)
    )


def test_every_row_has_a_route(world: World) -> None:
    known = routes.routes(world.app)
    gone = [row.key for row in routes.whole_table() if (row.endpoint, row.method) not in known]

    assert not gone, f"rows of routes that no longer exist: {gone}"


def test_no_row_stands_twice() -> None:
    counts = Counter(row.key for row in routes.whole_table())

    assert [key for key, count in counts.items() if count > 1] == []


def test_every_role_has_a_column() -> None:
    assert set(ROLE_COLUMNS.values()) == set(Role)


def test_rows_with_objects_ask_every_side() -> None:
    sides: dict[tuple[str, str, str], set[str]] = {}
    for row in routes.whole_table():
        sides.setdefault((row.endpoint, row.method, row.kind), set()).add(row.side)
    incomplete = [
        key
        for key, found in sides.items()
        if key[2] != "-" and not key[2].endswith("_token") and key[2] != "example"
        if found != {"own", "near", "far"}
    ]

    assert not incomplete


def test_answers_equal_the_table(answers: list[Answer]) -> None:
    wrong = [
        f"{' '.join(a.row.key)} {a.reader}: {a.short}, the table says {expected}"
        for a in answers
        for expected in [routes.expected(a)]
        if a.short != expected
    ]

    assert not wrong, "\n".join(wrong)


def test_objects_of_another_region_are_not_found(answers: list[Answer]) -> None:
    open_to_all = {"logo"}
    public = {"register.region", "register.profile", "register.keep", "register.reveal_contacts"}
    seen = [
        f"{a.row.endpoint} {a.reader}: {a.short}"
        for a in answers
        if a.row.side == "far"
        and a.row.kind not in open_to_all
        and a.row.endpoint not in public | PUBLIC_BADGE
        and a.short not in REFUSED
    ]

    assert not seen


def test_no_get_changes_the_database(answers: list[Answer]) -> None:
    changing = {a.row.endpoint for a in answers if a.row.method == "GET" and a.changed}

    assert not changing


def test_what_is_refused_changes_nothing(answers: list[Answer]) -> None:
    changing = {f"{a.row.endpoint} {a.reader}" for a in answers if a.short in REFUSED and a.changed}

    assert not changing


def test_posts_without_csrf_token_are_refused_and_change_nothing(world: World) -> None:
    admitted: dict[tuple[str, str], tuple[routes.Row, str]] = {}
    for row in routes.whole_table():
        if row.method != "POST":
            continue
        for reader, answer in zip(routes.READERS, row.answers, strict=True):
            if answer not in REFUSED:
                admitted.setdefault((row.endpoint, reader), (row, reader))
    world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        asked = [routes.ask(world, row, reader) for row, reader in admitted.values()]
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False

    assert asked
    assert {(a.row.endpoint, a.status, a.changed) for a in asked} == {
        (a.row.endpoint, 400, False) for a in asked
    }


def test_every_answer_carries_the_same_security_headers(answers: list[Answer]) -> None:
    expected = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
        "Vary": "Cookie",
    }
    policies = {headers.CONTENT_SECURITY_POLICY, headers.DOWNLOAD_POLICY}
    wrong = [
        f"{a.row.endpoint} {a.reader} {a.status}: {name}"
        for a in answers
        for name, value in expected.items()
        if a.headers.get(name) != value
        and not (name in FOR_ANY_SITE and a.row.endpoint in PUBLIC_BADGE and a.status == 200)
    ]
    wrong += [
        f"{a.row.endpoint}: policy"
        for a in answers
        if a.headers["Content-Security-Policy"] not in policies
    ]

    assert not wrong
    assert all(re.fullmatch("[0-9a-f]{16}", a.headers["X-Request-Id"]) for a in answers)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/static/manifest.json", 200), ("/static/nothing.js", 404), ("/bestaat-niet", 404)],
)
def test_static_files_and_errors_carry_them_too(world: World, path: str, status: int) -> None:
    response = world.client("anon").get(path)
    response.close()

    assert response.status_code == status
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Content-Security-Policy"] == headers.CONTENT_SECURITY_POLICY


def test_no_page_has_inline_script_or_style(answers: list[Answer]) -> None:
    inline = re.compile(
        r"<style|<script(?![^>]*\ssrc=)(?![^>]*type=\"application/(?:ld\+)?json\")"
        r"|<[^>]+\sstyle=|<[^>]+\son[a-z]+=|href=\"javascript:",
        re.IGNORECASE,
    )
    found = {
        (a.row.endpoint, match.group()[:60])
        for a in answers
        for match in [inline.search(a.text)]
        if match
    }

    assert not found


def test_no_page_names_an_outside_file(answers: list[Answer]) -> None:
    outside = re.compile(
        r"<(?:script|img|iframe|source)[^>]+src=\"(?:https?:)?//|<link[^>]+href=\"(?:https?:)?//"
    )

    assert {a.row.endpoint for a in answers if outside.search(a.text)} == set()


def test_menu_leads_where_the_reader_may_go(world: World, answers: list[Answer]) -> None:
    allowed = {(a.row.endpoint, a.reader): a.short for a in answers if a.row.method == "GET"}
    wrong = []
    for reader in routes.READERS:
        with world.client(reader) as browser:
            browser.get("/")
            shown = {item.url for item in navigation.menu()}
        for item in navigation._items:
            with world.app.test_request_context("/"):
                url = world.address(item.endpoint, "GET", "-", "own")
            answer = allowed[(item.endpoint, reader)]
            if url in shown and answer in REFUSED:
                wrong.append(f"{reader}: {item.label} is shown but answers {answer}")

    assert not wrong


def test_addresses_are_dutch_kebab_case_with_typed_parts(world: World) -> None:
    word = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)?|\.well-known")
    wrong = []
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        for part in re.sub(r"<[^>]*>", "x", rule.rule).split("/"):
            if part and not word.fullmatch(part):
                wrong.append(f"{rule.rule}: {part}")
        for name in re.findall(r"<([a-z_]+)>", rule.rule):
            if name not in OPAQUE and not name.endswith("_id"):
                wrong.append(f"{rule.rule}: give <{name}> a type, or name it public_id")

    assert not wrong


FURTHER_PAGES = {"admission": ("standing",)}
"""Feature -> groups of pages that it has beside those of its own name."""


def test_tables_are_written_in_order() -> None:
    order = {side: number for number, side in enumerate(("-", *routes.SIDES))}
    for path in sorted(Path(routes.TESTS).glob("*/routes.txt")):
        rows = routes.read_table(path)

        assert rows == sorted(rows, key=lambda r: (r.endpoint, r.method, r.kind, order[r.side])), (
            path
        )
        named = {row.endpoint.split(".")[0] for row in rows}
        assert named == {path.parent.name, *FURTHER_PAGES.get(path.parent.name, ())}, path
