"""Whole old sites, built from a description, served under their own names: for the demo, rehearsals and tests."""

from migrate.demo.build import build, dahe
from migrate.demo.description import SiteSpec, load
from migrate.demo.server import LegacyServer, OldServer, serve
from migrate.demo.truth import Answer, DemoSite, Forward, Manifest, TrueArticle, TrueFile, TrueLink, TrueList

__all__ = [
    "Answer", "DemoSite", "Forward", "LegacyServer", "Manifest", "OldServer", "SiteSpec", "TrueArticle", "TrueFile",
    "TrueLink", "TrueList", "build", "dahe", "load", "serve",
]  # fmt: skip
