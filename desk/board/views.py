"""The board's addresses: the page, what changed, what the rules say, the move, and the story of a visit."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_POST

from bookings.errors import RefusedError
from bookings.models import Visit
from bookings.services import appointments
from bookings.services.dispatching import Move
from desk import roles, shops
from desk.admin import steps
from desk.board import asked, day, moving, pulse, story, week


@require_GET
@roles.desk
def board(request: HttpRequest) -> HttpResponse:
    """Show a day or a week by technician.

    With `fragment` only the part that is kept up to date; rows whose digest stands in the header `Board-Has` are left empty.
    """
    now = timezone.now()
    wanted = asked.of(request, now=now)
    if wanted is None:
        context = {**admin.site.each_context(request), "title": "Board"}
        return render(request, "desk/board/no_shop.html", context)
    shop = wanted.shop
    with timezone.override(shop.timezone):
        fragment = "fragment" in request.GET
        has = frozenset(request.headers.get("Board-Has", "").split(",")) if fragment else frozenset()
        shown = (week.read if wanted.weekly else day.read)(shop, wanted.on, now=now, has=has)
        context = {
            "board": shown, "shop": shop, "shops": shops.of(request), "explicit": "shop" in request.GET, "weekly": wanted.weekly,
        }  # fmt: skip
        if fragment:
            response = render(request, "desk/board/_board.html", context)
        else:
            site = admin.site.each_context(request)
            response = render(request, "desk/board/board.html", {**site, **context, "title": "Board", "is_fullwidth": "1"})
    patch_cache_control(response, no_store=True)
    return response


@require_GET
@roles.desk
def changes(request: HttpRequest) -> HttpResponse:
    """Answer 304 while the board is what the caller has, else its new token."""
    now = timezone.now()
    wanted = asked.of(request, now=now)
    if wanted is None:
        raise Http404("no shop")
    etag = f'"{pulse.take(wanted.shop, starts=wanted.starts, ends=wanted.ends, now=now).token}"'
    held = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    response: HttpResponse = HttpResponseNotModified() if etag in held else JsonResponse({"token": etag.strip('"')})
    response["ETag"] = etag
    patch_cache_control(response, no_cache=True, private=True)
    return response


@require_GET
@roles.desk
def check(request: HttpRequest) -> HttpResponse:
    """Say what speaks against giving a visit to a technician at a time. Changes nothing."""
    visit = asked.visit(request, asked.number(request.GET, "visit"))
    place = moving.Place(asked.number(request.GET, "technician"), asked.start(request.GET, visit.shop))
    return JsonResponse(moving.check(visit, place, now=timezone.now()).shown())


@require_POST
@roles.desk
def move(request: HttpRequest) -> HttpResponse:
    """Move a visit, or say in words why not and what can be done; then nothing was changed and `done` is false."""
    visit = asked.visit(request, asked.number(request.POST, "visit"))
    wish = Move(
        visit_id=visit.pk, version=asked.number(request.POST, "version"), technician_id=asked.number(request.POST, "technician"),
        starts_at=asked.start(request.POST, visit.shop), by=_by(request), tell="tell" in request.POST,
        despite="despite" in request.POST, overbook="overbook" in request.POST, undo="undo" in request.POST,
    )  # fmt: skip
    seen = [rule for rule in request.POST.get("seen", "").split(",") if rule]
    try:
        answer = moving.move(visit, wish, seen, now=timezone.now())
    except RefusedError as refusal:
        raise Http404(refusal.code) from refusal
    return JsonResponse(answer.shown())


@require_GET
@roles.desk
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the story of a visit: as a page, or with `fragment` as the panel beside the board."""
    return _story(request, asked.visit(request, pk))


@require_POST
@roles.desk
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a booking one step further or back, and show its story as it is then."""
    found = asked.visit(request, pk)
    done, said = steps.take(found.booking, request.POST.get("to", ""), by=_by(request), now=timezone.now())
    return _story(request, asked.visit(request, pk), said=said, done=done)


@require_POST
@roles.desk
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a visit's booking, for a reason that stays in its history, and show the story as it is then."""
    found = asked.visit(request, pk)
    form = steps.CancelForm(request.POST)
    if not form.is_valid():
        return _story(request, found, said=str(form.errors["reason"][0]), done=False)
    try:
        appointments.cancel(found.booking_id, by=_by(request), reason=form.cleaned_data["reason"], now=timezone.now())
    except RefusedError as refusal:
        status = str(refusal.facts.get("status", "gone")).lower()
        return _story(request, found, said=f"{found.booking.reference} was left as it is: it is {status}.", done=False)
    said = f"{found.booking.reference} is cancelled; the technicians' calendars follow by themselves."
    return _story(request, asked.visit(request, pk), said=said, done=True)


def _story(request: HttpRequest, found: Visit, *, said: str = "", done: bool = True) -> HttpResponse:
    now = timezone.now()
    with timezone.override(found.shop.timezone):
        context = {
            "story": story.read(found, now=now), "said": said, "done": done, "reasons": steps.REASONS,
        }  # fmt: skip
        if "fragment" in request.GET:
            response = render(request, "desk/board/_story.html", context)
        else:
            site = admin.site.each_context(request)
            response = render(request, "desk/board/story.html", {**site, **context, "title": found.booking.reference})
    patch_cache_control(response, no_store=True)
    return response


def _by(request: HttpRequest) -> str:
    return f"desk:{request.user.get_username()}"
