"""What Vapi tells a server of a call it answers: that it is under way, what the assistant says first, how it ended."""

import json
from typing import Any

from sandbox import clock
from sandbox.delivery import Delivery
from sandbox.vapi.memory import Vapi

Json = dict[str, Any]


async def began(vapi: Vapi, delivery: Delivery, call_id: str, *, secret: str) -> None:
    """The call is answered: the assistant speaks its first words."""
    call = vapi.calls.get(call_id)
    if call is None:
        return
    vapi.change(vapi.calls, call_id, {"status": "in-progress", "startedAt": clock.iso_ms(clock.now())})
    await _tell(vapi, delivery, call_id, secret, {"type": "status-update", "status": "in-progress"})
    words = _assistant(vapi, call).get("firstMessage")
    if words:
        said = {"type": "transcript", "transcriptType": "final", "role": "assistant", "transcript": words}
        await _tell(vapi, delivery, call_id, secret, said)


async def ended(vapi: Vapi, delivery: Delivery, call_id: str, *, secret: str) -> None:
    """The caller is gone."""
    if call_id not in vapi.calls:
        return
    reason, stamp = "customer-ended-call", clock.iso_ms(clock.now())
    vapi.change(vapi.calls, call_id, {"status": "ended", "endedReason": reason, "endedAt": stamp})
    await _tell(vapi, delivery, call_id, secret, {"type": "status-update", "status": "ended", "endedReason": reason})
    await _tell(vapi, delivery, call_id, secret, {"type": "end-of-call-report", "endedReason": reason, "endedAt": stamp})


def _assistant(vapi: Vapi, call: Json) -> Json:
    found: Json = call.get("assistant") or vapi.assistants.get(call.get("assistantId", ""), {})
    return found


async def _tell(vapi: Vapi, delivery: Delivery, call_id: str, secret: str, message: Json) -> None:
    """To the assistant's server; an assistant without one tells nobody."""
    call = vapi.calls[call_id]
    url = (_assistant(vapi, call).get("server") or {}).get("url")
    if not url:
        return
    shown = {key: value for key, value in call.items() if key != "assistant"}
    body = {"message": message | {"timestamp": round(clock.now() * 1000), "call": shown, "customer": call.get("customer")}}
    # As the credential is set up that the assistant names: https://docs.vapi.ai/server-url/server-authentication
    headers = {"Content-Type": "application/json", "X-Vapi-Secret": secret}
    await delivery.send("vapi", "POST", url, headers=headers, text=json.dumps(body))
