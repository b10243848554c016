"""System checks: whether an assistant can be pushed, and whether what was last pushed is what would be pushed now.

They never call out. What Vapi itself has is shown by `manage.py push_assistant --dry-run`.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from bookings.models import Shop
from telephony.assistant import addresses, builder, versions


@register("telephony")
def credential(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Warn where Vapi's requests could not be told from a stranger's."""
    if not settings.VAPI_CREDENTIAL_ID:
        return [
            Warning(
                "VAPI_CREDENTIAL_ID is empty: no assistant can be pushed, and none can be sent along with a call.",
                hint="It is the id of the custom credential at Vapi whose secret is WEBHOOK_SECRET: docs/going-live.md, 4.1.",
                id="telephony.W001",
            )
        ]
    try:
        UUID(settings.VAPI_CREDENTIAL_ID)
    except ValueError:
        return [
            Warning(
                "VAPI_CREDENTIAL_ID is not an id such as 550e8400-e29b-41d4-a716-446655440000.",
                hint="It is the credential's id as Vapi's dashboard shows it, never the secret itself.",
                id="telephony.W002",
            )
        ]
    return []


@register(Tags.database)
def as_pushed(app_configs: Any, databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """Warn of each shop whose assistant at Vapi is older than its data. Runs with `check --database default` and `migrate`."""
    if not databases or not settings.VAPI_CREDENTIAL_ID:
        return []
    try:
        found = [_of(shop) for shop in Shop.objects.order_by("pk")]
    except DatabaseError:  # before the first migration there is nothing to compare
        return []
    return [each for each in found if each is not None]


def _of(shop: Shop) -> CheckMessage | None:
    assistant_id = addresses.of(shop)
    last = versions.last_pushed(shop.pk, assistant_id) if assistant_id else None
    if last is not None and last.fingerprint == versions.fingerprint(builder.build(shop)):
        return None
    what = "was never pushed to Vapi" if last is None else "has changed since it was last pushed to Vapi"
    return Warning(
        f"The assistant of {shop.name} {what}.",
        hint=f"See the difference, then push it: python manage.py push_assistant --shop {shop.phone_number} --dry-run",
        id="telephony.W003",
    )
