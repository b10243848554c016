"""The calls' pages: live and past, one call, and what keeps both true while somebody looks."""

import hashlib

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_POST

from desk import roles, shops
from desk.calls import live, past, story, talk, terms
from telephony import marks
from telephony.models import Call, MarkedNumber

_MAY_MARK = "telephony.add_markednumber"


@require_GET
@roles.desk
def index(request: HttpRequest) -> HttpResponse:
    """Show the running calls above those that are over; with `fragment` the latter alone."""
    mine, now = shops.of(request), timezone.now()
    found = past.read(mine, past.asked(request.GET.dict()), now=now)
    query = request.GET.copy()
    for name in ("page", "fragment"):
        query.pop(name, None)
    context = {"past": found, "query": query.urlencode(), "several": len(mine) > 1}
    if "fragment" in request.GET:
        return _fresh(render(request, "desk/calls/_past.html", context))
    running = live.read(mine, now=now)
    context |= {
        **admin.site.each_context(request), "title": "Calls", "is_fullwidth": "1", "shops": mine,
        "outcomes": Call.Outcome.choices, "languages": terms.LANGUAGES, "services": past.services(mine),
        **_live(running, now, len(mine) > 1),
    }  # fmt: skip
    return _fresh(render(request, "desk/calls/index.html", context))


@require_GET
@roles.desk
def running(request: HttpRequest) -> HttpResponse:
    """Show the running calls alone; 304 while there is nothing new to show of them."""
    mine, now = shops.of(request), timezone.now()
    calls = live.read(mine, now=now)
    if (answer := _unchanged(request, live.token(calls))) is not None:
        return answer
    return _fresh(render(request, "desk/calls/_live.html", _live(calls, now, len(mine) > 1)), live.token(calls))


@require_GET
@roles.desk
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one call: what was said beside what happened, and all that came of it."""
    row, now = _call(request, pk), timezone.now()
    with timezone.override(row.shop.timezone):
        read = story.read(row, now=now)
        context = {
            **admin.site.each_context(request), "title": "Call", "is_fullwidth": "1", "call": row, "story": read,
            "talk": read.talk, "may_mark": roles.may(request.user, _MAY_MARK, shop_id=row.shop_id), "now": now,
        }  # fmt: skip
        return _fresh(render(request, "desk/calls/call.html", context))


@require_GET
@roles.desk
def told(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was said and what happened so far, for a page that keeps itself true; 304 while nothing is new."""
    row = _call(request, pk)
    with timezone.override(row.shop.timezone):
        text = render_to_string("desk/calls/_talk.html", {"call": row, "talk": talk.read(row, now=timezone.now())})
    token = hashlib.sha256(text.encode()).hexdigest()[:32]
    return _unchanged(request, token) or _fresh(HttpResponse(text), token)


@require_POST
@roles.desk
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark the caller's number as spam or a vendor's, or take the mark away."""
    row = _call(request, pk)
    if not roles.may(request.user, _MAY_MARK, shop_id=row.shop_id):
        raise PermissionDenied
    kind, now = request.POST.get("kind", ""), timezone.now()
    if not row.from_number:
        messages.warning(request, "The caller withheld their number: nothing can be marked.")
    elif kind in MarkedNumber.Kind.values:
        marks.mark({row.from_number}, MarkedNumber.Kind(kind), shop_id=row.shop_id, now=now)
        messages.success(request, "Marked. The number is still answered, and its leads are off the list.")
    else:
        marks.unmark({row.from_number}, shop_id=row.shop_id, now=now)
        messages.success(request, "The mark is off. Leads of this number are back on the list.")
    return HttpResponseRedirect(reverse("call", args=[row.pk]))


def _call(request: HttpRequest, pk: int) -> Call:
    """Return one of the user's calls; another shop's is not found."""
    mine = [shop.pk for shop in shops.of(request)]
    row = Call.objects.filter(pk=pk, shop__in=mine).select_related("shop", "assistant").first()
    if row is None:
        raise Http404("no such call")
    return row


def _live(calls: list[live.Live], now: object, several: bool) -> dict[str, object]:
    return {"live": calls, "token": live.token(calls), "read_at": now, "several": several}


def _unchanged(request: HttpRequest, token: str) -> HttpResponse | None:
    """Return the answer that there is nothing new, where whoever asks has seen it all."""
    held = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    return HttpResponseNotModified(headers={"ETag": f'"{token}"'}) if f'"{token}"' in held else None


def _fresh(response: HttpResponse, token: str = "") -> HttpResponse:
    if token:
        response["ETag"] = f'"{token}"'
    patch_cache_control(response, no_store=True, private=True)
    return response
