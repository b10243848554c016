"""Ends an emergency when a person says that it is over."""

from datetime import datetime

import structlog
from django.db import transaction

from telephony import alarms
from telephony.models import Emergency

log = structlog.get_logger(__name__)


def release(emergency_id: int, *, by: str, now: datetime) -> bool:
    """Let the call book again, because a person knows it to be safe; False when that was done already. They have it, then."""
    with transaction.atomic():
        emergency = Emergency.objects.select_for_update().filter(pk=emergency_id).first()
        if emergency is None or emergency.released_at is not None:
            return False
        emergency.released_at, emergency.released_by = now, by[:100]
        emergency.save(update_fields=["released_at", "released_by"])
        alarms.acknowledge(emergency_id, by=by, now=now)
    log.info("emergency_released", emergency=emergency_id)
    return True
