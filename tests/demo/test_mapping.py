from pathlib import Path

from migrate.config import find_project
from migrate.demo import load
from migrate.urls import canonical


def test_mapping_of_dahe_is_valid_and_says_what_the_site_says() -> None:
    config = find_project(Path(__file__)).site("dahe")
    spec = load("dahe")
    assert canonical(config.site.url, config.url_rules) == f"http://{spec.host}/"
    assert config.site.aliases == spec.aliases
    assert (config.site.site_code, config.site.name) == (spec.site_code, spec.name)
    columns = {rule.column for rule in config.rules if rule.column}
    assert columns == {"overview", "leaders", "duties", "news", "notices", "policies", "budget", "services"}
    assert [rule.archive for rule in config.rules if "/zt/2015/**" in rule.match.path] == ["专题已结束，内容不再更新"]
