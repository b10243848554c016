"""What the page shows of all that waits: what was asked for, in bands, with counts, a page at a time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.urls import reverse

from bookings.models import Shop
from desk import actors, words
from desk.inbox import handling, items, offers, order, reading
from desk.inbox.items import Item
from desk.inbox.offers import Offer
from desk.inbox.reading import Row

PAGE = 25
TABS = {"open": "To do", "snoozed": "Put aside", "done": "Done today"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What of it all is to be shown, as the address says; what the address says wrongly is as if not said."""

    tab: str
    group: str
    mine: bool
    shop: int | None
    text: str
    page: str
    open: str

    @classmethod
    def read(cls, query: QueryDict, among: Sequence[Shop]) -> "Asked":
        tab, group, shop = query.get("tab", ""), query.get("group", ""), query.get("shop", "")
        return cls(
            tab=tab if tab in TABS else "open",
            group=group if group in order.BY_KEY else "",
            mine=query.get("mine") == "1",
            shop=next((each.pk for each in among if str(each.pk) == shop), None),
            text=query.get("q", "").strip()[:100],
            page=query.get("page", ""),
            open=query.get("open", "")[:60],
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.mine or self.shop or self.group)

    def link(self, **other: Any) -> str:
        """Return the address of the same with something else chosen, from its first page."""
        asked = {
            "tab": self.tab if self.tab != "open" else "", "group": self.group, "mine": "1" if self.mine else "",
            "shop": self.shop or "", "q": self.text, **other,
        }  # fmt: skip
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{reverse('inbox')}?{query}" if query else reverse("inbox")

    def fits(self, row: Row, user_id: int) -> bool:
        if (self.mine and row.owner_id != user_id) or (self.shop is not None and row.shop_id != self.shop):
            return False
        term, said = words.searchable(self.text).casefold(), row.words.casefold()
        return all(each in said for each in term.split())


@dataclass(frozen=True, slots=True)
class Choice:
    """A tab or a filter: its words, where it leads, whether it is chosen, how much there is (None: not counted)."""

    title: str
    link: str
    chosen: bool
    count: int | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A thing with its buttons; `marks` stand with the details. `colleagues` may have it, besides whoever looks."""

    item: Item
    offers: list[Offer]
    marks: list[Offer]
    colleagues: list[tuple[int, str]]
    opened: bool
    mine: bool
    may_act: bool


@dataclass(frozen=True, slots=True)
class Band:
    group: order.Group
    count: int
    shown: list[Shown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Inbox:
    """All that one rendering shows."""

    asked: Asked
    token: str
    now: datetime
    total: int
    bands: list[Band]
    page: Page[Row]
    tabs: list[Choice]
    groups: list[Choice]
    shops: list[Choice]
    mine: Choice
    earlier: str
    later: str


def read(among: Sequence[Shop], query: QueryDict, *, user_id: int, may: Sequence[str], now: datetime) -> Inbox:
    """Return what is to be shown. `may` are the kinds the user may do something about. Statements do not grow with the rows."""
    asked = Asked.read(query, among)
    waiting = reading.waiting(among, now=now)
    aside = sum(row.snoozed for row in waiting)
    if asked.tab == "done":
        rows = reading.done(among, now=now)
    else:
        # Who comes for one of them finds it, although somebody has put it aside.
        rows = [row for row in waiting if row.snoozed == (asked.tab == "snoozed") or row.id == asked.open]
    found = [row for row in rows if asked.fits(row, user_id)]
    counts = Counter(order.group(row.sort).key for row in found)
    kept = [row for row in found if not asked.group or order.group(row.sort).key == asked.group]
    there = next((at // PAGE + 1 for at, row in enumerate(kept) if row.id == asked.open), 1)
    page = Paginator(kept, PAGE).get_page(asked.page or there)
    numbers = {"open": len(waiting) - aside, "snoozed": aside}
    return Inbox(
        asked=asked, token=reading.token(waiting), now=now, total=len(kept), page=page,
        bands=_bands(items.build(list(page.object_list), among, now=now), asked, counts, among, user_id, may),
        tabs=[
            Choice(title, asked.link(tab=key if key != "open" else "", group=""), key == asked.tab, numbers.get(key))
            for key, title in TABS.items()
        ],
        groups=[
            Choice(group.title, asked.link(group="" if chosen else group.key), chosen, counts[group.key], group.tone)
            for group in order.BY_KEY.values()
            if (chosen := group.key == asked.group) or counts[group.key]
        ],
        shops=[
            Choice(shop.name, asked.link(shop="" if shop.pk == asked.shop else shop.pk), shop.pk == asked.shop) for shop in among
        ] if len(among) > 1 else [],
        mine=Choice("Mine", asked.link(mine="" if asked.mine else "1"), asked.mine),
        earlier=asked.link(page=page.previous_page_number()) if page.has_previous() else "",
        later=asked.link(page=page.next_page_number()) if page.has_next() else "",
    )  # fmt: skip


def _bands(
    built: Sequence[Item], asked: Asked, counts: Counter[str], among: Sequence[Shop], user_id: int, may: Sequence[str]
) -> list[Band]:
    """Return the things in bands of their group; what was done stands in one, the latest first."""
    colleagues = handling.colleagues([shop.pk for shop in among]) if built else {}
    bands: list[Band] = []
    for item in built:
        group = order.Group("done", "Done today", "calm", ()) if asked.tab == "done" else item.group
        if not bands or bands[-1].group.key != group.key:
            bands.append(Band(group, counts.total() if asked.tab == "done" else counts[group.key]))
        may_act = item.row.kind in may
        bands[-1].shown.append(
            Shown(
                item,
                offers.of(item) if may_act else [],
                offers.marks(item) if may_act else [],
                [(each.pk, actors.called(each)) for each in colleagues[item.shop.pk] if each.pk != user_id],
                opened=item.id == asked.open,
                mine=item.row.owner_id == user_id,
                may_act=may_act,
            )
        )
    return bands
