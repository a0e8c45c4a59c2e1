"""Old sites are hostile input: the one list of markup that may leave them. For extracted bodies and archived copies.

Scripts, styles, event handlers, forms, frames, `javascript:` and `data:` addresses can't pass. Tables keep their spans,
images their alternative text, lists and headings their structure.
"""

import nh3

TAGS = frozenset(
    "a abbr b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure "
    "font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub sup table tbody "
    "td tfoot th thead tr tt u ul var video audio source".split()
)
ATTRIBUTES = {
    "a": {"href", "title", "name", "id"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type"},
    "p": {"align"},
    "div": {"align"},
    "video": {"src", "controls", "poster"},
    "audio": {"src", "controls"},
    "source": {"src", "type"},
}
SCHEMES = {"http", "https", "mailto", "tel"}


def clean_html(html: str, *, tags: frozenset[str] = TAGS) -> str:
    """Return HTML with nothing but the allowed tags, attributes and schemes; script and style go with their content."""
    return nh3.clean(
        html,
        tags=set(tags),
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        clean_content_tags={"script", "style", "title", "noscript", "iframe", "object", "embed", "form", "template"},
        link_rel=None,
        strip_comments=True,
    )
