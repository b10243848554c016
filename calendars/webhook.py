"""POST /webhook/google: Google says that something in a calendar changed. Nothing is read here, and no body is looked at."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calendars.services import channels

_MOST_BYTES = 64 * 1024  # Google sends an empty body


@csrf_exempt
@require_POST
def google(request: HttpRequest) -> HttpResponse:
    """204 to what an open channel says, 413 to what is too large, 404 to everything else, of which nothing is stored."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > _MOST_BYTES:
        return HttpResponse("A notification has no body.\n", "text/plain", status=413)
    known = channels.told(
        channel_id=request.headers.get("X-Goog-Channel-ID", ""),
        token=request.headers.get("X-Goog-Channel-Token", ""),
        resource_id=request.headers.get("X-Goog-Resource-ID", ""),
        state=request.headers.get("X-Goog-Resource-State", ""),
        now=timezone.now(),
    )
    if not known:
        return HttpResponse("There is no such channel.\n", "text/plain", status=404)
    return HttpResponse(status=204)
