"""What any answer costs here: the same middleware and authentication, the body read, one indexed SELECT."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from telephony.models import Call
from telephony.vapi import auth


@csrf_exempt
@require_POST
def noop(request: HttpRequest) -> HttpResponse:
    if not auth.is_authentic(request.headers, request.body, secrets=settings.WEBHOOK_SECRETS, now=timezone.now()):
        return JsonResponse({}, status=401)
    body = json.loads(request.body)
    known = Call.objects.filter(vapi_id=body["message"]["call"]["id"]).first()
    return JsonResponse({"results": [{"known": known is not None}]})
