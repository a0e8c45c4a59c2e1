"""A site's old addresses as web.config for IIS with URL Rewrite 2.1: one rewrite map and the rules that ask it.

The path is taken as it was sent, escapes and all, so each address stands there in UTF-8 and in GBK. Maps of IIS are
compared without case.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from migrate.redirects import spelling
from migrate.redirects.spelling import Answer, Exported

_SAFE = "/!$'()*,;:@~-._+="


def iis(site: Exported, answers: Iterable[Answer]) -> Iterator[bytes]:
    """Yield web.config."""
    yield "\n".join((*_head(site), "")).encode()
    told: set[str] = set()
    for answer in answers:
        value = f"{answer.status}{spelling.location_of(answer)}"
        for key in _keys(answer, site):
            if key.lower() not in told:
                told.add(key.lower())
                yield f"          <add key={quoteattr(key)} value={quoteattr(value)} />\n".encode()
    yield "\n".join((*_tail(site), "")).encode()


def _keys(answer: Answer, site: Exported) -> Iterator[str]:
    ends = [end.decode("ascii", "ignore") for end in spelling.queries(answer, site) if end.isascii()]
    for path in spelling.paths(answer._replace(key=answer.key.replace("%2F", "%252F"))):
        for safe in (_SAFE, _SAFE + "&"):  # browsers leave an ampersand in a path as it is
            escaped = quote(path, safe=safe).replace("%252F", "%2F")
            if site.rules.fold_slash and escaped == "/":
                escaped = ""  # as the pattern leaves it
            yield from (escaped + end for end in ends if end.isprintable())


def _head(site: Exported) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<!-- Old addresses of {' '.join(site.hosts)}. IIS reads 250 KB of this file; of a larger one the map goes"
    yield "     into a file of its own (configSource), and the registry value MaxWebConfigFileSizeInKB is raised. -->"
    yield "<configuration>\n  <system.webServer>\n    <rewrite>\n      <rewriteMaps>"
    yield f'        <rewriteMap name="{site.variable}" defaultValue="404">'


def _tail(site: Exported) -> Iterator[str]:
    yield "        </rewriteMap>\n      </rewriteMaps>\n      <rules>"
    for status, kind in ((301, "Permanent"), (302, "Found")):
        action = f'type="Redirect" url="{{C:{_captures(site) + 1}}}" redirectType="{kind}" appendQueryString="false"'
        yield from _rule(site, str(status), f"^{status}(.+)$", action)
    gone = 'type="CustomResponse" statusCode="410" statusReason="Gone" statusDescription="Gone"'
    yield from _rule(site, "410", "^410$", gone)
    yield f'        <rule name="{site.variable} unknown" stopProcessing="true">\n          <match url="(.*)" />'
    if site.otherwise:
        url = f"{site.otherwise.rstrip('/')}/{{R:1}}" if site.append_path else site.otherwise
        append = str(site.append_path).lower()
        action = f'type="Redirect" url={quoteattr(url)} redirectType="Permanent" appendQueryString="{append}"'
    else:
        action = 'type="CustomResponse" statusCode="404" statusReason="Not Found" statusDescription="Not Found"'
    yield f"          <action {action} />\n        </rule>"
    yield "      </rules>\n    </rewrite>\n  </system.webServer>\n</configuration>"


def _captures(site: Exported) -> int:
    return 1 + (1 if site.names is None else len(site.names))


def _rule(site: Exported, name: str, pattern: str, action: str) -> Iterator[str]:
    yield f'        <rule name="{site.variable} {name}" stopProcessing="true">\n          <match url=".*" />'
    yield '          <conditions trackAllCaptures="true">'
    yield f'            <add input="{{UNENCODED_URL}}" pattern={quoteattr(_path_pattern(site))} />'
    if site.names is None:
        yield '            <add input="{QUERY_STRING}" pattern="(.*)" />'
        asked = "{C:2}"
    else:
        for parameter in site.names:
            found = f"^(?=(?:.*&)?{re.escape(parameter)}=([^&]*)|)"
            yield f'            <add input="{{QUERY_STRING}}" pattern={quoteattr(found)} />'
        asked = "&".join(f"{parameter}={{C:{number}}}" for number, parameter in enumerate(site.names, 2))
    key = f"{{{site.variable}:{{C:1}}?{asked}}}"
    yield f"            <add input={quoteattr(key)} pattern={quoteattr(pattern)} />"
    yield f"          </conditions>\n          <action {action} />\n        </rule>"


def _path_pattern(site: Exported) -> str:
    """Return the pattern whose first group is the path, without default document, session and slash at the end."""
    documents = "|".join(map(re.escape, site.rules.default_documents)) or "(?!)"
    end = r"(?:;jsessionid=[^?]*)?(?:\?.*)?$"
    if site.rules.fold_slash:
        return f"^([^?]*?)(?:/+(?:{documents}))?/*{end}"
    return f"^([^?]*/(?:(?!(?:{documents})(?:;jsessionid=|[?]|$))[^/?]+?)?)(?:{documents})?{end}"
