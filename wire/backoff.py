"""How long to wait before trying an outside service again."""

import random
from datetime import timedelta

_jitter = random.SystemRandom()


def delay(attempt: int, *, first_seconds: float = 1.0, most_seconds: float = 60.0) -> timedelta:
    """Return the wait before attempt number `attempt + 1` (attempt counts from 1): exponential, with full jitter above half.

    The jitter is drawn anew each time, so that a returning service is not met by everybody at once.
    """
    ceiling = min(first_seconds * 2 ** min(attempt - 1, 20), most_seconds)
    return timedelta(seconds=ceiling * (0.5 + _jitter.random() / 2))
