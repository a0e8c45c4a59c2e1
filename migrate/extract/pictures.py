"""Pictures in a body, those that the page holds itself, and those whose address leads nowhere."""

import re

from selectolax.lexbor import LexborNode

from migrate.embedded import Embedded, is_data, is_embedded, unpack
from migrate.errors import ShangyiError
from migrate.extract.cleaned import Cleaned
from migrate.extract.dom import attribute, one_line
from migrate.extract.files import image_source, is_emoji_sized, is_icon
from migrate.extract.page import Parsed
from migrate.i18n import _
from migrate.records import FileLink, Level, Provenance

LOCAL = re.compile(r"file:|[a-z]:[\\/]|\\\\", re.IGNORECASE)
"""An address on somebody's own computer."""
HELD = Provenance("data", 0.95)
"""Where a file stands that the page holds itself."""
_IMG, _LAZY_IMG = Provenance("img", 0.95), Provenance("img:lazy", 0.9)


def settle_images(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    """Make the addresses of pictures absolute and note them; drop icons, spacers and what shows nothing."""
    for image in container.css("img"):
        source = attribute(image, "src").strip()
        url = image_source(parsed, image)
        if url is None:
            lost_image(parsed, source)
            image.decompose()
        elif is_icon(image, url) or is_emoji_sized(image) or (link := picture_of(parsed, image, url)) is None:
            image.decompose()
        else:
            image.attrs["src"] = link.url
            cleaned.images.setdefault(link.url, link)
            cleaned.origins.setdefault(link.url, _image_origin(parsed, source, link.url))
            if is_embedded(link.url):
                cleaned.attachments.pop(link.url, None)  # the picture is its own larger copy


def _image_origin(parsed: Parsed, source: str, url: str) -> Provenance:
    if is_embedded(url):
        return HELD
    return _IMG if parsed.absolute(source) == url else _LAZY_IMG


def picture_of(parsed: Parsed, image: LexborNode, url: str) -> FileLink | None:
    """Return a picture as the record names it; None for one that the page holds itself and that shows nothing."""
    name = one_line(attribute(image, "alt") or attribute(image, "title"))
    if not is_data(url):
        return FileLink(url, name)
    file = unpacked(parsed, url, "extract.data-image")
    if file is None:
        return None
    if not file.is_picture:
        parsed.find(
            Level.WARNING,
            "extract.data-image",
            _("What the page holds as a picture is none by its bytes, but {kind}.").format(kind=file.media_type),
            _("It was left out and stays in the archive. Look at the old page."),
        )
        return None
    if file.is_spacer:
        parsed.find(
            Level.NOTE,
            "extract.data-image",
            _("A picture that the page holds is no more than a dot and was left out."),
            _("If a picture is missing here, a script put it in the dot's place: look at the old page."),
        )
        return None
    return file.link(parsed.page.key, name)


def unpacked(parsed: Parsed, url: str, check: str) -> Embedded | None:
    """Return a file that the page holds itself; None where it can't be had, and say why."""
    try:
        file = unpack(url)
    except ShangyiError as error:
        parsed.find(Level.WARNING, check, error.reason, error.hint)
        return None
    if file.is_torn:
        parsed.find(
            Level.WARNING,
            check,
            _("A picture that the page holds breaks off before its end; it was kept as far as it goes."),
            _("Ask the author for the whole picture, or remove it."),
        )
    return file


def can_unpack(url: str) -> bool:
    """Say whether a file that the page holds itself can be had."""
    try:
        unpack(url)
    except ShangyiError:
        return False
    return True


def lost_image(parsed: Parsed, source: str) -> None:
    """Say that nobody ever saw a picture or film, and why."""
    if not source:
        return
    if LOCAL.match(source):
        parsed.find(
            Level.WARNING,
            "extract.local-source",
            _("A picture lies on the author's own computer: {source}").format(source=source[:200]),
            _("Visitors never saw it. Ask the author, or remove the reference."),
        )
    else:
        parsed.find(
            Level.WARNING,
            "extract.dead-source",
            _("The address of a picture or film leads nowhere: {source}").format(source=source[:200]),
            _("Visitors never saw it. Ask the author, or remove the reference."),
        )
