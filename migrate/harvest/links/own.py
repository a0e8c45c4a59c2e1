"""What a script asks the element that was clicked on: `this.getAttribute("data-url")`, `$(this).data("id")`."""

import re
from collections.abc import Mapping

READS = re.compile(
    r"\.\s*(?:(attr|prop|getAttribute)|data)\s*\(\s*[\"']([\w-]{1,60})[\"']\s*\)|\.\s*dataset\s*\.\s*([\w$]{1,60})"
)
"""An attribute that is read, of whatever element."""
_OWN = re.compile(rf"(?:\$\(\s*this\s*\)|jQuery\(\s*this\s*\)|\bthis)\s*(?:{READS.pattern})")
_UPPER = re.compile(r"[A-Z]")
_QUOTES = str.maketrans("", "", "'\"\\\n")


def attribute_read(found: re.Match[str]) -> str:
    """Return the name of the attribute in a match of READS."""
    plain, name, property_name = found.groups()
    return name.lower() if plain else data_attribute(name or property_name)


def data_attribute(name: str) -> str:
    """Return the attribute that `dataset.name` and jQuery's `data("name")` mean: `detailUrl` is `data-detail-url`."""
    return "data-" + _UPPER.sub(lambda letter: f"-{letter[0].lower()}", name)


def with_own_values(handler: str, attributes: Mapping[str, str]) -> str:
    """Return an event handler with the values themselves where it asks its own element for them."""
    if "this" not in handler:
        return handler
    return _OWN.sub(
        lambda found: (
            f"'{attributes[name].translate(_QUOTES)}'" if (name := attribute_read(found)) in attributes else found[0]
        ),
        handler,
    )
