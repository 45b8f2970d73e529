"""The headers of every answer, and the id of every request."""

import secrets

from flask import Flask, Response, g, request

from impactmakelaar.core import audit

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)
DOWNLOAD_POLICY = "sandbox; default-src 'none'"
HSTS = "max-age=31536000; includeSubDomains"


def init_app(app: Flask) -> None:
    """Give every request an id and every answer its headers."""

    @app.before_request
    def name_request() -> None:
        g.request_id = secrets.token_hex(8)
        audit.present_request.set(g.request_id)

    @app.teardown_request
    def forget_request(_error: BaseException | None) -> None:
        audit.present_request.set("")

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["X-Request-Id"] = g.get("request_id", "")
        if app.config["SESSION_COOKIE_SECURE"]:
            headers["Strict-Transport-Security"] = HSTS
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "no-store")
            # Said on every page alike: its absence would tell that nobody looked at the session.
            headers["Vary"] = "Cookie"
        return response
