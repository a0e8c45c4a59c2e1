"""Injected links and scripts: every trick is found, cut and counted; honest links to other sites stay."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from migrate.encoding import decode
from migrate.injection import Injected, Origin, cut_injected
from migrate.injection.hiding import Hidden, of_style
from migrate.injection.words import advertised, bad_words, folded, is_bad_link
from migrate.sanitise import flattened

HOME = "http://www.dahe.example.gov.cn/"
ORIGIN = Origin(HOME, HOME, lambda host: host in ("www.dahe.example.gov.cn", "dahe.example.gov.cn"))
FARM = "".join(f'<a href="http://s{n}.example.com/">游玩{n}</a>' for n in range(4))
TEXT = "<p>大河镇开展人居环境整治，清理垃圾二十吨，拆除旱厕十二座，群众拍手称快。</p>"


def cut(body: str, head: str = "<title>大河镇</title>") -> tuple[Injected, str]:
    """Return what was cut out of a page, and the page that is left."""
    html = f"<html><head>{head}</head><body>{TEXT}{body}{TEXT}</body></html>"
    tree = LexborHTMLParser(html)
    return cut_injected(tree, ORIGIN), tree.html or ""


@pytest.mark.parametrize(
    "block",
    [
        "<div style='display:none'>{}</div>",
        "<div style='DISPLAY : NONE !important'>{}</div>",
        "<div style='dis/**/play:none'>{}</div>",
        r"<div style='d\69 splay:none'>{}</div>",
        "<div style='display&#58;none'>{}</div>",
        "<span style=display:none>{}</span>",
        "<u style='visibility:hidden'>{}</u>",
        "<div hidden>{}</div>",
        "<div style='font-size:0px'>{}</div>",
        "<div style='font-size:1px;line-height:0'>{}</div>",
        "<div style='height:0;overflow:hidden'>{}</div>",
        "<div style='width:1px;height:1px;overflow:hidden'>{}</div>",
        "<div style='max-height:0;overflow-y:hidden'>{}</div>",
        "<div style='opacity:0'>{}</div>",
        "<div style='filter:alpha(opacity=0)'>{}</div>",
        "<div style='position:absolute;top:-999px'>{}</div>",
        "<div style='position:absolute; left : -9999px;'>{}</div>",
        "<div style='position:fixed;left:-100em'>{}</div>",
        "<div style='margin-left:-2000px'>{}</div>",
        "<div style='margin:0 0 0 -5000px'>{}</div>",
        "<div style='position:absolute;left:10000px'>{}</div>",
        "<div style='text-indent:-9999px'>{}</div>",
        "<div style='transform:translateX(-9999px)'>{}</div>",
        "<div style='transform:scale(0)'>{}</div>",
        "<div style='position:absolute;clip:rect(0,0,0,0)'>{}</div>",
        "<div style='position:absolute;z-index:-1'>{}</div>",
        "<marquee height=0>{}</marquee>",
        "<marquee width='1' height='4' scrollamount=5000>{}</marquee>",
        "<marquee style='height:0;overflow:hidden'>{}</marquee>",
        "<div style='color:#fff;background:#ffffff'>{}</div>",
        "<div style='background-color:white'><font color='#FFFFFF'>{}</font></div>",
        "<table bgcolor='#FFFFFF'><tr><td style='color:rgb(255,255,255)'>{}</td></tr></table>",
        "<table height=0><tr><td>{}</td></tr></table>",
        "<noscript>{}</noscript>",
        "<style>.q{{position:absolute;left:-3000px}}</style><div class=q>{}</div>",
        "<style>#q1 a{{display:none}}</style><div id=q1>{}</div>",
        "<script>document.write('<div style=\"display:none\">')</script>{}<script>document.write('</div>')</script>",
        r"<script>document.write('\x3cdiv style=\x22position:absolute;left:-999px\x22\x3e')</script>{}"
        r"<script>document.write('\x3c/div\x3e')</script>",
        "<div id=zz>{}</div><script>document.getElementById('zz').style.display='none'</script>",
        "<div id=zz>{}</div><script>document.getElementById(\"zz\").style.textIndent='-9999px'</script>",
        "<div id=zz>{}</div><script>$('#zz').hide()</script>",
        "<script>document.write('<style>.zz{{display:none}}</style>')</script><div class=zz>{}</div>",
    ],
)  # fmt: skip
def test_hidden_links_are_cut_and_counted(block: str) -> None:
    injected, left = cut(block.format(FARM))
    assert injected.hosts == {f"s{n}.example.com": 1 for n in range(4)}
    assert "example.com" not in left and "游玩" not in left
    assert left.count("拍手称快") == 2


@pytest.mark.parametrize(
    "anchor",
    [
        "<a style='display:none' href='http://x.example.com/'>好</a>",
        "<a href='http://x.example.com/'><font style='font-size:0'>好</font></a>",
        "<a href='http://x.example.com/'><span style='display:none'>好</span></a>",
        "<a href='http:\\\\x.example.com/' hidden>好</a>",
        "<a href='&#104;ttp://x.example.com/' hidden>好</a>",
        "<a href='//x.example.com/' style='text-indent:-999px'>好</a>",
        "<map><area hidden href='http://x.example.com/'></map>",
        "<iframe src='/a.html'><a href='http://x.example.com/'>好</a></iframe>",
    ],
)
def test_a_lone_hidden_link(anchor: str) -> None:
    injected, left = cut(anchor)
    assert injected.hosts == {"x.example.com": 1}
    assert "好" not in left or "iframe" in left


@pytest.mark.parametrize(
    "honest",
    [
        "<p>来源：<a href='http://www.news.example.com/1.html'>报道</a></p>",
        "<div class=yqlj>友情链接：" + FARM + "</div>",
        "<div style='display:none'><a href='http://www.henan.gov.cn/'>省政府</a></div>",
        "<div style='display:none'><a href='http://www.people.com.cn/'>人民网</a></div>",
        "<h3>友情链接</h3><ul style='display:none'>" + FARM + "</ul>",
        "<div style='display:none' class='select_list'>" + FARM + "</div>",
        "<div style='display:none'>相关链接：" + FARM + "</div>",
        "<div style='display:none'><a href=/a/>政务公开</a><a href=/b/>办事服务</a><a href=/c/>互动交流</a>"
        "<a href='http://x.example.com/'>旧版</a></div>",
        "<div style='position:absolute;left:50%;margin-left:-500px'>" + FARM + "</div>",
        "<ul style='left:-1200px;position:absolute'><li><a href='http://x.example.com/'><img src=/1.jpg></a></li></ul>",
        "<noscript><a href='http://stat.example.com/'><img src='/c.gif'></a></noscript>",
        "<div style='height:1px'></div>" + FARM,
        "<div style='width:100px;height:10px;overflow:hidden'>" + FARM + "</div>",
        "<div style='font-size:10px;line-height:1.5em'>" + FARM + "</div>",
        "<div style='color:#fff;background:#c00'>" + FARM + "</div>",
        "<style>@media print{.q{display:none}}</style><div class=q>" + FARM + "</div>",
        "<marquee height=200 scrollamount=3>" + FARM + "</marquee>",
        "<p><a href='http://news.example.com/'>公安机关破获特大网络博彩案</a></p>",
        "<p><a href='http://news.example.com/'>福彩网</a> <a href='http://t.example.com/'>体育彩票销售管理办法</a></p>",
        "<p><a href='http://hotel.tibet.example.cn/'>西藏旅游</a></p>",
        "<script src='/js/a.js'></script><script src='http://dcs.conac.cn/js/1.js'></script>",
        "<script src='http://static.dahe.example.gov.cn/a.js'></script>",
        "<script src='http://www.daheold.example.com/a.js'></script><a href='http://www.daheold.example.com/'>旧站</a>",
        "<script>document.write(unescape(\"%3Cscript src='http://dcs.conac.cn/js/1.js'%3E%3C/script%3E\"))</script>",
        "<script>if(/Mobile/.test(navigator.userAgent)){location.href='/m/'}</script>",
        "<script>document.getElementById('zoom').style.display='none'</script>" + FARM,
        "<iframe src='http://www.weather.com.cn/x.html' width=0></iframe>",
        "<iframe src='http://video.example.com/1.html' width=600 height=400></iframe>",
    ],
)
def test_honest_links_stay(honest: str) -> None:
    before = LexborHTMLParser(f"<html><head><title>大河镇</title></head><body>{TEXT}{honest}{TEXT}</body></html>")
    injected, left = cut(honest)
    assert injected == Injected()
    assert left == before.html


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<script src='http://kb.example.net/kb.js'></script>", "http://kb.example.net/kb.js"),
        ("<script src='//kb.example.net/kb.js'></script>", "http://kb.example.net/kb.js"),
        ("<script>document.write('<script src=http://k.example.net/a.js></scr'+'ipt>')</script>",
         "http://k.example.net/a.js"),
        ("<script>document.write(unescape('%3Cscript src=%22//k.example.net/a.js%22%3E'))</script>",
         "http://k.example.net/a.js"),
        (r"<script>eval('\x64ocument.write(\'\x3cscript src=//k.example.net/a.js>\')')</script>",
         "http://k.example.net/a.js"),
        ("<script>var s=document.createElement('script');s.src='//k.example.net/a.js'</script>",
         "http://k.example.net/a.js"),
        ("<script>if(/baidu|google|sogou/.test(document.referrer)){location.href='/x'}</script>",
         "(document.referrer)"),
        ("<script>document.title='澳门金沙娱乐城'</script>", "(document.title)"),
        ("<iframe src='http://k.example.net/' width=0 height=0></iframe>", "http://k.example.net/"),
        ("<div style='display:none'><iframe src='http://k.example.net/'></iframe></div>", "http://k.example.net/"),
    ],
)  # fmt: skip
def test_foreign_scripts_and_hidden_frames(body: str, found: str) -> None:
    injected, left = cut(body)
    assert injected.scripts == [found]
    assert "<script" not in left and "<iframe" not in left


def test_links_that_a_script_writes() -> None:
    injected, _left = cut("<script>document.write('<a href=\"http://x.example.com/\">澳门金沙</a>')</script>")
    assert injected.hosts == {"x.example.com": 1} and injected.scripts == ["(document.write)"]


@pytest.mark.parametrize(
    "text",
    ["澳门金沙官网", "澳 門 金 沙", "網上賭場", "愽彩导航", "博-彩-平-台", "时时\u200b彩", "ＰＯＲＮ",
     "無抵押貸款", "代开发票", "成人視頻", "ＢＥＴ３６５"],
)  # fmt: skip
def test_words_however_they_are_spelt(text: str) -> None:
    injected, left = cut(f"<p><a href='http://x.example.com/'>{text}</a></p>")
    assert injected.hosts == {"x.example.com": 1}
    assert "x.example.com" not in left


@pytest.mark.parametrize(
    "text", ["小额贷款公司名录", "严厉打击网络赌博", "彩票公益金使用情况", "办证指南", "A片区规划图", "棋牌室管理"]
)
def test_words_that_offices_write(text: str) -> None:
    assert not is_bad_link(text, "x.example.com")


def test_a_farm_goes_as_a_whole() -> None:
    bad = "".join(
        f"<li><a href='http://b{n}.example.com/'>{word}</a></li>" for n, word in enumerate(("葡京", "百家乐", "六合彩"))
    )
    good = "<li><a href='http://other.example.com/'>绿色农业</a></li>"
    injected, left = cut(f"<ul>{bad}{good}</ul><p><a href='http://away.example.com/'>报道</a></p>")
    assert set(injected.hosts) == {"b0.example.com", "b1.example.com", "b2.example.com", "other.example.com"}
    assert "away.example.com" in left and "other.example.com" not in left


def test_of_a_hidden_page_only_the_links_go() -> None:
    own = "<p>" + "本镇各村要认真抓好落实，确保按时完成各项任务。" * 20 + "</p>"
    injected, left = cut(f"<div style='visibility:hidden'>{own}{FARM}</div>")
    assert sum(injected.hosts.values()) == 4
    assert own in left and "example.com" not in left


def test_nested_hidden_blocks_are_counted_once() -> None:
    inner = f"<div style='position:absolute;left:-999px'>{FARM}<div style='display:none'>{FARM}</div></div>"
    injected, left = cut(f"<div style='display:none'>{inner}<a href='http://t.example.com/'>好</a></div>")
    assert sum(injected.hosts.values()) == 9
    assert "example.com" not in left


def test_hidden_words_without_links_go() -> None:
    _injected, left = cut(
        "<div style='display:none'>博彩 真人娱乐 澳门金沙</div><div style='display:none'>请输入</div>"
    )
    assert "澳门" not in left and "请输入" in left


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("<title>澳门金沙官网_真人娱乐</title>", ["title"]),
        ("<title>&#28595;&#38376;&#37329;&#27801;&#23448;&#32593;</title>", ["title"]),
        ("<title>大河镇</title><meta name=Keywords content='博彩,百家乐'>", ["keywords"]),
        ("<title>大河镇</title><meta name=description content='六合彩开奖直播'>", ["description"]),
        ("<title>严厉打击网络博彩平台</title>", []),
        ("<title>大河镇彩票公益金使用情况</title>", []),
        ("<title>大河镇</title><meta name=keywords content='大河镇,政务公开'>", []),
    ],
)
def test_overwritten_head(head: str, names: list[str]) -> None:
    injected, left = cut("", head)
    assert list(injected.head) == names
    assert not any(word in folded(left) for words in injected.head.values() for word in words)


def test_a_title_that_the_page_repeats_is_its_own() -> None:
    assert cut("<h1>太阳城小区与葡京小区物业招标</h1>", "<title>太阳城小区与葡京小区物业招标</title>")[0] == Injected()


def test_words_and_styles() -> None:
    assert bad_words("我市警方破获百家乐赌博案") == set()
    assert advertised("葡京") == set() and advertised("葡京官网") == {"葡京"}
    assert of_style("font-size:1em;width:100%;line-height:1.5") is Hidden.NO
    assert of_style("left:-9999px") is Hidden.BURIED


def test_no_false_alarm_on_real_pages(corpus: Path) -> None:
    """Of all real pages, only the home pages of the mirrors were tampered with: a script, and forty links on three."""
    tampered, pages = {}, 0
    with (corpus / "index.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            path, url = row["local_path"], row["original_url"]
            if not path.endswith((".html", ".htm", ".shtml", ".aspx")):
                continue
            pages += 1
            url = url if url.startswith("http") else f"http://old.example.gov.cn/{path}"
            html = flattened(decode((corpus / path).read_bytes(), "text/html").text)
            origin = Origin(url, url, url.split("/")[2].__eq__)
            injected = cut_injected(LexborHTMLParser(html), origin)
            if injected != Injected():
                tampered[path] = injected
    assert pages > 2_400
    assert len(tampered) == 4 and all(path.endswith("/index.html") for path in tampered)
    for injected in tampered.values():
        assert len(injected.scripts) == 1 and injected.scripts[0].endswith("/kb.js") and not injected.head
    assert sorted(sum(injected.hosts.values()) for injected in tampered.values()) == [0, 40, 40, 40]


def row(names: str, item: str = "<a href='http://s{}.example.com/'>{}</a>", between: str = " ") -> str:
    return between.join(item.format(number, name) for number, name in enumerate(names.split()))


VISIBLE = " ".join(f"网上娱乐{number}" for number in range(1, 10))
MIXED = "棋牌 网贷 壮阳药 绿色农业"


@pytest.mark.parametrize("names", [VISIBLE, MIXED, "棋牌 贷款 时时彩", "成人 网上 真人 视讯"])
@pytest.mark.parametrize(
    "farm",
    [
        lambda names: f"<p>{row(names)}</p>",
        lambda names: f"<p>{row(names, between=' | ')}</p>",
        lambda names: row(names, between="<br>"),
        lambda names: f"<div>{row(names)}</div>",
        lambda names: "<ul>" + row(names, "<li><a href='http://s{}.example.com/'>{}</a></li>") + "</ul>",
        lambda names: row(names, "<p><b><a href='http://s{}.example.com/'>{}</a></b></p>\n"),
        lambda names: "<table>" + row(names, "<tr><td><a href='http://s{}.example.com/'>{}</a></td></tr>") + "</table>",
        lambda names: "<table><tr>" + row(names, "<td><a href='//s{}.example.com'>{}</a></td>") + "</tr></table>",
    ],
)
def test_a_visible_farm_goes(farm: Callable[[str], str], names: str) -> None:
    injected, left = cut(farm(names))
    assert len(injected.hosts) == len(names.split()) and set(injected.hosts.values()) == {1}
    assert "example.com" not in left and not any(name in left for name in names.split())
    assert "|" not in left and left.count("拍手称快") == 2


@pytest.mark.parametrize(
    "honest",
    [
        row("绿色农业 乡村旅游 大河特产"),
        row("娱乐 体育 财经 科技 教育"),
        row("助学贷款 银行贷款 公积金贷款 小额贷款公司"),
        row("文化娱乐场所管理 棋牌室整治 防范网贷诈骗"),
        "<p>" + row("个人贷款 企业贷款 农户借款", "<a href='http://www.bank.example.com/{}'>{}</a>") + "</p>",
        row("贷款 娱乐") + "<p>" + "各村要组织力量抢修水毁道路。" * 3 + "</p>" + row("彩票"),
        "<p>" + row("网上娱乐 棋牌 贷款", "<a href='http://s{}.henan.gov.cn/'>{}</a>") + "</p>",
    ],
)
def test_an_honest_row_stays(honest: str) -> None:
    injected, left = cut(honest)
    assert injected == Injected() and left.count("href=") == honest.count("href=")


@pytest.mark.parametrize("doctype", ["", "<!DOCTYPE html>"])
@pytest.mark.parametrize(
    "block",
    [
        "<style>.hide{{display:none}}</style><div class='&#104;ide'>{}</div>",
        "<style>DIV.Hide_x , p.y{{DISPLAY:NONE}}</style><div class='&#x48;ide_x'>{}</div>",
        "<style>#Hide-1{{display:none}}</style><div id='Hide&#45;1'>{}</div>",
        r"<style>.\68 ide{{display:none}}</style><div class=hide>{}</div>",
        r"<style>.hi\000064e{{display:none}}</style><div class=hide>{}</div>",
        "<style><!-- .hide{{display:none}} --></style><div class=hide>{}</div>",
        "<script>document.write('<STYLE>.Zz{{display:none}}</STYLE>')</script><div class='&#90;z'>{}</div>",
    ],
)
def test_names_however_they_are_spelt(block: str, doctype: str) -> None:
    html = f"{doctype}<html><head><title>大河镇</title></head><body>{TEXT}{block.format(FARM)}</body></html>"
    tree = LexborHTMLParser(html)
    assert sum(cut_injected(tree, ORIGIN).hosts.values()) == 4
    assert "example.com" not in (tree.html or "")


def test_another_case_is_another_name_in_new_pages() -> None:
    html = f"<!DOCTYPE html><title>大河镇</title><style>.Hide{{display:none}}</style><div class=hide>{FARM}</div>"
    assert cut_injected(LexborHTMLParser(html), ORIGIN) == Injected()
