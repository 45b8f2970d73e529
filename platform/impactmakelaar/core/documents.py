"""PDFs of our own pages. Nothing outside the text given is ever fetched, from nowhere."""

import logging
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher

logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


class Refusing(URLFetcher):
    """Refuses every address, files and data included, and stops the whole document."""

    def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002
        """Never fetch."""
        raise FatalURLFetchingError(f"a document may not refer to {url[:80]}")


def pdf(html: str, css: str = "") -> bytes:
    """The page as PDF/UA-tagged A4, styled by ``css`` and by what stands in the page itself.

    :raises FatalURLFetchingError: when the page or its style refers to anything outside.
    """
    fetcher = Refusing()
    document = HTML(string=html, url_fetcher=fetcher, base_url=None)
    style = CSS(string=css, url_fetcher=fetcher)
    return bytes(document.write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1"))
