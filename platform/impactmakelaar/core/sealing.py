"""Sealed content: written by anybody, read only with a key that lies outside the database.

Every box (one request) has an X25519 key pair. The public half is kept in the database; the
private half lies in a file of its own under ``SEALING_DIR`` (mode 0600), which no backup of ours
contains. Content is sealed with AES-256-GCM under a key agreed with a pair made for this one
message (X25519, HKDF-SHA-256), after padding it to a step, so that its length tells little. What
the content belongs to (``about``) is bound to it: moved elsewhere, it does not open.

Losing the file loses what is sealed; whoever has both the server and the file can read it.
"""

import os
import struct
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from flask import current_app

SMALLEST_STEP = 64 * 1024
"""The length to which a message without large files is padded; larger ones to double steps."""
NONCE = b"\0" * 12
"""A fixed nonce is safe here: every message has a key of its own."""
KEY_LENGTH = 32


class KeyLost(Exception):  # noqa: N818
    """The private key is not where it should be, or does not fit; what was sealed stays shut."""


def padded(content: bytes) -> bytes:
    """The content with its length before it and zeros after it, up to the next step."""
    body = struct.pack(">Q", len(content)) + content
    step = SMALLEST_STEP
    while step < len(body):
        step *= 2
    return body + b"\0" * (step - len(body))


def unpadded(body: bytes) -> bytes:
    """What ``padded`` was given."""
    (length,) = struct.unpack(">Q", body[:8])
    return body[8 : 8 + length]


def new_box(name: str) -> bytes:
    """Make a key pair; keeps the private half in its file and gives the public half.

    ``name`` is the public id of what the box belongs to: plain letters and digits.
    """
    private = X25519PrivateKey.generate()
    path = key_file(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_file(name: str) -> Path:
    """Where the private half of a box lies."""
    if not name.isalnum():
        raise ValueError("a box is named by letters and digits")
    return Path(current_app.config["SEALING_DIR"]) / f"{name}.key"


def has_key(name: str) -> bool:
    """Whether the key of a box is where it should be."""
    return key_file(name).is_file()


def discard(name: str) -> None:
    """Throw the key of a box away: what was sealed for it can never be read again."""
    key_file(name).unlink(missing_ok=True)


def seal(content: bytes, *, public: bytes, about: str) -> bytes:
    """The content, readable only with the private half of this box and for this ``about``."""
    mine = X25519PrivateKey.generate()
    shared = mine.exchange(X25519PublicKey.from_public_bytes(public))
    sent = mine.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = _message_key(shared, sent, public)
    return sent + AESGCM(key).encrypt(NONCE, padded(content), about.encode())


def unseal(sealed: bytes, *, name: str, about: str) -> bytes:
    """The content of a sealed message.

    :raises KeyLost: when the key is missing, or the message is not of this box and ``about``.
    """
    try:
        private = X25519PrivateKey.from_private_bytes(key_file(name).read_bytes())
    except (OSError, ValueError) as error:
        raise KeyLost(name) from error
    sent, body = sealed[:KEY_LENGTH], sealed[KEY_LENGTH:]
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(sent))
        key = _message_key(shared, sent, public)
        return unpadded(AESGCM(key).decrypt(NONCE, body, about.encode()))
    except (InvalidTag, ValueError) as error:
        raise KeyLost(name) from error


def _message_key(shared: bytes, sent: bytes, public: bytes) -> bytes:
    derive = HKDF(algorithm=hashes.SHA256(), length=KEY_LENGTH, salt=sent + public, info=b"quote")
    return derive.derive(shared)
