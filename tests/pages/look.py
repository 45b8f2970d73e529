"""What Chromium says about the pages of the walk: axe-core, overflow, console, foreign requests.

No server is needed: every request of the browser is answered from the walk or by a test client.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Route
from playwright.sync_api import Page as Tab
from tests.pages.crawl import HOST, Page, Walk, read

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NARROW = {"width": 320, "height": 800}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """async (tags) => {
  const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"]});
  return found.violations.map((v) => `${v.id}: ${v.help} ${v.nodes.slice(0, 3)
    .map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | ")}`);
}"""
TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) { return []; }
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > wide + 1)
    .slice(0, 5).map((e) => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`);
}"""


@dataclass
class Seen:
    """What was seen of a page."""

    name: str
    axe: list[str]
    too_wide: list[str]
    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def different(pages: list[Page]) -> list[Page]:
    """One page of each structure: same elements, classes and attributes look the same to axe."""
    chosen, shapes = [], set[str]()
    for page in pages:
        if page.html:
            shape = read(page).shape
            if not shape <= shapes:
                shapes |= shape
                chosen.append(page)
    endpoints = {page.endpoint for page in chosen}
    for page in pages:
        if page.html and page.endpoint not in endpoints:
            endpoints.add(page.endpoint)
            chosen.append(page)
    return chosen


def look(walk: Walk, browser: Browser) -> list[Seen]:
    """Open the pages that differ, narrow as the smallest telephone."""
    context = browser.new_context(viewport=NARROW, locale="nl-NL", bypass_csp=False)
    serving = Serving(walk, context)
    tab = context.new_page()
    tab.on(
        "console",
        lambda m: serving.console.append(m.text) if m.type in ("error", "warning") else None,
    )
    tab.on("pageerror", lambda error: serving.console.append(str(error)))
    found = [_look_at(page, tab, serving) for page in different(walk.pages)]
    context.close()
    return found


def _look_at(page: Page, tab: Tab, serving: "Serving") -> Seen:
    serving.show(page)
    tab.goto(page.url, wait_until="load")
    tab.evaluate("document.fonts.ready")
    # Through the devtools protocol: a script element would break the policy of the page.
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    return Seen(
        f"{page.role} {page.url} ({page.status})",
        tab.evaluate(RUN_AXE, RULES),
        tab.evaluate(TOO_WIDE),
        [line for line in serving.console if "status of" not in line],
        list(serving.foreign),
    )


class Serving:
    """Answers the browser's requests: the page from the walk, the rest by the role's client."""

    def __init__(self, walk: Walk, context: BrowserContext) -> None:
        self.walk = walk
        self.page: Page | None = None
        self.console: list[str] = []
        self.foreign: list[str] = []
        context.route("**/*", self.answer)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep what the browser complains of."""
        if message.type in ("error", "warning"):
            self.console.append(message.text)

    def show(self, page: Page) -> None:
        """From now on this page."""
        self.page, self.console, self.foreign = page, [], []

    def answer(self, route: Route) -> None:
        """Answer one request."""
        assert self.page is not None
        url = route.request.url
        if url == self.page.url and route.request.is_navigation_request():
            headers = {k: v for k, v in self.page.headers.items() if k != "Content-Length"}
            route.fulfill(status=self.page.status, headers=headers, body=self.page.html)
        elif url.startswith(HOST + "/"):
            parts = urlsplit(url)
            client = self.walk.clients[self.page.role]
            got: Any = client.get(parts.path, query_string=parts.query)
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.data)
            got.close()
        else:
            self.foreign.append(url)
            route.abort()
