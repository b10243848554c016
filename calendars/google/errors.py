"""What each refusal of Google's means for us: one closed table. Owns no retry and no waiting.

https://developers.google.com/workspace/calendar/api/guides/errors
"""

import http.client
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

import httplib2
from google.auth.exceptions import GoogleAuthError, RefreshError
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError

from wire.breaker import Health


class Verdict(StrEnum):
    """What to do about it."""

    RETRY = "retry"  # later, with backoff
    BLOCKED = "blocked"  # this event as it stands, never
    CALENDAR = "calendar"  # nothing in this calendar until a person looks
    GRANT = "grant"  # the permission is gone: reconnect
    TAKEN = "taken"  # the id is taken
    STALE = "stale"  # it changed since we read it
    GONE = "gone"  # there is no such thing, or no longer


class GoogleError(Exception):
    """A refusal or failure, already judged. Its text names no person, number or token.

    `retry_after`: seconds, where it is known when another try is worth while.
    """

    def __init__(self, verdict: Verdict, reason: str, status: int | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {reason}" if status else reason)
        self.verdict = verdict
        self.reason = reason
        self.status = status
        self.retry_after = retry_after


# Everything a call through google-api-python-client may raise for reasons outside of us. A dropped connection comes as
# OSError, a body that is no JSON as ValueError.
CAUGHT = (ClientError, GoogleAuthError, httplib2.HttpLib2Error, http.client.HTTPException, OSError, ValueError)

_BY_STATUS = {
    400: Verdict.BLOCKED,
    401: Verdict.RETRY,  # a new token was tried already; a withdrawn permission shows when refreshing
    403: Verdict.BLOCKED,
    404: Verdict.GONE,
    408: Verdict.RETRY,
    409: Verdict.TAKEN,
    410: Verdict.GONE,
    412: Verdict.STALE,
    429: Verdict.RETRY,
}
_BY_REASON = {
    (403, "rateLimitExceeded"): Verdict.RETRY,
    (403, "userRateLimitExceeded"): Verdict.RETRY,
    (403, "quotaExceeded"): Verdict.RETRY,
    (403, "dailyLimitExceeded"): Verdict.RETRY,
    (403, "insufficientPermissions"): Verdict.CALENDAR,
    (403, "requiredAccessLevel"): Verdict.CALENDAR,
    (403, "accessNotConfigured"): Verdict.CALENDAR,
    (403, "domainPolicy"): Verdict.CALENDAR,
}
_BY_GRANT_ERROR = {
    "invalid_grant": Verdict.GRANT,
    "invalid_client": Verdict.CALENDAR,
    "unauthorized_client": Verdict.CALENDAR,
    "invalid_scope": Verdict.CALENDAR,
    "access_denied": Verdict.CALENDAR,
    "invalid_request": Verdict.CALENDAR,
    "redirect_uri_mismatch": Verdict.CALENDAR,
}


def read(error: Exception) -> GoogleError:
    """Judge an exception of CAUGHT."""
    if isinstance(error, HttpError):
        judged = judge(int(error.status_code), _reason(error.content))
        judged.retry_after = _seconds(error.resp.get("retry-after", ""))
        return judged
    if isinstance(error, RefreshError):
        return judge_grant("" if error.retryable else _grant_error(error))
    return GoogleError(Verdict.RETRY, type(error).__name__)


def health(outcome: object) -> Health:
    """Say what an answer or an exception says of Google as a whole: slow, unreachable or failing is broken, a refusal is not."""
    if not isinstance(outcome, Exception):
        return Health.WELL
    if not isinstance(outcome, CAUGHT):
        return Health.UNTOLD
    judged = read(outcome)
    return Health.BROKEN if judged.verdict is Verdict.RETRY and (judged.status is None or judged.status >= 500) else Health.WELL


def judge(status: int, reason: str) -> GoogleError:
    """Look an answer up in the table. Statuses it does not name: 5xx passes, other refusals stand."""
    fallback = Verdict.RETRY if status >= 500 else Verdict.BLOCKED
    verdict = _BY_REASON.get((status, reason)) or _BY_STATUS.get(status, fallback)
    return GoogleError(verdict, reason or "no reason given", status)


def judge_grant(code: str) -> GoogleError:
    """Look up what the token endpoint said; what the table does not name passes."""
    return GoogleError(_BY_GRANT_ERROR.get(code, Verdict.RETRY), code or "no token")


def _reason(content: bytes) -> str:
    try:
        found = json.loads(content)["error"]["errors"][0]["reason"]
    except (ValueError, LookupError, TypeError):
        return ""
    return str(found)[:60]


def _seconds(header: str) -> float | None:
    """Read a Retry-After: seconds or a date."""
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # none, or one that is neither; a date without a zone cannot be subtracted
        return None


def _grant_error(error: RefreshError) -> str:
    for each in error.args[1:]:
        if isinstance(each, dict) and "error" in each:
            return str(each["error"])[:60]
    return ""
