"""Marks that a government site must carry (domain rules, site marks): read from a page's source and text."""

import re

_SITE_CODE = re.compile(r"(?:网站)?标识码[^\da-z]{0,10}((?:bm)?\d{8,12})", re.IGNORECASE)
_META_CODE = re.compile(r"(?:bm\d{8}|\d{10,12})")
_ICP = re.compile(r"[\u4e00-\u9fa5]ICP[备证]\s?\d{6,8}号?(?:-\d+)?", re.IGNORECASE)
_POLICE = re.compile(r"[\u4e00-\u9fa5]公网安备\s?\d{12,14}号?")
_CONAC = re.compile(r"bszs\.conac\.cn/sitename\?method=show&(?:amp;)?id=([0-9A-F]{32})", re.IGNORECASE)
_CONAC_SCRIPT = re.compile(r"dcs\.conac\.cn/js/|id=[\"']?(?:imgConac|_ideConac)", re.IGNORECASE)
_UNIT = re.compile(r"主\s*办(?:\s*单\s*位)?\s*[：:]\s*([\u4e00-\u9fa5（）()]{4,30})")
_NEXT_LABEL = re.compile(r"(?:承办|协办|技术支持|维护|地址|联系|电话|版权|网站|备案).*")


def read_marks(source: str, text: str, meta_code: str = "") -> dict[str, str]:
    """Return the marks that a page shows: `site_code`, `icp`, `police`, `conac`, `unit`; those that it has.

    `conac` is the sign's id, or `script` where only its script is there.
    """
    found: dict[str, str] = {}
    code = _META_CODE.fullmatch(meta_code.strip().lower())
    shown = _SITE_CODE.search(text)
    if code or shown:
        found["site_code"] = code[0] if code else shown[1].lower() if shown else ""
    for name, pattern in (("icp", _ICP), ("police", _POLICE)):
        if match := pattern.search(text):
            found[name] = match[0]
    if sign := _CONAC.search(source):
        found["conac"] = sign[1].upper()
    elif _CONAC_SCRIPT.search(source):
        found["conac"] = "script"
    if unit := _UNIT.search(text):
        name = _NEXT_LABEL.sub("", unit[1]).strip("（()")
        if name:
            found["unit"] = name
    return found
