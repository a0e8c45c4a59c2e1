"""Path globs of the mapping: `*` stays within a folder, `**` goes across, `?` is one character."""

import functools
import re


@functools.lru_cache(maxsize=4096)
def glob_pattern(glob: str, *, case_sensitive: bool) -> re.Pattern[str]:
    """Return the glob as a pattern for `fullmatch` on a URL path. `/a/**` takes `/a/` itself as well."""
    out = ""
    for part in re.split(r"(\*\*|\*|\?)", glob):
        out += {"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return re.compile(out, re.DOTALL if case_sensitive else re.DOTALL | re.IGNORECASE)
