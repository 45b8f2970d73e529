"""The main menu and the account block: what ``base.html`` needs on every page."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user

from impactmakelaar.web.kept import url_for


@dataclass(frozen=True)
class Item:
    """One entry of the main menu; shown to the named roles, to everybody when there are none."""

    label: str
    endpoint: str
    roles: tuple[str, ...] = ()
    order: int = 50


_items: list[Item] = []


def add(*items: Item) -> None:
    """Features name their entries when the application is made."""
    for item in items:
        if item not in _items:
            _items.append(item)


@dataclass(frozen=True)
class Shown:
    """An entry as the template prints it."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Account:
    """The block of who is signed in and for whom he acts."""

    name: str
    desk_url: str
    sign_out_url: str
    acting_for: str
    switch_url: str
    others: int
    url: str


def menu() -> list[Shown]:
    """The entries for the present reader, in order."""
    shown, path, acts_as = [], request.path, current_user.acts_as
    for item in sorted(_items, key=lambda entry: (entry.order, entry.label)):
        if not item.roles or acts_as(*item.roles):
            url = url_for(item.endpoint)
            inside = path == url or path.startswith(url.rstrip("/") + "/")
            shown.append(Shown(item.label, url, inside if url != "/" else path == "/"))
    return shown


def account() -> Account | None:
    """Who is signed in; None for a stranger or while the second factor is still missing."""
    if not current_user.is_authenticated:
        return None
    organisation = current_user.organisation
    return Account(
        name=current_user.person.name,
        desk_url=url_for("home.desk"),
        sign_out_url=url_for("accounts.sign_out"),
        acting_for=organisation.name if organisation is not None else "",
        switch_url=url_for("organisations.switch"),
        others=current_user.acting.others,
        url=url_for("accounts.account"),
    )


def init_app(app: Flask) -> None:
    """Hand the frame's values to every template."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "site_name": current_app.config["SITE_NAME"],
            "region_name": current_app.config["HOME_REGION"],
            "example_mode": current_app.config["DEMONSTRATION"],
            "navigation": menu(),
            "account": account(),
            "theme_class": current_app.config["THEME_CLASS"],
            "theme_css_url": current_app.config["THEME_CSS_URL"],
        }
