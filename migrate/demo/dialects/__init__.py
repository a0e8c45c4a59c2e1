"""Old sites as each legacy system publishes them: one town, told in every system's addresses, lists and pagers.

Where `migrate.demo.build` makes one site with all that can be the matter with it, a dialect makes a plain site whose
only difficulty is how that system's lists go on.
"""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Town, town
from migrate.demo.dialects.trs import DIALECTS as TRS
from migrate.demo.truth import DemoSite

DIALECTS: dict[str, type[Dialect]] = {**TRS}
"""Name → dialect: a system's id in families.yaml; a variant's name follows after a dash."""


def speak(dialect: str, of: Town) -> DemoSite:
    """Return the town's site as a system would publish it. Raises KeyError for an unknown dialect."""
    return DIALECTS[dialect](of).site()


__all__ = ["DIALECTS", "Dialect", "Town", "speak", "town"]
