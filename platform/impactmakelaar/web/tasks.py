"""What waits for the reader: features name what they know of, "mijn bureau" shows it together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Task:
    """One thing to do: where, in a few words, until when (``note``), and whether it is late."""

    text: str
    url: str
    tag: str
    note: str = ""
    late: bool = False
    is_example: bool = False


Provider = Callable[[date], list[Task]]
"""The tasks of one feature for the present reader on a day; an empty list for who has none."""

_providers: list[Provider] = []


def add(*providers: Provider) -> None:
    """Features name their providers when the application is made; they show in this order."""
    for provider in providers:
        if provider not in _providers:
            _providers.append(provider)


def waiting(today: date) -> list[Task]:
    """Everything that waits for the present reader: what is late first, else in order."""
    found = [task for provider in _providers for task in provider(today)]
    return sorted(found, key=lambda task: not task.late)
