"""The words of injected links: gambling, loans without questions, pornography, forged papers, however spelt."""

import re
import unicodedata
from functools import lru_cache

_VARIANTS = str.maketrans(
    "賭場愽慱搏娛樂網臺颱視頻電遊戲開戶註冊會員貸無發證體訂國際銀現彈錢龍門馬陽時億極線聯訊碼獎購虛擬裝藥紙獄級滿幣遲買賣號槍",
    "赌场博博博娱乐网台台视频电游戏开户注册会员贷无发证体订国际银现弹钱龙门马阳时亿极线联讯码奖购虚拟装药纸狱级满币迟买卖号枪",
)
"""Traditional characters and look-alikes of the words below."""

# Words that offices write themselves (彩票, 赌博, 办证, 小额贷款) are not among them: they stand in honest links.
# Each begins with a letter of its own: what has none of them is passed over at once.
_WORDS = re.compile(
    "博彩|菠菜(?:网|平台|导航|公司)|赌场|赌博(?:网站|平台|游戏)|线上赌|在线赌|彩票(?:平台|网|投注|开户|计划|代理)|时时彩|分分彩|"
    "六合彩|六合(?:资料|开奖|图库)|香港马会|特码|百家乐|老虎机|娱乐(?:城|平台|官网)|真人(?:娱乐|荷官|视讯)|棋牌(?:平台|游戏|官网)|"
    "澳门(?:金沙|银河|威尼斯|新葡京|葡京|永利|美高梅)|威尼斯人|葡京|太阳城|金沙娱乐|永利(?:娱乐|高|皇宫)|皇冠(?:体育|现金|网|足球|比分)|"
    "现金网|足球投注|体育投注|网上投注|投注(?:平台|网|站)|买球|赌球|滚球|外围投注|北京赛车|幸运飞艇|极速赛车|pk10|快(?:三|3)(?:平台|计划|投注)|"
    "电子游艺|mg(?:电子|真人|视讯|平台)|pg(?:电子|真人|视讯|平台)|ag(?:电子|真人|视讯|平台)|"
    "亚博|乐鱼体育|开云体育|华体会|捕鱼(?:平台|游戏)|炸金花|百人牛牛|"
    "bet365|casino|betting|sportsbook|judionline|togel|slotgacor|pokeronline|"
    "网上贷款|无抵押贷款|私人贷款|黑户贷款|秒批贷款|不看征信|信用卡(?:套现|代还)|"
    "成人(?:视频|电影|网|小说|影院|论坛)|黄色(?:网站|电影|视频|小说)|色情(?:网|片|电影|视频)|情色|av在线|毛片|三级片|激情(?:视频|小说)|无码|"
    "一夜情|裸聊|约炮|援交|porn|viagra|cialis|"
    "代开发票|刻章办证|办证刻章|办假证|假文凭|替考|代考|枪手代|传奇私服|私服|外挂|迷药|催情|代孕"
)
_HONEST = re.compile(
    "打击|严打|查处|破获|侦破|整治|警|公安|派出所|检察|法院|法庭|禁止|禁赌|抵制|防范|防止|预防|谨防|举报|拒绝|远离|揭秘|揭露|骗|诈|判|抓|拘|"
    "通报|处罚|处分|清理|取缔|涉赌|涉黄|涉嫌|涉案|案件|案例|[大要特团]案|反赌|危害|条例|办法|监管|专项|曝光|违法|违规|非法|犯罪|违纪|扫黄|净网|"
    "博彩案|赌博案|销售管理|体育总局|民政|严禁|杜绝|治理|管理局|黑灰产|作弊"
)
"""Who writes so speaks of it: a police report is no advertisement."""
_PERHAPS = re.compile(
    "娱乐|棋牌|电玩|彩票|博彩|赌|投注|下注|赔率|盘口|开奖|足彩|竞彩|六合|百家|真人|视讯|荷官|老虎机|金沙|葡京|新濠|"
    "贷款|借款|借贷|网贷|套现|放款|私服|外挂|成人|情色|激情|偷拍|裸|一夜|同城约|"
    "壮阳|伟哥|万艾可|希爱力|性药|延时|神油|催情|丰胸|减肥药|阳痿|早泄|包皮|"
    "casino|poker|slots|gambl|payday|loans|viagra|porn|xxx"
)
"""Words of the trade that honest links have as well: many of them beside each other, to many hosts, are a farm."""
_ORDINARY = re.compile(
    "公司|银行|公积金|助学|学生|生源地|农户|创业|惠农|扶贫|贴息|担保|指南|查询|政策|新闻|频道|电视|电影|文化|场所|协会|学会|"
    "中心|体彩|福彩|福利|体育彩票|利率|征信|保险|行业|规定|通知|公告|服务"
)
"""Who links to such things honestly."""
_LURES = re.compile(
    "官网|官方|平台|网址|登录|登陆|注册|开户|下载|app|投注|入口|客户端|充值|开奖|代理|送彩金|直播|大全|网站|免费|在线|赔率"
)
_HOST = re.compile(
    r"(?:^|[.-])(?:bet\d+|\d+bet|\w*casino\w*|\w*porn\w*|\w*bocai\w*|\w*shishicai\w*|\w*liuhecai\w*|\w*baijiale\w*|"
    r"\w*yulecheng\w*|\w*dubo\w*|\w*qipai\w*|\w*aomen\w*|\w*pujing\w*|\w*caipiao\w*|\w*touzhu\w*|yabo\w*|xpj\d*|"
    r"ag\d{2,}|js\d{3,}|hg\d{3,}|\d*vns\d*|pk10\w*)(?=[.-])"
)
_TEXT = 60
"""Characters of a link's text: longer ones are headlines."""
_NAME = 16
"""Characters of what a link farm calls its sites."""
_LONGEST = 500
"""Characters of a title or META tag that is remembered."""


