"""Files that belong to an article although they are listed beside its body: under it, or named by a script."""

import re
from collections.abc import Iterator

from migrate.extract.body import Container
from migrate.extract.dom import attribute
from migrate.extract.files import display_name, link_target
from migrate.extract.page import Parsed
from migrate.extract.residue import ATTACHMENT_COUNT
from migrate.filenames import is_file_address

_REACH = 25
"""Lines under a body in which an attachment list is looked for; lines of the list itself are not counted."""
_FOOT = re.compile(
    r"版权所有|copyright|主办|ICP备|网站标识码|相关(?:文章|信息|新闻|链接)|网友评论|友情链接", re.IGNORECASE
)
_VIEWER_SCRIPT = re.compile(r"""showVsbpdfIframe\(\s*["']([^"']+)["']""")


def attachments_outside(parsed: Parsed, container: Container) -> list[tuple[str, str]]:
    """Return (address, name) of the files listed right under the body, and in its tail, before the tail is cut."""
    found: dict[str, str] = {}
    lines = parsed.outline.lines
    reach = _REACH
    for number in range(container.start, len(lines)):
        line = lines[number]
        listed = ATTACHMENT_COUNT.match(line.squeezed) is not None
        reach -= number >= container.end and not listed
        if reach < 0:
            break
        inside = number < container.end
        if not inside and _FOOT.search(line.squeezed):
            break
        if inside and not listed:
            continue
        for anchor in line.anchors:
            url = link_target(parsed, anchor)
            if url and is_file_address(url) and attribute(anchor, "href"):
                found.setdefault(url, display_name(anchor, url))
    for url, name in _listed(parsed):
        found.setdefault(url, name)
    return list(found.items())


def _listed(parsed: Parsed) -> Iterator[tuple[str, str]]:
    """Yield the files in what families.yaml names as their lists of attachments."""
    for selector in parsed.families.attachment_selectors(parsed.detection.family):
        for node in parsed.select(selector):
            for anchor in [node] if node.tag == "a" else node.css("a"):
                url = link_target(parsed, anchor)
                if url and is_file_address(url):
                    yield url, display_name(anchor, url)


def scripted_files(parsed: Parsed) -> list[tuple[str, str]]:
    """Return (address, name) of the PDF files that a script shows in the body (VSB)."""
    found = []
    for match in _VIEWER_SCRIPT.finditer(parsed.scripts):
        url = parsed.absolute(match[1])
        if url:
            found.append((url, url.rsplit("/", 1)[-1]))
    return found
