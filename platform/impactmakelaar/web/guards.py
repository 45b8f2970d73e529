"""Guards: every route carries exactly one, ``@public`` included; a test walks them all.

A guard says who may come to a page at all. Whether somebody may see *this* object is asked in the
view through the feature's ``permissions``; a foreign object is answered with 404.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, current_app, redirect, request, session, url_for
from flask_login import current_user

from impactmakelaar.web import errors

View = TypeVar("View", bound=Callable[..., Any])

SECOND_FACTOR_PAGES = "accounts.second_factor"


def public(view: View) -> View:
    """Everybody, signed in or not."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def present_person() -> Any:
    """Who is signed in completely, for a public page that shows him more; else None."""
    required = current_app.config["SECOND_FACTOR_REQUIRED"]
    if not current_user.is_authenticated or current_user.needs_second_factor(required=required):
        return None
    return current_user.person


def signed_in(view: View) -> View:
    """Anybody with an account whose sign-in is complete (second factor included)."""
    return _guarded(view, "signed_in", lambda: True)


def signing_in(view: View) -> View:
    """Somebody whose password was right: the pages of the second factor itself."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return to_sign_in()
        return view(*args, **kwargs)

    guarded.guard = "signing_in"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def role(*roles: str) -> Callable[[View], View]:
    """Somebody who acts in one of these roles at present (see organisations.rules.Role)."""

    def decorate(view: View) -> View:
        return _guarded(
            view, "role:" + ",".join(sorted(roles)), lambda: current_user.acts_as(*roles)
        )

    return decorate


def _guarded(view: View, name: str, allowed: Callable[[], bool]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return to_sign_in()
        if current_user.needs_second_factor(required=current_app.config["SECOND_FACTOR_REQUIRED"]):
            return redirect(url_for(SECOND_FACTOR_PAGES))
        if not allowed():
            abort(403)
        return view(*args, **kwargs)

    guarded.guard = name  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def to_sign_in() -> Any:
    """Send a stranger to the sign-in page and remember where a GET was going.

    A form with text in it comes from somebody whose session ended: he gets his text back first.
    """
    if request.method == "GET":
        session["next"] = request.full_path.rstrip("?")
    elif errors.has_typed():
        return errors.signed_out()
    return redirect(url_for("accounts.sign_in"))
