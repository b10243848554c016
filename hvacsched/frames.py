"""Gives a request room for the frames of its functions.

CPython 3.11 keeps frames in pieces of 16 KB, and hands a piece back to the operating system as soon as the call that needed it
returns. Where a loop stands at the very end of a piece, each call it makes maps memory and unmaps it: a hundred times slower,
by the accident of how deep the loop was called. A template of hundreds of cards took twice as long so. A frame that is larger
than a piece gets one of its own size, doubled until it fits, and all that is called from there has the rest of it.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
WORDS = 9_000  # 72 KB, for which 128 KB are taken: room for some three hundred calls in one another


def roomy(call: Callable[P, R]) -> Callable[P, R]:
    """Return the same call with room beneath it; costs some ten microseconds a call."""

    def with_room(*args: P.args, **kwargs: P.kwargs) -> R:
        return call(*args, **kwargs)

    # Nothing in it needs that much: this is what makes the frame large.
    code: Any = with_room.__code__
    with_room.__code__ = code.replace(co_stacksize=WORDS)
    return with_room
