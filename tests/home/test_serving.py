"""Starting and stopping the real server and worker, and refusing to start."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from impactmakelaar import config

ROOT = Path(__file__).resolve().parents[2]
SAFE = {
    "MODE": "production",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "TRUSTED_HOSTS": "register.test.example",
    "BASE_URL": "https://register.test.example",
    "SMTP_HOST": "smtp.test.example",
    "MAIL_SENDER": "noreply@register.test.example",
    "SECURITY_CONTACT": "mailto:security@register.test.example",
}
UNSAFE = [
    ("SECRET_KEY", "", "SECRET_KEY"),
    ("SECRET_KEY", "short", "SECRET_KEY"),
    ("TRUSTED_HOSTS", "", "IMPACT_TRUSTED_HOSTS"),
    ("BASE_URL", "", "IMPACT_BASE_URL"),
    ("BASE_URL", "http://register.test.example", "IMPACT_BASE_URL"),
    ("DEMONSTRATION", "1", "IMPACT_DEMONSTRATION"),
    ("SECOND_FACTOR_REQUIRED", "0", "IMPACT_SECOND_FACTOR_REQUIRED"),
    ("SMTP_HOST", "", "IMPACT_MAIL_TRANSPORT"),
    ("MAIL_TRANSPORT", "file", "IMPACT_MAIL_TRANSPORT"),
    ("MAIL_SENDER", "", "IMPACT_MAIL_SENDER"),
    ("SECURITY_CONTACT", "", "IMPACT_SECURITY_CONTACT"),
    ("ARGON2_MEMORY_KIB", "8", "IMPACT_ARGON2_MEMORY_KIB"),
]


def settings(**changed: str) -> dict[str, object]:
    """Production settings as the environment would give them."""
    environment = {config.PREFIX + name: value for name, value in (SAFE | changed).items()}
    return config.DEFAULTS | config.from_environment(environment)


def test_safe_settings_have_nothing_against_them() -> None:
    assert config.unsafe_settings(settings()) == []


@pytest.mark.parametrize(("name", "value", "named"), UNSAFE)
def test_each_unsafe_setting_is_named(name: str, value: str, named: str) -> None:
    found = config.unsafe_settings(settings(**{name: value}))

    assert len(found) == 1
    assert named in found[0]


@pytest.mark.parametrize(
    ("name", "value"), [("SMTP_PORT", "many"), ("DEMONSTRATION", "perhaps"), ("PROXY_COUNT", "1.5")]
)
def test_setting_of_the_wrong_shape_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"IMPACT_{name}"):
        config.from_environment({config.PREFIX + name: value})


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as spot:
        spot.bind(("127.0.0.1", 0))
        return int(spot.getsockname()[1])


def command(folder: Path, *words: str, **given: str) -> subprocess.Popen[str]:
    """A flask command on an installation of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("IMPACT_")}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi.py", *words],
        cwd=ROOT,
        env=clean | {"PYTHONPATH": "platform", "IMPACT_INSTANCE": str(folder)} | given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def answer_of(address: str, server: subprocess.Popen[str]) -> tuple[int, str]:
    """Status and text, once the server is open."""
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer; exit code {server.poll()}")


def test_server_prepares_answers_and_stops_with_everything_it_started(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    words = ("serve", "--prepare", "--workers", "1", "--bind", address)
    server = command(tmp_path, *words, IMPACT_MODE="development", IMPACT_ARGON2_MEMORY_KIB="8")

    try:
        assert answer_of(f"http://{address}/health/ready", server) == (200, "ok\n")
        status, page = answer_of(f"http://{address}/", server)
        assert status == 200
        assert "voorbeeld" in page
    finally:
        server.send_signal(signal.SIGTERM)
        output, _ = server.communicate(timeout=60)

    assert server.returncode == 0
    assert f"http://{address}" in output
    assert "inkoper-haarlem@voorbeeld.example" in output
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(address.split(":")[1])), timeout=5)


def test_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        server = command(
            tmp_path, "serve", "--prepare", "--bind", address, IMPACT_MODE="development"
        )
        output, _ = server.communicate(timeout=60)

    assert server.returncode == 1
    assert f"Cannot listen on {address}" in output
    assert not (tmp_path / "impactmakelaar.db").exists()


def test_production_without_settings_refuses_and_names_every_reason(tmp_path: Path) -> None:
    server = command(tmp_path, "serve", IMPACT_MODE="production")
    output, _ = server.communicate(timeout=60)

    assert server.returncode != 0
    assert "refusing to start" in output
    assert "Traceback" not in output
    for name in ("SECRET_KEY", "TRUSTED_HOSTS", "BASE_URL", "MAIL_SENDER", "SECURITY_CONTACT"):
        assert name in output
