"""Settings: environment variables with safe defaults, ``instance/config.py`` below them.

Every name here can be set as ``IMPACT_<NAME>``; ``DATABASE_URL`` and ``SECRET_KEY`` also without
the prefix. In production mode ``unsafe_settings`` lists what must not be so, and the program does
not start.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "IMPACT_"
MIN_SECRET_LENGTH = 32
MODES = ("production", "development", "test")

MIN_SECRET_VARIETY = 8
MAX_IDLE_HOURS = 72
OWN_MACHINE = ("localhost", "127.0.0.1", "::1")
MAX_REQUEST_BYTES = 12 * 1024 * 1024

DEFAULTS: dict[str, Any] = {
    "MODE": "production",
    "SECRET_KEY": "",
    "DATABASE_URL": "",
    "BASE_URL": "",
    "TRUSTED_HOSTS": [],
    "PROXY_COUNT": 0,
    "SITE_NAME": "Impactmakelaar",
    "HOME_REGION": "",
    "THEME_CLASS": "voorbeeld-theme",
    "THEME_CSS_URL": "",
    "SECURITY_CONTACT": "",
    "MAIL_TRANSPORT": "smtp",
    "MAIL_SENDER": "",
    "SMTP_HOST": "",
    "SMTP_PORT": 587,
    "SMTP_USER": "",
    "SMTP_PASSWORD": "",
    "SMTP_STARTTLS": True,
    "SECOND_FACTOR_REQUIRED": True,
    "DEMONSTRATION": False,
    "LOG_LEVEL": "INFO",
    "UPLOAD_DIR": "",
    "SEARCH_DIR": "",
    "SEALING_DIR": "",
    "ARGON2_MEMORY_KIB": 65536,
    "ARGON2_TIME_COST": 3,
    "SESSION_IDLE_HOURS": 12,
}
"""The settings and their defaults; the type of the default is the type of the setting."""


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings that the environment gives, each in its type.

    :raises ValueError: when a value does not have the shape of its setting; it names the variable.
    """
    found: dict[str, Any] = {}
    for name, default in DEFAULTS.items():
        text = environ.get(PREFIX + name)
        if text is None and name in ("DATABASE_URL", "SECRET_KEY"):
            text = environ.get(name)
        if text is not None:
            found[name] = _parse(name, text, default)
    return found


