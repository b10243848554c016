"""The words that answer a danger: a shop's own, with the product's beside them and a mark of who read them through."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html

from desk.admin.base import OwnShopAdmin, OwnShopChoices, action, display
from telephony.models import Danger, SafetyScript
from telephony.safety import scripts


@admin.register(SafetyScript)
class SafetyScriptAdmin(OwnShopAdmin):
    list_display = ("what", "said", "reviewed", "reviewed_by", "reviewed_at", "shop")
    list_filter = ("danger", ("shop", OwnShopChoices))
    list_select_related = ("shop",)
    search_fields = ("english", "spanish", "reviewed_by")
    search_help_text = "Words, or who read them"
    ordering = ("shop", "pk")
    heading = "Safety words"
    when_empty = "Each class of danger has its words here."
    actions = ("mark_as_reviewed",)
    fieldsets = (
        (None, {"fields": ("what", "shop", "reviewed_by", "reviewed_at")}),
        (
            "English",
            {
                "fields": ("english", "usual_english"),
                "description": "What a caller hears word by word, and nothing else, until somebody here releases the emergency. "
                "Left empty, the product's words are said. They are marked as reviewed in the list.",
            },
        ),
        ("Spanish", {"fields": ("spanish", "usual_spanish")}),
    )
    readonly_fields = ("what", "reviewed_by", "reviewed_at", "usual_english", "usual_spanish")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # each shop has one a class of danger

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        scripts.complete([shop.pk for shop in self._shops(request, "change")])
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: SafetyScript, form: Any, change: bool) -> None:
        if {"english", "spanish"} & set(form.changed_data) and obj.reviewed_at is not None:
            obj.reviewed_by, obj.reviewed_at = "", None
            self.message_user(request, "These words are new: they wait for somebody to read them through.", messages.WARNING)
        super().save_model(request, obj, form, change)

    @display(description="Danger", ordering="danger")
    def what(self, script: SafetyScript) -> str:
        return script.get_danger_display()

    @display(description="Words")
    def said(self, script: SafetyScript) -> str:
        danger = Danger(script.danger)
        both = (script.english, scripts.default(danger, "en")), (script.spanish, scripts.default(danger, "es"))
        said = [own.strip() or f"{usual} (the product's words)" for own, usual in both]
        return format_html('{}<br><span lang="es">{}</span>', *said)

    @display(description="Reviewed", ordering="reviewed_at", label={"yes": "success", "no": "warning"})
    def reviewed(self, script: SafetyScript) -> tuple[str, str]:
        return ("yes", "Reviewed") if script.reviewed_at else ("no", "Not reviewed")

    @display(description="The product's words")
    def usual_english(self, script: SafetyScript) -> str:
        return format_html('<div class="desk-prompt">{}</div>', scripts.default(Danger(script.danger), "en"))

    @display(description="The product's words")
    def usual_spanish(self, script: SafetyScript) -> str:
        return format_html('<div class="desk-prompt" lang="es">{}</div>', scripts.default(Danger(script.danger), "es"))

    @action(description="Mark as reviewed by me", permissions=["change"])
    def mark_as_reviewed(self, request: HttpRequest, queryset: models.QuerySet[SafetyScript]) -> None:
        name = (request.user.get_full_name() if request.user.is_authenticated else "") or request.user.get_username()
        marked = scripts.review(queryset, by=name, now=timezone.now())
        self.message_user(request, f"{marked} marked as read through by {name}. Changed words lose the mark.", messages.SUCCESS)
