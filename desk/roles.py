"""Who may do what: the one place that says it.

A user has a role in each shop they work for; a superuser is the owner everywhere. Owners do everything in their shops,
dispatchers the day's work, technicians only what concerns themselves, outside of the back office. Django asks here through
`RoleBackend`: permissions and groups of its own count for nothing. A model that stands in no list is for superusers alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse

from bookings.models import Shop, StaffMember

Role = StaffMember.Role
User: TypeAlias = AbstractBaseUser | AnonymousUser
View: TypeAlias = Callable[..., HttpResponse]

# What owners and dispatchers read and change alike, as far as its page lets anybody.
WORK = frozenset({
    "bookings.booking", "bookings.bookingchange", "bookings.concern", "bookings.customer", "bookings.lead",
    "bookings.oncallswap", "bookings.oncallturn", "bookings.outgoingmessage", "bookings.property", "bookings.search",
    "bookings.timeoff", "bookings.visit", "telephony.call", "telephony.emergency", "telephony.linetest",
    "telephony.markednumber",
})  # fmt: skip
# What dispatchers read, and owners change.
LOOK = frozenset({
    "bookings.busyblock", "bookings.oncallperson", "bookings.technician", "bookings.technicianskill", "bookings.workinghours",
    "calendars.calendarconnection", "calendars.eventmirror", "calendars.readcalendar", "telephony.assistantversion",
    "telephony.toolinvocation",
})  # fmt: skip
# How the shop is set up, and who works for it: for owners.
SETTINGS = frozenset({
    "bookings.closure", "bookings.crewmember", "bookings.holdback", "bookings.lengthrule", "bookings.officehours",
    "bookings.servicearea", "bookings.servicetype", "bookings.shop", "bookings.skill", "bookings.staffmember",
    "telephony.safetyscript",
})  # fmt: skip

_OWNERS = frozenset({Role.OWNER})
_DESK = frozenset(StaffMember.DESK)


@dataclass(frozen=True, slots=True)
class Place:
    """A shop somebody works for, as what, and which of its technicians they are."""

    shop: Shop
    role: Role
    technician_id: int | None = None


def places(user: User) -> list[Place]:
    """Return where a user works, their own shops first; one statement for each user that was loaded."""
    if not user.is_authenticated or not user.is_active or not getattr(user, "is_staff", False):
        return []
    known: list[Place] | None = getattr(user, "desk_places", None)
    if known is None:
        known = _every_shop(user) if is_superuser(user) else _own_shops(user)
        user.desk_places = known  # type: ignore[attr-defined]
    return known


def _every_shop(user: User) -> list[Place]:
    mine = Exists(StaffMember.objects.filter(user=user.pk, shop=OuterRef("pk")))
    return [Place(shop, Role.OWNER) for shop in Shop.objects.order_by(mine.desc(), "pk")]


def _own_shops(user: User) -> list[Place]:
    # Who left the shop as a technician has lost the way in, too.
    left = Q(role=Role.TECHNICIAN, technician__active=False)
    members = StaffMember.objects.filter(~left, user=user.pk).select_related("shop").order_by("shop")
    return [Place(member.shop, Role(member.role), member.technician_id) for member in members]


def is_superuser(user: User) -> bool:
    return bool(user.is_active and getattr(user, "is_superuser", False))


def of(user: User, shop: Shop) -> Role | None:
    """Return a user's role in a shop."""
    return next((place.role for place in places(user) if place.shop.pk == shop.pk), None)


def at_desk(user: User) -> bool:
    """Say whether somebody is an owner or dispatcher anywhere: whether the back office is theirs at all."""
    return is_superuser(user) or any(place.role in _DESK for place in places(user))


def needed(what: str) -> frozenset[Role]:
    """Return the roles that may do something, named as Django names it: "bookings.change_visit"."""
    app, _, codename = what.partition(".")
    action, _, model = codename.partition("_")
    label = f"{app}.{model}"
    if label in WORK or (label in LOOK and action == "view"):
        return _DESK
    return _OWNERS if label in LOOK or label in SETTINGS else frozenset()


def shops_for(user: User, what: str) -> list[Shop]:
    """Return the shops in which a user may do something."""
    if is_superuser(user):
        return [place.shop for place in places(user)]
    roles = needed(what)
    return [place.shop for place in places(user) if place.role in roles]


def may(user: User, what: str, *, shop_id: int | None = None) -> bool:
    """Say whether a user may do something in a shop, or in any of theirs."""
    if is_superuser(user):
        return True
    return any(shop_id in (None, shop.pk) for shop in shops_for(user, what))


class RoleBackend(ModelBackend):
    """Signs in by name and password; what somebody may do follows from their roles."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return may(user_obj, perm, shop_id=shop_of(obj))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return at_desk(user_obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    get_user_permissions = get_group_permissions = get_all_permissions


def shop_of(row: Any) -> int | None:
    """Return the id of the shop that a row belongs to, or is; None for no row."""
    return row.pk if isinstance(row, Shop) else getattr(row, "shop_id", None)


def desk(view: View) -> View:
    """For owners and dispatchers: others are refused, strangers sent to sign in and back.

    A request that htmx made has the whole page go there: the sign-in page is no fragment.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if not at_desk(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") != "true":
        return redirect_to_login(request.get_full_path())
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    page = redirect_to_login(f"{shown.path}?{shown.query}" if shown.query else shown.path or "/")
    return HttpResponse(status=401, headers={"HX-Redirect": page["Location"]})
