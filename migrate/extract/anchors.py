"""The links of a body: made absolute, recognised as attachments, or undone where they lead nowhere."""

import re

from selectolax.lexbor import LexborNode

from migrate.embedded import is_data
from migrate.extract.cleaned import Cleaned, add_file
from migrate.extract.dom import BLOCKS, attribute, one_line, squeeze, text_before
from migrate.extract.files import dead_file, display_name, link_target, names_image
from migrate.extract.fragments import Fragments
from migrate.extract.page import Parsed
from migrate.extract.pictures import HELD, LOCAL, unpacked
from migrate.filenames import is_file_address, names_file
from migrate.i18n import _
from migrate.records import Level, Provenance

_LABEL_REACH = 20
_LARGER = re.compile(r"[大原]图|查看|点击")
"""What links to a larger copy of a picture say."""
_LINK, _NAMED_FILE, _DEAD = Provenance("link", 0.95), Provenance("link:text", 0.8), Provenance("link:dead", 0.4)
"""Where files stand: in a link by its address, in one whose text names them, in one that leads nowhere."""


_WRITES_TO = re.compile(r"\s*(mailto:)\s*([^\s@<>\"']{1,64}@[^\s@<>\"']{1,255})\s*", re.IGNORECASE)
"""A link to write to somebody. Numbers to call stand in the text, where personal data is looked for."""


def settle_links(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> bool:
    """Make links absolute, note those that are files, and undo those that lead nowhere; say whether there are any."""
    follows = False
    previous_block = 0
    anchors = container.css("a")
    fragments = Fragments(parsed, container)
    for anchor in anchors:
        if not any(name in anchor.attrs for name in ("href", "onclick", "oldsrc")):
            continue
        href = attribute(anchor, "href")
        url = link_target(parsed, anchor)
        if "#" in href and url in (None, parsed.page.url) and (place := fragments.inside(href)):
            follows = False
            anchor.attrs["href"] = place
            continue
        if url is None and (found := _WRITES_TO.fullmatch(href)):
            follows = False
            anchor.attrs["href"] = f"{found[1].lower()}{found[2]}"
            continue
        if url is None and is_data(href):
            follows = False
            _point_at_held(parsed, anchor, cleaned)
            continue
        if url is None:
            follows = _after_attachment_word(anchor) or (follows and _alone(anchor, previous_block))
            url = _dead_link(parsed, anchor, follows)
            follows = url is not None
        else:
            follows = False
        if url is None:
            _unlink(anchor)
            continue
        anchor.attrs["href"] = url + fragments.behind(href, url) if "#" in href else url
        if follows or is_file_address(url) or _names_a_file(anchor, url):
            origin = _DEAD if follows else _LINK if is_file_address(url) else _NAMED_FILE
            add_file(cleaned, url, display_name(anchor, url), origin)
        previous_block = anchor.parent.mem_id if anchor.parent is not None else 0
    fragments.keep(anchors)
    return bool(anchors)


def _point_at_held(parsed: Parsed, anchor: LexborNode, cleaned: Cleaned) -> None:
    """Make an attachment of a file that a link holds itself; without it, its text stays."""
    file = unpacked(parsed, attribute(anchor, "href"), "extract.data-file")
    if file is None:
        _unlink(anchor)
        return
    link = file.link(parsed.page.key, display_name(anchor, file.name))
    anchor.attrs["href"] = link.url
    cleaned.origins.setdefault(link.url, HELD)
    cleaned.attachments.setdefault(link.url, link)


def _names_a_file(anchor: LexborNode, url: str) -> bool:
    """Say whether a link's text is a file's name although its address is not, or its target a picture that it names."""
    text = one_line(anchor.text()) if anchor.first_child is not None else ""
    if not text or len(text) > 200:
        return False
    if names_file(text[-10:]):
        return True
    return names_image(url) and anchor.css_first("img") is None and _LARGER.search(text) is None


def _dead_link(parsed: Parsed, anchor: LexborNode, follows: bool) -> str | None:
    """Return the address that a link to nowhere stands for, where it named a file; say what was lost."""
    href = attribute(anchor, "href").strip()
    local = href if LOCAL.match(href) else ""
    url = dead_file(parsed, anchor, follows)
    if url is not None:
        parsed.find(
            Level.WARNING,
            "extract.dead-attachment",
            _("The attachment “{name}” is named, but its link leads nowhere.").format(name=display_name(anchor, url)),
            _("Ask the old office for the file, or look for it in a backup."),
        )
    elif local:
        parsed.find(
            Level.WARNING,
            "extract.local-source",
            _("A link leads to a file on the author's own computer: {source}").format(source=local[:200]),
            _("Visitors never saw it. Ask the author, or remove the reference."),
        )
    return url


def _after_attachment_word(anchor: LexborNode) -> bool:
    """Say whether the text before a link on its line, or the line above, says 附件."""
    text = squeeze(text_before(anchor, _LABEL_REACH)) or _line_above(anchor)
    return text.startswith("附件") and len(text) <= 12


def _line_above(anchor: LexborNode) -> str:
    """Return the text of the block above a link's block, if it is short; of the line above, where `<br>` parts them."""
    block = anchor
    while block.parent is not None and block.parent.tag not in BLOCKS:
        block = block.parent
    above = block.prev
    while above is not None and above.tag == "-text" and not squeeze(above.text_content):
        above = above.prev
    if above is not None and above.tag == "br":
        return squeeze(text_before(above, _LABEL_REACH))
    block = block if block.tag in BLOCKS else block.parent or block
    above = block.prev
    while above is not None and not squeeze(above.text()):
        above = above.prev
    return squeeze(above.text()) if above is not None else ""


def _alone(anchor: LexborNode, previous_block: int) -> bool:
    """Say whether a link is in the block of the link before, or all of the line right under it."""
    block = anchor.parent
    if block is None or block.mem_id == previous_block:
        return block is not None
    if len(squeeze(block.text())) > len(squeeze(anchor.text())) + 4:
        return False
    above = block.prev
    while above is not None and not squeeze(above.text()):
        above = above.prev
    return above is not None and above.mem_id == previous_block


def _unlink(anchor: LexborNode) -> None:
    """Take the address off a dead link; its text stays."""
    for name in ("href", "onclick"):
        if name in anchor.attrs:
            del anchor.attrs[name]


def drop_bare_links(container: LexborNode) -> None:
    """Drop links that show nothing, or nothing any more since their icon went: files are listed under the body."""
    for anchor in container.css("a[href]"):
        if "name" in anchor.attrs or squeeze(anchor.text()):
            continue
        if anchor.css_first("img, video, audio") is None:
            anchor.decompose()
