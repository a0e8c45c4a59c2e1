"""Addresses of archived pages, under /archived/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
