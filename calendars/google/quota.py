"""Keeps to Google's limits of requests a minute: before each request a token of the project's and one of the account's.

Writes go before reads, shops share alike, and what Google refuses slows all processes down together. A wait is short or not
at all: who would wait longer does something else meanwhile.
https://developers.google.com/workspace/calendar/api/guides/quota
"""

import math
import random
import time
from dataclasses import dataclass
from enum import Enum

import structlog
from django.conf import settings

from calendars.google.errors import GoogleError, Verdict
from wire.buckets import Buckets, Claim, Rate, Refusal, rate

log = structlog.get_logger(__name__)
_jitter = random.SystemRandom()

_WRITES, _READS = 0, 1
_BUCKETS = Buckets("google", weights=(19, 1))

# Which refusals ask us to slow down, whether they are the whole project's, and for how many seconds at most. What is not named
# here and comes as a 429 is treated as the first.
_REFUSALS = {
    "rateLimitExceeded": (True, 64.0),
    "userRateLimitExceeded": (False, 64.0),
    "quotaExceeded": (False, 900.0),  # a calendar's own: too many events made in a short time
    "dailyLimitExceeded": (True, 900.0),
}


class Urgency(Enum):
    """Class of claimants, what is left to others of the project's bucket (within and over one's share), seconds of waiting."""

    NOW = (_WRITES, 0.0, 0.5, 0.25)  # somebody booked a moment ago; a queue of such may not stand still
    BACKLOG = (_WRITES, 0.25, 0.5, 2.0)
    READ = (_READS, 0.25, 0.75, 0.5)


class Slow(GoogleError):
    """Google was not asked: it would be too much. Nothing is held against what was to be done; `retry_after` says when."""

    def __init__(self, reason: str, retry_after: float) -> None:
        super().__init__(Verdict.RETRY, reason, retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class Purse:
    """On whose account requests go. No connection: one that is only being made."""

    shop: int | None
    connection: int | None
    urgency: Urgency

    @property
    def user(self) -> str:
        """The connection, also in Google's own count: a service account's requests would all count as one user's."""
        return f"connection-{self.connection or 0}"


def wait(purse: Purse) -> float:
    """Wait until one request may go; return how many seconds it took. Raises Slow when it would take long."""
    group, within, over, patience = purse.urgency.value
    claim = Claim(purse.user, str(purse.shop or 0), group, within, over)
    began = time.monotonic()
    while seconds := _BUCKETS.take(claim, everybody=_project(), user=rate(settings.GOOGLE_REQUESTS_PER_MINUTE_PER_USER)):
        waited = time.monotonic() - began
        if waited + seconds > patience:
            log.info("google_quota_spent", connection=purse.connection, seconds=round(seconds, 1))
            raise Slow("as many requests as Google allows were made", seconds)
        time.sleep(seconds * (1 + _jitter.random() / 4) + 0.002)
    return time.monotonic() - began


def slow_down(purse: Purse, error: GoogleError) -> float | None:
    """Remember for all processes that Google refused for want of quota; return for how long. None: that was not the reason."""
    known = _REFUSALS.get(error.reason) if error.status in (403, 429) else None
    if known is None and error.status != 429:
        return None
    of_all, most = known or _REFUSALS["rateLimitExceeded"]
    draws = (_jitter.random(), _jitter.random())
    seconds = _BUCKETS.refused(purse.user, Refusal(of_all, most, min(error.retry_after or 0.0, 3600.0), draws))
    log.warning("google_quota_refused", connection=purse.connection, reason=error.reason, seconds=round(seconds, 1))
    return seconds


def requests_in(seconds: float) -> int:
    """Return how many requests of the whole project there is room for in a stretch, at most."""
    project = _project()
    return math.ceil(project.burst + project.per_second * seconds)


def _project() -> Rate:
    return rate(settings.GOOGLE_REQUESTS_PER_MINUTE)
