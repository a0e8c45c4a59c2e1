"""Where documents and pictures lie: with their channel, with an editor, or behind the login."""

from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.test import Client
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy as Policy

from cms_site.editors.models import Role, Shelf
from cms_site.editors.roles import build_roles
from cms_site.legacy.intake.files import HELD_COLLECTION
from tests.importer.sites import DOC, PORTAL, SmallSite, picture

Make = Callable[..., SmallSite]


class TestCollections:
    """Where files lie: who works on a channel can choose the files that came with its old site."""

    def test_files_lie_with_the_channel(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc"], images=["/a.png"])
        site.doc("/a.doc")
        site.bytes("/a.png", picture("red"), "image/png")
        site.run()
        before = [site.row("/a.doc").document, site.row("/a.png").image]
        assert all(file.collection.is_root() for file in before)  # nobody built the groups yet
        build_roles(PORTAL)
        site.article("/tzgg/2.html", attachments=["/b.doc"], images=["/b.png"])
        site.doc("/b.doc", DOC + b"2")
        site.bytes("/b.png", picture("blue"), "image/png")
        site.run()
        files = [site.row(path).document for path in ("/a.doc", "/b.doc")]
        files += [site.row(path).image for path in ("/a.png", "/b.png")]
        assert {file.collection for file in files} == {Shelf.objects.get(path="/towns/dahe/").collection}
        group = Role.objects.get(key="channel /towns/dahe/").group
        contributor = get_user_model().objects.create_user("contributor")
        contributor.groups.add(group)
        for model in (get_document_model(), get_image_model()):
            policy = Policy(model, auth_model=model, owner_field_name="uploaded_by_user")
            choosing = policy.instances_user_has_permission_for(contributor, "choose")
            assert set(choosing) == {file for file in files if isinstance(file, model)}
        assert site.counts() == {"unchanged": 6}

    def test_an_editors_own_collection_keeps_what_lies_in_it(self, small: Make) -> None:
        build_roles(PORTAL)
        site = small()
        site.article("/tzgg/1.html", images=["/a.png"])
        site.bytes("/a.png", picture("red"), "image/png")
        site.run()
        image = site.row("/a.png").image
        image.collection = Collection.get_first_root_node().add_child(name="我的")
        image.save()
        site.article("/tzgg/2.html")
        site.run()
        assert site.row("/a.png").image.collection.name == "我的"

    def test_pictures_of_held_articles_lie_behind_the_login(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", held=("identity-number",), images=["/a.png"])
        site.bytes("/a.png", picture("red"), "image/png")
        site.run()
        image = site.row("/a.png").image
        assert image.collection.name == HELD_COLLECTION
        assert Client().get(image.file.url).status_code == 404
        site.decide("/tzgg/1.html", "move", release=True)
        site.run()
        assert site.row("/a.png").image.collection.is_root()
        answer = Client().get(image.file.url)
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, picture("red"))
