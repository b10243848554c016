"""Calls that go on at this moment: who calls, for how long, and what is being done. One statement, however many they are.

The token is a digest of all that is shown but for what a clock alone changes; what the page shows has to be read here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from bookings.models import Shop
from desk import words
from desk.calls import terms
from telephony.models import Call, Danger, Ring

# Longer than any call may last: one that never reported its end is not shown as if it went on.
LONGEST = timedelta(hours=12)
SHOWN_AT_MOST = 100
_LETTERS = 160

_LIVE = """
SELECT c.id, c.shop_id, c.from_number, c.started_at, c.stage, c.language, c.put_through_at IS NOT NULL, c.wants_person,
       who.people, who.name, who.id, tool.name, tool.state, said.role, said.text, ring.name, ring.status,
       alarm.id, alarm.danger, alarm.acknowledged_by
  FROM telephony_call c
  LEFT JOIN LATERAL (SELECT count(DISTINCT p.id) AS people, min(p.name) AS name, min(p.id) AS id
                       FROM bookings_customer a JOIN bookings_customer p ON p.id = COALESCE(a.merged_into_id, a.id)
                      WHERE a.shop_id = c.shop_id AND a.phone = c.from_number AND c.from_number <> '') who ON true
  LEFT JOIN LATERAL (SELECT name, state FROM telephony_toolinvocation WHERE call_id = c.id
                      ORDER BY requested_at DESC, id DESC LIMIT 1) tool ON true
  LEFT JOIN LATERAL (SELECT role, text FROM telephony_callevent WHERE call_id = c.id AND kind = 'transcript' AND text <> ''
                      ORDER BY at DESC, key DESC LIMIT 1) said ON true
  LEFT JOIN LATERAL (SELECT name, status FROM telephony_ring WHERE call_id = c.id AND status IN ('ringing', 'accepted')
                      ORDER BY step DESC LIMIT 1) ring ON true
  LEFT JOIN LATERAL (SELECT id, danger, acknowledged_by FROM telephony_emergency WHERE call_id = c.id AND released_at IS NULL
                      ORDER BY id LIMIT 1) alarm ON true
 WHERE c.shop_id = ANY(%(shops)s) AND c.stage <> 'ended' AND c.started_at > %(since)s
 ORDER BY c.started_at, c.id LIMIT %(most)s
"""


class _Row(NamedTuple):
    pk: int
    shop_id: int
    number: str
    started_at: datetime
    stage: str
    language: str
    put_through: bool
    wants_person: str
    people: int
    name: str | None
    customer_id: int | None
    tool: str | None
    state: str | None
    role: str | None
    said: str | None
    rung: str | None
    ring: str | None
    alarm_id: int | None
    danger: str | None
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class Live:
    """A call as it stands. `said` are the last words and `speaker` whose they are; `alarm` is a danger nobody has released."""

    row: _Row
    shop: Shop

    @property
    def pk(self) -> int:
        return self.row.pk

    @property
    def started_at(self) -> datetime:
        return self.row.started_at

    @property
    def customer_id(self) -> int | None:
        """Whose page to open, where the number is one person's."""
        return self.row.customer_id if self.row.people == 1 else None

    @property
    def who(self) -> str:
        """The caller's name, how many have the number, or ""."""
        if self.row.people > 1:
            return f"{self.row.people} customers have this number"
        return self.row.name or ""

    @property
    def number(self) -> str:
        return words.phone(self.row.number, self.shop.country) if self.row.number else "Number withheld"

    @property
    def language(self) -> str:
        return terms.LANGUAGES.get(self.row.language, "")

    @property
    def doing(self) -> str:
        """What is being done for the caller, in words."""
        row = self.row
        if row.stage == Call.Stage.VOICEMAIL:
            return "At the voicemail"
        if row.stage == Call.Stage.DISPATCHER:
            if row.ring == Ring.Status.ACCEPTED:
                return f"Speaks with {row.rung}"
            return f"{row.rung} is rung" if row.rung else "Being put through to a person"
        if row.put_through:
            return "Being put through to a person"
        if row.tool and row.state:
            return terms.used(row.tool, row.state)
        return "Waits for the assistant" if row.stage == Call.Stage.RINGING else "With the assistant"

    @property
    def with_person(self) -> bool:
        """Whether they speak with a person, or are about to: the assistant books nothing for them any more."""
        return self.row.put_through or self.row.stage == Call.Stage.DISPATCHER

    @property
    def why(self) -> str:
        """Why they are put through, where they are."""
        return self.row.wants_person if self.with_person else ""

    @property
    def speaker(self) -> str:
        return {"user": "Caller", "assistant": "Assistant"}.get(self.row.role or "", "")

    @property
    def said(self) -> str:
        text = self.row.said or ""
        return text if len(text) <= _LETTERS else f"…{text[-_LETTERS:]}"

    @property
    def alarm(self) -> str:
        return str(Danger(self.row.danger).label) if self.row.danger else ""

    @property
    def alarm_id(self) -> int | None:
        return self.row.alarm_id

    @property
    def taken_by(self) -> str:
        return self.row.taken_by or ""


def read(shops: Sequence[Shop], *, now: datetime) -> list[Live]:
    """Return the running calls of shops, the longest first. One statement."""
    by_id = {shop.pk: shop for shop in shops}
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, {"shops": list(by_id), "since": now - LONGEST, "most": SHOWN_AT_MOST})
        rows = [_Row(*each) for each in cursor.fetchall()]
    return [Live(row, by_id[row.shop_id]) for row in rows]


def token(calls: Sequence[Live]) -> str:
    """Return what changes whenever something else is to be shown of these calls."""
    return hashlib.sha256(repr([tuple(call.row) for call in calls]).encode()).hexdigest()[:32]
