"""Addresses of the bundled style sheets and scripts: their names carry a hash of the content."""

import json
from pathlib import Path

from flask import Flask, Response, request

from impactmakelaar.web.kept import url_for

YEAR = "public, max-age=31536000, immutable"


class AssetsMissing(Exception):  # noqa: N818
    """The front-end assets have not been bundled: ``make assets``."""


def init_app(app: Flask) -> None:
    """Offer ``asset_url`` to templates, and let browsers keep what has a hash in its name."""
    folder = Path(app.static_folder or "")
    names: dict[str, str] = {}

    def asset_url(name: str) -> str:
        if not names:
            try:
                names.update(json.loads((folder / "manifest.json").read_text()))
            except FileNotFoundError:
                raise AssetsMissing("run `make assets` first") from None
        return url_for("static", filename=names[name])

    app.jinja_env.globals["asset_url"] = asset_url

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            response.headers["Cache-Control"] = YEAR
        return response
