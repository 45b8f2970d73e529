"""Passwords, codes, addresses to go on to: tables of cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.utils import redirect

from impactmakelaar.accounts import rules
from impactmakelaar.core.errors import Refused


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("kort", False),
        ("elf-tekens!", False),
        ("vier gewone woorden", True),
        ("a" * 40, False),
        ("wachtwoord123", False),
        ("Wachtwoord123", False),
        ("sanne.de.wit", False),
        ("sannesannesanne1", False),
        ("sanne houdt van regen", True),
        ("x" * 200 + "lang genoeg maar te lang", True),
        ("abcdefghij" * 26, False),
        ("ünïcödé wôord zonder eind", True),
    ],
)
def test_check_password(password: str, fine: bool) -> None:
    def check() -> None:
        rules.check_password(password, email="sanne.de.wit@test.example", name="Sanne de Wit")

    if fine:
        check()
        return
    with pytest.raises(Refused) as caught:
        check()
    assert caught.value.field == "password"


EXPECTED = {99: "111111", 100: "222222", 101: "333333"}


@pytest.mark.parametrize(
    ("code", "last", "step"),
    [
        ("222222", 0, 100),
        ("222 222", 0, 100),
        (" 222-222 ", 0, 100),
        ("222222", 99, 100),
        ("222222", 100, None),
        ("111111", 100, None),
        ("333333", 100, 101),
        ("444444", 0, None),
        ("", 0, None),
        ("22222", 0, None),
        ("2222222", 0, None),
        ("²²²²²²", 0, None),
        ("٢٢٢٢٢٢", 0, None),
    ],
)
def test_a_step_counts_once_and_never_backwards(code: str, last: int, step: int | None) -> None:
    assert rules.accepted_step(code, EXPECTED, last) == step


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/bureau", True),
        ("/ondernemingen?q=groen&p=2", True),
        ("/", True),
        ("", False),
        ("//evil.example", False),
        ("///evil.example", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("/\t/evil.example", False),
        ("/\r\nLocation: //evil.example", False),
        ("/%0d%0aSet-Cookie:a=b", True),
        ("/%09/evil.example", True),
        ("https:evil.example", False),
        ("https://evil.example", False),
        ("javascript:alert(1)", False),
        ("localhost@evil.example", False),
        ("/x@evil.example", True),
        (" /bureau", False),
        ("bureau", False),
    ],
)
def test_safe_next(target: str, kept: bool) -> None:
    assert rules.safe_next(target) == (target if kept else "")


@given(st.text(alphabet="/\\.:@?#%09adehi\t\r\n evil", max_size=30))
def test_safe_next_always_lands_on_our_own_host(target: str) -> None:
    kept = rules.safe_next(target)
    if kept:
        answer = redirect(kept)
        environ = EnvironBuilder(base_url="https://ours.example/").get_environ()
        answer.autocorrect_location_header = True
        location = dict(answer.get_wsgi_headers(environ))["Location"]
        assert location.startswith("https://ours.example/")
        assert not set("\r\n") & set(location)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_network_of(address: str, network: str) -> None:
    assert rules.network_of(address) == network


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Sanne@Test.Example ", "sanne@test.example"),
        ("ÉMILE@test.example", "émile@test.example"),
        ("e\u0301mile@test.example", "émile@test.example"),
    ],
)
def test_normal_email(typed: str, kept: str) -> None:
    assert rules.normal_email(typed) == kept
