"""The picture of a badge as SVG and PNG: what holds today, never a mark on its own.

Both are drawn from the same values, so that the same badge gives the same bytes. The credential is
baked in as Open Badges 3.0 prescribes; a picture without one is only a picture.
"""

import io
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin, UnidentifiedImageError

SIZES = {"klein": 1, "groot": 2}
"""Name of a size -> how much larger than 320 x 120 pixels."""
WIDTH, HEIGHT = 320, 120
KEYWORD = "openbadgecredential"
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
GOOD, BAD, WHITE, QUIET = "#154273", "#5b6570", "#ffffff", "#e8edf2"
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Shown:
    """What stands on the picture."""

    number: str
    enterprise: str
    region: str
    state: str
    detail: str
    holds: bool

    @property
    def alternative(self) -> str:
        """The picture in words, for who does not see it."""
        parts = (self.state, self.enterprise, self.detail, self.region, f"nummer {self.number}")
        return "; ".join(part for part in parts if part)


def font(path: Path | None, size: int, weight: int) -> Font:
    """The site's own letter at this size; Pillow's when the assets were not built."""
    if path is None:
        return ImageFont.load_default(size)
    found = ImageFont.truetype(str(path), size)
    found.set_variation_by_axes([weight])
    return found


def lines(shown: Shown, path: Path | None, scale: int) -> list[tuple[str, int, int, int]]:
    """(text, size, weight, baseline) of each line; what is too wide is set smaller, then cut."""
    room = (WIDTH - 32) * scale
    found = []
    for text, size, weight, base in (
        (shown.state, 17, 700, 30),
        (shown.enterprise, 16, 600, 58),
        (shown.detail, 13, 400, 80),
        (f"{shown.region} · {shown.number}", 11, 400, 106),
    ):
        fitting = size * scale
        while fitting > 9 * scale and font(path, fitting, weight).getlength(text) > room:
            fitting -= 1
        while len(text) > 4 and font(path, fitting, weight).getlength(text) > room:
            text = text[:-2].rstrip() + "…"
        found.append((text, fitting, weight, base * scale))
    return found


def svg(shown: Shown, path: Path | None, scale: int, token: str = "") -> str:
    """The badge as SVG text; ``token`` is baked in when given."""
    width, height = WIDTH * scale, HEIGHT * scale
    colour = GOOD if shown.holds else BAD
    baked = (
        f'<openbadges:credential xmlns:openbadges="{NAMESPACE}" verify="{escape(token)}"/>'
        if token
        else ""
    )
    texts = "".join(
        f'<text x="{16 * scale}" y="{base}" font-size="{size}" font-weight="{weight}">'
        f"{escape(text)}</text>"
        for text, size, weight, base in lines(shown, path, scale)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(shown.alternative)}">'
        f"{baked}<title>{escape(shown.alternative)}</title>"
        f'<rect width="{width}" height="{height}" rx="{8 * scale}" fill="{colour}"/>'
        f'<g fill="{WHITE}" font-family="Noto Sans, Arial, sans-serif">{texts}</g></svg>\n'
    )


def png(shown: Shown, path: Path | None, scale: int, token: str = "") -> bytes:
    """The badge as PNG with its description; ``token`` is baked in when given."""
    picture = draw(shown, path, scale)
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Description", shown.alternative, lang="nl")
    if token:
        info.add_itxt(KEYWORD, token)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=info, optimize=True)
    return out.getvalue()


def draw(shown: Shown, path: Path | None, scale: int) -> Image.Image:
    """The picture itself."""
    width, height = WIDTH * scale, HEIGHT * scale
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    colour = GOOD if shown.holds else BAD
    pen.rounded_rectangle((0, 0, width - 1, height - 1), 8 * scale, fill=colour)
    for text, size, weight, base in lines(shown, path, scale):
        pen.text((16 * scale, base), text, font=font(path, size, weight), fill=WHITE, anchor="ls")
    return picture


@dataclass(frozen=True)
class Brought:
    """A picture that somebody brought: the credential in it, and what else to compare."""

    token: str
    svg: str = ""
    pixels: bytes = b""
    size: tuple[int, int] = (0, 0)


def read(data: bytes) -> Brought | None:
    """What is in a picture; None when it is none that could be a badge."""
    if data[:200].lstrip().startswith(b"<svg"):
        text = data.decode("utf-8", "replace")
        start = text.find('verify="')
        end = text.find('"', start + 8)
        return Brought(text[start + 8 : end] if 0 <= start < end else "", svg=text)
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if picture.width * picture.height > 4_000_000:
                return None
            token = str(getattr(picture, "text", {}).get(KEYWORD, ""))
            rgba = picture.convert("RGBA")
            return Brought(token, pixels=rgba.tobytes(), size=rgba.size)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None


def same(brought: Brought, shown: Shown, path: Path | None, token: str) -> bool:
    """Whether a picture is exactly what we draw for these values, in one of the sizes."""
    for scale in SIZES.values():
        if brought.svg and brought.svg.strip() == svg(shown, path, scale, token).strip():
            return True
        if brought.pixels:
            ours = draw(shown, path, scale)
            if brought.size == ours.size and brought.pixels == ours.tobytes():
                return True
    return False
