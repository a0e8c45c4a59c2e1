"""What all tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real pages; it lies beside the checkout, never in it."""
    folder = Path(os.environ.get("SHANGYI_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip("the corpus of real pages is not here (SHANGYI_CORPUS)")
    return folder
