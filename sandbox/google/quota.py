"""Google's per-minute quotas, as sliding windows; off unless the settings name a number."""

from collections import Counter, defaultdict, deque

from sandbox import clock
from sandbox.google.errors import GoogleError
from sandbox.settings import Settings

WINDOW = 60


class Quota:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: defaultdict[str, deque[float]] = defaultdict(deque)
        self.passed = 0
        self.refused: Counter[str] = Counter()  # by reason

    def take(self, project: str, user: str) -> None:
        limits = (
            (f"project {project}", self._settings.quota_per_minute_project, "rateLimitExceeded", "Rate Limit Exceeded"),
            (
                f"user {project} {user}",
                self._settings.quota_per_minute_user,
                "userRateLimitExceeded",
                "User Rate Limit Exceeded",
            ),
        )
        now = clock.now()
        for key, limit, reason, message in limits:
            if limit is None:
                continue
            seen = self._seen[key]
            while seen and seen[0] <= now - WINDOW:
                seen.popleft()
            if len(seen) >= limit:
                self.refused[reason] += 1
                raise GoogleError(403, reason, message, domain="usageLimits")
            seen.append(now)
        self.passed += 1

    def forget(self) -> None:
        self._seen.clear()
        self.passed = 0
        self.refused.clear()
