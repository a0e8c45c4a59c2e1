import os
import stat
import subprocess
import sys

import pytest
from django.core.management import call_command

from cms_site.settings.environment import database, secret_key
from migrate.errors import ShangyiError


def test_database_addresses(tmp_path):
    file = database("sqlite:///var/%E9%97%A8%E6%88%B7.sqlite3", tmp_path)
    assert file["NAME"] == str(tmp_path / "var" / "门户.sqlite3")
    assert file["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert (tmp_path / "var").is_dir()
    assert database(f"sqlite:///{tmp_path}/a.sqlite3", tmp_path / "elsewhere")["NAME"] == f"{tmp_path}/a.sqlite3"
    server = database("postgres://cms:p%40ss@db.example:5433/portal?sslmode=require", tmp_path)
    wanted = {"NAME": "portal", "USER": "cms", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "5433"}
    assert wanted.items() <= server.items()
    assert server["OPTIONS"] == {"sslmode": "require", "options": "-c jit=off"}
    with pytest.raises(ShangyiError, match="mysql"):
        database("mysql://cms@db/portal", tmp_path)


def test_the_secret_key_is_made_once_and_is_private(tmp_path):
    path = tmp_path / "var" / "secret_key"
    key = secret_key(path)
    assert len(key) > 50
    assert secret_key(path) == key
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def run(tmp_path, settings, code, **env):
    keep = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SECRET_KEY")}
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        env=keep | {"DJANGO_SETTINGS_MODULE": settings, "SHANGYI_PROJECT": str(tmp_path)} | env,
        capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip


def test_production_needs_a_secret(tmp_path):
    bare = run(tmp_path, "cms_site.settings.production", "")
    assert bare.returncode != 0
    assert "SECRET_KEY" in bare.stderr
    code = "from django.conf import settings as s; print(s.DEBUG, s.ALLOWED_HOSTS, s.SESSION_COOKIE_SECURE)"
    given = run(tmp_path, "cms_site.settings.production", code, SECRET_KEY="x", SHANGYI_ALLOWED_HOSTS="a.cn, b.cn")
    assert given.stdout.strip() == "False ['a.cn', 'b.cn'] True"


MAIL = (
    "from django.core.mail import get_connection as g; from django.conf import settings as s; c = g()\n"
    "print(c.host, c.port, c.username, c.password, c.use_tls, c.use_ssl, s.DEFAULT_FROM_EMAIL)"
)


def test_mail_goes_where_the_environment_says(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("from-a-file\n", encoding="utf-8")
    given = {"SECRET_KEY": "x", "SHANGYI_MAIL_HOST": "smtp.example.gov.cn", "SHANGYI_MAIL_USER": "zw@example.gov.cn"}

    def told(**more):
        return run(tmp_path, "cms_site.settings.production", MAIL, **given, **more)

    done = told(SHANGYI_MAIL_TLS="ssl", SHANGYI_MAIL_PASSWORD_FILE=str(secret))
    assert done.stdout.split() == [
        "smtp.example.gov.cn", "465", "zw@example.gov.cn", "from-a-file", "False", "True", "zw@example.gov.cn",
    ], done.stderr  # fmt: skip
    done = told(SHANGYI_MAIL_TLS="starttls", SHANGYI_MAIL_PASSWORD="pw", SHANGYI_MAIL_FROM="a@b.cn")
    assert done.stdout.split()[1:] == ["587", "zw@example.gov.cn", "pw", "True", "False", "a@b.cn"]
    assert told(SHANGYI_MAIL_PORT="2525").stdout.split()[1] == "2525"
    for wrong in ({"TLS": "yes"}, {"PORT": "smtp"}, {"PASSWORD_FILE": str(tmp_path / "none")}):
        ((name, value),) = wrong.items()
        done = told(**{f"SHANGYI_MAIL_{name}": value})
        assert done.returncode != 0
        assert f"SHANGYI_MAIL_{name}" in done.stderr


def test_the_default_portal_lies_in_the_project_folder_and_writes_ahead(tmp_path):
    code = (
        "from django.db import connection as c; cur = c.cursor(); print(c.settings_dict['NAME'])\n"
        "for name in ('journal_mode', 'foreign_keys'): print(cur.execute(f'pragma {name}').fetchone()[0])"
    )
    answer = run(tmp_path, "cms_site.settings.dev", code)
    assert answer.stdout.split() == [str(tmp_path / "var" / "portal.sqlite3"), "wal", "1"], answer.stderr


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_system_checks_are_clean():
    call_command("check", fail_level="WARNING")
