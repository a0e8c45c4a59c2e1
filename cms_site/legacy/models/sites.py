"""Old sites, the rules of their addresses, and the hosts for which the portal answers."""

from dataclasses import replace

from django.db import models
from django.utils.translation import gettext_lazy as _

from migrate.config.sites import POLICY_SITE
from migrate.urls import UrlRules, host_of


class MovingSites(models.Manager):
    """The old sites on the move. That of reposted notices is none: it only gives their `Imported` rows a site."""

    def get_queryset(self) -> "models.QuerySet[OldSite]":
        """Return all but the one of reposted notices."""
        return super().get_queryset().exclude(slug=POLICY_SITE)


class OldSite(models.Model):
    """One legacy site. Its URL rules are the only ones that serving reads; import copies them here from the YAML."""

    slug = models.SlugField(_("id"), max_length=64, unique=True, help_text=_("File name in mappings/sites/."))
    name = models.CharField(_("name"), max_length=200)
    url = models.URLField(_("home page"), max_length=500)
    unit = models.CharField(_("unit"), max_length=200, blank=True)
    site_code = models.CharField(_("site code"), max_length=20, blank=True)
    channel = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("channel"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    case_sensitive = models.BooleanField(_("case-sensitive addresses"), default=False)
    keep_query = models.JSONField(_("significant query parameters"), null=True, blank=True)
    default_documents = models.JSONField(_("default documents"), default=list, blank=True)
    fold_slash = models.BooleanField(
        _("slash at the end means nothing"), default=False, db_default=False, help_text=_("/a/ is /a.")
    )
    target_hosts = models.JSONField(
        _("hosts it may lead to"), default=list, blank=True, help_text=_("Beside the portal's own.")
    )
    otherwise = models.CharField(
        _("unknown addresses"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=[("channel", _("lead to the channel")), ("archive", _("lead to the archived pages"))],
    )
    otherwise_base = models.CharField(
        _("where unknown addresses lead instead"), max_length=500, blank=True, default="", db_default=""
    )
    append_path = models.BooleanField(_("with the path appended"), default=False, db_default=False)
    key_format = models.PositiveSmallIntegerField(
        _("version of the canonical form"),
        default=0,
        db_default=0,
        help_text=_("Under which its addresses were keyed last; 0: before this was noted."),
    )

    objects = MovingSites()
    every = models.Manager()

    class Meta:
        verbose_name = _("old site")
        verbose_name_plural = _("old sites")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_policy(self) -> bool:
        """Whether it stands for the sources of reposted notices, whose addresses are not ours to answer for."""
        return self.slug == POLICY_SITE

    @property
    def url_rules(self) -> UrlRules:
        """Return the rules that make canonical URLs of this site."""
        rules = self.own_rules
        return replace(rules, aliases=frozenset(host.name for host in self.hosts.all()) - {rules.host})

    @property
    def own_rules(self) -> UrlRules:
        """Return `url_rules` without the aliases: for addresses whose host is settled; costs no query."""
        return UrlRules(
            host=host_of(self.url),
            case_sensitive=self.case_sensitive,
            keep_query=None if self.keep_query is None else tuple(self.keep_query),
            default_documents=tuple(self.default_documents),
            fold_slash=self.fold_slash,
        )


class OldHost(models.Model):
    """A host name that the portal answers for; its main host and its aliases. Not read from ALLOWED_HOSTS."""

    name = models.CharField(_("host name"), max_length=253, unique=True)
    site = models.ForeignKey(OldSite, verbose_name=_("old site"), on_delete=models.CASCADE, related_name="hosts")

    class Meta:
        verbose_name = _("old host")
        verbose_name_plural = _("old hosts")

    def __str__(self) -> str:
        return self.name
