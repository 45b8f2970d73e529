"""Uploads: what a file really is, how large it may be, where it lies, how it is given back.

A file is judged by its content, never by its name or what the browser says. Images are decoded
and written anew, which leaves hidden data behind; PDFs are kept as they are, never opened by us
and only ever offered as a download. Nothing lies under ``static/``.
"""

import hashlib
import io
import os
import re
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from flask import current_app
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
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
WINDOWS_DEVICE = re.compile(r"(?i)con|prn|aux|nul|(com|lpt)[0-9]")
PDF_REFUSED = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|XFA|Encrypt|SubmitForm|ImportData|RichMedia)"
    rb"(?![A-Za-z0-9_.+-])"
)
PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
MAX_UNPACKED = 8 * 1024 * 1024
"""How much of the packed objects of one PDF is looked at; a bomb costs no more than this."""


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
    # The maker of our PDFs switches this on for the whole program, and half a picture would pass.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
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
    upright.info.clear()
    upright.save(out, "PNG", optimize=True, icc_profile=None)
    return Accepted(out.getvalue(), "image/png", ".png")


def accept_pdf(stream: IO[bytes]) -> Accepted:
    """A PDF without scripts, embedded files, forms that send or encryption."""
    data = read_limited(stream, MAX_PDF_BYTES)
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise Refused("Dit is geen (volledig) PDF-bestand. Sla het document opnieuw op als PDF.")
    head = data[:1024].lower()
    if b"<html" in head or b"<script" in head or PDF_REFUSED.search(pdf_names(data)):
        raise Refused(
            "Deze PDF bevat scripts, bijlagen of een wachtwoord. "
            "Druk het document af naar een nieuwe PDF en kies die."
        )
    return Accepted(data, "application/pdf", ".pdf")


def pdf_names(data: bytes) -> bytes:
    """What stands in a PDF outside its streams, and in streams that hold packed objects.

    The bytes of a picture are left out: in them any three letters occur by chance. Names may be
    written with escapes (``/J#53`` is ``/JS``); those are undone.
    """
    kept, at, left = [], 0, MAX_UNPACKED
    while (start := data.find(b"stream", at)) >= 0:
        kept.append(data[at:start])
        body = start + len(b"stream")
        end = data.find(b"endstream", body)
        if end < 0:
            kept.append(data[body:])
            at = len(data)
            break
        if b"/ObjStm" in data[max(at, start - 1024) : start]:
            unpacked = _inflate(data[body:end].lstrip(b"\r\n"), left)
            left -= len(unpacked)
            kept.append(unpacked)
        at = end + len(b"endstream")
    kept.append(data[at:])
    return PDF_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), b"\n".join(kept))


def _inflate(data: bytes, at_most: int) -> bytes:
    """The first so many unpacked bytes; nothing when it is not packed in the usual way."""
    if at_most <= 0:
        return b""
    try:
        return zlib.decompressobj().decompress(data, at_most)
    except zlib.error:
        return b""


def accept_evidence(stream: IO[bytes]) -> Accepted:
    """A PDF or a picture (a scan), whichever the content is."""
    head = stream.read(5)
    stream.seek(0)
    return accept_pdf(stream) if head == b"%PDF-" else accept_image(stream, side=2400)


OFFICE_KINDS = {("word", "document"): ".docx", ("xl", "workbook"): ".xlsx"}
"""Folder and name of the part that makes an office file what it is -> the extension."""
DOWNLOAD_TYPE = "application/octet-stream"
"""What an office file is called to a browser: something to keep, never something to show."""
OFFICE_REFUSED = re.compile(r"(?i)vba|macro|activex|embeddings/|oleobject|externallinks/|customui/")
RELATION = re.compile(rb"<Relationship\s[^>]*>")
MAX_OFFICE_PARTS = 2000
MAX_OFFICE_UNPACKED = 60 * 1024 * 1024


def accept_office(stream: IO[bytes]) -> Accepted:
    """A Word or Excel file (docx, xlsx) without macros, embedded files or links that load.

    It is kept as it is, never opened by us and only ever offered as a download.
    """
    data = read_limited(stream, MAX_PDF_BYTES)
    sentence = "Dit is geen Word- of Excel-bestand dat wij kunnen aannemen. Gebruik docx of xlsx."
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = [part.filename for part in parts]
            if (
                len(parts) > MAX_OFFICE_PARTS
                or sum(part.file_size for part in parts) > MAX_OFFICE_UNPACKED
                or any(part.flag_bits & 1 for part in parts)
            ):
                raise Refused(sentence)
            said = [archive.read(p) for p in parts if p.filename.endswith((".rels", "Types].xml"))]
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as error:
        raise Refused(sentence) from error
    kinds = [e for (at, stem), e in OFFICE_KINDS.items() if f"{at}/{stem}.xml" in names]
    if "[Content_Types].xml" not in names or len(kinds) != 1:
        raise Refused(sentence)
    if any(OFFICE_REFUSED.search(name) for name in names) or _reaches_out(b"\n".join(said)):
        raise Refused(
            "Dit bestand bevat macro’s, ingesloten bestanden of koppelingen naar buiten. "
            "Bewaar het zonder, of kies een PDF."
        )
    return Accepted(data, DOWNLOAD_TYPE, kinds[0])


def _reaches_out(said: bytes) -> bool:
    """Macros, or anything outside the file other than an address to click on.

    Text with null bytes is in another alphabet than every office program writes.
    """
    if b"\0" in said or b"macroEnabled" in said:
        return True
    return any(
        b"External" in one and b"relationships/hyperlink" not in one
        for one in RELATION.findall(said)
    )


def accept_document(stream: IO[bytes]) -> Accepted:
    """A PDF, a picture, or a Word or Excel file, whichever the content is."""
    head = stream.read(4)
    stream.seek(0)
    return accept_office(stream) if head == b"PK\x03\x04" else accept_evidence(stream)


def clean_name(name: str, extension: str) -> str:
    """A harmless name to show and to offer at download; the bytes never lie under it."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name else name
    stem = "".join(c if c.isalnum() or c in " -_()" else "-" for c in stem if c.isprintable())
    stem = (" ".join(stem.split()).strip("-_ ") or "bestand")[: MAX_NAME - 8]
    return ("bestand-" + stem if WINDOWS_DEVICE.fullmatch(stem) else stem) + extension


def keep(accepted: Accepted, *, name: str, organisation_id: int | None, by_id: int) -> StoredFile:
    """Write the bytes and add the row; belongs inside the service's transaction.

    Bytes left behind by a rolled-back transaction are harmless; ``flask check --sweep`` removes
    them.
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
    """All of the bytes, safe on the disk, or none; what lies there already is kept when whole."""
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    # The name is part of the folder: it too must be on the disk before the row is.
    for folder in (path.parent, path.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
