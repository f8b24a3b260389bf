"""A picture that arrives is drawn anew as WebP: smaller, and with nothing else that was in it."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
"""What Pillow is let read; its other readers are never asked."""
MOST_PIXELS = 20_000_000
"""Of a picture as it arrives: 80 MB of memory once unpacked, whatever the file weighs."""
MOST_PIXELS_OF_A_PHOTO = 50_000_000
"""A JPEG is unpacked at half, a quarter or an eighth of its size: telephones go that far."""
QUALITY = 82
BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, struct.error)
"""What a damaged file makes the decoders raise."""
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class NotAPicture(Exception):
    """The file cannot be shown; `str()` is a French sentence for whoever sent it."""


@dataclass(frozen=True)
class Drawn:
    """A WebP of `width` × `height` pixels, without metadata."""

    content: bytes
    width: int
    height: int


def redraw(content: bytes, *, longest: int) -> Drawn:
    """The picture upright, its longer side `longest` pixels at most; an animation's first frame.

    Raises NotAPicture for anything but a whole JPEG, PNG, WebP or GIF of a sensible size.
    """
    if _is_svg(content):
        raise NotAPicture(
            _("Un dessin SVG peut cacher un programme : enregistrez-le en PNG, puis envoyez-le.")
        )
    try:
        return _drawn(_fitted(_opened(content), longest))
    except BOMBS:
        raise _too_vast(MOST_PIXELS) from None
    except BROKEN:
        raise NotAPicture(_("Cette image est abîmée : enregistrez-la de nouveau.")) from None


def _is_svg(content: bytes) -> bool:
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<?xml", b"<!doctype svg", b"<svg", b"<!--")) or b"<svg" in head


def _opened(content: bytes) -> Image.Image:
    """Its header read, no pixel yet."""
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        raise NotAPicture(
            _("Ce fichier n’est pas une image lisible : envoyez une photo JPEG, PNG ou WebP.")
        ) from None
    most = MOST_PIXELS_OF_A_PHOTO if picture.format == "JPEG" else MOST_PIXELS
    if picture.width * picture.height > most:
        raise _too_vast(most)
    return picture


def _too_vast(most: int) -> NotAPicture:
    return NotAPicture(
        _("Cette image a trop de points (plus de %(most)d millions) : réduisez-la.")
        % {"most": most // 1_000_000}
    )


def _fitted(picture: Image.Image, longest: int) -> Image.Image:
    """Reduced before it is turned, so that the whole is never held twice."""
    width, height = picture.size
    scale = max(width, height, longest) / longest
    picture.draft(None, (max(int(width / scale), 1), max(int(height / scale), 1)))
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    upright = ImageOps.exif_transpose(picture)
    return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


def _drawn(picture: Image.Image) -> Drawn:
    """Pixels alone are copied: place, camera and thumbnails stay behind."""
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=QUALITY)
    return Drawn(written.getvalue(), bare.width, bare.height)
