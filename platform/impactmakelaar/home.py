"""The front page, "mijn bureau", and the pages of the site itself."""

from flask import Blueprint, render_template

from impactmakelaar.web.guards import public, signed_in

bp = Blueprint("home", __name__)


@bp.get("/")
@public
def index() -> str:
    """The front page: the search box first."""
    return render_template("home/index.html")


@bp.get("/bureau")
@signed_in
def desk() -> str:
    """What waits for the person who is signed in."""
    return render_template("home/desk.html")
