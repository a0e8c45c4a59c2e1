"""Strict YAML → frozen types; errors with file, line and "did you mean"."""

from migrate.config.inspection import Inspection, Threshold
from migrate.config.portal import UNDECIDED_COLUMN, Channel, Column, PortalConfig, Template
from migrate.config.project import Project, find_project
from migrate.config.rules import Match, Rule
from migrate.config.sites import HarvestOptions, SiteConfig, SiteIdentity

__all__ = [
    "UNDECIDED_COLUMN", "Channel", "Column", "HarvestOptions", "Inspection", "Match", "PortalConfig", "Project", "Rule",
    "SiteConfig", "SiteIdentity", "Template", "Threshold", "find_project",
]  # fmt: skip
