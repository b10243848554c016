"""Keeps each assistant that was ever built for a shop, so that a call can be read beside the prompt it met."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from bookings.models import Shop
from telephony.models import AssistantVersion, Call

Json = dict[str, Any]


def fingerprint(body: Json) -> str:
    """Return the SHA-256 of a body, the same whatever the order of its keys."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def keep(shop: Shop, body: Json, *, now: datetime) -> AssistantVersion:
    """Return the version of a body, made if the shop never had it. Two at once make one."""
    version, _ = AssistantVersion.objects.get_or_create(
        shop=shop,
        fingerprint=fingerprint(body),
        defaults={"body": body, "prompt": body["model"]["messages"][0]["content"], "created_at": now},
    )
    return version


def pushed(shop: Shop, body: Json, assistant_id: str, *, now: datetime) -> AssistantVersion:
    """Keep a body as what the assistant of that id is at Vapi from now on."""
    version = keep(shop, body, now=now)
    version.vapi_assistant_id, version.pushed_at = assistant_id, now
    version.save(update_fields=["vapi_assistant_id", "pushed_at"])
    return version


def last_pushed(shop_id: int, assistant_id: str) -> AssistantVersion | None:
    """Return what the assistant of that id became when it was last pushed; None where it never was."""
    return _pushed(shop_id, assistant_id).first()


# For a statement that sets a call's `assistant_id`: what the assistant of that id became when it was last pushed.
LAST_PUSHED = """(
    SELECT v.id FROM telephony_assistantversion v
     WHERE v.shop_id = %(shop)s AND v.vapi_assistant_id = %(assistant)s AND v.pushed_at IS NOT NULL
     ORDER BY v.pushed_at DESC, v.id DESC LIMIT 1
)"""
_NOTE = f"UPDATE telephony_call SET assistant_id = {LAST_PUSHED} WHERE id = %(call)s"  # noqa: S608


def note(call: Call, assistant_id: str) -> None:
    """Record that a call is answered by the assistant of that id as it was last pushed. One statement; a caller waits for it."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"shop": call.shop_id, "assistant": assistant_id, "call": call.pk})


def _pushed(shop_id: int, assistant_id: str) -> QuerySet[AssistantVersion]:
    """Return pushed versions, the latest first."""
    found = AssistantVersion.objects.filter(shop=shop_id, vapi_assistant_id=assistant_id, pushed_at__isnull=False)
    return found.order_by("-pushed_at", "-pk")
