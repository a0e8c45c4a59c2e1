"""Addresses of archived copies, under /archived/. They are stable: old hosts redirect here for good."""

from django.urls import path

from cms_site.legacy import archived

app_name = "legacy"

urlpatterns = [
    path("", archived.index, name="index"),
    path("<int:pk>/", archived.copy, name="copy"),
    path("<int:pk>/file", archived.file, name="file"),
    path("<int:pk>/<str:name>", archived.embedded, name="embedded"),
]
