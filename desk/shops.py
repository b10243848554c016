"""Whose rows a signed-in user may see: the shops they belong to; a superuser sees every shop."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from bookings.models import Shop, StaffMember


def of_user(user: AbstractBaseUser | AnonymousUser) -> list[Shop]:
    """Return the shops of a user, their own first."""
    if not user.is_authenticated:
        return []
    mine = Exists(StaffMember.objects.filter(user=user.pk, shop=OuterRef("pk")))
    shops = Shop.objects.annotate(mine=mine).order_by("-mine", "pk")
    return list(shops if getattr(user, "is_superuser", False) else shops.filter(mine=True))


def of(request: HttpRequest) -> list[Shop]:
    """Return the shops of the request's user; one statement a request."""
    known: list[Shop] | None = getattr(request, "desk_shops", None)
    if known is None:
        known = of_user(request.user)
        request.desk_shops = known  # type: ignore[attr-defined]
    return known
