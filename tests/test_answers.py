"""What is no page is known by its content; what only speaks of errors is left alone."""

import csv
import json
from pathlib import Path

import pytest

from migrate.answers import (
    CHALLENGE,
    ERROR_PAGE,
    LOGIN_FORM,
    MAX_SOURCE,
    PARKED,
    SERVER_ERROR,
    SOFT_404,
    may_be_sign,
    recognise,
    shown,
)
from migrate.encoding import decode

MENU = "".join(f'<a href="/l/{n}.html">栏目之{n}的名称</a> ' for n in range(30))
IMPRINT = "<p>主办：大河镇人民政府 地址：大河镇人民路1号 电话：0377-60000000 版权所有 豫ICP备00000000号</p>"


def page(body: str, title: str = "大河镇人民政府", head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def framed(body: str, title: str = "大河镇人民政府") -> str:
    return page(f"<div>{MENU}</div><div>您现在的位置：首页</div>{body}{IMPRINT}", title)


CHALLENGES = {
    "加速乐, cookie spelled by a script": "<script>document.cookie=('_')+('_')+('j')+(7+'');"
    "location.href=location.pathname+location.search</script>",
    "加速乐, second step": "<script>var x='__jsl_clearance_s=1|0|';setTimeout(go,1500)</script>",
    "瑞数": "<html><head><meta id='x' content='abc' r='m'><script r='m'>$_ts=window['$_ts'];if(!$_ts)$_ts={};"
    "$_ts.nsd=1;</script><script src='/a/b.js' r='m'></script></head><body></body></html>",
    "瑞数, long": "<html><head><script>$_ts=window['$_ts'];" + "var a='x';" * 5000 + "</script></head></html>",
    "云锁": "<script>function YunSuoAutoJump(){self.location='/?security_verify_data='+x}</script>"
    '<body onload="YunSuoAutoJump()"></body>',
    "安全狗": page("<img src='http://404.safedog.cn/images/head.png'><p>您的请求带有不合法参数，已被网站管理员设置拦截！</p>"
                   "<p>可能原因：您提交的内容包含危险的攻击请求</p>", "网站防火墙"),
    "D盾": page("<h1>D盾_拦截提示</h1><p>当前访问因具有潜在危险被拦截</p>"),
    "WTS-WAF": page("<h1>WTS-WAF 拦截提示</h1>", "WTS-WAF"),
    "网站卫士": '<noscript>请开启JavaScript并刷新该页.</noscript><form action="/wzws-waf-cgi/" method="post"></form>',
    "宝塔": page('<p class="t1">您的请求带有不合法参数，已被网站管理员设置拦截！</p>', "网站防火墙"),
    "雷池": page('<script src="/.safeline/challenge/v2/challenge.js"></script><p>安全检测中</p>'),
    "创宇盾": page('<a href="https://help.365cyd.com/cyd-error-help.html?code=403">说明</a>', "403"),
    "阿里云": "<html><script>var arg1='AB12';document.cookie='acw_sc__v2=1'</script></html>",
    "any: sets a cookie and comes back": "<script>document.cookie='v=1;path=/';window.location.reload();</script>",
    "any: looks at the browser": page("<p>正在检查您的浏览器，请稍候……</p>"),
    "any: captcha": page('<p>您访问过于频繁，请输入验证码后继续访问</p><img src="/code.asp"><input name="c">'),
    "any: drag": page("<p>为了您的正常访问，请完成安全验证，拖动滑块到右侧</p>"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHALLENGES)
def test_challenges(name: str) -> None:
    sign = recognise(CHALLENGES[name])
    assert sign is not None and may_be_sign(CHALLENGES[name], CHALLENGES[name].count("<a "))
    assert sign.kind == CHALLENGE
    if "any" not in name and name not in ("加速乐, cookie spelled by a script", "宝塔"):
        assert sign.what in name


MESSAGES = {
    SOFT_404: [
        page("<h1>对不起，您访问的页面不存在或已被删除！</h1>"),
        framed("<h1>对不起，您访问的页面不存在或已被删除！</h1>"),
        framed("<p>该信息不存在</p>"),
        framed("<div>发布时间： 来源： 点击数：</div><p>文章不存在或已被管理员删除</p>"),
        page("参数错误"),
        page("无法找到该网页", "无法找到该网页"),
        page("<p>The requested URL /a.htm was not found on this server.</p>", "Object not found!"),
        page("x", "404 - 找不到文件或目录。"),
        page("x" * 3000, "HTTP 404 Not Found"),
        "<script>alert('文章不存在');history.back();</script>",
        "<script language=javascript>alert('该信息已被删除!');location.href='/';</script>",
        page("<p>出错信息</p>", "错误提示"),
    ],
    SERVER_ERROR: [
        page("<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>", "502 Bad Gateway"),
        page("x" * 2000, "500 - 内部服务器错误。"),
        framed("<p>系统繁忙，请稍后再试。</p>"),
        page("数据库连接出错，请检查连接字串。"),
        page("<h1>Service Unavailable</h1>"),
        page("<font face='Arial'>Microsoft OLE DB Provider for ODBC Drivers</font> <font>错误 '80004005'</font>"
             "<p>[Microsoft][ODBC SQL Server Driver]超时已过期 /conn.asp，行 12"),
        "<script>alert('系统错误，请稍后重试');history.go(-1)</script>",
    ],
    ERROR_PAGE: [
        framed("<font face='宋体'>ADODB.Field</font> <font>错误 '800a0bcd'</font><p>BOF 或 EOF 中有一个是“真”</p>"),
        page("<font>Microsoft VBScript 运行时错误</font> <font>错误 '800a000d'</font><p>类型不匹配 /show.asp，行 8"),
        page("<h1>“/”应用程序中的服务器错误。</h1><h2>输入字符串的格式不正确。</h2>" + "at System.Number.Parse " * 80),
        page("<h1>Exception report</h1><pre>org.apache.jasper.JasperException: java.lang.NullPointerException\n"
             + "\tat org.example.Show.run(Show.java:12)\n" * 60 + "</pre>", "Apache Tomcat - Error report"),
        "<br />\n<b>Fatal error</b>:  Call to a member function on null in <b>/www/a.php</b> on line <b>12</b><br />",
        "<script>alert('未知操作');history.back();</script>",
    ],
    PARKED: [
        page("<h1>Welcome to nginx!</h1>", "Welcome to nginx!"),
        page("<img src=w.png>", "IIS7"),
        page("<p>该域名正在出售，有意者请联系</p>"),
        page("<p>您访问的网站已经关闭，如有疑问请联系服务商。</p>"),
        page("<p>网站正在维护中……</p>"),
    ],
    LOGIN_FORM: [
        page('<form>用户名：<input name="u"> 密码：<input type="password" name="p"> 请输入验证码 <input></form>'),
        "<script>alert('请先登录！');top.location='/login.asp'</script>",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "source"), [(kind, source) for kind, found in MESSAGES.items() for source in found])
def test_messages(kind: str, source: str) -> None:
    sign = recognise(source)
    assert sign is not None, shown(source)
    assert sign.kind == kind, sign


PARAGRAPH = "近日有群众反映我镇网站部分链接打不开，提示“页面不存在”“404 Not Found”“系统繁忙，请稍后再试”。经查，"
TOLD = "系服务器迁移所致，现已修复。今后将加强巡检，确保网站稳定运行，欢迎广大群众继续监督，谢谢大家的理解与支持。"
ORDINARY = {
    "an article about errors": framed(f"<h1>关于部分页面不存在问题的说明</h1><p>{PARAGRAPH}{TOLD * 3}</p>"),
    "a short one with its date": framed(f"<h1>说明</h1><div>发布时间：2016-05-03</div><p>{PARAGRAPH}</p>"),
    "a short one with its META": page(f"<p>{PARAGRAPH}</p>", head='<meta name="PubDate" content="2016-05-03">'),
    "a search without a hit": framed("<p>搜索结果：很抱歉，没有找到您要搜索的“低保”，请换关键词。</p>", "站内搜索"),
    "an empty column": framed("<p>暂无内容</p>"),
    "a policy no longer in force": framed("<h1>大河镇人民政府文件</h1><p>该文件已失效</p><a href='a.doc'>a.doc</a>"),
    "a title with a number": framed("<p>详见附件</p>", "500 余名群众参加义诊"),
    "another": page("<p>详见附件</p>", "404号文件精神传达学习"),
    "a picture alone": page('<img src="/scan.jpg">'),
    "a frameset": "<frameset rows='80,*'><frame src='top.asp'><frame src='main.asp'></frameset>",
    "a page that a script makes": page('<div id="app"></div><noscript>请启用JavaScript以查看本页</noscript>'),
    "a letter box": page("<form>姓名<input> 电话<input> 内容<textarea></textarea> 请输入验证码<input></form>"),
    "a log-in box in the frame": framed('<form>用户名<input> 密码<input type="password"></form><p>' + TOLD + "</p>"),
    "a page behind a firewall that asks nothing": page(
        f"<script>$_ts=window['$_ts'];</script><h1>通知</h1><p>{TOLD * 10}</p>"
    ),
    "an article about firewalls": framed(f"<h1>关于安装网站防火墙的通知</h1><p>日期：2016-05-03 {TOLD}</p>"),
    "a language choice": page("<script>document.cookie='lang=zh';location.href='/zh/'</script>"),
    "a greeting": "<script>alert('欢迎光临');location.href='main.asp'</script>",
    "a warning above a whole article": "<b>Warning</b>: mysql_close() in <b>/a.php</b> on line <b>3</b>"
    + framed(f"<h1>通知</h1><p>{TOLD * 6}</p>"),
    "a counter with a cookie": framed(f"<script>document.cookie='n=1'</script><p>{TOLD}</p>"),
    "nothing": "",
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_pages_are_left_alone(name: str) -> None:
    assert recognise(ORDINARY[name]) is None


def test_text_links_and_imprint_are_told_apart() -> None:
    found = shown("<title> 大河 镇 </title><!-- a > b --><p>正&nbsp;文</p><a href=x>链接</a>"
                  "<script>var a='<b>'</script><select><option>友情链接</select>版权所有 大河镇")  # fmt: skip
    assert (found.title, found.plain, found.linked, found.links) == ("大河 镇", "正文版权所有大河镇", 2, 1)
    assert found.message == "正文"


@pytest.mark.parametrize(
    "hostile",
    ["<" * MAX_SOURCE, "<script>" * 30_000, "<a " * 90_000, "<!--" * 60_000, "warning" + " " * 290_000,
     "<title>" * 40_000, "<select>" * 30_000, "alert(" * 40_000, "您访问的" * 60_000, "&#" * 140_000],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_no_page_takes_long(hostile: str) -> None:
    recognise(hostile)  # what is quadratic would take minutes here


def test_real_pages(corpus: Path) -> None:
    """No real article is taken for an error, and the two of truth.jsonl that are none are recognised."""
    truth = [json.loads(line) for line in (corpus / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in truth:
        sign = recognise(decode((corpus / row["path"]).read_bytes()).text)
        assert (sign is None) == (row["title"] is not None), (row["path"], sign)
    wrong = {}
    with (corpus / "index.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["kind"] not in ("article", "list", "home") or not row["local_path"].endswith(
                ("htm", "html", "aspx")
            ):
                continue
            source = decode((corpus / row["local_path"]).read_bytes()).text
            if sign := recognise(source):
                wrong[row["local_path"]] = sign
    # Five pages of one province were saved while its server was down.
    assert len(wrong) == 5 and {sign.what for sign in wrong.values()} == {"502"}, wrong
