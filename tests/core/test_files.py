"""Uploads: judged by content, images made anew, PDFs only ever given as a download."""

import contextlib
import io
import zlib
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.makers import make_person
from werkzeug.test import EnvironBuilder
from werkzeug.utils import send_file

from impactmakelaar.core import files
from impactmakelaar.core.db import transaction
from impactmakelaar.core.errors import Refused

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), **how: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **how)  # type: ignore[arg-type]
    return out.getvalue()


def image_of(data: bytes, side: int = 640) -> Image.Image:
    return Image.open(io.BytesIO(files.accept_image(io.BytesIO(data), side).data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pictures_are_accepted_and_made_anew(kind: str) -> None:
    accepted = files.accept_image(io.BytesIO(picture(kind)))
    assert (accepted.media_type, accepted.extension) == ("image/png", ".png")
    assert accepted.data.startswith(b"\x89PNG")


def bomb() -> bytes:
    """A PNG of 30,000 x 30,000 that is a few kilobytes."""
    small = picture(size=(1, 1))
    header = small.index(b"IHDR")
    size = (30_000).to_bytes(4, "big") * 2
    body = b"IHDR" + size + small[header + 12 : header + 17]
    crc = zlib.crc32(body).to_bytes(4, "big")
    return small[:header] + body + crc + small[header + 21 :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "leeg"),
        (HTML, "geen afbeelding"),
        (SVG, "geen afbeelding"),
        (PDF, "geen afbeelding"),
        (picture("GIF"), "geen afbeelding"),
        (picture("BMP"), "geen afbeelding"),
        (picture("TIFF"), "geen afbeelding"),
        (b"MZ" + b"\0" * 100, "geen afbeelding"),
        (b"PK\x03\x04" + b"\0" * 100, "geen afbeelding"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "geen afbeelding"),
        (picture()[:60], "geen afbeelding"),
        (picture("JPEG")[:200], "geen afbeelding"),
        (bomb(), "te veel beeldpunten"),
        (picture() + b"\0" * files.MAX_IMAGE_BYTES, "te groot"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        files.accept_image(io.BytesIO(data))


def test_what_hides_in_a_picture_stays_behind() -> None:
    info = PngInfo()
    info.add_text("Comment", "GEHEIM in tekst")
    data = picture(pnginfo=info, icc_profile=b"GEHEIM kleur") + HTML
    exif = Image.Exif()
    exif[0x010E] = "GEHEIM exif"
    for given_data in (data, picture("JPEG", exif=exif, comment=b"GEHEIM jpeg") + HTML):
        kept = files.accept_image(io.BytesIO(given_data)).data
        assert b"GEHEIM" not in kept
        assert b"<script" not in kept


def test_a_picture_fits_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert image_of(picture("JPEG", (400, 100), exif=exif), 200).size == (50, 200)


def stream(content: bytes, dictionary: bytes = b"") -> bytes:
    return (
        b"2 0 obj\n<< "
        + dictionary
        + b" /Length %d >>\nstream\n" % len(content)
        + content
        + b"\nendstream\nendobj\n"
    )


def pdf_with(piece: bytes) -> bytes:
    return PDF.replace(b"trailer", piece + b"trailer")


@pytest.mark.parametrize(
    ("data", "fine"),
    [
        (PDF, True),
        (pdf_with(b"<< /OpenAction [3 0 R /Fit] >>"), True),
        (pdf_with(b"<< /JSomething 1 >>"), True),
        (pdf_with(stream(b"\x00/JS\x01/Launch /EmbeddedFile by chance in a picture")), True),
        (pdf_with(stream(zlib.compress(b"<< /Type /Page >>"), b"/Type /ObjStm")), True),
        (pdf_with(b"<< /S /JavaScript /JS (app.alert(1)) >>"), False),
        (pdf_with(b"<< /S /J#61vaScript /#4a#53 (x) >>"), False),
        (pdf_with(stream(zlib.compress(b"<< /S /JavaScript >>"), b"/Type /ObjStm")), False),
        (pdf_with(b"<< /S /Launch >>"), False),
        (pdf_with(b"<< /EmbeddedFiles 4 0 R >>"), False),
        (pdf_with(b"<< /Type /EmbeddedFile >>"), False),
        (pdf_with(b"<< /S /SubmitForm >>"), False),
        (pdf_with(b"<< /XFA 4 0 R >>"), False),
        (PDF.replace(b"trailer <<", b"trailer << /Encrypt 5 0 R"), False),
        (PDF[:-8], False),
        (b"%PDF-1.7\n" + HTML + PDF, False),
        (HTML + PDF, False),
        (b"GIF89a" + PDF, False),
        (b" " + PDF, False),
        (b"%PDF-", False),
        (SVG, False),
        (b"", False),
        (PDF + b"\0" * files.MAX_PDF_BYTES, False),
    ],
)
def test_pdfs(data: bytes, fine: bool) -> None:
    if fine:
        assert files.accept_pdf(io.BytesIO(data)).data == data
        return
    with pytest.raises(Refused):
        files.accept_pdf(io.BytesIO(data))


def test_a_packed_bomb_in_a_pdf_costs_no_more_than_the_limit() -> None:
    packed = zlib.compress(b"\0" * 60_000_000, 9)
    data = pdf_with(stream(packed, b"/Type /ObjStm") * 5)
    assert len(files.pdf_names(data)) < files.MAX_UNPACKED + len(data) + 100


@given(st.binary(max_size=400))
def test_any_bytes_are_accepted_or_refused_and_nothing_else(data: bytes) -> None:
    for content in (data, b"%PDF-" + data + b"%%EOF", b"\x89PNG\r\n\x1a\n" + data):
        with contextlib.suppress(Refused):
            assert files.accept_evidence(io.BytesIO(content)).data


NAMES = [
    ("certificaat.pdf", "certificaat.pdf"),
    ("../../etc/passwd", "passwd.pdf"),
    ("..\\..\\boot.ini", "boot.pdf"),
    ("a\x00b.pdf", "ab.pdf"),
    ('x"; filename="evil.exe', "x-- filename--evil.pdf"),
    ("regel\r\nSet-Cookie: a=b.pdf", "regelSet-Cookie- a-b.pdf"),
    ("\u202efdp.exe", "fdp.pdf"),
    ("CON.pdf", "bestand-CON.pdf"),
    ("lpt1", "bestand-lpt1.pdf"),
    ("😀.pdf", "bestand.pdf"),
    ("", "bestand.pdf"),
    ("...", "bestand.pdf"),
    (".pdf.html", "pdf.pdf"),
    ("Überzeugend Zoë.PDF", "Überzeugend Zoë.pdf"),
]


@pytest.mark.parametrize(("given_name", "kept"), NAMES)
def test_clean_name(given_name: str, kept: str) -> None:
    assert files.clean_name(given_name, ".pdf") == kept


@given(st.text(max_size=400))
def test_any_name_becomes_a_harmless_one(name: str) -> None:
    kept = files.clean_name(name, ".pdf")
    assert kept.endswith(".pdf")
    assert 0 < len(kept) <= files.MAX_NAME
    assert kept.isprintable()
    assert not set('/\\"<>|?*:;\r\n\0') & set(kept)
    assert not kept.startswith((".", "-"))


@given(st.text(max_size=100))
def test_any_name_leaves_the_header_of_a_download_whole(name: str) -> None:
    answer = send_file(
        io.BytesIO(b"x"),
        EnvironBuilder().get_environ(),
        "application/pdf",
        True,
        files.clean_name(name, ".pdf"),
    )
    header = answer.headers["Content-Disposition"]
    assert header.startswith("attachment;")
    assert "\n" not in header
    answer.close()


def test_bytes_lie_under_their_hash_once_and_privately(app: Flask) -> None:
    person = make_person()
    accepted = files.accept_pdf(io.BytesIO(PDF))
    with transaction():
        rows = [
            files.keep(accepted, name=name, organisation_id=None, by_id=person.id)
            for name in ("a.pdf", "../../a.pdf")
        ]
    assert rows[0].sha256 == rows[1].sha256
    assert rows[0].public_id != rows[1].public_id
    root = Path(app.config["UPLOAD_DIR"])
    [path] = [p for p in root.rglob("*") if p.is_file()]
    assert path.read_bytes() == PDF
    assert path == files.path_of(rows[0].sha256)
    assert path.stat().st_mode & 0o077 == 0
    assert Path(str(app.static_folder)) not in path.parents


def test_damaged_bytes_are_written_anew(app: Flask) -> None:
    person = make_person()
    accepted = files.accept_pdf(io.BytesIO(PDF))
    for _ in range(2):
        with transaction():
            row = files.keep(accepted, name="a", organisation_id=None, by_id=person.id)
        path = files.path_of(row.sha256)
        assert path.read_bytes() == PDF
        path.write_bytes(b"half")


def test_a_full_disk_leaves_nothing_half(app: Flask) -> None:
    target = Path(app.config["UPLOAD_DIR"]) / "ab"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("a file where a folder should be")
    with pytest.raises(OSError):
        files._write_once(target / "x", b"data")
    assert [p.name for p in target.parent.iterdir()] == ["ab"]
