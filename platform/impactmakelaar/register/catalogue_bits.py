"""Sets of enterprises as bits, 64 to a number: all filters together and all counts in one go.

A set of enterprises is a row of ``words`` numbers. What is said of activities has a row for each
*layer*: layer 0 holds everybody's first activity, layer 1 the second, and so on. In that way "one
activity that fits all of it" is: filter by filter within the layers, then the layers joined; and
an enterprise with two fitting activities counts once.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

WORD = 64


def pack(mask: Mask) -> Bits:
    """A set from truth values; the last axis runs over enterprises."""
    found = np.packbits(mask, axis=-1)
    short = -found.shape[-1] % (WORD // 8)
    if short:
        found = np.pad(found, [(0, 0)] * (found.ndim - 1) + [(0, short)])
    return found.view(np.uint64)


def unpack(bits: Bits, size: int) -> Mask:
    """The truth values of one set of ``size`` enterprises."""
    return np.unpackbits(bits.view(np.uint8), count=size).view(np.bool_)


def everybody(size: int) -> Bits:
    """The set of all."""
    return pack(np.ones(size, np.bool_))


def joined(layers: Bits) -> Bits:
    """Who has an activity in any layer."""
    return np.asarray(np.bitwise_or.reduce(layers, axis=0), np.uint64)


def all_of(bits: Bits, more: Iterable[Bits]) -> Bits:
    """Who, or which activity, is in every one of these sets."""
    for other in more:
        bits = bits & other
    return bits


class Codes:
    """The sets of one facet: who has which code."""

    def __init__(
        self, names: Sequence[str], rows: Ints, codes: Ints, size: int, layers: Ints | None = None
    ) -> None:
        """``rows`` has the place of an enterprise per code; ``layers`` is given for activities."""
        self.names = list(names)
        depth = 1 if layers is None or not len(layers) else int(layers.max()) + 1
        packed = []
        for number in range(depth):
            here = slice(None) if layers is None else layers == number
            truth = np.zeros((len(self.names), size), np.bool_)
            truth[codes[here], rows[here]] = True
            packed.append(pack(truth))
        self.layers = np.stack(packed)
        """(layers, codes, words)."""
        self.whole = joined(self.layers)
        """(codes, words): whatever the activity."""

    def count(self, who: Bits) -> dict[str, int]:
        """How many of these enterprises have each code; what nobody has is left out."""
        return self._named(self.whole & who)

    def count_fitting(self, activities: Bits) -> dict[str, int]:
        """How many enterprises have a code in one of these activities, given per layer."""
        depth = len(self.layers)
        return self._named(joined(self.layers & activities[:depth, None, :]))

    def _named(self, sets: Bits) -> dict[str, int]:
        totals = np.bitwise_count(sets).sum(axis=1, dtype=np.int64).tolist()
        return {name: n for name, n in zip(self.names, totals, strict=True) if n}
