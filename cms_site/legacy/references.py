"""Old addresses in a tree of HTML → references to what they became: pages, documents and images by id."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlsplit

from lxml import html as lxml_html
from lxml.html import HtmlElement

from migrate.embedded import apart, is_embedded, name_of


def file_name(url: str) -> str:
    """Return what a file is called that nobody gave a name: the last part of its address."""
    return name_of(url) if is_embedded(url) else unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or url


def quoted(value: str) -> str:
    """Return an attribute's value as rich text holds it: Wagtail reads back these four characters and no others."""
    return escape(value, quote=False).replace('"', "&quot;")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an old link leads now: a page, document or image by id, or a portal address (archived copies)."""

    kind: str
    """page | document | image | url"""
    id: int = 0
    url: str = ""
    """Of everything but pages; may be lazy."""


Resolve = Callable[[str], Reference | None]
"""Old absolute URL → reference; None where nothing in the portal answers for it."""

IsOld = Callable[[str], bool]
"""Whether a URL is on a site that moves."""


def replace_links(root: HtmlElement, resolve: Resolve, is_old: IsOld) -> list[str]:
    """Replace the old addresses in a tree; return those that led nowhere, each once.

    Afterwards anchors have `linktype`, `id` and maybe `fragment`, or `href`, or neither; images that the portal has
    bear its id as `data-id`, the others have given way to their text.
    """
    links = _Links(resolve, is_old)
    links.replace_all(root)
    return list(dict.fromkeys(links.unresolved))


class _Links:
    """One tree: what was replaced, and what couldn't be."""

    def __init__(self, resolve: Resolve, is_old: IsOld) -> None:
        self._resolve = resolve
        self._is_old = is_old
        self.unresolved: list[str] = []

    def replace_all(self, root: HtmlElement) -> None:
        for anchor in root.iter("a"):
            url, fragment = apart(anchor.get("href") or "")
            if self._is_old(url):
                self._point(anchor, self._resolve(url), url, fragment)
        for media in root.iter("audio", "source", "video"):
            media.attrib.pop("poster", None)  # it would still be asked of the old host
            url = media.get("src")
            if url is not None and self._is_old(url):
                self._play(media, url)
        for image in list(root.iter("img")):
            self._show(image, image.get("src") or "")

    def _point(self, anchor: HtmlElement, reference: Reference | None, url: str, fragment: str = "") -> None:
        anchor.attrib.pop("href", None)
        if reference is None:
            self.unresolved.append(url)
        elif reference.kind in ("page", "document"):
            anchor.set("linktype", reference.kind)
            anchor.set("id", str(reference.id))
            if fragment:
                anchor.set("fragment", fragment)
        else:
            anchor.set("href", f"{reference.url}#{fragment}" if fragment else reference.url)

    def _play(self, media: HtmlElement, url: str) -> None:
        reference = self._resolve(url)
        if reference is not None and reference.url:
            media.set("src", str(reference.url))
        else:
            self.unresolved.append(url)

    def _show(self, image: HtmlElement, url: str) -> None:
        reference = self._resolve(url) if url else None
        if reference is not None and reference.kind == "image":
            image.set("data-id", str(reference.id))
            image.set("src", reference.url)
        else:
            self._stand_in(image, url, reference)

    def _stand_in(self, image: HtmlElement, url: str, reference: Reference | None) -> None:
        """Keep what can be kept of a picture that the portal can't show: its alternative text, a link to it."""
        text = (image.get("alt") or "").strip()
        old = self._is_old(url)
        linked = any(True for _anchor in image.iterancestors("a"))
        if url and not linked and (not old or (reference is not None and reference.kind != "page")):
            link = lxml_html.Element("a", href=url)
            link.text = text or file_name(url)
            link.tail = image.tail
            if old:
                self._point(link, reference, url)
            image.getparent().replace(image, link)
            return
        if url and old:
            self.unresolved.append(url)
        image.tail = text + (image.tail or "")
        image.drop_tree()
