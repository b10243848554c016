"""What waits for a person beside the day: the latest open leads, conflicts with Google and other concerns."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast
from django.urls import reverse

from bookings.models import Concern, Lead, Shop
from desk import words
from desk.board import pulse


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something in the tray."""

    text: str
    detail: str
    at: datetime
    link: str

    @property
    def when(self) -> str:
        return f"{self.at:%a} {words.clock(self.at)}"


def read(shop: Shop) -> dict[str, list[Waiting]]:
    """Return the latest open ones under `lead`, `conflict` and `concern`, in one statement."""
    text = CharField()
    columns = ("what", "pk", "about", "kind_text", "number", "created_at")
    leads = (
        Lead.objects.filter(shop=shop, status=Lead.Status.OPEN)
        .annotate(what=Value("lead", text), about=Cast("wanted", text), kind_text=Cast("reason", text), number=F("phone"))
        .order_by("-created_at", "-pk")
        .values_list(*columns)[: pulse.SHOWN_AT_MOST]
    )
    rows = Concern.objects.filter(shop=shop, status=Concern.Status.OPEN)
    concerns, conflicts = (
        some.annotate(what=Value(what, text), about=Cast("text", text), kind_text=Cast("kind", text), number=Value("", text))
        .order_by("-created_at", "-pk")
        .values_list(*columns)[: pulse.SHOWN_AT_MOST]
        for what, some in (
            ("concern", rows.exclude(kind__in=Concern.CALENDAR)),
            ("conflict", rows.filter(kind__in=Concern.CALENDAR)),
        )
    )
    found: dict[str, list[Waiting]] = {"lead": [], "conflict": [], "concern": []}
    zone = shop.zone
    for what, pk, said, kind, number, at in leads.union(concerns, conflicts, all=True):
        if what == "lead":
            heading = words.phone(number, shop.country) if number else "Number withheld"
            detail = ". ".join(filter(None, [str(Lead.Reason(kind).label), said]))
        else:
            heading, detail = str(Concern.Kind(kind).label), said
        if what == "lead":  # where they are called back from
            link = f"{reverse('inbox')}?group=leads&open=lead-{pk}#item-lead-{pk}"
        else:
            link = reverse("admin:bookings_concern_change", args=[pk])
        found[what].append(Waiting(heading, detail, at.astimezone(zone), link))
    for waiting in found.values():
        waiting.sort(key=lambda each: each.at, reverse=True)
    return found
