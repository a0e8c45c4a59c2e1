"""Pictures, handed out to who may see them: a picture of a held or unpublished page is no more public than the page."""

import mimetypes
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import BigIntegerField, CharField, Exists, Model, OuterRef, Q
from django.db.models.functions import Cast, Left, Length
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.static import serve
from wagtail.images import get_image_model
from wagtail.images.models import AbstractImage
from wagtail.models import CollectionViewRestriction, Page, ReferenceIndex

_MINUTES = 10
"""For which browsers and others may keep a picture: a page that is taken down takes its pictures along."""


def picture(request: HttpRequest, path: str) -> HttpResponseBase:
    """Hand out a picture or one of its sizes. 404 where there is none, or the visitor may not see it."""
    found = _image_of(path)
    if found is None:
        raise Http404
    public = is_public(found)
    if not public and not _may_look(request.user):
        raise Http404
    response = _sent(request, path)
    response.headers["Cache-Control"] = f"public, max-age={_MINUTES * 60}" if public else "private, no-store"
    return response


def is_public(image: AbstractImage) -> bool:
    """Say whether everybody may see a picture: it lies in no collection with a restriction, and of the pages that show
    it, if any do, one is live.
    """
    found = get_image_model().objects.filter(pk=image.pk)
    return not found.filter(in_shut_collection("collection") | of_unseen_pages("pk", get_image_model())).exists()


def in_shut_collection(collection: str) -> Exists:
    """Say of a collection whether it or one above it has a restriction: what lies in it is not for everybody."""
    above = Left(OuterRef(f"{collection}__path"), Length("collection__path"))
    return Exists(CollectionViewRestriction.objects.filter(collection__path=above))


def of_unseen_pages(file: str, model: type[Model]) -> Q:
    """Say of a file's number (`model`: picture or document) whether pages show it, and nothing else does, and none of
    them is live.
    """
    named = ReferenceIndex.objects.filter(
        to_content_type__app_label=model._meta.app_label,
        to_content_type__model=model._meta.model_name,
        to_object_id=Cast(OuterRef(file), CharField()),
    )
    by_page = Q(base_content_type__app_label="wagtailcore", base_content_type__model="page")
    live = Page.objects.filter(pk=Cast(OuterRef("object_id"), BigIntegerField()), live=True)
    return Exists(named) & ~Exists(named.filter(~by_page | Exists(live)))


def _image_of(path: str) -> AbstractImage | None:
    model = get_image_model()
    images = model.objects.select_related("collection")
    if path.startswith("original_images/"):
        return images.filter(file=path).first()
    return images.filter(renditions__file=path).first()


def _may_look(user: AbstractBaseUser) -> bool:
    return user.is_active and user.has_perm("wagtailadmin.access_admin")


def _sent(request: HttpRequest, path: str) -> HttpResponseBase:
    """Return the bytes, or leave them to the web server in front, which is told by a header where they lie."""
    if not settings.SHANGYI_ACCEL:
        return serve(request, path, document_root=settings.MEDIA_ROOT)
    if not (Path(settings.MEDIA_ROOT) / path).is_file():
        raise Http404
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return HttpResponse(headers={"X-Accel-Redirect": settings.SHANGYI_ACCEL + quote(path), "Content-Type": kind})
