"""Libraries that one page in a thousand needs, loaded at their first use.

Every process that answers would carry them from its start: WeasyPrint alone costs 31 MB and half
a second, and a reader that only searches never touches it.
"""

import importlib
from typing import Any


class Lazily:
    """Stands for a module: ``weasyprint = Lazily("weasyprint")``; the first attribute loads it.

    The import system's own lock makes that safe from several threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """What the module has under this name.

        :raises ImportError: when the module is not there.
        """
        return getattr(importlib.import_module(self._name), attribute)
