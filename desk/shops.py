"""Whose rows a signed-in user may see: those of the shops at whose desk they work; a superuser sees every shop."""

from django.http import HttpRequest

from bookings.models import Shop, StaffMember
from desk import roles


def of(request: HttpRequest) -> list[Shop]:
    """Return the shops of the request's user, their own first; one statement a request."""
    return [place.shop for place in roles.places(request.user) if place.role in StaffMember.DESK]
