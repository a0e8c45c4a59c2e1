"""Status 200 that means nothing: one answer to all that is missing, one notice in the place of the whole site."""

from pathlib import Path

import pytest

from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config
from tests.harvest.test_harvest import HOME, rows
from tests.harvest.test_rebuild import same_again

MISSING = "<html><body><h1>大河镇</h1><p>欢迎访问大河镇人民政府网站，本站提供政务信息。</p></body></html>".encode()


@pytest.mark.parametrize("links", [0, 1, 3, 8])
def test_missing_pages_are_known_on_the_smallest_site(links: int, tmp_path: Path) -> None:
    site = OldSite()
    site.html(
        "/", "<a href='/gone.html'>旧闻</a>" + "".join(f"<a href='/a/{n}.html'>第{n}号</a>" for n in range(links))
    )
    for number in range(links):
        site.html(f"/a/{number}.html", f"<h1>{chr(0x4E00 + number)}</h1><a href=/lost.html>附</a>" + "正文。" * 99)
    site.answer = lambda path, _request: site.pages.get(path) or Answer(MISSING)  # type: ignore[method-assign]
    folder = tmp_path / "dahe"
    with site.served():
        summary = run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    wanted = [(f"http://{HOST}/{name}.html",) for name in (("gone", "lost") if links else ("gone",))]
    for table in ("resources", "frontier"):
        assert rows(folder, f"SELECT key FROM {table} WHERE reason = 'soft-404' AND key LIKE '%l' ORDER BY 1") == wanted
    assert (
        rows(folder, "SELECT url FROM findings WHERE name = 'harvest.soft-404' AND url LIKE '%l' ORDER BY 1") == wanted
    )
    assert summary.failed == 0
    assert rows(folder, f"SELECT state, reason FROM frontier WHERE key = '{HOME}'") == [("fetched", "")]
    same_again(config(site), folder)
