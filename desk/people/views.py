"""The customers' pages: the list, one customer, and what the office changes there; each change by a service of the core."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings.errors import RefusedError, TryAgainError
from bookings.models import Customer, CustomerMerge, Unit
from bookings.services import duplicates, merging, upkeep
from desk import roles, shops, words
from desk.people import listing, page
from desk.people.forms import UnitForm

CHANGE = "bookings.change_customer"


@require_GET
@roles.desk
def index(request: HttpRequest) -> HttpResponse:
    """Show the customers of the user's shops."""
    mine = shops.of(request)
    found = listing.read(mine, listing.asked(request.GET.dict()))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        **admin.site.each_context(request), "title": "Customers", "is_fullwidth": "1", "found": found, "several": len(mine) > 1,
        "query": query.urlencode(), "tags": listing.tags(mine),
    }  # fmt: skip
    return _fresh(render(request, "desk/people/index.html", context))


@require_GET
@roles.desk
def likely(request: HttpRequest) -> HttpResponse:
    """Show who may be the same customer twice."""
    pairs = duplicates.among([shop.pk for shop in shops.of(request)])
    country = {shop.pk: shop.country for shop in shops.of(request)}
    shown = [
        {
            "pair": pair,
            "numbers": [words.phone(each.phone, country[each.shop_id]) for each in (pair.one, pair.other)],
        }
        for pair in pairs
    ]
    context = {**admin.site.each_context(request), "title": "Likely duplicates", "is_fullwidth": "1", "pairs": shown}
    return _fresh(render(request, "desk/people/likely.html", context))


@require_GET
@roles.desk
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one customer; whoever is part of another leads there."""
    who = _customer(request, pk)
    if who.merged_into_id is not None:
        messages.info(request, f"{who.name} is part of this customer.")
        return HttpResponseRedirect(reverse("customer", args=[who.merged_into_id]))
    with timezone.override(who.shop.timezone):
        context = {**admin.site.each_context(request), **_shown(request, who), "title": who.name, "is_fullwidth": "1"}
        return _fresh(render(request, "desk/people/customer.html", context))


@require_POST
@roles.desk
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether they are a member: have a maintenance plan."""
    return _change(request, pk, "who", lambda who, by, now: upkeep.set_member(
        who.pk, shop_id=who.shop_id, member=request.POST.get("member") == "yes", by=by, now=now
    ))  # fmt: skip


@require_POST
@roles.desk
def do_not_service(request: HttpRequest, pk: int) -> HttpResponse:
    """Have nothing booked for them on the phone any more, or serve them again."""
    reason = request.POST.get("reason", "").strip()
    if request.POST.get("what") != "serve" and not reason:
        return _say(request, _customer(request, pk), "who", "Say why, so that whoever calls back knows. Nothing was changed.")
    wanted = "" if request.POST.get("what") == "serve" else reason
    return _change(request, pk, "who", lambda who, by, now: upkeep.set_do_not_service(
        who.pk, shop_id=who.shop_id, reason=wanted, by=by, now=now
    ))  # fmt: skip


@require_POST
@roles.desk
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a tag, or take one away."""
    added, taken = request.POST.get("add", ""), request.POST.get("remove", "")

    def work(who: Customer, by: str, now: Any) -> object:
        wanted = [tag for tag in who.tags if tag != taken] + added.split(",")
        return upkeep.set_tags(who.pk, shop_id=who.shop_id, tags=wanted, by=by, now=now)

    return _change(request, pk, "who", work)


@require_POST
@roles.desk
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write something down."""
    return _change(request, pk, "notes", lambda who, by, now: upkeep.add_note(
        who.pk, shop_id=who.shop_id, text=request.POST.get("text", ""), by=by, now=now
    ))  # fmt: skip


@require_POST
@roles.desk
def strike(request: HttpRequest, pk: int, note_id: int) -> HttpResponse:
    """Strike a note out, or take that back."""
    return _change(request, pk, "notes", lambda who, by, now: upkeep.strike_note(
        who.pk, note_id, shop_id=who.shop_id, struck=request.POST.get("struck") == "yes", now=now
    ))  # fmt: skip


@require_http_methods(["GET", "POST"])
@roles.desk
def unit(request: HttpRequest, pk: int, unit_id: int | None = None) -> HttpResponse:
    """Show the form of a piece of equipment, or save it."""
    who = _own(request, pk)
    known = Unit.objects.filter(pk=unit_id, property__customer=who).first() if unit_id is not None else None
    if unit_id is not None and known is None:
        raise Http404("no such equipment")
    form = UnitForm(request.POST or None, customer=who, instance=known)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in upkeep.UNIT_FIELDS}
        return _change(request, pk, "equipment", lambda who, by, now: upkeep.save_unit(
            who.pk, unit_id, shop_id=who.shop_id, fields=fields, by=by, now=now
        ))  # fmt: skip
    context: dict[str, Any] = {"customer": who, "form": form, "unit": known}
    if request.headers.get("HX-Request") == "true":
        answer = render(request, "desk/people/_unit.html", context)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#customer-unit", "innerHTML"  # also where it was to show the list
        return _fresh(answer)
    context |= {**admin.site.each_context(request), "title": f"Equipment of {who.name}"}
    return _fresh(render(request, "desk/people/unit.html", context))


