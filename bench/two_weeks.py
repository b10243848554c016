"""Every window of two weeks, as a function and behind a view that does besides only what the no-op view does."""

import json
from datetime import date, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bookings.engine.roster import Roster, Service
from bookings.engine.slots import Search
from bookings.services import jobs, occupancy, rosters
from telephony.models import Call
from telephony.vapi import auth

DAYS = 14


def windows(roster: Roster, first: date, zip_code: str, *, now: datetime) -> int:
    """Return how many windows of two weeks can be promised for a repair at a ZIP code; one statement."""
    service = service_named(roster, "repair")
    area = jobs.area_of(roster, zip_code)
    job = jobs.job(roster, service, now=now, minutes=service.minutes, zip_code=zip_code, area=area)
    look = Search(job, occupancy.read(roster, first, DAYS, now=now))
    return sum(len(look.candidates(first + timedelta(days=n))) for n in range(DAYS))


def service_named(roster: Roster, key: str) -> Service:
    return next(each for each in roster.services if each.key == key)


@csrf_exempt
@require_POST
def view(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    if not auth.is_authentic(request.headers, request.body, secrets=settings.WEBHOOK_SECRETS, now=now):
        return JsonResponse({}, status=401)
    body = json.loads(request.body)
    known = Call.objects.filter(vapi_id=body["message"]["call"]["id"]).first()
    asked = body["message"]["toolCallList"][0]["function"]["arguments"]
    roster = rosters.of(asked["shop"], asked["version"])
    found = windows(roster, date.fromisoformat(asked["first"]), asked["zip"], now=now)
    return JsonResponse({"results": [{"known": known is not None, "windows": found}]})
