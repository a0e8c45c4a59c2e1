"""A county department's site as it was, served under its own host name."""

import csv
import mimetypes
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from migrate.archive.ledger import Ledger
from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES, Answer, OldSite, config
from tests.harvest.test_harvest import check, findings

SITE = "gz_daozhen_rsj"


def test_every_article_and_list_is_reached(corpus: Path, tmp_path: Path) -> None:
    site, wanted = OldSite(), set()
    with (corpus / "index.tsv").open(encoding="utf-8") as index:
        for row in csv.DictReader(index, delimiter="\t"):
            if row["site"] == "rsj.gzdaozhen.gov.cn" and row["local_path"].startswith(SITE):
                path = urlsplit(row["original_url"]).path
                kind = mimetypes.guess_type(path)[0] or "text/html"
                site.pages[path] = Answer((corpus / row["local_path"]).read_bytes(), type=kind)
                if row["kind"] in ("article", "list"):
                    wanted.add(row["original_url"])
    site.pages["/"] = site.pages["/index.html"]
    with site.served():
        base = config(site)
        host = "rsj.gzdaozhen.gov.cn"
        asked = replace(
            base,
            site=replace(base.site, url=f"http://{host}/", aliases=()),
            harvest=replace(base.harvest, resolve={host: site.address}),
        )
        run_harvest(asked, FAMILIES, tmp_path / "dahe", HarvestRun(), lambda _progress: None)
    with Ledger(tmp_path / "dahe" / "ledger.sqlite") as ledger:
        got = {resource.key for resource in ledger.newest_resources() if resource.ok}
        scripts = [f.message for _stage, f in ledger.findings("harvest") if f.check == "harvest.foreign-script"]
    assert len(wanted) > 190
    assert wanted - got == set()
    assert len(scripts) == 1 and scripts[0].endswith("/js/kb.js")
    assert findings(tmp_path / "dahe").get("foreign-links")
    check(tmp_path / "dahe")
