"""A site's old addresses as nginx configuration: one map, and the server that asks it.

nginx undoes the escapes of a path and resolves its dots before `$uri`; strings of a map are compared without case.
"""

import re
from collections.abc import Iterable, Iterator

from migrate.redirects import spelling
from migrate.redirects.spelling import SESSION_IN_PATH, SESSION_IN_QUERY, Answer, Exported


def nginx(site: Exported, answers: Iterable[Answer]) -> Iterator[bytes]:
    """Yield the configuration, for `include` inside `http { }`; keys hold raw bytes of UTF-8 and of GBK."""
    entries = list(_entries(site, answers))
    longest = max((len(key) for key, _value in entries), default=0)
    yield "\n".join((*_head(site, len(entries), longest), *_normal(site), "")).encode()
    yield f'map "{_asked(site)}" ${site.variable} {{\n    default 404;\n'.encode()
    for key, value in entries:
        yield b'    "' + key + b'" "' + value + b'";\n'
    yield b"}\n"
    yield "\n".join((*_server(site), "")).encode()


def _head(site: Exported, entries: int, longest: int) -> Iterator[str]:
    buckets = 1 << max(8, (longest + 64).bit_length())
    size = 1 << max(12, entries.bit_length())
    yield f"# Old addresses of {' '.join(site.hosts)}. Do not recode this file: it holds GBK beside UTF-8."
    yield "# nginx wants room for the map, once for all maps, in http { } before this file is included:"
    yield f"#     map_hash_bucket_size {buckets};"
    yield f"#     map_hash_max_size {size};"


def _normal(site: Exported) -> Iterator[str]:
    """Yield maps that fold what the site's rules fold: sessions, default documents, slashes at the end."""
    name = site.variable
    path, last = "$uri", ""
    steps: list[tuple[str, str, str]] = [("session", f"~*^(?<{name}_a>.*?){SESSION_IN_PATH}(?<{name}_b>.*)$", "ab")]
    steps.append(("dotnet", rf"~*^(?<{name}_c>.*?)/\((?:[AFSX]\([a-z0-9_-]*\))+\)(?<{name}_d>/.*)$", "cd"))
    if site.rules.default_documents:
        documents = "|".join(map(re.escape, site.rules.default_documents))
        steps.append(("document", f"~*^(?<{name}_e>.*/)(?:{documents})$", "e"))
    if site.rules.fold_slash:
        steps.append(("slash", f"~^(?<{name}_f>.+?)/+$", "f"))
    for step, pattern, parts in steps:
        last = f"${name}_{step}"
        value = "".join(f"${name}_{part}" for part in parts)
        yield f'map {path} {last} {{\n    default {path};\n    "{_quoted(pattern)}" "{value}";\n}}'
        path = last
    if site.names is None:
        yield f"map $args ${name}_args {{\n    default $args;"
        yield f'    "~*^{SESSION_IN_QUERY}=[^&]*$" "";'
        yield f'    "~*^{SESSION_IN_QUERY}=[^&]*&(?<{name}_g>.*)$" ${name}_g;'
        yield f'    "~*^(?<{name}_h>.*)&{SESSION_IN_QUERY}=[^&]*(?<{name}_i>.*)$" "${name}_h${name}_i";\n}}'
    for number, parameter in enumerate(site.names or ()):
        pattern = f"~*(?:^|&){re.escape(parameter)}=(?<{name}_v{number}>[^&]*)"
        yield f'map $args ${name}_q{number} {{\n    default "";\n    "{_quoted(pattern)}" ${name}_v{number};\n}}'


def _asked(site: Exported) -> str:
    name = site.variable
    path = f"${name}_slash" if site.rules.fold_slash else f"${name}_document"
    if not site.rules.fold_slash and not site.rules.default_documents:
        path = f"${name}_dotnet"
    if site.names is None:
        return f"{path}?${{{name}_args}}"
    return f"{path}?" + "&".join(f"{parameter}=${{{name}_q{n}}}" for n, parameter in enumerate(site.names))


def _entries(site: Exported, answers: Iterable[Answer]) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values, quoted; keys that differ by case alone become patterns, where a site tells them apart."""
    spelled: dict[bytes, dict[bytes, bytes]] = {}
    for answer in answers:
        value = f"{answer.status}{spelling.location_of(answer)}".encode()
        for key in spelling.keys(answer, site):
            spelled.setdefault(key.lower(), {}).setdefault(key, value)
    for group in spelled.values():
        if len(set(group.values())) == 1 or not site.rules.case_sensitive:
            key, value = next(iter(group.items()))
            yield _bytes(key), value
        else:
            for key, value in group.items():
                yield _bytes(rb"~^\Q" + key + rb"\E$"), value


def _server(site: Exported) -> Iterator[str]:
    name = site.variable
    yield "server {\n    listen 80;\n    # listen 443 ssl; and the certificate of these names"
    yield f"    server_name {' '.join(site.hosts)};"
    yield "    merge_slashes on;\n    charset utf-8;\n    default_type text/html;\n    location / {"
    for status in (301, 302):
        yield f'        if (${name} ~ "^{status}(?<{name}_to>.+)$") {{'
        if status == 301:
            yield '            add_header Cache-Control "public, max-age=3600";'
        yield f"            return {status} ${name}_to;\n        }}"
    yield f"        if (${name} = 410) {{"
    yield '            add_header Cache-Control "public, max-age=3600" always;'
    yield f"            return 410 '{spelling.gone_page(site)}';\n        }}"
    if site.otherwise and site.append_path:
        yield f"        return 301 {site.otherwise.rstrip('/')}$request_uri;"
    elif site.otherwise:
        yield f"        return 301 {site.otherwise};"
    else:
        yield f"        return 404 '{spelling.missing_page(site)}';"
    yield "    }\n}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _bytes(key: bytes) -> bytes:
    return key.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
