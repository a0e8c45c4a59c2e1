"""Injected scripts: what inline ones load and write, and pages that only search engines are shown."""

import re

_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|%u([0-9a-f]{4})|%([0-9a-f]{2})", re.IGNORECASE)
_CODES = re.compile(r"fromCharCode\s*\(([\d\s,]{3,})\)", re.IGNORECASE)
_CODE = re.compile(r"\d{1,7}")
_JOINED = re.compile(r"""(["'])\s*\+\s*\1""")
_SOURCE = re.compile(
    r"""<script\b[^<>]{0,200}?\bsrc\s*=\s*\\?["']?\s*((?:https?:)?//[^"'\\\s<>]+)|"""
    r"""\.src\s*=\s*\\?["']\s*((?:https?:)?//[^"'\\\s<>]+\.js\b[^"'\\\s<>]*)""",
    re.IGNORECASE,
)
_ENGINES = re.compile(r"baidu|google|sogou|soso|haosou|so\.com|\bbing|yahoo|youdao|360spider")
_LEADS = re.compile(r"location\s*(?:\.\s*(?:href|replace|assign)\s*)?[=(]|document\s*\.\s*write|window\.open")
_READS = re.compile(r"document\s*\.\s*referrer|navigator\s*\.\s*useragent|\[\s*[\"']referrer")
_LINK = re.compile(
    r"""<a\b[^<>]{0,300}?\bhref\s*=\s*\\?["']?\s*((?:https?:)?//[^"'\\\s<>]+)[^<>]*>(.{0,120}?)<""", re.IGNORECASE
)

LONG = 50_000
"""Characters of a script that are looked at: injected ones are short, libraries are long."""


def plain_script(text: str) -> str:
    """Return a script with its escapes, character codes and joined strings written out."""
    text = text[:LONG]
    if "fromCharCode" in text:
        text = _CODES.sub(lambda codes: '("' + "".join(map(_character, _CODE.findall(codes[1]))) + '")', text)
    if "\\x" in text or "\\u" in text or "%" in text:
        text = _ESCAPED.sub(lambda code: _character(int(code[1] or code[2] or code[3] or code[4], 16)), text)
    return _JOINED.sub("", text)


def _character(code: int | str) -> str:
    """Return a character by its number; nothing for what is none, or half of one."""
    value = int(code)
    return chr(value) if value < 0xD800 or 0xE000 <= value < 0x110000 else ""


def loaded(text: str) -> list[str]:
    """Return the addresses of the scripts that a script, written out, loads."""
    return [match[1] or match[2] for match in _SOURCE.finditer(text)]


def written_links(text: str) -> list[tuple[str, str]]:
    """Return (address, text) of the links that a script, written out, writes."""
    return [(match[1], match[2]) for match in _LINK.finditer(text)] if "<a" in text.lower() else []


def is_cloak(text: str) -> bool:
    """Say whether a script, written out, leads those away who come from search engines, or shows them another page."""
    lower = text.lower()
    if not _READS.search(lower) or not _LEADS.search(lower):
        return False
    return len(set(_ENGINES.findall(lower))) >= 2
