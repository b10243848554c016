"""One run: callers all the while, the troubles in turn, each until what waited is done again; then the judgement."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connections
from django.utils import timezone

from bench.faults import office, waiting
from bench.faults.callers import Crowd
from bench.faults.desk import Shop
from bench.faults.findings import Findings
from bench.faults.heard import Book, Phase
from bench.faults.troubles import House, Trouble
from bench.faults.wires import Wires
from bookings.models import Shop as ShopRow
from hvacsched.simulate import line
from hvacsched.simulate.vendors import Vendors
from telephony.twilio import static

ELSEWHERE = "https://files.example.net/soak"
HEALTHY = "in health"
LOOK_SECONDS = 0.5
HORIZON_DAYS = 180
SETTLE_SECONDS = 420


@dataclass(frozen=True, slots=True)
class Wanted:
    """How big a run is. `seconds` is how long a trouble lasts, `patience` how long its end is waited for at most.

    `wordless` is the share of calls of whose end neither Twilio nor Vapi says anything.
    """

    people: int
    drivers: int
    seconds: float
    patience: float
    answers: int
    seed: str
    pace: float
    wordless: float


def play(house: House, troubles: Sequence[Trouble], wanted: Wanted, shop: ShopRow) -> tuple[Book, Findings]:
    """Play the troubles one after the other, wait until all is settled, and judge."""
    book = Book()
    with calling(book, shop, wanted, server=house.stack.url, sandbox=house.stack.sandbox) as (crowd, vendors):
        crowd.begin(people=wanted.people, drivers=wanted.drivers)
        try:
            _phase(book, Trouble(HEALTHY, "", _nothing, _nothing), house, wanted)
            for trouble in troubles:
                _phase(book, trouble, house, wanted)
            while book.answers() < wanted.answers and not all(life.fault for life in book.lives):
                _phase(book, Trouble("in health again", "", _nothing, _nothing), house, wanted)
        except BaseException:
            book.stopping.set()  # broken off: nobody waits for calls that may never end
            raise
        crowd.end()
        say(f"all callers are gone; {book.answers()} tool answers were heard")
        _settle(book)
        connections.close_all()  # the servers are not those it was connected to
        return book, office.judge(book.lives, shop, events=vendors.events(), texts=vendors.texts())


@contextmanager
def calling(book: Book, shop: ShopRow, wanted: Wanted, *, server: str, sandbox: str) -> Iterator[tuple[Crowd, Vendors]]:
    """The callers of a product that runs at `server`, not yet begun, and the vendors' side of their calls."""
    wires = Wires(server, settings.TWILIO_AUTH_TOKENS[0], settings.WEBHOOK_SECRETS[0])
    at = Shop(
        shop.phone_number, shop.zone, timezone.now().astimezone(shop.zone).date(), shop.horizon_days, settings.TWILIO_ACCOUNT_SID,
        settings.VAPI_PHONE_NUMBER_ID, settings.VAPI_ASSISTANT_ID,
    )  # fmt: skip
    hosted = {f"{ELSEWHERE}/{name}": text for name, text in static.documents(shop, ELSEWHERE).items()}
    with wires, line.client(sandbox, connections=wanted.people + 8) as http:
        vendors = Vendors(sandbox, f"{sandbox}/vapi", settings.VAPI_API_KEY, http)
        api = settings.TWILIO_API_BASE_URL
        yield Crowd(book, at, wires, vendors, hosted, api, wanted.seed, wanted.pace, wanted.wordless), vendors


def _nothing(house: House) -> None:
    """No trouble at all."""


def _phase(book: Book, trouble: Trouble, house: House, wanted: Wanted) -> None:
    with book.named(trouble.name):
        since = time.monotonic()
        say(f"{trouble.name}: {trouble.about}" if trouble.about else trouble.name)
        trouble.begin(house)
        time.sleep(trouble.seconds if trouble.seconds is not None else wanted.seconds)
        trouble.end(house)
        until, moment = time.monotonic(), datetime.now(UTC)
        drained = None
        while time.monotonic() < until + wanted.patience:
            # A call that begins after the trouble shall have the time to end, however soon the queues are empty.
            if drained is None and waiting.work(moment) == 0:
                drained = time.monotonic() - until
            if drained is not None and _went_well(book, trouble.name, until):
                break
            time.sleep(LOOK_SECONDS)
        book.phases.append(Phase(trouble.name, since, until, time.monotonic(), drained))
        say(f"  over; what waited was done {'never' if drained is None else f'{drained:.1f} s later'}")


def _went_well(book: Book, phase: str, after: float) -> bool:
    return any(life.began >= after and life.ended and not life.lean and life.as_in_health for life in book.of(phase))


def _settle(book: Book) -> None:
    """Wait until nothing waits and every call is known, has an end and was compared, but not for ever.

    Of a call whose end nobody tells, the product asks the vendors after three quiet minutes.
    """
    until, moment, sids = time.monotonic() + SETTLE_SECONDS, datetime.now(UTC), [life.sid for life in book.lives if life.sid]
    while time.monotonic() < until and (waiting.work(moment) or waiting.open_calls(moment) or waiting.unknown_calls(sids)):
        time.sleep(LOOK_SECONDS)
    left = f"{waiting.open_calls(moment)} calls have no end or were not compared, {waiting.unknown_calls(sids)} are not known"
    say(f"settled: {waiting.work(moment)} texts, events and holds still wait, {left}")


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)
