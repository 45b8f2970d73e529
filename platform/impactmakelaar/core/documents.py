"""PDFs of our own pages. Nothing outside the text given is ever fetched, from nowhere."""

import logging
from functools import cache
from typing import Any

from impactmakelaar.core.lazily import Lazily

weasyprint: Any = Lazily("weasyprint")

logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


@cache
def _refusing() -> Any:
    """Refuses every address, files and data included, and stops the whole document."""

    class Refusing(weasyprint.urls.URLFetcher):  # type: ignore[misc,name-defined]
        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002
            raise weasyprint.urls.FatalURLFetchingError(f"a document may not refer to {url[:80]}")

    return Refusing()


def pdf(html: str, css: str = "") -> bytes:
    """The page as PDF/UA-tagged A4, styled by ``css`` and by what stands in the page itself.

    :raises FatalURLFetchingError: when the page or its style refers to anything outside.
    """
    document = weasyprint.HTML(string=html, url_fetcher=_refusing(), base_url=None)
    style = weasyprint.CSS(string=css, url_fetcher=_refusing())
    return bytes(document.write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1"))
