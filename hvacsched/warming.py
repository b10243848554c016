"""Gets a web process ready before it answers its first caller: what is read or made once is read and made now.

Nothing here is needed for a right answer, and nothing here may keep a process from starting: a database that is away is
waited for by the first caller then.
"""

import time

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.urls import resolve, reverse
from django.utils import timezone, translation

from bookings.models import Shop
from bookings.services import rosters
from telephony.assistant import builder, variables
from telephony.models import Call
from telephony.tools import schemas
from telephony.tools.run import TOOLS
from telephony.twilio import twiml
from telephony.vapi import client, handoff

log = structlog.get_logger(__name__)


def warm() -> None:
    """Once in each web process, after the fork. Reads every shop's set-up; asks no outside service."""
    began = time.perf_counter()
    resolve(reverse("twilio-inbound"))
    twiml.assistant_by_bypass("<Response><Connect/></Response>")
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Goodbye")
    for tool in TOOLS.values():
        schemas.of(tool.takes)
    client.warm()
    try:
        handoff.BREAKER.warm()
        shops = _read_shops()
    except DatabaseError as error:
        log.warning("not_warmed", kind=type(error).__name__)
        return
    finally:
        connection.close()
    log.info("warmed", shops=shops, ms=round((time.perf_counter() - began) * 1000))


def _read_shops() -> int:
    now, shops = timezone.now(), list(Shop.objects.order_by("pk")[:100])
    for shop in shops:
        rosters.of(shop.pk, shop.config_version)
        variables.of(Call(shop=shop, from_number="+10000000000", started_at=now), now=now)
        try:
            builder.build(shop)
        except builder.NotReadyError as error:
            log.info("assistant_not_ready", reason=str(error)[:80])
    return len(shops)
