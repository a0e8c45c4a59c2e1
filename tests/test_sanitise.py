"""What the sanitiser lets through, looked at with another parser's eyes: nothing that acts, whatever went in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from migrate.extract.markup import tidy
from migrate.sanitise import ATTRIBUTES, DEEPEST, TAGS, clean_html, flattened

KNOWN = [
    # mutation XSS: markup that means something else once it was written out and is read again
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<svg><desc><title><![CDATA[</title><img src=x onerror=alert(1)>]]></svg>",
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<textarea><img title="</textarea><img src=x onerror=alert(1)>">',
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    '<noembed><p title="</noembed><img src=x onerror=alert(1)>">',
    '<noframes><p title="</noframes><img src=x onerror=alert(1)>">',
    "<plaintext><img src=x onerror=alert(1)>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    '<table><caption><svg><style><a title="</style><img src=x onerror=alert(1)>">',
    "<a title='`onmouseover=alert(1)//'>x</a>",
    "<listing>&lt;img src=1 onerror=alert(1)&gt;</listing>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>#x\"/>",
    "<svg><set attributeName=onmouseover to=alert(1)></svg>",
    # what acts by itself
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script >",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<p onclick=alert(1)>x",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<a href='&#106;&#97;vascript&colon;alert(1)'>x</a>",
    "<a href=' JaVaScRiPt:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data&#58;text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='blob:http://x/1'>x</a>",
    "<a href='file:///c:/'>x</a>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img src=javascript:alert(1)>",
    "<img srcset='javascript:alert(1)'>",
    "<img dynsrc=javascript:alert(1) lowsrc=javascript:alert(1)>",
    "<video poster=javascript:alert(1)></video>",
    "<video><source onerror=alert(1) src=x></video>",
    "<audio src=data:text/html,1 onloadstart=alert(1)></audio>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>x</button></form>",
    "<isindex action=x>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href='javascript:alert(1)//'>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='behavior:url(x.htc)'>x</p>",
    "<p style='-moz-binding:url(x.xml#x)'>x</p>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x</table>",
    "<xml id=x><i><![CDATA[<img src=x onerror=alert(1)>]]></i></xml>",
    "<?xml version=1?><!DOCTYPE x [<!ENTITY y 'z'>]>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--!><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<div datasrc=#x datafld=y>x</div>",
    "<img usemap=#x><map name=x><area href=javascript:alert(1)></map>",
    "<a href=x target=_blank ping=javascript:alert(1)>x</a>",
    "<a name=x id=__proto__>x</a>",
    "<p is=x-y slot=z>x</p>",
    "<template><script>alert(1)</script></template>",
    "<slot onslotchange=alert(1)>",
    "<dialog open onclose=alert(1)>",
    "<img src=x alt='\"><script>alert(1)</script>'>",
    '<a title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">x</a>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\x00<scr\x00ipt>alert(1)</script>",
]

_SCHEME = re.compile(r"^[\x00-\x20]*([a-z][a-z0-9+.\-\t\r\n]*):", re.IGNORECASE)
_ADDRESSES = {"href", "src", "poster"}


def acts(html: str) -> list[str]:
    """Return what a browser would do with the HTML besides showing it."""
    found = []
    for scripting in (
        html,
        f"<body><div>{html}</div>",
        f"<table><tr><td>{html}",
        f"<svg>{html}",
        f"<math><mtext>{html}",
    ):
        tree = LexborHTMLParser(scripting)
        body = tree.body
        assert body is not None
        wrappers = {"html", "head", "body", "div", "table", "tbody", "tr", "td", "svg", "math", "mtext"}
        for node in tree.css("*"):
            if node.tag not in TAGS and node.tag not in wrappers:
                found.append(f"<{node.tag}>")
            for name, value in node.attributes.items():
                if name not in ATTRIBUTES.get(node.tag or "", set()) | ATTRIBUTES["*"]:
                    found.append(f"{node.tag} {name}")
                scheme = _SCHEME.match(value or "") if name in _ADDRESSES else None
                if scheme and re.sub(r"\s", "", scheme[1]).lower() not in ("http", "https", "mailto", "tel"):
                    found.append(f"{name}={value}")
    return found


@pytest.mark.parametrize("payload", KNOWN, ids=range(len(KNOWN)))
def test_known_attacks_come_to_nothing(payload: str) -> None:
    for html in (payload, f"<p>字{payload}字</p>", f"<table><tr><td>{payload}</td></tr></table>"):
        cleaned = clean_html(html)
        assert acts(cleaned) == []
        assert clean_html(cleaned) == cleaned
        assert acts(tidy(cleaned)) == []


_TAGS = st.sampled_from(
    "a p div span table tr td img b svg math mtext mglyph malignmark annotation-xml desc foreignObject title style "
    "script noscript iframe textarea xmp noembed noframes plaintext template select option form input object embed "
    "video source base meta link body html head frameset li dl font h1 pre listing image isindex marquee button".split()
)
_ATTRIBUTES = st.sampled_from(
    "href src style onclick onerror onload title alt xlink:href srcdoc action formaction background poster http-equiv "
    "content id name class colspan encoding is".split()
)
_VALUES = st.one_of(
    st.sampled_from(
        [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "&#106;avascript:alert(1)",
            "vbscript:x",
            "data:text/html,<script>",
            "//x.example.net/",
            "http://x.example.net/",
            "width:expression(1)",
            "url(javascript:1)",
            "text/html",
            "0;url=x",
            "</style><img src=x onerror=alert(1)>",
            "--><script>alert(1)</script>",
            "</title><script>",
            "`x",
            "]]>",
        ]
    ),
    st.text(alphabet="<>\"'&=/ ax:;-\x00\n字", max_size=12),
)
_ODDMENTS = st.sampled_from(
    [
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<!",
        "</",
        "<",
        ">",
        "&lt;",
        "&#60;",
        "&quot;",
        '"',
        "'",
        "</style>",
        "</script>",
        "</title>",
        "</noscript>",
        "</math>",
        "</svg>",
        "</table>",
        "</p>",
        "<br>",
        "字",
        "\x00",
        "\u2028",
        "<?xml",
        "?>",
        "--!>",
    ]
)


@st.composite
def hostile(draw: st.DrawFn) -> str:
    """Return markup that nests what should not nest, opens what it does not close, and acts wherever it can."""
    pieces = []
    for _piece in range(draw(st.integers(1, 12))):
        if draw(st.booleans()):
            pieces.append(draw(_ODDMENTS))
            continue
        tag = draw(_TAGS)
        if draw(st.integers(0, 3)) == 0:
            pieces.append(f"</{tag}>")
            continue
        attributes = draw(
            st.lists(st.tuples(_ATTRIBUTES, _VALUES, st.sampled_from(["'{}'", '"{}"', "{}"])), max_size=3)
        )
        written = "".join(f" {name}={quotes.format(value)}" for name, value, quotes in attributes)
        pieces.append(f"<{tag}{written}{draw(st.sampled_from(['>', '/>', ' ', '']))}")
    return "".join(pieces)


@given(hostile())
def test_nothing_that_acts_leaves(html: str) -> None:
    cleaned = clean_html(html)
    assert acts(cleaned) == []
    assert clean_html(cleaned) == cleaned
    tidied = tidy(cleaned)
    assert acts(tidied) == []
    assert acts(clean_html(tidied)) == []


@given(hostile(), hostile())
def test_pieces_stay_harmless_side_by_side(first: str, second: str) -> None:
    assert acts(clean_html(first) + clean_html(second)) == []


def test_elements_that_hold_text_alone_are_not_deep() -> None:
    row = "<div><span title='a'>一</span><b>二</b></div>"
    assert flattened(row * 2 * DEEPEST) == row * 2 * DEEPEST


@pytest.mark.parametrize("opened", ["<div>", "<div title='></div>'>", '<div title="<b></div>">', "<div><b>x</b>"])
def test_no_markup_nests_deeper_than_the_limit(opened: str) -> None:
    flat = flattened(opened * 2 * DEEPEST + "end")
    assert flat.count("<div") == DEEPEST
    assert flat.endswith("end")
