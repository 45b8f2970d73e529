"""Uploads: what a file really is, how large it may be, where it lies, how it is given back.

A file is judged by its content, never by its name or what the browser says. Images are decoded
and written anew, which leaves hidden data behind; PDFs are kept as they are, never opened by us
and only ever offered as a download. Nothing lies under ``static/``.
"""

import hashlib
import io
import os
import tempfile
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from flask import current_app
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from impactmakelaar.core import clock
from impactmakelaar.core.db import Base, PublicId, UtcDateTime, db
from impactmakelaar.core.errors import Refused

MAX_IMAGE_BYTES = 5 * 1024 * 1024
MAX_PDF_BYTES = 10 * 1024 * 1024
MAX_IMAGE_PIXELS = 40_000_000
LOGO_SIDE = 640
MAX_NAME = 120
PDF_REFUSED = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/XFA", b"/Encrypt")


class StoredFile(PublicId, Base):
    """One uploaded file; the bytes lie in ``instance/uploads`` under their SHA-256."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(MAX_NAME))


@dataclass(frozen=True)
class Accepted:
    """What came through the examination: the bytes to keep and what they are."""

    data: bytes
    media_type: str
    extension: str


def read_limited(stream: IO[bytes], limit: int) -> bytes:
    """All bytes, or ``Refused`` when there are none or more than the limit."""
    data = stream.read(limit + 1)
    if not data:
        raise Refused("Dit bestand is leeg. Kies een ander bestand.")
    if len(data) > limit:
        megabytes = limit // (1024 * 1024)
        raise Refused(f"Dit bestand is te groot. Het mag hoogstens {megabytes} MB zijn.")
    return data


def accept_image(stream: IO[bytes], side: int = LOGO_SIDE) -> Accepted:
    """A JPEG, PNG or WebP picture, written anew as PNG within ``side`` x ``side`` pixels."""
    data = read_limited(stream, MAX_IMAGE_BYTES)
    sentence = "Dit is geen afbeelding die wij kunnen lezen. Gebruik een PNG, JPG of WebP."
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MAX_IMAGE_PIXELS:
                    raise Refused("Deze afbeelding heeft te veel beeldpunten. Maak haar kleiner.")
                upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except Refused:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused(sentence) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("Deze afbeelding heeft te veel beeldpunten. Maak haar kleiner.") from error
    upright.thumbnail((side, side))
    out = io.BytesIO()
    upright.save(out, "PNG", optimize=True)
    return Accepted(out.getvalue(), "image/png", ".png")


def accept_pdf(stream: IO[bytes]) -> Accepted:
    """A PDF without scripts, embedded files, forms that send or encryption."""
    data = read_limited(stream, MAX_PDF_BYTES)
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise Refused("Dit is geen (volledig) PDF-bestand. Sla het document opnieuw op als PDF.")
    if b"<html" in data[:1024].lower() or any(mark in data for mark in PDF_REFUSED):
        raise Refused(
            "Deze PDF bevat scripts, bijlagen of een wachtwoord. "
            "Druk het document af naar een nieuwe PDF en kies die."
        )
    return Accepted(data, "application/pdf", ".pdf")


def accept_evidence(stream: IO[bytes]) -> Accepted:
    """A PDF or a picture (a scan), whichever the content is."""
    head = stream.read(5)
    stream.seek(0)
    return accept_pdf(stream) if head == b"%PDF-" else accept_image(stream, side=2400)


def clean_name(name: str, extension: str) -> str:
    """A harmless name to show and to offer at download; the bytes never lie under it."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name else name
    stem = "".join(c if c.isalnum() or c in " -_()" else "-" for c in stem if c.isprintable())
    return (" ".join(stem.split()).strip("-_ ") or "bestand")[: MAX_NAME - 8] + extension


def keep(accepted: Accepted, *, name: str, organisation_id: int | None, by_id: int) -> StoredFile:
    """Write the bytes and add the row; belongs inside the service's transaction.

    Bytes left behind by a rolled-back transaction are harmless and swept by ``flask check``.
    """
    digest = hashlib.sha256(accepted.data).hexdigest()
    _write_once(path_of(digest), accepted.data)
    row = StoredFile(
        organisation_id=organisation_id,
        uploaded_by_id=by_id,
        uploaded_at=clock.now(),
        sha256=digest,
        size=len(accepted.data),
        media_type=accepted.media_type,
        name=clean_name(name, accepted.extension),
    )
    db.session.add(row)
    db.session.flush()
    return row


def path_of(sha256: str) -> Path:
    """Where the bytes with this digest lie."""
    return Path(current_app.config["UPLOAD_DIR"]) / sha256[:2] / sha256


def _write_once(path: Path, data: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
