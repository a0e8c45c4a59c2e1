"""What the portal can show as a picture, found by decoding it: names and headers lie."""

import io
import warnings
from dataclasses import dataclass

from PIL import ExifTags
from PIL import Image as PillowImage

_SHOWN = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
"""Stored as sent. MPO is what many phones and cameras write: a JPEG with further pictures behind the first."""
_CONVERTED = ("BMP", "TIFF", "ICO")
"""Shown by few browsers, or not at all: the portal gets them as PNG; the bytes as sent stay in the WARC file."""
_PLAIN = ("1", "L", "LA", "P", "RGB", "RGBA")
_MAX_PIXELS = 80_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the portal stores it."""

    payload: bytes
    extension: str
    width: int
    height: int
    says_where: bool
    """Whether it carries GPS coordinates (EXIF)."""


def decode(payload: bytes) -> Picture | None:
    """Return the picture that the bytes are; None where the portal can't show it, it is torn, or has too many pixels.

    Every pixel is decoded here, so that no visitor is the first to meet what can't be.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PillowImage.DecompressionBombWarning)
            with PillowImage.open(io.BytesIO(payload)) as picture:
                if picture.format not in (*_SHOWN, *_CONVERTED) or picture.width * picture.height > _MAX_PIXELS:
                    return None
                picture.load()
                stored = _as_png(picture) if picture.format in _CONVERTED else payload
                return Picture(stored, _SHOWN.get(picture.format, "png"), *picture.size, _says_where(picture))
    except Exception:  # decoders fail on hostile bytes in every way there is; the file is then kept as a document
        return None


def _as_png(picture: PillowImage.Image) -> bytes:
    """Return a decoded picture as PNG; of several pages the first. Without EXIF: PNGs of old software have none."""
    written = io.BytesIO()
    plain = picture if picture.mode in _PLAIN else picture.convert("RGB")
    plain.save(written, "PNG")
    return written.getvalue()


def _says_where(picture: PillowImage.Image) -> bool:
    if "exif" not in picture.info or picture.format in _CONVERTED:
        return False
    try:
        place = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # EXIF is damaged more often than not; the picture can be shown all the same
        return False
    return ExifTags.GPS.GPSLatitude in place and ExifTags.GPS.GPSLongitude in place
