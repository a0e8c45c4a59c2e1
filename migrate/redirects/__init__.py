"""Redirect maps: lists of old addresses and where they lead, on their way into the portal and out of it again."""

from migrate.redirects.export import Server, files
from migrate.redirects.reading import read_map
from migrate.redirects.settle import Address, Answering, Line, Places, Settled, Settlement, SiteRules, settle, web_host
from migrate.redirects.spelling import Answer, Exported

__all__ = [
    "Address", "Answer", "Answering", "Exported", "Line", "Places", "Server", "Settled", "Settlement", "SiteRules",
    "files", "read_map", "settle", "web_host",
]  # fmt: skip
