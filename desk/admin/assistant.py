"""The assistant: what it was told to be, version by version, and what it looked up and booked."""

import json
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from desk.admin.base import LookOnlyAdmin, display
from telephony.models import AssistantVersion, Call, ToolInvocation


@admin.register(AssistantVersion)
class AssistantVersionAdmin(LookOnlyAdmin):
    list_display = ("created_at", "name", "pushed_at", "used")
    list_filter = ("pushed_at",)
    list_select_related = ("shop",)
    search_fields = ("fingerprint", "prompt")
    search_help_text = "Words of the prompt"
    phone_search = False
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    heading = "Versions of the assistant"
    when_empty = "Each assistant that answered or was pushed to Vapi is kept here with its prompt: manage.py push_assistant."
    fieldsets = (
        (None, {"fields": ("created_at", "pushed_at", "calls", "shop")}),
        ("What it is told", {"fields": ("instructions",)}),
        ("As Vapi has it", {"fields": ("fingerprint", "vapi_assistant_id", "sent"), "classes": ("collapse",)}),
    )
    readonly_fields = ("calls", "instructions", "sent")

    def get_queryset(self, request: HttpRequest) -> Any:
        used = Call.objects.filter(assistant=models.OuterRef("pk")).order_by().values("assistant").annotate(n=models.Count("pk"))
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(used=models.Subquery(used.values("n")))

    @display(description="Version", ordering="fingerprint")
    def name(self, version: AssistantVersion) -> str:
        return version.fingerprint[:8]

    @display(description="Calls", ordering="used")
    def used(self, version: AssistantVersion) -> int:
        return int(getattr(version, "used", None) or 0)

    @display(description="Calls it took")
    def calls(self, version: AssistantVersion) -> str:
        url = f"{reverse('admin:telephony_call_changelist')}?assistant__id__exact={version.pk}"
        return format_html('<a href="{}" class="text-link">{}</a>', url, self.used(version))

    @display(description="Prompt")
    def instructions(self, version: AssistantVersion) -> str:
        return format_html('<div class="desk-prompt">{}</div>', version.prompt)

    @display(description="Set-up")
    def sent(self, version: AssistantVersion) -> str:
        return format_html('<pre class="desk-code">{}</pre>', json.dumps(version.body, indent=2, ensure_ascii=False))


@admin.register(ToolInvocation)
class ToolInvocationAdmin(LookOnlyAdmin):
    list_display = ("answered_at", "name", "state", "said", "milliseconds", "call")
    list_filter = ("name", "state", "answered_at")
    list_select_related = ("call",)
    search_fields = ("name", "tool_call_id", "call__from_number", "call__vapi_id")
    search_help_text = "Tool, caller's phone or call id"
    date_hierarchy = "answered_at"
    ordering = ("-answered_at", "-pk")
    heading = "What the assistant looked up and booked"
    when_empty = "What the assistant looks up and books during calls appears here by itself."
    fields = ("call", "name", "state", "said", "asked", "answered", "requested_at", "answered_at", "milliseconds", "shop")
    readonly_fields = ("said", "asked", "answered")

    @display(description="Was told")
    def said(self, invocation: ToolInvocation) -> str:
        return str(invocation.answer.get("say", "")) if isinstance(invocation.answer, dict) else ""

    @display(description="Arguments")
    def asked(self, invocation: ToolInvocation) -> str:
        return format_html('<pre class="desk-code">{}</pre>', json.dumps(invocation.arguments, indent=2, ensure_ascii=False))

    @display(description="Answer")
    def answered(self, invocation: ToolInvocation) -> str:
        return format_html('<pre class="desk-code">{}</pre>', json.dumps(invocation.answer, indent=2, ensure_ascii=False))
