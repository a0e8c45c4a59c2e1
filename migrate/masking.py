"""Letters to the government without who wrote them: names and numbers are masked before they enter the portal.

Domain rules §8 (mailbox): personal data never into public fields, names and numbers inside the text masked. A name is
known by what stands before it (来信人：…, 我叫…) or after it (…先生); then it is masked wherever it stands.
"""

import re
from collections.abc import Iterable

_HAN = r"[\u4e00-\u9fff·]"
_GAP = r"(?:\s|\u3000|&nbsp;|<[^>]*>)*"
_NAMED = re.compile(
    rf"(?:姓{_GAP}名|来信人|写信人|留言人|咨询人|投诉人|提问人|反映人|举报人|来信者|网友姓名|信件作者)"
    rf"{_GAP}[：:]{_GAP}({_HAN}{{2,4}})(?!{_HAN})"
)
_SURNAME = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤]"
)
_CALLED = re.compile(
    rf"(?:(?:我|本人)(?:的名字)?[叫是]|联系人{_GAP}[：:]|申请人{_GAP}[：:]){_GAP}({_SURNAME}{_HAN}{{1,2}})(?=[，,。.；;、（(\s<]|$)"
)
"""Where other things may stand as well, a name begins with one of the hundred surnames."""
_ADDRESSED = re.compile(rf"(?:^|[>\n。：:，,]|尊敬的)\s*({_HAN}{{1,3}})(?:先生|女士|同志|小姐)(?!们)")
_NO_NAME = re.compile(r"[民友众您你人员长镇村县乡市区局委]|^(?:各位|这位|那位|该|女|男|我|他|她|居|业主|领导)")
_NUMBER = re.compile(
    r"(?<![\dA-Za-z*-])(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\d(?:[ -]?\d){13,17}[ -]?[\dXx])(?![\dA-Za-z*])"
)
"""A mobile number, or what is as long as an identity number or a card; an office's telephone number is neither."""
_TAG = re.compile(r"(<[^>]*>)")


def is_signed(text: str) -> bool:
    """Say whether a text tells by a label who wrote it (来信人：…), as letters to the government do."""
    return _NAMED.search(text) is not None


def names_in(texts: Iterable[str]) -> set[str]:
    """Return the names of persons that letters say; of a single letter (张先生) the surname is public enough."""
    found: set[str] = set()
    for text in texts:
        for pattern in (_NAMED, _CALLED, _ADDRESSED):
            found.update(pattern.findall(text))
    return {name for name in found if len(name) > 1 and not _NO_NAME.search(name)}


def masked(text: str, names: Iterable[str] = ()) -> str:
    """Return a text or markup with these names and all long numbers masked; tags stay as they are."""
    parts = _TAG.split(text)
    parts[::2] = (_masked_text(part, names) for part in parts[::2])
    return "".join(parts)


def _masked_text(text: str, names: Iterable[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, name[0] + "*" * (len(name) - 1))
    return _NUMBER.sub(lambda found: _masked_number(found[0]), text)


def _masked_number(number: str) -> str:
    hidden = set([place for place, character in enumerate(number) if character not in " -"][3:-2])
    return "".join("*" if place in hidden else character for place, character in enumerate(number))
