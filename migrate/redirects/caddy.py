"""A site's old addresses as a Caddyfile: a map of decoded paths, before it one of addresses as sent, for GBK.

Caddy compares with case: an address answers in its canonical spelling and in the one of the old site.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote_to_bytes, urlsplit

from migrate.redirects import spelling
from migrate.redirects.spelling import Answer, Exported


def caddy(site: Exported, answers: Iterable[Answer]) -> Iterator[bytes]:
    """Yield the site block."""
    name = site.variable
    yield f"# Old addresses of {' '.join(site.hosts)}\n".encode()
    yield (", ".join(f"http://{host}" for host in site.hosts) + " {\n").encode()
    entries = list(answers)
    query = "{query}"
    if site.names is not None:
        query = "&".join(f"{parameter}={{query.{parameter}}}" for parameter in site.names)
    yield from _map(f"{{path}}?{query}", f"{name}_1", _decoded(entries, site), "404", "/")
    yield from _map("{uri}", name, _as_sent(entries), f"{{{name}_1_status}}", f"{{{name}_1_to}}")
    yield "\n".join((*_answers(site), "}", "")).encode()


def _map(source: str, name: str, entries: Iterable[tuple[str, Answer]], status: str, to: str) -> Iterator[bytes]:
    yield f'    map "{source}" {{{name}_status}} {{{name}_to}} {{\n'.encode()
    told = set()
    for key, answer in entries:
        if key not in told and key.isprintable():
            told.add(key)
            location = spelling.location_of(answer) or "/"
            yield f'        {_quoted(key)} "{answer.status}" "{location}"\n'.encode()
    yield f'        default "{status}" "{to}"\n    }}\n'.encode()


def _decoded(answers: Iterable[Answer], site: Exported) -> Iterator[tuple[str, Answer]]:
    for answer in answers:
        original = urlsplit(answer.url)
        for path in (spelling.path_of(answer), original.path or "/"):
            decoded = _text(path)
            if decoded is None:
                continue
            for end in _ends(answer, site):
                yield decoded + end, answer


def _ends(answer: Answer, site: Exported) -> Iterator[str]:
    if site.names is None:
        yield from (end.decode() for end in spelling.queries(answer, site) if end.isascii())
        return
    query = next(spelling.queries(answer, site)).decode()
    yield "&".join(_text(piece) or "" for piece in query.split("&"))


def _text(escaped: str) -> str | None:
    try:
        return unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        return None


def _as_sent(answers: Iterable[Answer]) -> Iterator[tuple[str, Answer]]:
    """Yield the addresses beyond ASCII as they are sent in GBK, or in what is neither, with escapes in both cases."""
    for answer in answers:
        parts = urlsplit(answer.key)
        whole = parts.path + (f"?{parts.query}" if parts.query else "")
        raw = unquote_to_bytes(whole)
        if raw.isascii():
            continue
        for sent in spelling.in_gbk(raw) or [raw]:
            text = quote(sent, safe="/!$'()*,;:@~-._?&=")
            yield text, answer
            yield spelling.ESCAPE.sub(lambda found: found[0].lower(), text), answer


def _answers(site: Exported) -> Iterator[str]:
    name = site.variable
    for status in (301, 302):
        yield f'    @{status} expression `{{{name}_status}} == "{status}"`'
        yield f"    redir @{status} {{{name}_to}} {status}"
    yield f'    @410 expression `{{{name}_status}} == "410"`'
    yield '    header Content-Type "text/html; charset=utf-8"'
    yield f"    respond @410 {_quoted(spelling.gone_page(site))} 410"
    if site.otherwise:
        path = "{uri}" if site.append_path else ""
        yield f"    redir {site.otherwise.rstrip('/') if path else site.otherwise}{path} 301"
    else:
        yield f"    respond {_quoted(spelling.missing_page(site))} 404"


def _quoted(text: str) -> str:
    """Return a token as it is: between backticks nothing is escaped, between quotes a quote alone."""
    return f"`{text}`" if "`" not in text else '"' + text.replace('"', '\\"') + '"'
