"""Old sites as each legacy system publishes them: one town, told in every system's addresses, lists and pagers.

Where `migrate.demo.build` makes one site with all that can be the matter with it, a dialect makes a plain site whose
only difficulty is how that system's lists go on.
"""

from migrate.demo.dialects import (
    aspnet,
    dedecms,
    empire,
    epoint,
    guangdong,
    handmade,
    hanweb,
    jeecms,
    lonsun,
    phpcms,
    powereasy,
    siteserver,
    trs,
    ucap,
    vsb,
    webplus,
)
from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Column, Town, town
from migrate.demo.truth import DemoSite

DIALECTS: dict[str, type[Dialect]] = {
    **trs.DIALECTS,
    **hanweb.DIALECTS,
    **vsb.DIALECTS,
    **webplus.DIALECTS,
    **ucap.DIALECTS,
    **guangdong.DIALECTS,
    **lonsun.DIALECTS,
    **powereasy.DIALECTS,
    **dedecms.DIALECTS,
    **empire.DIALECTS,
    **phpcms.DIALECTS,
    **siteserver.DIALECTS,
    **jeecms.DIALECTS,
    **epoint.DIALECTS,
    **aspnet.DIALECTS,
    **handmade.DIALECTS,
}
"""Name → dialect: a system's id in families.yaml; a variant's name follows after a dash."""


def speak(dialect: str, of: Town) -> DemoSite:
    """Return the town's site as a system would publish it. Raises KeyError for an unknown dialect."""
    return DIALECTS[dialect](of).site()


__all__ = ["DIALECTS", "Column", "Dialect", "Town", "speak", "town"]