@require_POST
@roles.desk
def remove_unit(request: HttpRequest, pk: int, unit_id: int) -> HttpResponse:
    """Take a piece of equipment off the list, or put it back."""
    return _change(request, pk, "equipment", lambda who, by, now: upkeep.remove_unit(
        who.pk, unit_id, shop_id=who.shop_id, gone=request.POST.get("gone") == "yes", by=by, now=now
    ))  # fmt: skip


@require_http_methods(["GET", "POST"])
@roles.desk
def merge(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Show two customers side by side to choose which is kept, or make them one."""
    one, two = _own(request, pk), _own(request, other)
    if one.shop_id != two.shop_id or one.pk == two.pk:
        raise Http404("no such two customers")
    now = timezone.now()
    if request.method == "POST":
        kept, gone = (two, one) if request.POST.get("keep") == str(two.pk) else (one, two)
        try:
            done = merging.merge(kept.pk, gone.pk, shop_id=kept.shop_id, by=_by(request), now=now)
        except (RefusedError, TryAgainError) as refusal:
            messages.warning(request, _refused(refusal))
            return HttpResponseRedirect(reverse("customer", args=[kept.pk]))
        messages.success(request, _merged(request, done, gone))
        return HttpResponseRedirect(reverse("customer", args=[kept.pk]))
    with timezone.override(one.shop.timezone):
        context = {
            **admin.site.each_context(request), "title": "Make one customer of two",
            "both": [page.read(each, now=now) for each in (one, two)],
        }  # fmt: skip
        return _fresh(render(request, "desk/people/merge.html", context))


@require_POST
@roles.desk
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Make two customers again of one."""
    mine = [shop.pk for shop in shops.of(request)]
    done = CustomerMerge.objects.filter(pk=pk, shop__in=mine).select_related("gone").first()
    if done is None:
        raise Http404("no such merge")
    if not roles.may(request.user, CHANGE, shop_id=done.shop_id):
        raise PermissionDenied
    try:
        done = merging.undo(done.pk, shop_id=done.shop_id, by=_by(request), now=timezone.now())
        messages.success(request, f"{done.gone.name} is a customer of their own again, with all that was theirs.")
    except (RefusedError, TryAgainError) as refusal:
        messages.warning(request, _refused(refusal))
    return HttpResponseRedirect(reverse("customer", args=[done.kept_id]))


def _customer(request: HttpRequest, pk: int) -> Customer:
    """Return one of the user's customers; another shop's is not found."""
    mine = [shop.pk for shop in shops.of(request)]
    who = Customer.objects.filter(pk=pk, shop__in=mine).select_related("shop").first()
    if who is None:
        raise Http404("no such customer")
    return who


def _own(request: HttpRequest, pk: int) -> Customer:
    """Return a customer whom the user may change."""
    who = _customer(request, pk)
    if not roles.may(request.user, CHANGE, shop_id=who.shop_id):
        raise PermissionDenied
    return who


def _change(request: HttpRequest, pk: int, part: str, work: Callable[[Customer, str, Any], object]) -> HttpResponse:
    """Have a service change something, and answer with the part of the page that shows it, or with the page."""
    who = _own(request, pk)
    try:
        work(who, _by(request), timezone.now())
    except (RefusedError, TryAgainError) as refusal:
        return _say(request, who, part, _refused(refusal))
    return _say(request, who, part, "")


def _say(request: HttpRequest, who: Customer, part: str, problem: str) -> HttpResponse:
    """Answer with a part of the page, and what stood in the way; without a script, with the page."""
    if request.headers.get("HX-Request") != "true":
        if problem:
            messages.warning(request, problem)
        return HttpResponseRedirect(f"{reverse('customer', args=[who.pk])}#customer-{part}")
    who = _customer(request, who.pk)
    with timezone.override(who.shop.timezone):
        context = {
            "customer": who, "may": True, "problem": problem, "notes": page.notes(who) if part == "notes" else [],
            "places": page.places(who, now=timezone.now()) if part == "equipment" else [],
            "history": page.history(who), "again": True,
        }  # fmt: skip
        return _fresh(render(request, f"desk/people/_{part}.html", context))


def _shown(request: HttpRequest, who: Customer) -> dict[str, Any]:
    read = page.read(who, now=timezone.now())
    return {
        "page": read, "customer": who, "notes": read.notes, "places": read.places, "history": read.history,
        "may": roles.may(request.user, CHANGE, shop_id=who.shop_id),
    }  # fmt: skip


def _by(request: HttpRequest) -> str:
    return f"desk:{request.user.get_username()}"[:80]


def _merged(request: HttpRequest, done: CustomerMerge, gone: Customer) -> str:
    """Return what was done, with the button that takes it back."""
    return render_to_string(
        "desk/people/_merged.html", {"merge": done, "gone": gone, "token": get_token(request)}
    )  # fmt: skip


def _refused(refusal: RefusedError | TryAgainError) -> str:
    """Return what stood in the way, and what to do."""
    if isinstance(refusal, TryAgainError):
        return "Somebody else is changing these customers right now. Nothing was changed; try once more."
    match refusal.code:
        case "empty":
            return "Nothing was written down: the note is empty."
        case "merged":
            into = Customer.objects.filter(pk=refusal.facts["into"]).values_list("name", flat=True).first()
            return f"Nothing was changed: this customer is part of {into} by now. Undo that first, or go on there."
        case "merged_since":
            return f"Nothing was undone: {refusal.facts['gone']} became part of this customer later. Undo that first."
    return "Nothing was changed: that is not there any more. Load the page again."


def _fresh(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, no_store=True, private=True)
    return response
