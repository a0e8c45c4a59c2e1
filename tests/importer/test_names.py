"""Names under which files are stored: fit for every file system, Windows' too, and for addresses."""

import pytest

from cms_site.legacy.intake.storing import short_name


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("CON", "_CON"),
        ("aux.tar.gz", "_aux.tar.gz"),
        ("com¹.doc", "_com¹.doc"),
        ("CONIN$.doc", "_CONIN$.doc"),
        ("console.doc", "console.doc"),
        ("C:\\公文\\表.doc", "C_公文_表.doc"),
        ("..\\..\\表.doc", "表.doc"),
        ("表.doc. ", "表.doc"),
        ("y" * 59 + ".zzzzzzzzzz", "y" * 59),
        ("\u202ecod.exe", "cod.exe"),
        ("...", "file"),
    ],
)
def test_a_name_that_some_system_refuses(given: str, stored: str) -> None:
    assert short_name(given) == stored
