"""What the portal can show as a picture, found by decoding it: names and headers lie."""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from PIL import ExifTags
from PIL import Image as PillowImage

from cms_site.legacy.intake.png import rows_are_read

_SHOWN = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
"""Stored as sent. MPO is what many phones and cameras write: a JPEG with further pictures behind the first."""
_SCALED = ("JPEG", "MPO")
"""Their decoder can give an eighth of the size: it reads the stream to its end all the same, at half the time."""
_CONVERTED = ("BMP", "TIFF", "ICO")
"""Shown by few browsers, or not at all: the portal gets them as PNG; the bytes as sent stay in the WARC file."""
_PLAIN = ("1", "L", "LA", "P", "RGB", "RGBA")
_MAX_PIXELS = 80_000_000


_LARGE = 20_000_000
"""Pixels from which on a picture is decoded by itself: it may take four bytes of memory for each."""
_AT_ONCE = 1 << 22
"""Bytes that a decoder gets at once: each time it leaves and takes Python's lock."""
_alone = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the portal stores it."""

    extension: str
    width: int
    height: int
    says_where: bool
    """Whether it carries GPS coordinates (EXIF)."""
    png: bytes | None = None
    """What is stored in the place of the bytes as sent."""


def decode(file: BinaryIO) -> Picture | None:
    """Return the picture that a file is; None where the portal can't show it, it is torn, or has too many pixels.

    All of it is decoded here, so that no visitor is the first to meet what can't be. For several threads at once.
    """
    try:
        with _watchful():
            picture = PillowImage.open(file)
        with picture:
            pixels = picture.width * picture.height
            if picture.format not in (*_SHOWN, *_CONVERTED) or pixels > _MAX_PIXELS:
                return None
            with _watchful() if pixels > _LARGE or picture.format in _CONVERTED else contextlib.nullcontext():
                return _decoded(picture, file)
    except Exception:  # decoders fail on hostile bytes in every way there is; the file is then kept as a document
        return None


@contextlib.contextmanager
def _watchful() -> Iterator[None]:
    """Take Pillow's warning of too many pixels for an error; by oneself, for that changes the whole process."""
    with _alone, warnings.catch_warnings():
        warnings.simplefilter("error", PillowImage.DecompressionBombWarning)
        yield


def _decoded(picture: PillowImage.Image, file: BinaryIO) -> Picture:
    if picture.format in _CONVERTED:
        picture.load()
        return Picture("png", *picture.size, says_where=False, png=_as_png(picture))
    width, height = picture.size
    picture.decodermaxblock = _AT_ONCE
    if picture.format in _SCALED:
        picture.draft(None, (1, 1))
    if not (picture.format == "PNG" and rows_are_read(picture, file)):
        picture.load()
    return Picture(_SHOWN[picture.format], width, height, _says_where(picture))


def _as_png(picture: PillowImage.Image) -> bytes:
    """Return a decoded picture as PNG; of several pages the first. Without EXIF: PNGs of old software have none."""
    written = io.BytesIO()
    plain = picture if picture.mode in _PLAIN else picture.convert("RGB")
    plain.save(written, "PNG")
    return written.getvalue()


def _says_where(picture: PillowImage.Image) -> bool:
    if "exif" not in picture.info:
        return False
    try:
        place = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # EXIF is damaged more often than not; the picture can be shown all the same
        return False
    return ExifTags.GPS.GPSLatitude in place and ExifTags.GPS.GPSLongitude in place
