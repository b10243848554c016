"""Addresses of this app."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import URLPattern, path

from desk.board import views


def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask for the icon of old to ours."""
    return HttpResponsePermanentRedirect(static("desk/favicon.svg"))


urlpatterns: list[URLPattern] = [
    path("board/", views.board, name="board"),
    path("board/changes", views.changes, name="board-changes"),
    path("favicon.ico", favicon),
]
