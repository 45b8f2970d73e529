"""Ed25519 keys of an issuer, kept outside the database, and the tokens signed with them.

A key lies in ``instance/keys/<issuer>/<key id>.json``, readable by us alone. Rotation makes a new
one; of the old one only the public half stays, so that what it signed can still be verified.
Tokens are JWTs with ``alg`` EdDSA: RFC 9864 prefers the name Ed25519, which most verifiers do not
know yet.
"""

import base64
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import EdDSAAlgorithm
from joserfc.jwk import OKPKey

PRIVATE = "d"


class NotSigned(Exception):  # noqa: N818
    """A token that none of the given keys signed, or that is no token at all."""


class _EdDSA(EdDSAAlgorithm):
    """The algorithm under its old name, without a warning at each use."""

    security_warning = ""


class _Registry(jws.JWSRegistry):
    """Knows this one algorithm: a token cannot choose another, ``none`` included."""

    algorithms = {"EdDSA": _EdDSA()}
    recommended = ["EdDSA"]


REGISTRY = _Registry(algorithms=["EdDSA"])


@dataclass(frozen=True)
class Key:
    """A key pair, or the public half of a retired one. ``id`` is its RFC 7638 thumbprint."""

    id: str
    created_at: str
    jwk: dict[str, Any]

    @property
    def active(self) -> bool:
        """Whether it can still sign."""
        return PRIVATE in self.jwk

    @property
    def public(self) -> dict[str, Any]:
        """The public half, as others may see it."""
        shown = {name: value for name, value in self.jwk.items() if name != PRIVATE}
        return shown | {"kid": self.id, "use": "sig", "alg": "EdDSA"}


def folder(issuer: str) -> Path:
    """Where the keys of an issuer lie."""
    return Path(current_app.instance_path) / "keys" / issuer


def keys(issuer: str) -> list[Key]:
    """All keys of an issuer, newest first; none before the first was made."""
    found = [
        Key(path.stem, kept["created_at"], kept["jwk"])
        for path in folder(issuer).glob("*.json")
        for kept in [json.loads(path.read_text(encoding="utf-8"))]
    ]
    return sorted(found, key=lambda key: (key.created_at, key.id), reverse=True)


def active_key(issuer: str, now: datetime) -> Key:
    """The key that signs now; the first is made when there is none."""
    return next((key for key in keys(issuer) if key.active), None) or make_key(issuer, now)


def make_key(issuer: str, now: datetime) -> Key:
    """A new pair that signs from now on."""
    made = OKPKey.generate_key("Ed25519", private=True, auto_kid=False)
    key = Key(made.thumbprint(), now.isoformat(), dict(made.as_dict(private=True)))
    _write(issuer, key)
    return key


def rotate(issuer: str, now: datetime) -> Key:
    """A new pair; the older ones keep their public half only."""
    older = [key for key in keys(issuer) if key.active]
    new = make_key(issuer, now)
    for key in older:
        jwk = {name: value for name, value in key.jwk.items() if name != PRIVATE}
        _write(issuer, Key(key.id, key.created_at, jwk))
    return new


def _write(issuer: str, key: Key) -> None:
    place = folder(issuer)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes the file readable by us alone; it takes the name only when it is whole.
    handle, temporary = tempfile.mkstemp(dir=place, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"created_at": key.created_at, "jwk": key.jwk}, file)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(place / f"{key.id}.json")


def sign(payload: dict[str, Any], key: Key, key_url: str) -> str:
    """A compact JWT over the payload; ``key_url`` is where the public key can be fetched."""
    header = {"alg": "EdDSA", "typ": "JWT", "kid": key_url}
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return jws.serialize_compact(header, text, _imported(key.jwk), registry=REGISTRY)


def _imported(jwk: dict[str, Any]) -> OKPKey:
    return OKPKey.import_key(dict(jwk))


def verified(token: str, known: list[Key]) -> dict[str, Any]:
    """The payload of a token that one of these keys signed.

    :raises NotSigned: when none did.
    """
    for key in known:
        try:
            found = jws.deserialize_compact(token, _imported(key.jwk), registry=REGISTRY)
            payload = json.loads(found.payload)
        except (JoseError, ValueError):
            continue
        if isinstance(payload, dict):
            return payload
    raise NotSigned(token[:20])


def unverified(token: str) -> dict[str, Any]:
    """What a token claims, with nothing of it checked; empty when it is no token."""
    try:
        part = token.split(".")[1]
        payload = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return payload if isinstance(payload, dict) else {}
