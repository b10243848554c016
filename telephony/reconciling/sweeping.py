"""One sweep: first how known calls ended, then what never reached us. Twice at once or late, it ends in the same place."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from telephony.reconciling import calls_lost, endings_lost
from telephony.reconciling.vendors import Vendors

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many calls were closed or completed, and how many calls and voicemails were found that nobody had told us of."""

    settled: int = 0
    found: int = 0


def sweep(*, now: datetime) -> Swept:
    """Must not be called in a transaction: it talks to Vapi and Twilio."""
    vendors = Vendors()
    settled = 0
    for call_id in endings_lost.due(now):
        try:
            settled += endings_lost.settle(call_id, vendors, now=now)
        except Exception:  # the boundary: one call that cannot be settled holds up no other
            log.exception("call_not_reconciled")
    return Swept(settled, calls_lost.recover(vendors, now=now))
