"""The page behind an invitation's link, for a technician without an account here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from calendars import words
from calendars.services import invitations
from calendars.services.invitations import Ended, EndedError
from calendars.views import access, consent


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Say what is asked for and why; by the button the way to Google."""
    now = timezone.now()
    try:
        found = invitations.read(token, now=now)
    except EndedError as ended:
        return access.refused(request, ended.why.value, back="", status=404 if ended.why is Ended.UNKNOWN else 410)
    if request.method == "POST":
        invitations.opened(found, now=now)
        return consent.to_google(request, found.technician, back=request.path, invitation=found)
    return render(
        request,
        "calendars/invited.html",
        {"technician": found.technician, "shop": found.technician.shop, "ends": found.expires_at, "asked": words.ASKED},
    )
