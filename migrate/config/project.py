"""The project folder: found by walking up to `mappings/portal.yaml`, or given with -C."""

import os
from dataclasses import dataclass
from pathlib import Path

from migrate.config.inspection import Inspection, load_inspection
from migrate.config.policy import PolicyConfig, load_policy
from migrate.config.portal import PortalConfig, load_portal
from migrate.config.sites import POLICY_SITE, SiteConfig, load_site
from migrate.config.strict import did_you_mean
from migrate.errors import ShangyiError, UsageError
from migrate.i18n import _

_INSPECTION = "inspection/2019.yaml"
_OWN = Path(__file__).parents[2] / "mappings"
"""What comes with the program."""


@dataclass(frozen=True, slots=True)
class Project:
    """Where mappings and archives lie."""

    root: Path

    @property
    def mappings(self) -> Path:
        """Folder of portal.yaml, families.yaml and sites/."""
        return self.root / "mappings"

    @property
    def archives(self) -> Path:
        """Folder with one folder a site; SHANGYI_ARCHIVES moves it elsewhere."""
        return Path(os.environ.get("SHANGYI_ARCHIVES") or self.root / "archives")

    def archive_of(self, site_id: str) -> Path:
        """Return the folder of one site's archive."""
        return self.archives / site_id

    def portal(self) -> PortalConfig:
        """Return portal.yaml, checked. Raises ConfigError."""
        return load_portal(self.mappings / "portal.yaml")

    def inspection(self) -> Inspection:
        """Return the thresholds of the inspection: the project's, or those that come with the program.

        Raises ConfigError.
        """
        own = self.mappings / _INSPECTION
        return load_inspection(own if own.exists() else _OWN / _INSPECTION)

    def policy(self) -> PolicyConfig:
        """Return policy.yaml, checked. Raises ConfigError, also where there is none."""
        return load_policy(self.mappings / "policy.yaml", self.portal())

    def site_ids(self) -> list[str]:
        """Return the ids of all sites that have a mapping, sorted."""
        return sorted(path.stem for path in (self.mappings / "sites").glob("*.yaml"))

    def site(self, site_id: str) -> SiteConfig:
        """Return one site's mapping, checked; for `policy`, the sources of notices as if they were a site.

        Raises UsageError for an unknown id, ConfigError for bad YAML.
        """
        if site_id == POLICY_SITE and site_id not in self.site_ids():
            return self.policy().site(self.portal())
        if site_id not in self.site_ids():
            raise UsageError(
                _("There is no site “{site}”.").format(site=site_id), did_you_mean(site_id, self.site_ids())
            )
        return load_site(self.mappings / "sites" / f"{site_id}.yaml", self.portal())


def find_project(start: Path) -> Project:
    """Return the project that `start` is in. Raises ShangyiError where there is none above it."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "mappings" / "portal.yaml").is_file():
            return Project(folder)
    raise ShangyiError(
        _("No project here: {folder}").format(folder=start),
        _("Go into the folder that holds mappings/portal.yaml, or name it with -C."),
    )
