"""Addresses of this app."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import URLPattern, path

from desk.board import views
from desk.byhand import views as byhand
from desk.inbox import views as inbox


def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask for the icon of old to ours."""
    return HttpResponsePermanentRedirect(static("desk/favicon.svg"))


urlpatterns: list[URLPattern] = [
    path("board/", views.board, name="board"),
    path("board/changes", views.changes, name="board-changes"),
    path("board/new/", byhand.new, name="board-new"),
    path("board/new/who", byhand.who, name="board-new-who"),
    path("board/new/when", byhand.when, name="board-new-when"),
    path("board/new/undo", byhand.undo, name="board-new-undo"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/changes", inbox.changes, name="inbox-changes"),
    path("inbox/<slug:kind>/<slug:key>/", inbox.pressed, name="inbox-press"),
    path("favicon.ico", favicon),
]
