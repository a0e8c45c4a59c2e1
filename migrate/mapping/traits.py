"""What an article is like, apart from its words: a numbered document, a question with its answer, a person."""

import re
from typing import Literal

from migrate.records import Record

Trait = Literal["document-number", "question", "person", "picture"]

_TAG = re.compile(r"<[^>]*>")
_TEXT = 4000
"""Characters of a body that are looked at."""
_SHORT = 60
"""Characters of a body below which it is its pictures or files."""
_ASKS = re.compile(
    r"(?:留言|来信|写信|信件|咨询|提问|投诉|举报|反映|诉求|问题)"
    r"(?:人|者|内容|标题|时间|日期|主题|事项|类型)?\s*[：:]"
    r"|(?:^|\n)\s*[问Q]\s*[：:]|您好[，,！!。]|你好[，,！!。]|请问|想(?:咨询|了解|问)"
)
_ANSWERS = re.compile(
    r"(?:回复|答复|办理|处理|反馈|解答|回答)(?:单位|部门|内容|时间|日期|结果|情况|意见|人)?\s*[：:]"
    r"|(?:^|\n)\s*[答A]\s*[：:]"
    r"|(?:答复|回复|解答|反馈)如下|感谢您(?:的|对)|收悉"
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴"
    "霍涂成苗谷盛曲翁冉骆蓝路游辛靳阳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤时穆农司卓古吉缪简车项连芦麦褚娄窦戚"
    "岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑"
    "迟邝"
)
_NAME = re.compile(r"[\u4e00-\u9fa5]{1,2}[\s\u3000·]*[\u4e00-\u9fa5]{1,2}")
_OFFICE = re.compile(
    r"同志|先生|女士|简历|简介|党委|副?(?:书记|[镇乡县区市局所站]长|主任|主席|部长|委员|科长|院长|校长)|[、：:，,（）()]"
)
_NO_NAME = re.compile(r"[科股所站室局队村镇乡县市区费表书会法令业院校部处委网图]$|[政党文公信通办工]")


def plain_text(record: Record) -> str:
    """Return the beginning of an article's text, paragraphs in lines."""
    return _TAG.sub("\n", record.body[: 3 * _TEXT])[:_TEXT]


def traits_of(record: Record) -> frozenset[Trait]:
    """Return what an article is like."""
    text = plain_text(record)
    short = len("".join(text.split())) < _SHORT
    found: list[Trait] = []
    if record.document_number is not None or "index_no" in record.policy_head:
        found.append("document-number")
    if _ASKS.search(text) and _ANSWERS.search(text):
        found.append("question")
    if _is_person(record.title.value if record.title else ""):
        found.append("person")
    if short and record.images:
        found.append("picture")
    return frozenset(found)


def _is_person(title: str) -> bool:
    """Say whether a title is a person's name, with an office before or after it."""
    bare = _OFFICE.sub("", title).strip()
    name = "".join(bare.split())
    if not 2 <= len(name) <= 4 or _NAME.fullmatch(bare) is None:
        return False
    return name[0] in _SURNAMES and _NO_NAME.search(name) is None
