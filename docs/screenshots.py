"""Makes the pictures of the README from a running demonstration: ``make screenshots``.

Start ``make run`` first; BASE names another address than http://127.0.0.1:8000.
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

BASE = os.environ.get("BASE", "http://127.0.0.1:8000")
FOLDER = Path(__file__).resolve().parent / "images"
PASSWORD = "voorbeeld-wachtwoord"  # noqa: S105  (of the examples, known on purpose)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PICTURES = (
    ("home", "", "/", 1280, 900),
    ("search", "", "/ondernemingen?q=groenonderhoud&plaats=Haarlem&straal=10", 1280, 1000),
    ("telephone", "", "/ondernemingen?q=catering", 390, 844),
    ("shortlists", "inkoper-haarlem@voorbeeld.example", "/shortlists", 1280, 900),
    ("profile", "marit@duinspade-groenwerk.voorbeeld.example", "/profiel", 1280, 1000),
    ("region", "makelaar@voorbeeld.example", "/regio", 1280, 900),
    ("requests", "inkoper-haarlem@voorbeeld.example", "/opdrachten", 1280, 900),
    ("ledger", "opdrachtnemer@voorbeeld.example", "/social-return", 1280, 1000),
    ("committee", "secretaris@voorbeeld.example", "/commissie", 1280, 1000),
    ("toolbox", "", "/toolbox", 1280, 1000),
)
"""(name, who is signed in, page, width, height)."""


def sign_in(page: Page, email: str) -> None:
    """Sign in as a demonstration account."""
    page.goto(f"{BASE}/inloggen")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form:has(input[name=password]) button[type=submit]")
    page.wait_for_url(f"{BASE}/bureau")


def main() -> None:
    """One picture per entry, in docs/images."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for name, email, path, width, height in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="nl-NL", reduced_motion="reduce"
            )
            page = context.new_page()
            if email:
                sign_in(page, email)
            answer = page.goto(BASE + path)
            if answer is None or not answer.ok:
                raise SystemExit(f"{path}: {answer.status if answer else 'no answer'}")
            page.screenshot(path=FOLDER / f"{name}.png")
            print(FOLDER / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
