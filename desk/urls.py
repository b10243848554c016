"""Addresses of this app."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path

from desk import mine
from desk.account import signing_in
from desk.board import views
from desk.byhand import views as byhand
from desk.calls import views as calls
from desk.inbox import views as inbox
from desk.people import views as people


def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask for the icon of old to ours."""
    return HttpResponsePermanentRedirect(static("desk/favicon.svg"))


urlpatterns: list[URLPattern | URLResolver] = [
    path("board/", views.board, name="board"),
    path("board/changes", views.changes, name="board-changes"),
    path("board/new/", byhand.new, name="board-new"),
    path("board/new/who", byhand.who, name="board-new-who"),
    path("board/new/when", byhand.when, name="board-new-when"),
    path("board/new/undo", byhand.undo, name="board-new-undo"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/alarm", inbox.alarm, name="inbox-alarm"),
    path("inbox/changes", inbox.changes, name="inbox-changes"),
    path("inbox/<slug:kind>/<slug:key>/", inbox.pressed, name="inbox-press"),
    path("calls/", calls.index, name="calls"),
    path("calls/live", calls.running, name="calls-live"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("calls/<int:pk>/told", calls.told, name="call-told"),
    path("calls/<int:pk>/mark", calls.mark, name="call-mark"),
    path("customers/", people.index, name="customers"),
    path("customers/likely", people.likely, name="customers-likely"),
    path("customers/merges/<int:pk>/undo", people.unmerge, name="customer-unmerge"),
    path("customers/<int:pk>/", people.customer, name="customer"),
    path("customers/<int:pk>/member", people.member, name="customer-member"),
    path("customers/<int:pk>/do-not-service", people.do_not_service, name="customer-dns"),
    path("customers/<int:pk>/tags", people.tags, name="customer-tags"),
    path("customers/<int:pk>/notes", people.note, name="customer-note"),
    path("customers/<int:pk>/notes/<int:note_id>", people.strike, name="customer-strike"),
    path("customers/<int:pk>/equipment/new", people.unit, name="customer-unit-new"),
    path("customers/<int:pk>/equipment/<int:unit_id>", people.unit, name="customer-unit"),
    path("customers/<int:pk>/equipment/<int:unit_id>/remove", people.remove_unit, name="customer-unit-remove"),
    path("customers/<int:pk>/merge/<int:other>/", people.merge, name="customer-merge"),
    path("board/check", views.check, name="board-check"),
    path("board/move", views.move, name="board-move"),
    path("board/visits/<int:pk>/", views.visit, name="board-visit"),
    path("board/visits/<int:pk>/step", views.step, name="board-step"),
    path("board/visits/<int:pk>/cancel", views.cancel, name="board-cancel"),
    path("", signing_in.home, name="home"),
    path("mine/", mine.mine, name="mine"),
    path("account/", include("desk.account.urls")),
    path("favicon.ico", favicon),
]
