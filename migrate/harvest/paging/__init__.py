"""List pages that only a script knows: what a page says of further ones, by the rules of `mappings/families.yaml`.

A site mixes dialects, and a page of one system may carry another's pager: every rule is tried on every page that has
one of the rule's marks, whatever family the page belongs to. Only where no rule finds anything, the rules of the
`generic` block are tried.
"""

from migrate.harvest.paging.outline import outline
from migrate.harvest.paging.pagers import PAGERS, Pagers
from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage, Pager

__all__ = ["MAX_PAGES", "PAGERS", "Further", "ListPage", "Pager", "Pagers", "outline"]
