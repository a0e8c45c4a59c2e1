"""A site's old addresses for Apache httpd: a text map, and the virtual host that asks it (mod_rewrite).

`int:escape` writes the path with escapes in lower case; `int:tolower` folds case where the site does.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from migrate.redirects import spelling
from migrate.redirects.spelling import SESSION_IN_PATH, SESSION_IN_QUERY, Answer, Exported

_BLANK = re.compile(rb"[\x00-\x20\x7f]")
_SAFE = "$-_.+!*'(),:;@&=/~"
"""What `int:escape` leaves as it is (httpd, gen_test_char.c, T_OS_ESCAPE_PATH)."""


def apache_map(site: Exported, answers: Iterable[Answer]) -> Iterator[bytes]:
    """Yield the lines of the text map: key, blank, status and address."""
    yield f"# Old addresses of {' '.join(site.hosts)}. Faster, from some thousand on: httxt2dbm\n".encode()
    told = set()
    for answer in answers:
        value = f"{answer.status}{spelling.location_of(answer)}".encode()
        for key in _keys(answer, site):
            if key not in told:
                told.add(key)
                yield key + b" " + value + b"\n"


def _keys(answer: Answer, site: Exported) -> Iterator[bytes]:
    ends = list(spelling.queries(answer, site))
    for slash in ("%252F", "%252f"):  # httpd leaves an escaped slash as it was sent
        for path in spelling.paths(answer._replace(key=answer.key.replace("%2F", slash))):
            escaped = quote(path, safe=_SAFE)
            escaped = spelling.ESCAPE.sub(lambda found: found[0].lower(), escaped)
            yield from (_cased((escaped.encode() + end), site) for end in ends if not _BLANK.search(end))


def _cased(key: bytes, site: Exported) -> bytes:
    return key if site.rules.case_sensitive else key.lower()


def apache(site: Exported, map_file: str) -> Iterator[bytes]:
    """Yield the virtual host; `map_file` is the absolute path of the map."""
    yield "\n".join((*_host(site, map_file), "")).encode()


def _host(site: Exported, map_file: str) -> Iterator[str]:
    main, *aliases = site.hosts
    yield f"<VirtualHost *:80>\n    ServerName {main}"
    if aliases:
        yield f"    ServerAlias {' '.join(aliases)}"
    yield "    AllowEncodedSlashes NoDecode\n    RewriteEngine On"
    yield "    RewriteMap escaped int:escape\n    RewriteMap lower int:tolower"
    yield f'    RewriteMap {site.variable} "txt:{map_file}"'
    yield "    RewriteRule ^ - [E=OLD_PATH:%{REQUEST_URI},E=OLD_ARGS:%{QUERY_STRING}]"
    yield from _fold("OLD_PATH", f"^(.*?){SESSION_IN_PATH}(.*)$", "%1%2")
    yield from _fold("OLD_PATH", r"^(.*?)/\((?:[AFSX]\([a-z0-9_-]*\))+\)(/.*)$", "%1%2")
    if site.rules.default_documents:
        documents = "|".join(map(re.escape, site.rules.default_documents))
        yield from _fold("OLD_PATH", f"^(.*/)(?:{documents})$", "%1")
    if site.rules.fold_slash:
        yield from _fold("OLD_PATH", "^(.+?)/+$", "%1")
    asked = "%{ENV:OLD_ARGS}"
    if site.names is None:
        yield from _fold("OLD_ARGS", f"^(?:(.*)&)?{SESSION_IN_QUERY}=[^&]*()$", "%1%2")
        yield from _fold("OLD_ARGS", f"^(.*&)?{SESSION_IN_QUERY}=[^&]*&(.*)$", "%1%2")
    else:
        for number, name in enumerate(site.names):
            yield f'    RewriteCond %{{QUERY_STRING}} "(?:^|&){re.escape(name)}=([^&]*)" [NC]'
            yield f"    RewriteRule ^ - [E=OLD_Q{number}:%1]"
        asked = "&".join(f"{name}=%{{ENV:OLD_Q{number}}}" for number, name in enumerate(site.names))
    key = f"${{escaped:%{{ENV:OLD_PATH}}}}?{asked}"
    if not site.rules.case_sensitive:
        key = f"${{lower:{key}}}"
    yield f'    RewriteRule ^ - "[E=OLD_ANSWER:${{{site.variable}:{key}|404}}]"'
    for status in (301, 302):
        # apart: a question mark out of a group is refused from httpd 2.4.60 on
        yield f'    RewriteCond %{{ENV:OLD_ANSWER}} "^{status}([^?]+)[?](.+)$"'
        yield f"    RewriteRule ^ %1?%2 [R={status},L,NE]"
        yield f'    RewriteCond %{{ENV:OLD_ANSWER}} "^{status}([^?]+)$"'
        yield f"    RewriteRule ^ %1 [R={status},L,NE,QSD]"
    yield '    RewriteCond %{ENV:OLD_ANSWER} "^410$"\n    RewriteRule ^ - [G,L]'
    if site.otherwise and site.append_path:
        yield f"    RewriteRule ^/(.*)$ {site.otherwise.rstrip('/')}/$1 [R=301,L]"
    elif site.otherwise:
        yield f"    RewriteRule ^ {site.otherwise} [R=301,L,NE,QSD]"
    else:
        yield "    RewriteRule ^ - [R=404,L]"
    for status, page in ((410, spelling.gone_page(site)), (404, spelling.missing_page(site))):
        yield f"    ErrorDocument {status} '{page}'"
    yield "    Header always set Cache-Control \"public, max-age=3600\" \"expr=%{REQUEST_STATUS} in {'301', '410'}\""
    yield "</VirtualHost>"


def _fold(variable: str, pattern: str, value: str) -> Iterator[str]:
    yield f'    RewriteCond %{{ENV:{variable}}} "{pattern}" [NC]'
    yield f"    RewriteRule ^ - [E={variable}:{value}]"
