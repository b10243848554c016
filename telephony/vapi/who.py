"""Says to Vapi who answers a call: the shop's assistant there by its id, else one that is sent along."""

from datetime import datetime
from typing import Any

from telephony.assistant import addresses, builder, versions
from telephony.models import Call


def answers(call: Call, *, now: datetime) -> dict[str, Any]:
    """Return `assistantId` or `assistant`; of the latter, record the version with the call.

    Raises builder.NotReadyError where neither can be had.
    """
    if assistant_id := addresses.of(call.shop):
        return {"assistantId": assistant_id}
    body = builder.build(call.shop)
    Call.objects.filter(pk=call.pk).update(assistant=versions.keep(call.shop, body, now=now))
    return {"assistant": body}
