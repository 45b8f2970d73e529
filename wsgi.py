"""The application for a WSGI server: ``gunicorn wsgi:app``, ``flask --app wsgi``."""

import sys
from pathlib import Path

SOURCE_ROOT = str(Path(__file__).resolve().parent / "platform")
if SOURCE_ROOT not in sys.path:
    sys.path.insert(0, SOURCE_ROOT)

from impactmakelaar.app import UnsafeSettings, create_app  # noqa: E402  (the path comes first)

try:
    app = create_app()
except UnsafeSettings as error:
    sys.exit(f"impactmakelaar: {error}")
