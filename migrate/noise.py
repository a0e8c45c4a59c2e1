"""Requests that nobody misses: robots, scanners, and the pictures, styles and scripts that pages are made of.

Two questions, so that whoever counts hits answers them in one way: is this address noise, is this visitor a robot?
The lists only grow: a line that was noise once stays noise.
"""

import re
from urllib.parse import unquote_to_bytes

_ASSETS = frozenset(
    "css js mjs map png jpg jpeg gif bmp ico svg webp cur woff woff2 ttf otf eot swf htc scss less".split()
)

_SCANNED = re.compile(
    rb"""
      /\.(?!well-known/)[a-z]                       # .env, .git, .svn, .DS_Store, .aws
    | /(?:wp-(?:login|admin|content|includes|json|config)|wordpress|xmlrpc\.php)
    | /(?:phpmyadmin|pma/|myadmin|adminer|phpinfo|phpunit)
    | /(?:web-inf|meta-inf|actuator|solr/|jenkins|struts|manager/html|invoker/|hudson|druid/|nacos|swagger)
    | /(?:boaform|hnap1|setup\.cgi|goform|owa/|autodiscover|ecp/|remote/login|_ignition|telescope|\+cscoe\+)
    | /(?:shell|cmd|webshell|backdoor|eval|eval-stdin|c99|r57|aspydrv)\.(?:asp|aspx|php|jsp|jspx)$
    | \.(?:bak|old|orig|save|swp|sql|mdb|inc|conf|config|ini|log|pem|key|env|sqlite|git)$
    | ^/(?:www|wwwroot|web|root|backup|back|site|db|database|data|html|bbs)\.(?:zip|rar|7z|gz|tar|tar\.gz|tgz)$
    | \.\./ | \.\.\\ | /etc/passwd | win\.ini | boot\.ini | /proc/self
    | <script | \bonerror\s*= | javascript: | \balert\(
    | \bunion\b.{0,40}\bselect\b | \bselect\s.{1,60}\sfrom\s | \bwaitfor\b\s+\bdelay\b | \bsleep\( | \bbenchmark\(
    | \binformation_schema\b | '\s*(?:or|and)\s+['\d] | \bxp_cmdshell\b | \bextractvalue\(
    | \$\{ | jndi: | \bthinkphp\b | invokefunction | call_user_func | base64_decode | \bwget\s | \bcurl\s
    """,
    re.VERBOSE | re.IGNORECASE,
)
_OF_THE_HOST = re.compile(
    r"/(?:robots\.txt|sitemap[^/]*\.xml(?:\.gz)?|crossdomain\.xml|ads\.txt|favicon\.ico|browserconfig\.xml"
    r"|apple-touch-icon[^/]*|\.well-known/.*|shangyi-no-such-page.*)",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    # our own harvest and checks first. Anybody may call himself so: then his own hits don't count, and that is all.
    r"\bshangyi/|"
    r"(?<!cu)bot(?:\b|[/;_-])|spider|crawl|slurp|scan|archiver|feedfetcher|mediapartners|facebookexternalhit|preview"
    r"|curl|wget|python|java/|okhttp|go-http|libwww|lwp|perl|ruby|php/|httpclient|http_request|aiohttp|scrapy|axios|node-fetch|undici"
    r"|nmap|nikto|sqlmap|masscan|zgrab|nessus|openvas|acunetix|awvs|appscan|webinspect|dirbuster|gobuster|ffuf|burp"
    r"|headless|phantomjs|selenium|puppeteer|playwright|monitor|uptime|pingdom|check_http|nagios|zabbix|healthcheck"
    r"|httrack|teleport|webzip|offline|link ?check|validator|yisou|sogou web|360spider|haosou|baiduspider|bytespider",
    re.IGNORECASE,
)
LONGEST_AGENT = 1_000
"""Characters of a user agent that are looked at."""


def is_noise(url: str) -> bool:
    """Say whether an address, canonical or as logged, is one that scanners try or that pages are made of."""
    absolute = url.startswith(("http://", "https://"))
    path = "/" + url.split("/", 3)[3] if absolute and url.count("/") > 2 else url
    bare = path.partition("?")[0]
    if _OF_THE_HOST.fullmatch(bare):
        return True
    name = bare.rsplit("/", 1)[-1]
    _stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in _ASSETS:
        return True
    raw = path.encode("utf-8", "surrogateescape")
    return _SCANNED.search(raw) is not None or _SCANNED.search(unquote_to_bytes(raw.replace(b"+", b" "))) is not None


def is_robot(agent: str) -> bool:
    """Say whether a user agent is no person's browser. Empty and `-` are none; so is what is too short to be one."""
    agent = agent[:LONGEST_AGENT].strip()
    return len(agent) < 8 or _ROBOT.search(agent) is not None
