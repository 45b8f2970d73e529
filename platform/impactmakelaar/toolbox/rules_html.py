"""Markdown of an editor or a colleague as HTML that can do no harm."""

import re

import nh3
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
TABLE = re.compile(r"<table>(.*?)</table>", re.DOTALL)
HEAD = re.compile(r"<th[^>]*>(.*?)</th>", re.DOTALL)
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
    return boxed(html)


def boxed(html: str) -> str:
    """Clean HTML with each table in a box of its own, named after its columns.

    A wide table scrolls in that box, by keyboard too, so that a small screen does not.
    """

    def box(found: re.Match[str]) -> str:
        heads = [
            nh3.clean(head, tags=set()).replace('"', "&quot;") for head in HEAD.findall(found[1])
        ]
        name = ", ".join(head.strip() for head in heads if head.strip())
        return (
            f'<div class="im-tablewrap" role="region" aria-label="Tabel: {name}" tabindex="0">'
            f'<table class="im-table">{found[1]}</table></div>'
        )

    return TABLE.sub(box, html)


def plain_text(markdown: str) -> str:
    """The words alone, for the search index."""
    return " ".join(nh3.clean(MARKDOWN.render(markdown), tags=set()).split())
