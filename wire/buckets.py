"""Token buckets in Redis that all processes draw from: one for everybody, one for each user, and fair shares of the first.

Classes of claimants share everybody's rate by their weights, and those of a class share alike. Who drew less than that may
draw the bucket further down than who drew more: what one claimant leaves, others use, and who comes anew finds something left.
One round trip and the server's clock. While Redis is away each process draws from small buckets of its own.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from wire.notes import AwayError, Shared

# A service counts any sixty seconds: a burst and what flows in during a minute stay below its limit together. The rest is for
# requests that arrive a little later or earlier than they were let go.
_USED = 0.96
# Of each limit, for a process that cannot ask the others.
_ALONE = 0.1

# Keys: everybody's bucket, the user's, the claimant's share, and a set of those who claim for each class.
# A bucket is its tokens and the moment they were counted; a moment in the future: nothing flows in before it.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local all_rate, all_burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local user_rate, user_burst = tonumber(ARGV[3]), tonumber(ARGV[4])
local claimant, class, within_floor, over_floor = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local function level(key, rate, burst)
  local known = redis.call('HMGET', key, 'tokens', 'at')
  local tokens, at = tonumber(known[1]) or burst, tonumber(known[2]) or now
  return math.min(burst, tokens + math.max(0, now - at) * rate), math.max(0, at - now)
end
local function wait(tokens, closed, rate, need)
  if closed <= 0 and tokens >= need then return 0 end
  return closed + math.max(0, need - tokens) / rate
end

redis.call('ZADD', KEYS[3 + class], now, claimant)
local claims = 0
for each = 1, #KEYS - 3 do
  redis.call('ZREMRANGEBYSCORE', KEYS[3 + each], '-inf', now - 10)
  redis.call('PEXPIRE', KEYS[3 + each], 60000)
  if redis.call('ZCARD', KEYS[3 + each]) > 0 then claims = claims + tonumber(ARGV[8 + each]) end
end
local part = tonumber(ARGV[8 + class]) / claims / redis.call('ZCARD', KEYS[3 + class])

local all, all_closed = level(KEYS[1], all_rate, all_burst)
local user, user_closed = level(KEYS[2], user_rate, user_burst)
local share = level(KEYS[3], all_rate * part, math.max(1, all_burst * part))
local floor = over_floor
if share >= 1 then floor = within_floor end

local seconds = math.max(
  wait(all, all_closed, all_rate, 1 + floor * (all_burst - 1)), wait(user, user_closed, user_rate, 1))
if seconds == 0 then
  if share >= 1 then share = share - 1 end
  for key, tokens in pairs({[KEYS[1]] = all - 1, [KEYS[2]] = user - 1, [KEYS[3]] = share}) do
    redis.call('HSET', key, 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
    redis.call('PEXPIRE', key, 600000)
  end
end
return tostring(seconds)
"""

# Keys: everybody's bucket, the user's, how often each was closed in a row, and the users that were refused of late.
_CLOSE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local user, concerns_all = ARGV[1], ARGV[2] == '1'
local first, most, least = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

local function close(key, count_key, draw)
  local at = tonumber(redis.call('HGET', key, 'at')) or now
  -- What was under way when it was closed is refused as well and tells nothing new.
  if at <= now then
    local times = redis.call('INCR', count_key)
    local seconds = math.min(most, first * 2 ^ math.min(times - 1, 20)) * (0.5 + draw / 2)
    at = now + math.max(seconds, least)
    redis.call('PEXPIRE', count_key, math.ceil((at - now) * 1000) + 60000)
  else
    at = math.max(at, now + least)
  end
  redis.call('HSET', key, 'tokens', '0', 'at', string.format('%.6f', at))
  redis.call('PEXPIRE', key, math.ceil((at - now) * 1000) + 600000)
  return at - now
end