def _parse(name: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() in ("1", "true", "yes", "ja"):
            return True
        if text.lower() in ("0", "false", "no", "nee", ""):
            return False
        raise ValueError(f"{PREFIX}{name}: expected 1 or 0, got {text!r}")
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{PREFIX}{name}: expected a whole number, got {text!r}") from None
    if isinstance(default, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def development_settings(instance: Path) -> dict[str, Any]:
    """What makes a first start on one's own machine work; production uses none of it."""
    secret_file = instance / "secret_key"
    if not secret_file.exists():
        instance.mkdir(parents=True, exist_ok=True)
        handle = os.open(secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return {
        "SECRET_KEY": secret_file.read_text(),
        "BASE_URL": "http://127.0.0.1:8000",
        "TRUSTED_HOSTS": ["127.0.0.1", "localhost"],
        "MAIL_TRANSPORT": "file",
        "MAIL_SENDER": "Impactmakelaar <noreply@impactmakelaar.example>",
        "SECURITY_CONTACT": "mailto:beveiliging@impactmakelaar.example",
        "SECOND_FACTOR_REQUIRED": False,
        "DEMONSTRATION": True,
        "HOME_REGION": "Zuid-Kennemerland en IJmond",
    }


def complete(settings: dict[str, Any], instance: Path) -> dict[str, Any]:
    """Fill in what follows from other settings, and Flask's own names."""
    settings["UPLOAD_DIR"] = settings["UPLOAD_DIR"] or str(instance / "uploads")
    settings["SEARCH_DIR"] = settings["SEARCH_DIR"] or str(instance / "search")
    settings["SEALING_DIR"] = settings["SEALING_DIR"] or str(instance / "sealing")
    url = settings["DATABASE_URL"] or f"sqlite:///{instance / 'impactmakelaar.db'}"
    secure = urlsplit(settings["BASE_URL"]).scheme == "https"
    engine: dict[str, Any] = {"hide_parameters": True}
    if not url.startswith("sqlite"):
        engine |= {"pool_pre_ping": True, "pool_timeout": 10}
    return settings | {
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine,
        "SESSION_COOKIE_NAME": "__Host-sessie" if secure else "sessie",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": MAX_REQUEST_BYTES,
        # A text that is far too long still reaches its form, which says so and gives it back.
        "MAX_FORM_MEMORY_SIZE": MAX_REQUEST_BYTES,
        "MAX_FORM_PARTS": 2000,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_I18N_ENABLED": False,
        "TRUSTED_HOSTS": settings["TRUSTED_HOSTS"] or None,
    }


def unsafe_settings(settings: Mapping[str, Any]) -> list[str]:
    """Why this may not run in production: one sentence per setting, empty when all is well."""
    wrong = [*_unsafe_address(settings), *_unsafe_mail(settings)]
    if len(settings["SECRET_KEY"] or "") < MIN_SECRET_LENGTH:
        wrong.append(f"SECRET_KEY is unset or shorter than {MIN_SECRET_LENGTH} characters")
    elif len(set(settings["SECRET_KEY"])) < MIN_SECRET_VARIETY:
        wrong.append(
            "SECRET_KEY can be guessed: make one with python -c "
            "'import secrets; print(secrets.token_hex(32))'"
        )
    for name in ("DEBUG", "TESTING"):
        if settings.get(name):
            wrong.append(f"{name} is on")
    if settings["DEMONSTRATION"]:
        wrong.append("IMPACT_DEMONSTRATION is on: demonstration accounts have a known password")
    if not settings["SECOND_FACTOR_REQUIRED"]:
        wrong.append("IMPACT_SECOND_FACTOR_REQUIRED is off")
    if not settings["SECURITY_CONTACT"]:
        wrong.append("IMPACT_SECURITY_CONTACT is unset: security.txt needs it")
    for name in ("ARGON2_MEMORY_KIB", "ARGON2_TIME_COST"):
        if settings[name] < DEFAULTS[name]:
            wrong.append(f"IMPACT_{name} is below the safe default of {DEFAULTS[name]}")
    if not 0 < settings["SESSION_IDLE_HOURS"] <= MAX_IDLE_HOURS:
        wrong.append(f"IMPACT_SESSION_IDLE_HOURS must be 1 to {MAX_IDLE_HOURS}")
    return wrong


def _unsafe_address(settings: Mapping[str, Any]) -> list[str]:
    wrong = []
    hosts, base = settings["TRUSTED_HOSTS"], urlsplit(settings["BASE_URL"])
    if not hosts:
        wrong.append("IMPACT_TRUSTED_HOSTS is empty: name the host names of this site")
    elif any(set("*/:") & set(host) or not host.strip(".") for host in hosts):
        wrong.append("IMPACT_TRUSTED_HOSTS must hold plain host names, separated by commas")
    if base.scheme != "https" or not base.hostname:
        wrong.append("IMPACT_BASE_URL must be the https address of this site")
    elif hosts and not any(
        base.hostname == host or (host.startswith(".") and base.hostname.endswith(host))
        for host in hosts
    ):
        wrong.append(f"IMPACT_TRUSTED_HOSTS does not hold {base.hostname}, of IMPACT_BASE_URL")
    return wrong


def _unsafe_mail(settings: Mapping[str, Any]) -> list[str]:
    wrong = []
    if settings["MAIL_TRANSPORT"] != "smtp" or not settings["SMTP_HOST"]:
        wrong.append("IMPACT_MAIL_TRANSPORT must be smtp, with IMPACT_SMTP_HOST")
    elif not settings["SMTP_STARTTLS"] and settings["SMTP_HOST"] not in OWN_MACHINE:
        wrong.append("IMPACT_SMTP_STARTTLS is off for a mail server on another machine")
    if "@" not in settings["MAIL_SENDER"]:
        wrong.append("IMPACT_MAIL_SENDER is unset or holds no address")
    return wrong
