"""What the documents call things: the words of the design, in Chinese, as offices read them."""

from datetime import date

from migrate.records import BUILT_IN

OUTCOMES = {
    "move": "迁入",
    "redirect": "并入",
    "archive": "归档",
    "gone": "下线",
    "undecided": "待定",
    "failed": "未取得",
}
KINDS = {
    "home": "首页",
    "list": "列表",
    "article": "文章",
    "attachment": "附件",
    "image": "图片",
    "other": "其他",
}
LEVELS = {"error": "错误", "warning": "警告", "note": "提示"}
CAPTURES = {"full": "全量", "delta": "增量"}
CHECKS = {
    "balance": "网址平衡",
    "redirects": "旧网址跳转",
    "links": "链接",
    "content": "内容一致性",
}
CHECK_UNITS = {"balance": "个网址", "redirects": "个旧网址", "links": "个页面", "content": "篇文章"}
STAGES = {
    "survey": "摸底",
    "harvest": "采集",
    "extract": "提取",
    "files": "附件",
    "map": "映射",
    "mapping": "映射",
    "preflight": "迁入前检查",
    "import": "导入",
    "policy": "政策转载",
} | {f"check.{name}": f"检查：{title}" for name, title in CHECKS.items()}
HELD = {
    "identity-number": "含身份证号码",
    "bank-card": "含银行卡号",
    "mobile-numbers": "含多个手机号码",
    "personal-data-in-file": "附件含个人信息",
    "unscreened": "未能自动审查（页面过大或无法读取）",
    "injected-link": "含被植入的链接",
    "injected-script": "含被植入的脚本",
}


def rule(name: str) -> str:
    """Return a rule's name for people."""
    return "（内置）" if name == BUILT_IN else name


def held(reasons: tuple[str, ...]) -> str:
    """Return why an entry is held, in words; an unknown reason is shown as it is."""
    return "、".join(HELD.get(reason, reason) for reason in reasons)


def chinese_date(day: date) -> str:
    """Return a date as documents write it: 2026年11月5日."""
    return f"{day.year}年{day.month}月{day.day}日"
