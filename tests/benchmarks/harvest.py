"""Harvest against its peers, and its memory. `ratio` takes about four minutes, `scale` about ten.

The server is nginx on loopback; each contender fetches all of the site: wget with WARC as counties' suppliers use it,
and Scrapy as its documentation shows it (LinkExtractor, default settings), which writes nothing.
"""

import argparse
import shutil
import sys
from pathlib import Path

from tests.benchmarks.old_county import County, served
from tests.benchmarks.timing import Contender, rounds, show, table

ROOT = Path(__file__).parents[2]
WORK = ROOT / "var/bench/harvest"
PEERS = ROOT / "var/bench/peers/bin"
HOST = "www.county.example.gov.cn"

SPIDER = """
import scrapy
from scrapy.linkextractors import LinkExtractor

class County(scrapy.Spider):
    name = "county"
    start_urls = ["http://127.0.0.1:{port}/"]
    links = LinkExtractor(deny_extensions=[], tags=("a", "area", "img", "link"), attrs=("href", "src"))

    def parse(self, response):
        if not isinstance(response, scrapy.http.HtmlResponse):
            return
        for link in self.links.extract_links(response):
            yield scrapy.Request(link.url)

    def closed(self, reason):
        print(self.crawler.stats.get_value("response_received_count"), "answers")
"""

SITE = """site: {{id: county, name: 县政府, url: "http://{host}/", channel: /towns/dahe/}}
harvest: {{rate: 0, concurrency: 16, limit: 1000000, resolve: {{{host}: "127.0.0.1:{port}"}}}}
"""


def empty(name: str) -> Path:
    """Return an empty working folder."""
    folder = WORK / "out" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def project(port: int) -> Path:
    """Return an empty project with the site's file."""
    folder = empty("shangyi")
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    (folder / "mappings/sites/county.yaml").write_text(SITE.format(host=HOST, port=port), encoding="utf-8")
    return folder


def ours(port: int) -> Contender:
    """Return the harvest, as a clerk would start it."""
    return Contender(
        "shangyi",
        [sys.executable, "-m", "migrate", "harvest", "county", "--json"],
        lambda: project(port),
        frozenset({0, 1}),
    )


def wget(port: int) -> Contender:
    """Return wget with WARC."""
    command = [
        "wget",
        "-r",
        "-l",
        "inf",
        "-p",
        "-q",
        "--no-parent",
        "--warc-file=county",
        "--warc-cdx",
        f"http://127.0.0.1:{port}/",
    ]
    return Contender("wget --warc-file", command, lambda: empty("wget"), frozenset({0, 8}))


def scrapy(port: int) -> Contender:
    """Return Scrapy with default settings and its own link extractor."""

    def prepare() -> Path:
        folder = empty("scrapy")
        (folder / "spider.py").write_text(SPIDER.format(port=port))
        return folder

    return Contender("scrapy", [str(PEERS / "scrapy"), "runspider", "spider.py", "-L", "ERROR"], prepare)


def ratio(pages: int, times: int) -> None:
    """Print pages a second of all contenders."""
    site = WORK / f"site-{pages}"
    County(pages).write(site)
    with served(site, WORK / "nginx") as port:
        contenders = [ours(port), wget(port), *([scrapy(port)] if (PEERS / "scrapy").exists() else [])]
        show(
            {
                "pages": pages,
                "rounds": times,
                "contenders": table(rounds(contenders, times, WORK / "logs"), "shangyi", pages),
            }
        )


def scale(pages: int) -> None:
    """Print what one harvest of many pages costs."""
    site = WORK / f"site-{pages}"
    County(pages).write(site)
    with served(site, WORK / "nginx") as port:
        show({"pages": pages, "contenders": table(rounds([ours(port)], 1, WORK / "logs"), "shangyi", pages)})


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", default="ratio", choices=["ratio", "scale"])
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if asked.what == "ratio":
        ratio(asked.pages or 3_000, asked.rounds)
    else:
        scale(asked.pages or 50_000)


if __name__ == "__main__":
    main()
