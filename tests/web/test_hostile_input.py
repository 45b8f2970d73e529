"""Whatever is sent, the answer is a page or a clear refusal: never a 500, never a trace.

Every form of every page that any reader can open is filled with hostile values, and every address
gets hostile query strings and parts. Which field meets which value is drawn anew at each run; a
failure prints what was sent, and pytest-randomly the seed (``-p randomly -p "randomly_seed=…"``).
``HOSTILE_ROUNDS=45`` lets every field meet about every value (some minutes); the default is quick.
"""

import os
import random
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.architecture import routes
from tests.architecture.world import READERS, World, make_world
from werkzeug.datastructures import MultiDict

FINE = {200, 302, 303, 304, 308, 400, 403, 404, 405, 409, 413, 414, 415, 429}
BOMB = "a" * 1_000_000
ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "6"))
VALUES = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202egnp.exe",
    "\ufeff\u200b\u2066x",
    "🦔" * 50,
    "e\u0301" * 2000,
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7*7 }}{% raise %}",
    "${7*7} %s %(x)s %n",
    "' OR 1=1; DROP TABLE person; --",
    "-1",
    "0",
    "9223372036854775808",
    "1" * 5000,
    "1e309",
    "NaN",
    "Infinity",
    "-0",
    "٣٤",
    "²",
    "0x1F",
    "1_000",
    "0000-00-00",
    "9999-12-31",
    "2026-02-30",
    "10000-01-01",
    "+2026-01-01",
    "[]",
    "{}",
    "null",
    '{"activities": null}',
    '{"activities": [1]}',
    "[" * 2000,
    "../../etc/passwd",
    "//evil.example",
    "https://[::1",
    "http://999999999999999",
    "a@b\nBcc: c@d.example",
    "\r\nX-Injected: 1",
    "=cmd|' /C calc'!A0",
    '*:* AND (name:[a TO z] OR "',
    "((((((((((",
    "de het een",
    "GM0392",
    "nieuw",
    BOMB,
]
QUERY_NAMES = (
    *("q", "plaats", "straal", "pagina", "gemeente", "cpv", "sector", "soort", "terug"),
    *("weergave", "cpv_zoek", "next"),
)
RAW_QUERIES = [
    *("%", "%zz", "&&&=&", "=", "a=%ff%fe", "q=%00", "q[]=1&q[a]=2"),
    "q=" + "a%20" * 100_000,
    "&".join(f"gemeente=GM{number:04d}" for number in range(3000)),
]
REGISTER = (
    "/ondernemingen",
    "/ondernemingen/suggesties",
    "/kaart/ondernemingen.geojson",
    "/ondernemingen/export.csv",
)
COOKIES = ["", "x", "\x00", "." * 100, "eyJhIjoxfQ.Zx.x", "ÿÿ", "a" * 4000]
EXTRA = {
    "is_admin": "1",
    "role": "region_admin",
    "region_id": "1",
    "organisation_id": "1",
    "kvk_approved_at": "2026-01-01",
    "id": "1",
    "public_id": "x",
    "__class__": "x",
    "activities-999999-title": "x",
    "references-99999999999999999999-client": "x",
    "contacts-x-name": "x",
    "contacts--1-name": "x",
}


class Forms(HTMLParser):
    """The forms of a page: (address, method, names of fields with their values)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms and what can be filled in within them."""
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = known.get("method", "get").upper()
            self.found.append((known.get("action", ""), method, {}))
        elif tag in ("input", "textarea", "select", "button") and self.found and "name" in known:
            self.found[-1][2][known["name"]] = known.get("value", "")


