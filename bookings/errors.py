"""What the core refuses. The edge turns a code and its facts into speech, a form error or an HTTP answer."""

from typing import Any


class RefusedError(Exception):
    """A request that cannot be carried out as asked; nothing was changed.

    Codes: `service_unknown`, `date_unclear` (facts: said), `past` (facts: on), `beyond_horizon` (facts: until),
    `name_missing`, `phone_missing`, `part_unknown`, `outside_area` (facts: zip), `not_found`, `not_open` (facts: status),
    `not_yours`, `fact_missing`, `which` (facts: bookings), `cancelled_since` (facts: booking), `no_such_step` (facts: status,
    to, may), `taken`, `decided`, `do_not_service` (facts: reason), `merged` (facts: into), `merged_since` (facts: gone),
    `same_customer`, `empty`; from the desk also `technician_unknown`, `changed` (facts: changes), `refused` and
    `overlaps` (facts: refusals).
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class TryAgainError(Exception):
    """The database could not decide in time (a deadlock, a lock held too long): run the whole transaction anew."""
