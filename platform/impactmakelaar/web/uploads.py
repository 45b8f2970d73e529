"""How what is sent is read: uploads in memory, and parts without a name not at all.

A sealed quote must not lie readable in a temporary file on the disk.

``MAX_CONTENT_LENGTH`` bounds how much one request can hold.
"""

import io
from typing import IO

from flask import Flask, Request


class MemoryRequest(Request):
    """A request whose uploaded files are never written to the disk by the parser."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return io.BytesIO()

    def _load_form_data(self) -> None:
        """Without the parts that have no name: no form sends them, and nothing can read them."""
        if "form" in self.__dict__:
            return
        super()._load_form_data()
        for values in ("form", "files"):
            found = self.__dict__[values]
            if None in found:
                named = [(key, one) for key, one in found.items(multi=True) if key is not None]
                self.__dict__[values] = type(found)(named)


def init_app(app: Flask) -> None:
    """Use it for every request."""
    app.request_class = MemoryRequest
