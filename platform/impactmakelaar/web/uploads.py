"""Uploads stay in memory: a sealed quote must not lie readable in a temporary file on the disk.

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


def init_app(app: Flask) -> None:
    """Use it for every request."""
    app.request_class = MemoryRequest