@pytest.fixture(scope="module")
def live(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world as in service: a mistake becomes a 500 instead of a raised exception."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copy(empty_sqlite, folder / "world.db")
    made = make_world(folder, folder / "world.db", TESTING=False, LOG_LEVEL="CRITICAL")
    yield made
    made.close()


@pytest.fixture(scope="module")
def forms(live: World) -> list[tuple[str, str, str, dict[str, str]]]:
    """(reader, address, method, fields) of every form that somebody can see, each once."""
    seen: dict[tuple[str, str, tuple[str, ...]], tuple[str, str, str, dict[str, str]]] = {}
    for row in routes.whole_table():
        if row.method != "GET" or row.side not in ("-", "own"):
            continue
        readers = [r for r, a in zip(READERS, row.answers, strict=True) if a == "200"]
        # The first and the last who may come see between them every form of a page.
        for reader in dict.fromkeys(readers[:1] + readers[-1:]):
            url = live.address(row.endpoint, "GET", row.kind, "own")
            parser = Forms()
            parser.feed(live.client(reader).get(url).get_data().decode(errors="replace"))
            for action, method, fields in parser.found:
                shape = re.sub(r"[a-z2-9]{12}", "ID", action or url)
                seen.setdefault(
                    (shape, method, tuple(sorted(fields))), (reader, action or url, method, fields)
                )
    return list(seen.values())


def send(live: World, reader: str, url: str, method: str, data: Any) -> Any:
    """Send a form; what it changed is put back."""
    with live.undone():
        browser = live.client(reader)
        if method == "GET":
            return browser.get(url, query_string=clean(data))
        return browser.post(url, data=clean(data))


def clean(data: Any) -> Any:
    """Lone surrogates go as the bytes that a broken client would send."""
    pairs = data.items(multi=True) if isinstance(data, MultiDict) else data.items()
    return MultiDict(
        (name, value.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
        for name, value in pairs
    )


def judge(response: Any, what: str) -> None:
    """A page or a clear refusal, without a trace and without what an attacker would like."""
    assert response.status_code in FINE, f"{response.status_code}: {what}"
    assert "X-Injected" not in response.headers
    location = response.headers.get("Location", "")
    assert not location.startswith(("//", "http://evil", "https://evil", "javascript:")), what
    if response.mimetype == "text/html":
        text = response.get_data(as_text=True)
        assert "Traceback" not in text, what
        assert "<script>alert(1)" not in text, what
        assert "<img src=x" not in text, what


def test_there_are_forms_to_try(forms: list[Any]) -> None:
    assert len(forms) > 40


@pytest.mark.parametrize("number", range(ROUNDS))
def test_hostile_values_in_every_field_of_every_form(
    live: World, forms: list[Any], number: int
) -> None:
    chance = random.Random(random.randrange(2**32))
    for reader, url, method, fields in forms:
        usable = VALUES if method == "POST" else VALUES[:-1]
        data = {name: chance.choice(usable) for name in fields}
        response = send(live, reader, url, method, data)
        judge(response, f"round {number}: {method} {url} {ascii(data)[:400]}")


def test_forms_with_missing_extra_and_doubled_fields(live: World, forms: list[Any]) -> None:
    for reader, url, method, fields in forms:
        kept = {name: value for name, value in fields.items() if name != "csrf_token"}
        for number in range(len(kept)):
            names = list(kept)
            without = {name: kept[name] for name in names if name != names[number]}
            judge(send(live, reader, url, method, without), f"{url} without {names[number]}")
        judge(send(live, reader, url, method, kept | EXTRA), f"{url} with more")
        doubled = MultiDict([*kept.items(), *((name, "ander") for name in kept)])
        judge(send(live, reader, url, method, doubled), f"{url} doubled")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/xml", "multipart/form-data", "x", ""],
)
def test_bodies_of_another_type(live: World, forms: list[Any], content_type: str) -> None:
    body = b'{"name": "\xff\xfe'
    for reader, url, method, _fields in forms:
        if method == "POST":
            with live.undone():
                response = live.client(reader).post(url, data=body, content_type=content_type)
            judge(response, f"{url} {content_type}")


def test_hostile_parts_of_addresses(live: World) -> None:
    parts = ("%00", "%ff", "..%2f..%2fetc", "a" * 3000, "%F0%9F%A6%94", "-1", "' OR 1=1")
    for rule in live.app.url_map.iter_rules():
        if not rule.arguments:
            continue
        for part in parts:
            path = re.sub(r"<[^>]*>", part.replace("\\", ""), rule.rule)
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            with live.undone():
                response = live.client("admin").open(path, method=method)
            response.close()
            judge(response, path[:80])


def test_hostile_query_strings(live: World) -> None:
    pages = {
        live.address(row.endpoint, "GET", row.kind, "own")
        for row in routes.whole_table()
        if row.method == "GET" and row.side in ("-", "own")
    }
    short = [value for value in VALUES if len(value) < 5000]
    for number, url in enumerate(sorted(pages)):
        for value in short[number % 9 :: 9]:
            query = clean(dict.fromkeys(QUERY_NAMES, value))
            with live.undone():
                response = live.client("admin").get(url, query_string=query)
            judge(response, f"{url} {ascii(value)[:60]}")
            response.close()


@pytest.mark.parametrize("raw", RAW_QUERIES, ids=lambda r: r[:20])
def test_raw_query_strings_on_the_register(live: World, raw: str) -> None:
    for path in REGISTER:
        judge(live.client("anon").get(f"{path}?{raw}"), f"{path}?{raw[:60]}")


@pytest.mark.parametrize("cookie", COOKIES)
def test_hostile_cookies(live: World, cookie: str) -> None:
    response = live.client("anon").get("/bureau", headers={"Cookie": f"sessie={cookie}"})

    assert response.status_code in (302, 400)


def test_hostile_headers(live: World) -> None:
    for name, value in (
        ("Accept-Language", "nl" * 4000),
        ("User-Agent", "\x7f" * 3000),
        ("HX-Request", "true"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-For", "1.1.1.1, ' OR 1=1"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Range", "bytes=5-1,,"),
        ("If-Modified-Since", "yesterday"),
        ("Content-Length", "-1"),
        ("Referer", "https://evil.example"),
    ):
        for path in ("/", "/ondernemingen?q=groen", "/inloggen"):
            response = live.client("anon").get(path, headers={name: value})
            judge(response, f"{path} {name}")
            assert "evil.example" not in response.get_data(as_text=True)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 2**32),
    values=st.lists(
        st.one_of(st.text(max_size=300), st.integers().map(str), st.sampled_from(VALUES[:-1])),
        min_size=1,
        max_size=8,
    ),
)
def test_random_values_in_random_forms(
    live: World, forms: list[Any], seed: int, values: list[str]
) -> None:
    chance = random.Random(seed)
    reader, url, method, fields = chance.choice(forms)
    data = {name: chance.choice([*values, old]) for name, old in fields.items()}

    judge(send(live, reader, url, method, data), f"seed {seed}: {method} {url} {ascii(data)[:300]}")
