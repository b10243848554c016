"""The inbox's page, its fragment, the question whether anything changed, and the presses."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_POST

from desk import roles, shops
from desk.inbox import page, press, reading, steps
from desk.inbox.press import Said, Thing

FRAGMENT = "X-Fragment"  # asked by the page's own script: the list alone, in place of a whole page


@require_GET
@roles.desk
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what needs somebody."""
    return _shown(request, request.GET)


@require_GET
@roles.desk
def changes(request: HttpRequest) -> HttpResponse:
    """Answer 304 while everything waits as the caller has it, else the new token with what every page counts."""
    pulse = reading.pulse(shops.of(request), now=timezone.now())
    etag = f'"{pulse.token}"'
    held = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    response: HttpResponse = (
        HttpResponseNotModified()
        if etag in held
        else JsonResponse({"token": pulse.token, "count": pulse.count, "alarms": pulse.alarms})
    )
    response["ETag"] = etag
    patch_cache_control(response, no_cache=True, private=True)
    return response


@require_GET
@roles.desk
def alarm(request: HttpRequest) -> HttpResponse:
    """Return the red line of a page that is open already: what nobody has, or nothing."""
    response = render(request, "desk/_alarm.html")
    patch_cache_control(response, no_store=True)
    return response


@require_POST
@roles.desk
def pressed(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Do what was pressed at one thing and show the list as it then stands, with what came of it."""
    among, now = shops.of(request), timezone.now()
    thing = press.find(request, among, kind, key, now=now)
    said = steps.do(thing, request.POST.get("step", ""))
    query = QueryDict(request.POST.get("query", "")[:1000])
    if request.headers.get(FRAGMENT):
        return _shown(request, query, said=said, thing=thing)
    text = render_to_string("desk/inbox/_said.html", {"said": said, "thing": thing, "query": query.urlencode()}, request)
    (messages.success if said.well else messages.warning)(request, text)
    return HttpResponseRedirect(page.Asked.read(query, among).link())


def _shown(request: HttpRequest, query: QueryDict, said: Said | None = None, thing: Thing | None = None) -> HttpResponse:
    among = shops.of(request)
    if not among:
        return render(request, "desk/board/no_shop.html", {**admin.site.each_context(request), "title": "Inbox"})
    may = [kind for kind in press.MAY if steps.may_act(request, kind)]
    shown = page.read(among, query, user_id=request.user.pk or 0, may=may, now=timezone.now())
    context = {"inbox": shown, "said": said, "thing": thing, "query": query.urlencode(), "several": len(among) > 1}
    if request.headers.get(FRAGMENT):
        response = render(request, "desk/inbox/_list.html", context)
    else:
        site = admin.site.each_context(request)
        response = render(request, "desk/inbox/page.html", {**site, **context, "title": "What needs me", "is_fullwidth": "1"})
    patch_cache_control(response, no_store=True)
    return response
