"""Every page type: seen by visitors, edited in the admin, listed in its column."""

from cms_site.portal.models import CONTENT_MODELS, ContentPage


def test_there_is_one_of_every_type(client, typed):
    made = {type(page) for page in typed.values() if isinstance(page, ContentPage)}
    assert made == set(CONTENT_MODELS.values())
    for page in typed.values():
        assert client.get(page.get_url()).status_code == 200, page.title
        assert client.get(page.get_parent().get_url()).status_code == 200
