"""Addresses of the portal. What no line here takes is a page of the tree."""

from django.conf import settings
from django.contrib.staticfiles.views import serve as serve_static
from django.urls import include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from cms_site.legacy.enquiry import old_address
from cms_site.portal.display import display
from cms_site.portal.feeds import column_feed, robots, sitemap, sitemap_part
from cms_site.portal.pictures import picture
from cms_site.portal.views import search, site_map

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("search/", search, name="search"),
    path("sitemap/", site_map, name="site_map"),
    path("sitemap.xml", sitemap, name="sitemap"),
    re_path(r"^sitemap-(?P<part>places|[1-9]\d{0,5})\.xml$", sitemap_part, name="sitemap_part"),
    path("rss/<path:place>.xml", column_feed, name="column_feed"),
    path("robots.txt", robots, name="robots"),
    path("display/", display, name="display"),
    path("archived/", include("cms_site.legacy.urls")),
    path("old-address/", old_address, name="old_address"),
    re_path(r"^media/(?P<path>(?:original_images|images)/.+)$", picture, name="picture"),
]

if settings.SERVE_FILES:
    urlpatterns += [
        re_path(r"^static/(?P<path>.*)$", serve_static, {"insecure": True}),
        # documents have an address of their own, which asks who may read them and never shows what could run
        re_path(r"^media/(?P<path>(?!documents/).*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    ]

urlpatterns += [path("", include(wagtail_urls))]
