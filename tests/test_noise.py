"""Requests that nobody misses are told from those that somebody does."""

import pytest

from migrate.check.portal import PURPOSE
from migrate.http import ClientOptions
from migrate.noise import is_noise, is_robot

H = "http://www.dahe.example.gov.cn"

NOISE = """
/images/logo.gif /css/style.css?v=2 /js/jquery.min.js /favicon.ico /robots.txt /sitemap.xml /a/b.PNG /fonts/x.woff2
/wp-login.php /wordpress/ /xmlrpc.php /.env /.git/config /phpMyAdmin/index.php /index.php.bak /web.config /wwwroot.zip
/backup.rar /shell.asp /a/../../etc/passwd /show.asp?id=1%20union%20select%201 /list.asp?x=%3Cscript%3E
/s?q=${jndi:ldap://x} /index.php?s=index/\\think\\app/invokefunction /actuator/health /WEB-INF/web.xml
/show.asp?id=1'+or+'1'='1 /nacos/v1 /.well-known/security.txt /news.asp.bak /database.mdb /cgi.php?x=;wget+http
/shangyi-no-such-page-1.html
""".split()

WANTED = """
/ /index.html /zwgk/tzgg/201503/t20150312_4711.html /show.asp?id=12 /art/2015/3/2/art_12_345.html /content_12.shtml
/uploadfile/2015/form.doc /uploadfile/data.zip /ueditor/php/upload/file/20150312/1.pdf /ewebeditor/uploadfile/2.doc
/fckeditor/UserFiles/File/3.xls /cgi-bin/show.exe?id=1 /%E9%80%9A%E7%9F%A5.html /col/col12/index.html /data/2015.html
/go.asp?url=http://x.example/a.css /tzgg/select/ /upload/1.asp /select/from.html /web/guest/home /1.asp
/search.asp?key=%D5%D0%B1%EA
""".split()


@pytest.mark.parametrize("path", NOISE)
def test_noise(path: str) -> None:
    assert is_noise(path) and is_noise(H + path)


@pytest.mark.parametrize("path", WANTED)
def test_no_noise(path: str) -> None:
    assert not is_noise(path) and not is_noise(H + path)


def test_bytes_that_are_no_text_are_looked_at_all_the_same() -> None:
    assert not is_noise("/%ff%fe\udcff")
    assert is_noise("/%2e%2e/%2e%2e/etc/passwd")


@pytest.mark.parametrize(
    "agent",
    [
        "", "-", "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0)", "Sogou web spider/4.0", "curl/7.88.1", "python-requests/2.31",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0)", "Go-http-client/1.1", "Mozilla/5.0 zgrab/0.x", "sqlmap/1.7",
        "Java/1.8.0_151", "Mozilla/5.0 HeadlessChrome/99", "Bytespider", "x" * 3,
        ClientOptions(allowed=bool, purpose=PURPOSE).user_agent, ClientOptions(allowed=bool).user_agent,
    ],
)  # fmt: skip
def test_robots(agent: str) -> None:
    assert is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1; 360SE)",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 MicroMessenger/8.0.44",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 QQBrowser",
    ],
)
def test_people(agent: str) -> None:
    assert not is_robot(agent)
