import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus() -> Path:
    folder = Path(os.environ.get("SHANGYI_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip("the corpus of real pages is not here (SHANGYI_CORPUS)")
    return folder