class _Folded(dict[int, str]):
    """Code of a character → what it is for words: itself or its usual form, or nothing."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        found = "".join(filter(str.isalnum, plain)).translate(_VARIANTS)
        if code < _COMMON:
            self[code] = found
        return found


_COMMON = 0x10000
"""Characters from here on are rare: a page made of them shall not fill the memory."""
_FOLDED = _Folded()


def folded(text: str) -> str:
    """Return a text as its words are looked for: no blanks, points or invisible characters, one width, one script."""
    return text.translate(_FOLDED)


def bad_words(text: str) -> set[str]:
    """Return the words of the trade in a text; none where it is somebody's report about it."""
    found = set(_WORDS.findall(plain := folded(text)))
    return found if found and not _HONEST.search(plain) else set()


def is_bad_link(text: str, host: str) -> bool:
    """Say whether a link to a foreign host advertises: by its text, or by the name of its host."""
    if _HOST.search(host):
        return True
    return 0 < len(text) <= 2 * _TEXT and len(folded(text)) <= _TEXT and bool(bad_words(text))


def may_be_bad_link(text: str) -> bool:
    """Say whether a link to a foreign host would be an advertisement beside others like it: 网上娱乐, 贷款."""
    if not 0 < len(text) <= 4 * _NAME or len(plain := folded(text)) > _NAME:
        return False
    return bool(_PERHAPS.search(plain)) and not _ORDINARY.search(plain) and not _HONEST.search(plain)


def advertised(text: str) -> frozenset[str]:
    """Return the words for which a title or META tag was overwritten: two of them, or one and a lure (官网, 平台)."""
    return _known_advertised(text) if len(text) <= _LONGEST else _advertised(text)


@lru_cache(maxsize=1024)  # keywords and descriptions are the same on most pages of a site
def _known_advertised(text: str) -> frozenset[str]:
    return _advertised(text)


def _advertised(text: str) -> frozenset[str]:
    words = bad_words(text)
    return frozenset(words if len(words) > 1 or (words and _LURES.search(folded(text))) else ())
