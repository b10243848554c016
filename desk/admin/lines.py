"""Tests of the line: whether callers get through, what was found, and a button that tests it now."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from bookings.models import Shop
from desk import shops, words
from desk.admin.base import LookOnlyAdmin, display
from telephony import linetest, tasks
from telephony.models import LineTest
from wire.later import later

COLOURS = {LineTest.Status.RUNNING: "primary", LineTest.Status.PASSED: "success", LineTest.Status.FAILED: "danger"}


@admin.register(LineTest)
class LineTestAdmin(LookOnlyAdmin):
    list_display = ("started_at", "line", "result", "found", "took")
    list_filter = ("status", "started_at")
    list_select_related = ("shop",)
    ordering = ("-started_at", "-pk")
    heading = "Line tests"
    when_empty = "The line is tested once a week in the small hours. Test it now with the button above."
    change_list_template = "desk/line_tests.html"
    fields = ("started_at", "line", "status", "found", "took", "as_it_arrived", "shop")
    readonly_fields = ("line", "found", "took", "as_it_arrived")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.now_view)
        return [path("now/", view, name="telephony_linetest_now"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"may_act": self.may_act(request), **(extra_context or {})})

    def now_view(self, request: HttpRequest) -> HttpResponse:
        """Begin a test of each of the user's lines, and have a worker carry it out."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        among = shops.of(request)
        if not self.may_act(request) or not among:
            raise PermissionDenied
        for shop in among:
            begin(shop)
        messages.info(request, "The line is being tested; it takes up to two minutes. Load this page again to see the result.")
        return HttpResponseRedirect(reverse("admin:telephony_linetest_changelist"))

    @display(description="Line", ordering="shop")
    def line(self, test: LineTest) -> str:
        number = words.phone(test.shop.phone_number, test.shop.country)
        return number.replace(" ", "\N{NO-BREAK SPACE}").replace("-", "\N{NON-BREAKING HYPHEN}")

    @display(description="Result", ordering="status", label=COLOURS)
    def result(self, test: LineTest) -> tuple[str, str]:
        return test.status, test.get_status_display()

    @display(description="Found")
    def found(self, test: LineTest) -> str:
        if test.findings:
            return test.findings
        return "The call reached the assistant." if test.status == LineTest.Status.PASSED else words.NOTHING

    @display(description="Took")
    def took(self, test: LineTest) -> str:
        if test.finished_at is None:
            return words.NOTHING
        return f"{round((test.finished_at - test.started_at).total_seconds())}\N{NO-BREAK SPACE}s"

    @display(description="The call as it arrived")
    def as_it_arrived(self, test: LineTest) -> str:
        if test.call is None:
            return words.NOTHING
        url = reverse("call", args=[test.call.pk])
        return format_html('<a href="{}" class="text-link">{}</a>', url, str(test.call))


def begin(shop: Shop) -> None:
    """Begin a test of a shop's line, or find the one that runs, and have a worker carry it out."""
    test = linetest.start(shop.pk, now=timezone.now())
    # A hint: the sweep takes up what is not carried out.
    later.soon(("line", test.pk), lambda: tasks.line_test.apply_async((test.pk,), retry=False, expires=60))
