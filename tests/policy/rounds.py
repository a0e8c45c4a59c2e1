"""What tests of rounds share."""

from datetime import timedelta

from cms_site.policy.models import Notice
from migrate.demo.central import HOST
from migrate.demo.truth import Answer
from migrate.pipeline import policy
from tests.policy.conftest import NINE, World

LIST = f"http://{HOST}/zhengce/zuixin.json"


def url_of(number: int, world: World) -> str:
    return f"http://{HOST}" + next(item.path for item in world.central.notices if item.number == number)


def known(key: str) -> Notice:
    """Return a notice as the desk has it."""
    times = {"published_earliest": NINE, "published_latest": NINE, "first_seen": NINE, "within": timedelta(days=1)}
    return Notice.objects.create(key=key, url=key, source="zhongyang", title="x", column="/state-council/", **times)


def checks(done: policy.Synced) -> list[str]:
    return [finding.check for finding in done.findings]


def page_of(item: object) -> Answer:
    from migrate.demo.central import page

    return Answer(200, (("Content-Type", "text/html; charset=utf-8"),), page(item))  # type: ignore[arg-type]
