"""Settings: a table of what production refuses, and what the environment may say."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.conftest import settings_for
from tests.makers import make_person

from impactmakelaar import config
from impactmakelaar.app import UnsafeSettings, create_app
from impactmakelaar.core import links
from impactmakelaar.serve import known_passwords

SAFE: dict[str, Any] = config.DEFAULTS | {
    "SECRET_KEY": "0123456789abcdef" * 4,
    "BASE_URL": "https://inkoop.test.example",
    "TRUSTED_HOSTS": ["inkoop.test.example"],
    "MAIL_SENDER": "Inkoop <noreply@test.example>",
    "SMTP_HOST": "mail.test.example",
    "SECURITY_CONTACT": "mailto:veilig@test.example",
}


def test_safe_settings_are_safe() -> None:
    assert config.unsafe_settings(SAFE) == []


UNSAFE = [
    ({"SECRET_KEY": ""}, "SECRET_KEY"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ({"SECRET_KEY": "a" * 64}, "SECRET_KEY"),
    ({"TRUSTED_HOSTS": []}, "TRUSTED_HOSTS"),
    ({"TRUSTED_HOSTS": ["inkoop.test.example", "*"]}, "TRUSTED_HOSTS"),
    ({"TRUSTED_HOSTS": ["inkoop.test.example", "."]}, "TRUSTED_HOSTS"),
    ({"TRUSTED_HOSTS": ["inkoop.test.example", "https://inkoop.test.example"]}, "TRUSTED_HOSTS"),
    ({"TRUSTED_HOSTS": ["other.example"]}, "inkoop.test.example"),
    ({"BASE_URL": ""}, "BASE_URL"),
    ({"BASE_URL": "http://inkoop.test.example"}, "BASE_URL"),
    ({"BASE_URL": "https://"}, "BASE_URL"),
    ({"DEMONSTRATION": True}, "DEMONSTRATION"),
    ({"SECOND_FACTOR_REQUIRED": False}, "SECOND_FACTOR_REQUIRED"),
    ({"MAIL_TRANSPORT": "file"}, "MAIL_TRANSPORT"),
    ({"SMTP_HOST": ""}, "SMTP_HOST"),
    ({"SMTP_STARTTLS": False}, "SMTP_STARTTLS"),
    ({"MAIL_SENDER": ""}, "MAIL_SENDER"),
    ({"MAIL_SENDER": "nobody"}, "MAIL_SENDER"),
    ({"SECURITY_CONTACT": ""}, "SECURITY_CONTACT"),
    ({"ARGON2_MEMORY_KIB": 8}, "ARGON2_MEMORY_KIB"),
    ({"ARGON2_TIME_COST": 1}, "ARGON2_TIME_COST"),
    ({"SESSION_IDLE_HOURS": 0}, "SESSION_IDLE_HOURS"),
    ({"SESSION_IDLE_HOURS": 10_000}, "SESSION_IDLE_HOURS"),
    ({"DEBUG": True}, "DEBUG"),
    ({"TESTING": True}, "TESTING"),
]


@pytest.mark.parametrize(("change", "named"), UNSAFE)
def test_production_does_not_start_and_says_which(
    tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    given = SAFE | {"MODE": "production", "INSTANCE": str(tmp_path)} | change
    with pytest.raises(UnsafeSettings) as caught:
        create_app(given)
    lines = [line for line in str(caught.value).splitlines() if line.startswith("- ")]
    assert len(lines) == 1
    assert named in lines[0]


@pytest.mark.parametrize("mode", ["prod", "Production", "", "debug"])
def test_an_unknown_mode_is_no_way_round_the_checks(tmp_path: Path, mode: str) -> None:
    with pytest.raises(UnsafeSettings):
        create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'x.db'}") | {"MODE": mode or "x"})


def test_production_with_nothing_set_names_everything(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings) as caught:
        create_app({"MODE": "production", "INSTANCE": str(tmp_path)})
    for name in ("SECRET_KEY", "TRUSTED_HOSTS", "BASE_URL", "MAIL_SENDER", "SECURITY_CONTACT"):
        assert name in str(caught.value)


def test_production_has_safe_cookies_and_headers(tmp_path: Path) -> None:
    app = create_app(SAFE | {"MODE": "production", "INSTANCE": str(tmp_path)})
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_HTTPONLY"]
    assert app.config["SESSION_COOKIE_SAMESITE"] == "Lax"
    answer = app.test_client().get("/health/live", base_url="https://inkoop.test.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    refused = app.test_client().get("/health/live", base_url="https://evil.example")
    assert refused.status_code == 400


def test_demonstration_accounts_in_the_database_are_refused_in_production(app: Flask) -> None:
    make_person(is_example=True, role_label="Inkoper")
    assert known_passwords() == []
    app.config["MODE"] = "production"
    assert len(known_passwords()) == 1
    result = app.test_cli_runner().invoke(args=["serve", "--bind", "127.0.0.1:1"])
    assert result.exit_code == 1
    assert "demonstration accounts" in result.output


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("IMPACT_DEMONSTRATION", "1", True),
        ("IMPACT_DEMONSTRATION", "nee", False),
        ("IMPACT_DEMONSTRATION", "", False),
        ("IMPACT_SMTP_PORT", "25", 25),
        ("IMPACT_TRUSTED_HOSTS", "a.example, b.example,", ["a.example", "b.example"]),
        ("SECRET_KEY", "x", "x"),
        ("IMPACT_SECRET_KEY", "y", "y"),
    ],
)
def test_the_environment_is_read_in_the_settings_type(name: str, text: str, value: Any) -> None:
    assert config.from_environment({name: text}) == {name.removeprefix("IMPACT_"): value}


@pytest.mark.parametrize(
    ("name", "text"), [("IMPACT_DEMONSTRATION", "maybe"), ("IMPACT_SMTP_PORT", "smtp")]
)
def test_a_value_of_the_wrong_shape_names_its_variable(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        config.from_environment({name: text})


def test_development_keeps_its_secret_to_itself(tmp_path: Path) -> None:
    first = config.development_settings(tmp_path)["SECRET_KEY"]
    assert config.development_settings(tmp_path)["SECRET_KEY"] == first
    assert len(first) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("https://inkoop.test.example", "https://inkoop.test.example/inloggen"),
        ("https://test.example/inkoop", "https://test.example/inkoop/inloggen"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/inloggen"),
    ],
)
def test_addresses_come_from_the_settings_alone(app: Flask, base: str, address: str) -> None:
    app.config["BASE_URL"] = base
    with app.test_request_context(base_url="http://evil.example"):
        assert links.address("accounts.sign_in") == address
