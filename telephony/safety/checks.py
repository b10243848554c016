"""A system check: safety words that nobody has read through."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError
from django.db.models import Count, Q

from bookings.models import Shop
from telephony.models import Danger


@register(Tags.database)
def reviewed(app_configs: Any, databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """Warn of each shop whose safety words were not all read through. Runs with `check --database default` and `migrate`."""
    if not databases:
        return []
    marked = Count("safety_scripts", filter=Q(safety_scripts__reviewed_at__isnull=False))
    try:
        found = list(Shop.objects.annotate(marked=marked).order_by("pk").values_list("name", "marked"))
    except DatabaseError:  # before the first migration there is nothing to read
        return []
    return [
        Warning(
            f"{len(Danger) - marked} of the {len(Danger)} safety words of {name} were read through by nobody.",
            hint="Have the owner and the insurer read them, then mark them: back office, Settings, Safety words.",
            id="telephony.W004",
        )
        for name, marked in found
        if marked < len(Danger)
    ]
