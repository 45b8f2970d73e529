"""Markdown of an editor or a colleague as HTML that can do no harm."""

import nh3
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
BOX = '<div class="im-tablewrap" role="region" aria-label="Tabel" tabindex="0">'
TAGS = {
    *("p", "br", "strong", "em", "a", "ul", "ol", "li", "h3", "h4", "blockquote", "code"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def safe_html(markdown: str) -> str:
    """HTML of a Markdown text: no scripts, images, styles or addresses but http(s) and our own."""
    html: str = nh3.clean(
        MARKDOWN.render(markdown),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    # A wide table scrolls in its own box, so that a small screen does not.
    return html.replace("<table>", f'{BOX}<table class="im-table">').replace(
        "</table>", "</table></div>"
    )


def plain_text(markdown: str) -> str:
    """The words alone, for the search index."""
    return " ".join(nh3.clean(MARKDOWN.render(markdown), tags=set()).split())
