"""Redirect maps: lists of old addresses and where they lead, on their way into the portal and out of it again."""

from migrate.redirects.reading import read_map
from migrate.redirects.settle import Address, Answering, Line, Places, Settled, Settlement, SiteRules, settle

__all__ = ["Address", "Answering", "Line", "Places", "Settled", "Settlement", "SiteRules", "read_map", "settle"]
