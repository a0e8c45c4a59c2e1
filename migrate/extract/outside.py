"""Files that belong to an article although they are listed beside its body: under it, or named by a script."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrate.extract.body import Container
from migrate.extract.dom import attribute
from migrate.extract.files import display_name, link_target
from migrate.extract.page import Parsed
from migrate.extract.residue import ATTACHMENT_COUNT
from migrate.filenames import is_file_address
from migrate.records import Provenance

_REACH = 25
"""Lines under a body in which an attachment list is looked for; lines of the list itself are not counted."""
_FOOT = re.compile(
    r"版权所有|copyright|主办|ICP备|网站标识码|相关(?:文章|信息|新闻|链接)|网友评论|友情链接", re.IGNORECASE
)
_BESIDE, _SCRIPTED = Provenance("beside the body", 0.8), Provenance("script:showVsbpdfIframe", 0.9)
_VIEWER_SCRIPT = re.compile(r"""showVsbpdfIframe\(\s*["']([^"']+)["']""")


class Outside(NamedTuple):
    """A file that is named beside the body."""

    url: str
    name: str
    origin: Provenance


def attachments_outside(parsed: Parsed, container: Container) -> list[Outside]:
    """Return the files listed right under the body, and in its tail, before the tail is cut."""
    found: dict[str, Outside] = {}
    lines = parsed.outline.lines
    reach = _REACH
    for number in range(container.start, len(lines)):
        line = lines[number]
        listed = line.squeezed.startswith("附件【") and ATTACHMENT_COUNT.match(line.squeezed) is not None
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
                found.setdefault(url, Outside(url, display_name(anchor, url), _BESIDE))
    for listed_file in _listed(parsed):
        found.setdefault(listed_file.url, listed_file)
    return list(found.values())


def _listed(parsed: Parsed) -> Iterator[Outside]:
    """Yield the files in what families.yaml names as their lists of attachments."""
    for selector in parsed.possible(parsed.families.attachment_selectors(parsed.detection.family)):
        for node in parsed.select(selector):
            for anchor in [node] if node.tag == "a" else node.css("a"):
                url = link_target(parsed, anchor)
                if url and is_file_address(url):
                    yield Outside(url, display_name(anchor, url), Provenance(f"selector:{selector}", 0.95))


def scripted_files(parsed: Parsed) -> list[Outside]:
    """Return the PDF files that a script shows in the body (VSB)."""
    found = []
    for match in _VIEWER_SCRIPT.finditer(parsed.scripts):
        url = parsed.absolute(match[1])
        if url:
            found.append(Outside(url, url.rsplit("/", 1)[-1], _SCRIPTED))
    return found
