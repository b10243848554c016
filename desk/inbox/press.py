"""Something that was pressed at, and what is said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest

from bookings.models import Booking, Concern, Lead, Shop
from desk import actors
from desk.inbox import handling, order
from telephony.models import Emergency

Source = Emergency | Lead | Concern | Booking


@dataclass(frozen=True, slots=True)
class Undo:
    """The press that takes a step back."""

    step: str
    fields: dict[str, str]
    label: str = "Undo"


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a press, in words, and what takes it back. `well`: it was done."""

    text: str
    well: bool = True
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """What was pressed at: its row, and the name under which the desk's notes on it are kept."""

    request: HttpRequest
    kind: str
    key: str
    shop: Shop
    source: Source
    now: datetime

    @property
    def by(self) -> str:
        return f"desk:{self.request.user.get_username()}"

    @property
    def user(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user

    @property
    def sort(self) -> str:
        """Name its kind as the list's order does."""
        if isinstance(self.source, Concern):
            return f"concern:{self.source.kind}"
        return order.GROUPS[0].sorts[0] if isinstance(self.source, Emergency) else self.kind

    @property
    def is_stale(self) -> bool:
        """Say whether this was about a promise that is another one by now."""
        late = self.source
        return isinstance(late, Booking) and self.key != f"{late.pk}-{int(late.promised_to.timestamp())}"

    def given(self, name: str) -> str:
        return self.request.POST.get(name, "")

    def is_done(self) -> None:
        handling.done(self.shop.pk, self.kind, self.key, by=actors.called(self.user), now=self.now)


MAY = {
    "emergency": "telephony.change_emergency", "lead": "bookings.change_lead", "concern": "bookings.change_concern",
    "late": "bookings.change_booking",
}  # fmt: skip


_MODELS: dict[str, type[Source]] = {"emergency": Emergency, "lead": Lead, "concern": Concern, "late": Booking}


def find(request: HttpRequest, among: Sequence[Shop], kind: str, key: str, *, now: datetime) -> Thing:
    """Return what a press is about. Raises Http404 for what is none, or another shop's."""
    number = key.partition("-")[0] if kind == "late" else key
    if kind not in MAY or not number.isdecimal() or number.startswith("0") or len(number) > 18:
        raise Http404("no such thing")
    source: Source | None = _MODELS[kind]._default_manager.filter(pk=int(number), shop__in=[shop.pk for shop in among]).first()
    if source is None:
        raise Http404("no such thing")
    shop = next(shop for shop in among if shop.pk == source.shop_id)
    return Thing(request, kind, key, shop, source, now)
