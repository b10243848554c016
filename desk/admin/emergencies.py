"""Emergencies: what was said, whom the shop told and what came of it, and the two things a person does about one."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from desk import alarm, words
from desk.admin.base import LookOnlyAdmin, action, display
from desk.calls import terms
from desk.inbox import closing
from telephony import alarms
from telephony.models import Emergency


class Stands(admin.SimpleListFilter):
    title = "how it stands"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Nobody has it yet"), ("taken", "Taken or safe again")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Emergency]) -> models.QuerySet[Emergency]:
        open_ = models.Q(acknowledged_at=None, released_at=None)
        if self.value() is None:
            return queryset
        return queryset.filter(open_ if self.value() == "open" else ~open_)


@admin.register(Emergency)
class EmergencyAdmin(LookOnlyAdmin):
    list_display = ("heard_at", "danger", "caller", "shown_state", "acknowledged_at", "safe_again")
    list_filter = (Stands, "danger", "heard_at")
    list_select_related = ("shop",)
    search_fields = ("phone", "acknowledged_by", "words__text")
    search_help_text = "Phone, who took it, or words that were said"
    date_hierarchy = "heard_at"
    ordering = ("-heard_at", "-pk")
    actions = ("take",)
    when_empty = (
        "When a caller speaks of gas, carbon monoxide, fire or the like, the call appears here by itself, and whoever is on call "
        "is told. Set up who that is under On call."
    )
    change_form_outer_before_template = "desk/emergency_buttons.html"
    change_form_outer_after_template = "desk/emergency.html"
    fields = (
        ("danger", "how_it_stands"), ("heard_at", "caller"), "phone_call", "words_said", ("said_at", "spoken"),
        ("phrases_version", "shop"),
    )  # fmt: skip
    readonly_fields = ("how_it_stands", "caller", "phone_call", "words_said", "spoken")

    class Media:
        css: ClassVar = {"all": ["desk/call.css"]}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/take/", wrap(self.take_view), name="telephony_emergency_take"),
            path("<int:pk>/release/", wrap(self.release_view), name="telephony_emergency_release"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Emergency]:
        return super().get_queryset(request).select_related("shop", "call")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        emergency = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if emergency is not None:
            more = {"lines": alarm.lines(emergency), "may_act": self.may_act(request), "whom": alarm.whom(emergency)}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def take_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        emergency = self._acted_upon(request, pk)
        if emergency is None:
            return HttpResponseNotAllowed(["POST"])
        if alarms.acknowledge(emergency.pk, by=who(request), now=timezone.now()):
            self.message_user(request, "It is yours: nobody else is told. Call back.", messages.SUCCESS)
        else:
            emergency.refresh_from_db()
            self.message_user(request, f"{emergency.acknowledged_by} has it already.", messages.WARNING)
        return _back(emergency)

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The danger is over: the call may book again, nobody else is told, and the office has nothing left to do about it."""
        emergency = self._acted_upon(request, pk)
        if emergency is None:
            return HttpResponseNotAllowed(["POST"])
        if closing.end_emergency(emergency, by=who(request), now=timezone.now()):
            self.message_user(request, "Safe again: this call may book, and nobody else is told.", messages.SUCCESS)
        else:
            self.message_user(request, "It was marked as safe already.", messages.WARNING)
        return _back(emergency)

    def _acted_upon(self, request: HttpRequest, pk: int) -> Emergency | None:
        """Return the emergency a button was pressed for; None for what is no press of a button."""
        if not self.may_act(request):
            raise PermissionDenied
        emergency: Emergency | None = self.get_queryset(request).filter(pk=pk).first()
        if emergency is None:
            raise Http404("no such emergency")
        return emergency if request.method == "POST" else None

    @action(description="I have these: tell nobody else", permissions=["act"])
    def take(self, request: HttpRequest, queryset: models.QuerySet[Emergency]) -> None:
        now = timezone.now()
        taken = sum(alarms.acknowledge(each.pk, by=who(request), now=now) for each in queryset)
        self.message_user(request, f"{taken} taken. Call back.", messages.SUCCESS)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return self.may_act(request)

    @display(description="Caller", ordering="phone")
    def caller(self, emergency: Emergency) -> str:
        if not emergency.phone:
            return "Number withheld"
        return format_html('<a href="tel:{}" class="text-link">{}</a>', emergency.phone, alarm.whom(emergency))

    @display(
        description="How it stands", ordering="acknowledged_at", label={"taken": "success", "nobody": "danger", "waits": "danger"}
    )
    def shown_state(self, emergency: Emergency) -> tuple[str, str]:
        return alarm.stands(emergency)

    @display(description="How it stands")
    def how_it_stands(self, emergency: Emergency) -> str:
        return alarm.stands(emergency)[1]

    @display(description="Safe again", ordering="released_at")
    def safe_again(self, emergency: Emergency) -> str:
        return words.when(timezone.localtime(emergency.released_at)) if emergency.released_at else words.NOTHING

    @display(description="Where it was heard")
    def phone_call(self, emergency: Emergency) -> str:
        if emergency.call_id is None:
            return "In a text" if emergency.origin.startswith("text:") else "Not known"
        return format_html('<a href="{}" class="text-link">The phone call</a>', reverse("call", args=[emergency.call_id]))

    @display(description="Language")
    def spoken(self, emergency: Emergency) -> str:
        return terms.LANGUAGES.get(emergency.language, "Not noted")

    @display(description="What answers it")
    def words_said(self, emergency: Emergency) -> str:
        return emergency.script or "No words are kept"


def who(request: HttpRequest) -> str:
    user = request.user
    name = user.get_full_name() if user.is_authenticated else ""
    return f"{name or user.get_username()} at the desk"


def _back(emergency: Emergency) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:telephony_emergency_change", args=[emergency.pk]))
