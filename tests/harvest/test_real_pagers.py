"""The pagers of real lists: what they lead to is what the list says of itself."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from migrate.encoding import decode
from migrate.harvest.links import html_links
from migrate.harvest.paging import ListPage, Pagers
from tests.harvest.oldsite import FAMILIES

PAGERS = Pagers(FAMILIES)


def pages(corpus: Path, folder: str) -> Iterator[tuple[ListPage, set[str]]]:
    """Yield a folder's pages with the addresses that their links and pagers lead to."""
    with (corpus / "index.tsv").open(encoding="utf-8") as index:
        rows = [row for row in csv.DictReader(index, delimiter="\t") if row["local_path"].startswith(folder + "/")]
    for row in rows:
        decoded = decode((corpus / row["local_path"]).read_bytes(), "")
        page = ListPage(row["original_url"], decoded.text, encoding=decoded.encoding)
        hrefs = [link.href for link in html_links(decoded.text)[1]]
        hrefs += [further.href for further in PAGERS.further(page)]
        yield page, {urljoin(page.url, href) for href in hrefs if not href.startswith("javascript:")}


def numbered(addresses: set[str], pattern: str) -> set[int]:
    return {int(found[1]) for address in addresses if (found := re.search(pattern, address))}


def test_jeecms(corpus: Path) -> None:
    lists = 0
    for page, addresses in pages(corpus, "icama"):
        if stated := re.search(r"共\d+条记录\s*1/(\d+)页", page.text):
            folder = page.url.rpartition("/")[0]
            assert numbered(addresses, rf"^{folder}/index_(\d+)\.jhtml$") == set(range(2, int(stated[1]) + 1))
            lists += int(stated[1]) > 1
    assert lists > 5


def test_sitefactory(corpus: Path) -> None:
    lists = 0
    for page, addresses in pages(corpus, "sxyz"):
        stated = re.search(r'href="Index_(\d+)\.aspx">尾页', page.text)
        if stated and page.url.endswith("/Index.aspx"):
            last, folder = int(stated[1]), page.url.rpartition("/")[0]
            found = numbered(addresses, rf"^{folder}/Index_(\d+)\.aspx$")
            assert found <= set(range(1, last + 1)) and (last > 100 or found >= set(range(2, last + 1)))
            lists += last > 12
    assert lists > 10


def test_empire(corpus: Path) -> None:
    lists = 0
    for page, addresses in pages(corpus, "snpo"):
        if stated := re.search(r"页次：1/(\d+)", page.text):
            folder = page.url.rpartition("/")[0]
            assert numbered(addresses, rf"^{folder}/index_(\d+)\.html$") == set(range(2, int(stated[1]) + 1))
            lists += 1
    assert lists > 3


def test_powereasy_counts_backwards(corpus: Path) -> None:
    lists = 0
    for page, addresses in pages(corpus, "stzikao_gbk"):
        folder, _slash, name = page.url.rpartition("/")
        if re.fullmatch(r"(?:Index|List_\d)\.shtml", name) and "gopage" in page.text:
            here = re.search(r"List_(\d)", name)
            every = set(range(1, 9)) - ({int(here[1])} if here else set())
            assert every <= numbered(addresses, rf"^{folder}/List_(\d+)\.shtml$") <= set(range(1, 9))
            lists += 1
    assert lists == 9
