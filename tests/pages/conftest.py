"""The walk over all pages, done once: by the crawl without a browser, then what Chromium sees."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.conftest import settings_for
from tests.databases import create_tables
from tests.pages.crawl import Walk
from tests.pages.look import Seen, look

from impactmakelaar import demonstration
from impactmakelaar.app import create_app
from impactmakelaar.core import clock
from impactmakelaar.core.db import db


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory, built_assets: None) -> Iterator[Walk]:
    """Every page of the demonstration as every role."""
    folder = tmp_path_factory.mktemp("pages")
    settings: dict[str, Any] = settings_for(folder / "instance", f"sqlite:///{folder / 'pages.db'}")
    shown = {"DEMONSTRATION": True, "HOME_REGION": "Voorbeeldregio", "LOG_LEVEL": "WARNING"}
    app = create_app(settings | shown)
    with app.app_context():
        create_tables()
        demonstration.load(clock.now())
        app.extensions["worker"].work_once()
    yield Walk(app).everything()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def seen(walk: Walk, browser: Browser) -> list[Seen]:
    """What Chromium says of each page that differs in structure from those before it."""
    return look(walk, browser)
