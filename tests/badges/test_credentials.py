"""Credentials and keys, verified with another party's library and without the network."""

import base64
import gzip
import io
import json
import stat
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from impactmakelaar.admission.models_standing import Suspension
from impactmakelaar.badges import queries, services
from impactmakelaar.badges.models import Badge, BadgeCredential
from impactmakelaar.core import signing
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from tests.makers import (
    THEN,
    make,
    make_admitted,
    make_certificate,
    make_enterprise,
    make_person,
    make_policy,
    make_region,
    note_changed,
)

D = date(2027, 3, 1)
LAST = date(2028, 3, 1)
NOW = datetime(2027, 6, 1, 10, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def region(app: Flask) -> Organisation:
    """A region with its policy."""
    found = make_region()
    make_policy(found)
    return found


@pytest.fixture
def holder(region: Organisation) -> Organisation:
    """An enterprise in grace."""
    return make_admitted(make_enterprise(region, "Coöperatie Ünïek"), D, "grace")


def give_out(region: Organisation, on: date = TODAY) -> BadgeCredential:
    """Let the worker do its round; the newest credential."""
    with time_machine.travel(datetime(on.year, on.month, on.day, 10, tzinfo=UTC), tick=False):
        services.follow(region=region, today=on)
    return db.session.query(BadgeCredential).order_by(BadgeCredential.id.desc()).first()  # type: ignore[return-value]


def verified(client: FlaskClient, token: str, now: datetime = NOW) -> dict[str, Any]:
    """What PyJWT makes of it with the published keys alone."""
    known = jwt.PyJWKSet.from_dict(client.get("/.well-known/jwks.json").get_json())
    wanted = jwt.get_unverified_header(token)["kid"].rsplit("/", 1)[-1]
    key = next(one for one in known.keys if one.key_id == wanted)
    with time_machine.travel(now, tick=False):
        return jwt.decode(token, key.key, algorithms=["EdDSA"])


def revoked(client: FlaskClient, claims: dict[str, Any], now: datetime) -> bool:
    """Read the status list as another party would."""
    status = claims["credentialStatus"]
    path = status["statusListCredential"].removeprefix("http://localhost")
    with time_machine.travel(now, tick=False):
        answer = client.get(path)
        listed = verified(client, answer.get_data(as_text=True), now)
    subject = listed["credentialSubject"]
    assert subject["statusPurpose"] == status["statusPurpose"]
    packed = subject["encodedList"].removeprefix("u")
    bits = gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    assert len(bits) == 16_384
    index = int(status["statusListIndex"])
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


def test_another_library_verifies_signature_and_dates(
    client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    row = give_out(region)
    claims = verified(client, row.token)
    assert claims["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert claims["issuer"]["name"] == region.name
    assert claims["validFrom"] == "2027-03-01T00:00:00+01:00"
    assert claims["validUntil"] == "2028-03-01T23:59:59+01:00"
    subject = claims["credentialSubject"]
    assert subject["identifier"][0]["identityHash"] == "Coöperatie Ünïek"
    assert subject["achievement"]["name"].startswith("SROI-badge, eerste jaar")
    assert claims["sub"] == subject["id"]
    last = datetime(2028, 3, 1, 22, 59, 58, tzinfo=UTC)
    verified(client, row.token, last)
    with pytest.raises(jwt.ExpiredSignatureError):
        verified(client, row.token, datetime(2028, 3, 1, 23, 0, 0, tzinfo=UTC))
    with pytest.raises(jwt.ImmatureSignatureError):
        verified(client, row.token, datetime(2027, 2, 28, 22, 0, tzinfo=UTC))


def test_certified_is_another_achievement_and_the_old_one_is_revoked(
    client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    old = give_out(region).token
    make_certificate(holder, date(2027, 11, 10), date(2029, 11, 9))
    before = datetime(2027, 11, 9, 22, 30, tzinfo=UTC)
    after = datetime(2027, 11, 9, 23, 30, tzinfo=UTC)
    claims = verified(client, old)
    assert not revoked(client, claims, before)
    assert revoked(client, claims, after)
    new = give_out(region, date(2027, 11, 10))
    fresh = verified(client, new.token, after)
    assert "met keurmerk" in fresh["credentialSubject"]["achievement"]["name"]
    assert fresh["validUntil"] == "2029-11-09T23:59:59+01:00"
    assert not revoked(client, fresh, after)
    assert client.get(f"/badge/bewijs/{claims['jti'].rsplit('/', 1)[-1]}").status_code == 410


def test_a_suspension_shows_in_the_list_without_any_job(
    client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    claims = verified(client, give_out(region).token)
    make(
        Suspension(
            enterprise_id=holder.id,
            region_id=region.id,
            reason="Klachten",
            proposed_at=THEN,
            proposed_by_id=make_person().id,
            answer_by=D,
            heard_on=D,
            from_day=date(2027, 7, 1),
            last_day=date(2027, 7, 31),
        )
    )
    assert revoked(client, claims, datetime(2027, 7, 15, 12, tzinfo=UTC))
    give_out(region, date(2027, 7, 15))
    new = give_out(region, date(2027, 8, 1))
    again = datetime(2027, 8, 1, 12, tzinfo=UTC)
    assert revoked(client, claims, again)
    assert not revoked(client, verified(client, new.token, again), again)


def test_following_twice_gives_out_once(region: Organisation, holder: Organisation) -> None:
    give_out(region)
    assert services.follow(region=region, today=NOW.date()) == 0
    assert db.session.query(BadgeCredential).count() == 1
    assert db.session.query(Badge).count() == 1


def test_rotation_keeps_old_signatures_valid_and_keys_private(
    app: Flask, client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    old = give_out(region).token
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        result = app.test_cli_runner().invoke(args=["badges", "rotate-key"])
    assert result.exit_code == 0
    verified(client, old)
    other = make_admitted(make_enterprise(region), D, "grace")
    new = give_out(region)
    assert new.badge.enterprise_id == other.id
    verified(client, new.token)
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new.token)["kid"]
    found = signing.keys(region.public_id)
    assert [key.active for key in found] == [True, False]
    for path in signing.folder(region.public_id).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    shown = client.get("/.well-known/jwks.json").get_data(as_text=True)
    assert '"d"' not in shown


# Bringing something to be checked -----------------------------------------------------------


def check(client: FlaskClient, now: datetime = NOW, **brought: Any) -> str:
    """The verdict of the public page."""
    with time_machine.travel(now, tick=False):
        html = client.post("/badge/controleren", data=brought).get_data(as_text=True)
    return html.split('data-verdict="')[1].split('"')[0]


def picture(client: FlaskClient, kind: str = "png", now: datetime = NOW) -> bytes:
    """The picture of the only badge."""
    number = db.session.query(Badge).one().number
    with time_machine.travel(now, tick=False):
        return client.get(f"/badge/{number}/badge-groot.{kind}").data


def file(data: bytes, name: str) -> tuple[io.BytesIO, str]:
    """An upload."""
    return io.BytesIO(data), name


def test_what_is_brought_is_judged(
    client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    row = give_out(region)
    number = row.badge.number
    assert check(client, number=number) == "valid"
    assert check(client, number=f"http://localhost/badge/{number}") == "valid"
    assert check(client, number="abcdefgh2345") == "unknown"
    assert check(client, token=row.token) == "valid"
    assert check(client, file=file(picture(client), "badge.png")) == "valid"
    assert check(client, file=file(picture(client, "svg"), "badge.svg")) == "valid"
    assert check(client, number=number, now=datetime(2028, 3, 2, 9, tzinfo=UTC)) == "lapsed"
    assert check(client, token=row.token, now=datetime(2028, 3, 2, 9, tzinfo=UTC)) == "lapsed"


def test_a_forged_token_is_told_from_a_stranger_s(
    client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    row = give_out(region)
    head, body, _ = row.token.split(".")
    claims = signing.unverified(row.token)
    claims["validUntil"] = "2099-01-01T00:00:00+01:00"
    longer = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert check(client, token=f"{head}.{longer}.{row.token.split('.')[2]}") == "forged"
    assert check(client, token=f"{head}.{body}.AAAA") == "forged"
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    assert check(client, token=f"{none}.{body}.") == "forged"
    elsewhere = signing.make_key("elders", NOW)
    foreign = signing.sign(claims | {"iss": "https://elders.example/x"}, elsewhere, "https://k")
    assert check(client, token=foreign) == "stranger"
    assert check(client, token="zomaar een tekst") == "nothing"


def test_an_altered_picture_is_seen(
    client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    give_out(region)
    svg = picture(client, "svg").decode()
    altered = svg.replace("1 maart 2028", "1 maart 2038")
    assert altered != svg
    assert check(client, file=file(altered.encode(), "badge.svg")) == "altered"
    data = picture(client)
    with Image.open(io.BytesIO(data)) as image:
        token = image.text["openbadgecredential"]  # type: ignore[attr-defined]
        painted = image.convert("RGBA")
    painted.putpixel((50, 50), (255, 0, 0, 255))
    out = io.BytesIO()
    painted.save(out, "PNG")
    assert check(client, file=file(out.getvalue(), "badge.png")) == "nothing"
    assert token == db.session.query(BadgeCredential).one().token
    from_pillow = with_token(painted, token)
    assert check(client, file=file(from_pillow, "badge.png")) == "altered"


def with_token(picture: Image.Image, token: str) -> bytes:
    """A picture with a credential in it."""
    info = PngInfo()
    info.add_itxt("openbadgecredential", token)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=info)
    return out.getvalue()


def test_an_old_picture_that_is_replayed_is_called_old(
    client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    give_out(region)
    old = picture(client)
    make_certificate(holder, date(2027, 11, 10), date(2029, 11, 9))
    later = datetime(2027, 11, 10, 9, tzinfo=UTC)
    assert check(client, file=file(old, "badge.png"), now=later) == "replaced"
    give_out(region, date(2027, 11, 10))
    assert check(client, file=file(old, "badge.png"), now=later) == "replaced"
    assert check(client, file=file(picture(client, now=later), "badge.png"), now=later) == "valid"


def test_a_badge_of_another_region_is_named(
    client: FlaskClient, region: Organisation, holder: Organisation
) -> None:
    other = make_region("Rivierenland")
    make_policy(other)
    make_admitted(make_enterprise(other), D, "grace")
    row = give_out(other)
    with time_machine.travel(NOW, tick=False):
        html = client.post("/badge/controleren", data={"token": row.token}).get_data(as_text=True)
    assert 'data-verdict="valid"' in html
    assert "deze badge is van de regio Rivierenland" in html


def test_the_page_of_an_unknown_number_says_so(client: FlaskClient, region: Organisation) -> None:
    answer = client.get("/badge/abcdefgh2345")
    assert answer.status_code == 404
    assert "Dit badgenummer bestaat niet" in answer.get_data(as_text=True)


def test_a_round_notices_what_changed(region: Organisation, holder: Organisation) -> None:
    follower = services.Follower(lambda: [region])
    with time_machine.travel(NOW, tick=False):
        assert follower(NOW) == 1
        assert follower(NOW) == 0
        make_certificate(holder, date(2027, 5, 1), date(2029, 4, 30))
        note_changed(holder)
        assert follower(NOW) == 1
    badge = queries.of_enterprise(holder.id, region.id)
    assert badge is not None
