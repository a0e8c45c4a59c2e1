"""The portal on PostgreSQL: what imports, searches and answers for old addresses, on a server of the test's own."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.commands import ROOT, environment
from tests.postgres import cluster, programs

MODULES = {
    "tests.importer.test_contract": 25,
    "tests.importer.test_import": 9,
    "tests.importer.test_lock": 3,
    "tests.importer.test_once": 25,
    "tests.portal.test_search": 16,
    "tests.portal.test_fresh": 12,
    "tests.legacy.test_serving": 40,
    "tests.legacy.test_serving_spellings": 40,
    "tests.legacy.test_chains": 5,
    "tests.legacy.test_prepared": 2,
    "tests.legacy.test_poolers": 1,
    "tests.legacy.test_rows": 8,
    "tests.legacy.test_review_import": 15,
}
"""Module → how many of its tests must at least have run, so that nothing is proved by tests that were left out."""
CHOSEN = [
    "tests/importer/test_contract.py",
    "tests/importer/test_import.py::TestFirst",
    "tests/importer/test_lock.py",
    "tests/importer/test_once.py",
    "tests/portal/test_search.py",
    "tests/portal/test_fresh.py",
    "tests/legacy/test_serving.py",
    "tests/legacy/test_serving_spellings.py",
    "tests/legacy/test_chains.py",
    "tests/legacy/test_prepared.py",
    "tests/legacy/test_poolers.py",
    "tests/legacy/test_rows.py",
    "tests/legacy/test_review_import.py",
    "tests/legacy/test_review.py::test_the_list_is_filtered",
]


def test_import_search_and_old_addresses(tmp_path: Path) -> None:
    if programs() is None:
        message = "PostgreSQL's programs (initdb, pg_ctl) are not installed: Debian's package is postgresql"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    report = tmp_path / "report.xml"
    with cluster() as url:
        # the suite's own settings and workers are none of the inner session's
        kept = {name: value for name, value in environment(DATABASE_URL=url).items() if not name.startswith("PYTEST_")}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--tb=short",
             f"--junitxml={report}", *CHOSEN],
            cwd=ROOT, env=kept, capture_output=True, encoding="utf-8", timeout=1200, check=False,
        )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
    ran: Counter[str] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if skipped is None or skipped.get("type") == "pytest.xfail":
            ran[str(case.get("classname"))] += 1
    for module, least in MODULES.items():
        count = sum(number for name, number in ran.items() if name.startswith(module))
        assert count >= least, f"{module}: only {count} tests ran: {dict(ran)}"
