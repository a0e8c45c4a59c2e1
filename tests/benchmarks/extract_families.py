"""What each entry of families.yaml is worth: its labelled pages read with it, and as if nobody knew the system.

    python -m tests.benchmarks.extract_families

A family's pages are those that families.yaml takes for its own. What falls by more than five points is marked: there
the general reading leans on the entry, and pages of systems that nobody has met yet will be read as badly. The last
line reads all pages with no family known at all.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from migrate.extract.evaluate import FIELDS, Evaluation, Score, evaluate
from migrate.extract.truth import Label, read_labels
from migrate.families import GENERIC, Families, load_families, without
from tests.extract.sites import site_for

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("SHANGYI_CORPUS") or ROOT.parent / "shared" / "corpus")
POINTS = 0.05


def unknown(families: Families) -> Families:
    """Return the families less all but the generic one."""
    for name in families.families:
        if name != GENERIC:
            families = without(families, name)
    return families


def by_family(labels: Iterable[Label], families: Families) -> dict[str, list[Label]]:
    """Return family → its labelled pages."""
    found = defaultdict(list)
    for label in labels:
        html = label.file.read_bytes().decode("utf-8", "replace")
        found[families.detect(label.url, html).family].append(label)
    return dict(sorted(found.items()))


def fallen(known: Score, guessed: Score) -> bool:
    """Say whether a field is read worse by more than five points without the entry."""
    return bool(known.of) and (known.right - guessed.right) / known.of > POINTS


def row(name: str, known: Evaluation, guessed: Evaluation) -> str:
    """Return one line of the table: pages, and of each field right with and without the entry."""
    cells = []
    for field in FIELDS:
        before, after = known.scores[field], guessed.scores[field]
        mark = "!" if fallen(before, after) else ""
        cells.append(f"{before.right}→{after.right}/{before.of}{mark}" if before.of else "")
    return f"{name:<13}{known.rows:>5}  " + "".join(f"{cell:>17}" for cell in cells)


def main() -> int:
    """Print the table."""
    if not CORPUS.is_dir():
        print("the corpus of real pages is not here (SHANGYI_CORPUS)", file=sys.stderr)
        return 3
    families = load_families(ROOT / "mappings" / "families.yaml")
    labels = read_labels(CORPUS / "truth.jsonl", CORPUS)
    print(f"{'family':<13}{'pages':>5}  " + "".join(f"{name:>17}" for name in FIELDS))
    misses = []
    for name, own in by_family(labels, families).items():
        fewer = without(families, name) if name != GENERIC else families
        known, guessed = evaluate(own, site_for, families), evaluate(own, site_for, fewer)
        misses += [miss for miss in guessed.misses if miss not in known.misses]
        print(row(name, known, guessed))
    bare = evaluate(labels, site_for, unknown(families))
    print(row("none known", evaluate(labels, site_for, families), bare))
    for miss in misses:
        print(f"only with its entry: {miss.path}: {miss.field}: found {miss.found!r}, truth {miss.truth!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
