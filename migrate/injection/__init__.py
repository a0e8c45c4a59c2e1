"""Injected links and scripts (暗链): found before the page is read or shown, cut out, and counted by host.

A hidden block with links to foreign hosts, a script from an unknown host, gambling and loan vocabulary on a link or in
the page's title. Ordinary links to other sites in the visible text stay. Must run before sanitising: that drops the
styles which hide.
"""

from selectolax.lexbor import LexborHTMLParser

from migrate.injection.code import cut_frames, cut_head, cut_scripts
from migrate.injection.cutting import MARK_LINKS, MARK_SCRIPTS, Injected, take_marks
from migrate.injection.elements import Elements
from migrate.injection.links import cut_advertised, cut_hidden, cut_hidden_words, foreign_links
from migrate.injection.origin import Origin, is_stranger, registered_domain

__all__ = [
    "MARK_LINKS",
    "MARK_SCRIPTS",
    "Injected",
    "Origin",
    "cut_injected",
    "is_stranger",
    "registered_domain",
    "take_marks",
]


def cut_injected(tree: LexborHTMLParser, origin: Origin, found: Elements | None = None) -> Injected:
    """Cut hidden foreign links, foreign scripts and overwritten titles out of the tree.

    Leaves a mark on the element that held a link or script. `found` are the page's elements, where somebody has looked
    already.
    """
    injected = Injected()
    found = found or Elements.of(tree)
    links = foreign_links(found.all("a", "area"), origin)
    if links:
        links = cut_advertised(cut_hidden(tree, links, injected), injected)
    cut_hidden_words(tree, found, injected)
    cut_frames(tree, found.all("iframe"), origin, injected)
    if injected.marked:
        found = Elements.of(tree)  # some of them are gone
    cut_scripts(found.scripts, origin, injected, {registered_domain(link.host) for link in links})
    cut_head(tree, found.all("title", "meta"), injected)
    return injected
