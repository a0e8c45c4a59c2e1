"""Reading single pages: what extraction makes of one, and how it scores on pages that a person labelled."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from migrate import magic
from migrate.archive.reading import read_response
from migrate.config import Project, SiteConfig, SiteIdentity
from migrate.errors import UsageError
from migrate.families import Families, load_families
from migrate.http import MAX_PAGE
from migrate.i18n import _
from migrate.pipeline import readable, show, site_of
from migrate.urls import host_of

if TYPE_CHECKING:
    from migrate.extract import Page
    from migrate.extract.evaluate import Evaluation
    from migrate.extract.explain import Explained

_WEB_ARCHIVES = (b"MIME-Version:", b"From: <Saved by", b'From: "Saved by')
"""How files begin into which a browser saved a page with its pictures (.mht)."""
_OWN_FAMILIES = Path(__file__).parents[2] / "mappings" / "families.yaml"
"""What comes with the program: for pages that are read outside any project."""


def families_of(project: Project | None) -> Families:
    """Return the project's families; without a project those that come with the program. Raises ConfigError."""
    return load_families(project.mappings / "families.yaml" if project else _OWN_FAMILIES)


def read_one(project: Project | None, target: str, url: str) -> "Explained":
    """Return what extraction finds on one page: a captured old URL, or a saved file (`url` says where it was).

    A saved file needs no project. Raises UsageError where there is no such page.
    """
    from migrate.extract import Page
    from migrate.extract.explain import explain

    families = families_of(project)
    if target.startswith(("http://", "https://")):
        page, site = _captured(project, target)
        return explain(page, site, families)
    path = Path(target)
    if not path.is_file():
        raise UsageError(_("There is no file “{path}”.").format(path=path), _("Name a saved page, or an old URL."))
    address = url or f"http://saved.invalid/{path.name}"
    if not address.startswith(("http://", "https://")) or not host_of(address):
        raise UsageError(_("“{url}” is no web address.").format(url=address), "http://…/")
    body = path.read_bytes()
    if kind := magic.media_type(body[:64]) or ("multipart/related" if body[:1024].startswith(_WEB_ARCHIVES) else ""):
        hint = _("Name a saved page. When a browser saves one: “web page, HTML only”.")
        raise UsageError(_("“{path}” is no web page, but {type}.").format(path=path, type=kind), hint)
    return explain(Page(address, address, body, ""), site_finder(project)(address), families)


def _captured(project: Project | None, url: str) -> "tuple[Page, SiteConfig]":
    from migrate.extract import Page

    if project is None:
        hint = _("Save the page and name the file, or go into the project folder, or name it with -C.")
        raise UsageError(_("“{url}” is an old URL, and no project is here that has captured it.").format(url=url), hint)
    where = site_of(project, url)
    found = next((resource for resource in show(project, url).captures if resource.ok), None)
    if found is None:
        raise UsageError(_("“{url}” was not captured.").format(url=url), f"shangyi harvest {where.id}")
    stored = read_response(where.folder, found.warc_file, found.warc_offset, limit=MAX_PAGE)
    return Page(
        found.url, found.key, stored.body, stored.headers.get("Content-Type"), found.fetched_at[:10]
    ), where.site


def evaluate(project: Project | None, truth: Path, root: Path) -> "Evaluation":
    """Return how well labelled pages are read, with the project's families and site files.

    Raises UsageError or ConfigError for labels that can't be, ConfigError for bad YAML.
    """
    from migrate.extract.evaluate import evaluate as score
    from migrate.extract.truth import read_labels

    return score(read_labels(truth, root), site_finder(project), families_of(project))


def site_finder(project: Project | None) -> Callable[[str], SiteConfig]:
    """Return a function from an address to its site file; of a foreign host, to a site of which nothing is known.

    The function raises ConfigError where a site file is broken that could be the one.
    """
    places, errors = readable(project) if project else ([], [])

    def site_for(url: str) -> SiteConfig:
        for where in places:
            if where.site.url_rules.owns(host_of(url)):
                return where.site
        if errors:
            raise errors[0]
        return SiteConfig(SiteIdentity(id="page", name="", url=f"http://{host_of(url)}/", channel="/"))

    return site_for