local seconds = close(KEYS[2], KEYS[4], tonumber(ARGV[6]))
if concerns_all then
  redis.call('SADD', KEYS[5], user)
  redis.call('PEXPIRE', KEYS[5], 60000)
  -- One user alone may have a limit of their own that goes by the same name.
  if redis.call('SCARD', KEYS[5]) > 1 then seconds = math.max(seconds, close(KEYS[1], KEYS[3], tonumber(ARGV[7]))) end
end
return tostring(seconds)
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bucket takes in a second, and how much it holds."""

    per_second: float
    burst: float


def rate(per_minute: int) -> Rate:
    """Return the rate that stays below a limit in every stretch of sixty seconds, bursts included."""
    usable = per_minute * _USED
    burst = max(1.0, per_minute / 20, min(4.0, per_minute / 4))
    return Rate(max(usable - burst, usable / 4) / 60, burst)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants a token: `user` has a bucket of their own, `claimant` a share among those of all classes.

    `within` and `over`: which part of everybody's bucket is left to others by who drew less and who drew more than the share.
    """

    user: str
    claimant: str
    group: int
    within: float
    over: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """A service's "too much": for `most` seconds at most, and `least` if it said so. `draws` are two random numbers below 1."""

    of_all: bool
    most: float
    least: float
    draws: tuple[float, float]


class Buckets:
    """The buckets of one service; `weights` are those of the classes of claimants."""

    def __init__(self, service: str, *, weights: Sequence[int]) -> None:
        self._prefix = f"quota:{service}"
        self._weights = tuple(weights)
        self._shared = Shared()
        self._alone = _Alone()

    def take(self, claim: Claim, *, everybody: Rate, user: Rate) -> float:
        """Take a token of both buckets; return 0, or the seconds after which it is worth asking again."""
        names = [self._name("all"), self._name("user", claim.user), self._name("share", claim.group, claim.claimant)]
        names += [self._name("claims", group) for group in range(len(self._weights))]
        values: list[str | float] = [everybody.per_second, everybody.burst, user.per_second, user.burst]
        values += [claim.claimant, claim.group + 1, claim.within, claim.over, *self._weights]
        try:
            return float(self._shared.run(_TAKE, names, values))
        except AwayError:
            return self._alone.take({"": everybody, claim.user: user})

    def refused(self, user: str, refusal: Refusal) -> float:
        """Close the user's bucket, and everybody's where several users were refused; return for how many seconds."""
        names = [self._name("all"), self._name("user", user), self._name("closed"), self._name("closed", user)]
        values: list[str | float] = [user, int(refusal.of_all), 1.0, refusal.most, refusal.least, *refusal.draws]
        try:
            return float(self._shared.run(_CLOSE, [*names, self._name("refused")], values))
        except AwayError:
            seconds = max(refusal.least, 1 + refusal.draws[0])
            self._alone.close([user, ""] if refusal.of_all else [user], seconds)
            return seconds

    def _name(self, *parts: object) -> str:
        return ":".join([self._prefix, *map(str, parts)])


class _Alone:
    """Buckets of this process: a small share, whoever asks."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, rates: dict[str, Rate]) -> float:
        now = time.monotonic()
        with self._lock:
            found: dict[str, float] = {}
            seconds = 0.0
            for name, full in rates.items():
                flow, burst = full.per_second * _ALONE, max(1.0, full.burst * _ALONE)
                tokens, at = self._levels.get(name, (burst, now))
                found[name] = min(burst, tokens + max(0.0, now - at) * flow)
                if at > now or found[name] < 1:
                    seconds = max(seconds, max(0.0, at - now) + max(0.0, 1 - found[name]) / flow)
            if not seconds:
                self._levels |= {name: (tokens - 1, now) for name, tokens in found.items()}
            return seconds

    def close(self, names: Sequence[str], seconds: float) -> None:
        with self._lock:
            self._levels |= {name: (0.0, time.monotonic() + seconds) for name in names}
