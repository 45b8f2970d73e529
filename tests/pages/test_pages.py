"""Every page as every role: no dead links, valid HTML, accessible, narrow enough, well printed."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from tests.pages.crawl import STRANGER, Walk
from tests.pages.look import AXE, ROOT, Seen, Serving

pytestmark = pytest.mark.browser

VNU = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
NOT_WALKED = {
    "static": "files of the front end",
    "profiles.file": "the demonstration has no uploads",
    "toolbox.accept_guest": "the demonstration has no guest who was asked and did not answer",
    "admission.evidence": "the demonstration's applications carry no files",
    "badges.achievement": "named inside a credential only, for programs that check it",
    "badges.achievement_picture": "named inside a credential only",
    "badges.issuer": "named inside a credential only",
    "badges.key": "named inside a credential only",
    "badges.status_list": "named inside a credential only",
    "intake.progress": "there only while the worker makes a proposal",
    "intake.walk_in": "there only on the day of a table",
    "social_return.evidence": "the demonstration's efforts carry no files",
    "tenders.answer_link": "the demonstration mails no firm from outside",
    "tenders.cpv_hits": "a part of a page, asked while somebody types",
    "tenders.link_document": "the demonstration mails no firm from outside",
    "tenders.quote_file": "the demonstration's quotes carry no files",
    "accounts.second_factor": "the demonstration accounts have no second factor",
}


def test_every_page_is_reached_by_a_link(walk: Walk) -> None:
    wanted = {
        rule.endpoint for rule in walk.app.url_map.iter_rules() if "GET" in (rule.methods or set())
    }

    missed = sorted(wanted - walk.reached - set(NOT_WALKED))
    assert not missed, "\n".join(missed)
    assert sorted(walk.reached & set(NOT_WALKED)) == []


def test_no_link_leads_nowhere(walk: Walk) -> None:
    assert not walk.dead, "\n".join(walk.dead)


def test_pages_say_that_they_show_examples(walk: Walk) -> None:
    without = [p.url for p in walk.pages if p.html and "voorbeeld" not in p.html]

    assert without == []


def test_titles_name_the_page_and_the_site(walk: Walk) -> None:
    for page in walk.pages:
        if page.html:
            title = page.html.partition("<title>")[2].partition("</title>")[0]

            assert title.strip().endswith("– Impactmakelaar"), page.url
            assert len(title) > len(" – Impactmakelaar") + 2, page.url
            assert page.html.count("<h1") == 1, page.url


def test_html_is_valid(walk: Walk, tmp_path: Path) -> None:
    names = {}
    for number, html in enumerate(dict.fromkeys(p.html for p in walk.pages if p.html)):
        names[f"{number}.html"] = next(p for p in walk.pages if p.html == html)
        (tmp_path / f"{number}.html").write_text(html, encoding="utf-8")

    command = ["java", "-Xss1m", "-jar", VNU, "--format", "json", "--stdout", "--exit-zero-always"]
    checked = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=True)

    wrong = {
        f"{names[Path(m['url']).name].url}: {m['message']} {m.get('extract', '')}"
        for m in json.loads(checked.stdout)["messages"]
        if m["type"] == "error"
    }
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(lambda one: one.axe, id="axe-core finds no violation"),
        pytest.param(lambda one: one.too_wide, id="nothing is wider than 320 pixels"),
        pytest.param(lambda one: one.console, id="the console and the policy stay silent"),
        pytest.param(lambda one: one.foreign, id="nothing is asked of another host"),
    ],
)
def test_in_a_browser(seen: list[Seen], what: Callable[[Seen], list[str]]) -> None:
    found = [f"{one.name}: {line}" for one in seen for line in what(one)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("role", "endpoint"),
    [
        (STRANGER, "register.search"),
        (STRANGER, "register.profile"),
        ("inkoper-haarlem@voorbeeld.example", "register.shortlist"),
    ],
)
def test_prints_without_the_frame(walk: Walk, browser: Browser, role: str, endpoint: str) -> None:
    page = next(p for p in walk.pages if (p.role, p.endpoint) == (role, endpoint))
    context = browser.new_context(locale="nl-NL")
    Serving(walk, context).show(page)
    tab = context.new_page()
    tab.emulate_media(media="print")

    tab.goto(page.url)

    for hidden in (".im-nav", ".im-account", ".im-tools", ".im-filters"):
        assert not any(part.is_visible() for part in tab.locator(hidden).all()), hidden
    assert tab.locator(".im-example").is_visible()
    assert tab.locator(".im-tag--example").first.is_visible()
    assert tab.locator("h1").is_visible()
    context.close()


def test_wide_screens_show_the_filters_without_a_script(walk: Walk, browser: Browser) -> None:
    page = next(p for p in walk.pages if p.endpoint == "register.search")
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    Serving(walk, context).show(page)
    tab = context.new_page()

    tab.goto(page.url)

    assert tab.locator("#filters summary", has_text="Sector").is_visible()
    tab.set_viewport_size({"width": 390, "height": 800})
    assert not tab.locator("#filters summary", has_text="Sector").is_visible()
    assert tab.locator("#filters summary", has_text="Filters").is_visible()
    context.close()


def test_accessibility_checker_is_awake(browser: Browser) -> None:
    tab = browser.new_page()
    tab.set_content("<html><body><img src='data:,'><input></body></html>")
    tab.evaluate(AXE.read_text(encoding="utf-8"))

    found = tab.evaluate("async () => (await axe.run()).violations.map((v) => v.id)")

    assert {"html-has-lang", "image-alt", "label"} <= set(found)
    tab.close()


def test_walk_went_as_every_kind_of_user(walk: Walk) -> None:
    assert len(walk.clients) >= 10
    assert len({urlsplit(p.url).path for p in walk.pages if p.html}) > 100
