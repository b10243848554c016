"""Who calls: people with a telephone, at the pace of speech, and drivers that only use tools, as fast as they are answered.

Each wants a visit and takes what is offered; some hold a time first, some move the visit, some cancel it.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from threading import Lock, Thread
from typing import Any

from bench.faults import heard
from bench.faults.desk import Assistant, Shop
from bench.faults.heard import Book, Heard, Life
from bench.faults.phone import Phone, SilentError
from bench.faults.wires import Wires
from hvacsched.simulate import forms, people
from hvacsched.simulate.errors import WrongError
from hvacsched.simulate.messages import GREETING, Json
from hvacsched.simulate.people import Person
from hvacsched.simulate.talk import slot_words, spoken
from hvacsched.simulate.vendors import Vendors

HOLDS, MOVES, CANCELS, DISMISSED = 0.3, 0.25, 0.12, 0.5
WANTS_A_PERSON = 0.12
RING_PACES = 1.5  # a telephone rings as long as somebody takes to speak
LEAN_PAUSE_SECONDS = 0.25
_AREA_CODES = (212, 332, 347, 646, 718, 917, 929, 201, 203, 212, 215, 267, 302, 401, 413, 484, 508, 518, 551, 570)


@dataclass(slots=True)
class Crowd:
    """All callers of a run, until the book says stop. `pace` stretches the pauses of those who telephone, in seconds a turn;
    `wordless` is the share of calls of whose end no vendor says anything.
    """

    book: Book
    shop: Shop
    wires: Wires
    vendors: Vendors
    hosted: Mapping[str, str]
    twilio_api: str
    seed: str
    pace: float
    wordless: float
    _numbers: Any = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)
    _posts: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(48, thread_name_prefix="told"))
    _threads: list[Thread] = field(default_factory=list)

    def begin(self, *, people: int, drivers: int) -> None:
        for n in range(people):
            self._start(f"person-{n}", self._telephones, n * self.pace * 8 / max(people, 1))
        for n in range(drivers):
            self._start(f"driver-{n}", self._drives, n * 0.05)

    def end(self) -> None:
        """Let every call come to its end, and everything be delivered that is still on its way."""
        self.book.stopping.set()
        for thread in self._threads:
            thread.join()
        self._posts.shutdown(wait=True)

    def _start(self, name: str, work: Any, delay: float) -> None:
        def run() -> None:
            self.book.stopping.wait(delay)
            dice = Random(f"{self.seed}/{name}")
            while not self.book.stopping.is_set():
                work(dice)

        thread = Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _person(self, dice: Random) -> Person:
        """Somebody whose number nobody else has."""
        with self._lock:
            n = next(self._numbers)
        number = f"+1{_AREA_CODES[n // 700 % len(_AREA_CODES)]}555{300 + n % 700:04d}"
        return Person(people.somebody(dice).name, number, people.somebody(dice).address)

    def _tell(self, message: Json, way: int) -> None:
        self._posts.submit(self.wires.told, message, way)

    def _telephones(self, dice: Random) -> None:
        who = self._person(dice)
        life = self.book.born(who.number, lean=False)
        life.sid = forms.new_sid("CA")
        try:
            _Call(self, life, who, dice).play()
        except SilentError as error:
            life.ending, life.fault = "", str(error)
        except WrongError as error:
            life.fault = str(error)
        except Exception as error:  # a bug here fails this call, and the others go on
            life.fault = f"{type(error).__name__}: {error}"
        life.ended = time.monotonic()

    def _drives(self, dice: Random) -> None:
        who = self._person(dice)
        life = self.book.born(who.number, lean=True)
        reports: list[Future[bool]] = []

        def tell(message: Json, way: int) -> None:
            reports.append(self._posts.submit(self._until_told, message, way))

        assistant = Assistant(life, self.book, self.shop, self.wires, dice, tell, pace=0.0)
        try:
            drive(assistant, who, dice)
        except Exception as error:  # as above: it is told as this caller's fault
            life.fault = f"{type(error).__name__}: {error}"
        assistant.report("customer-ended-call")
        life.ending, life.ended = heard.TOLD, time.monotonic()
        for each in reports:
            each.result()

    def _until_told(self, message: Json, way: int) -> bool:
        """A driver's call is at no vendor whom the product could ask: its end is told until it has arrived."""
        return any(self.wires.told(message, way) for _ in range(5))


@dataclass(slots=True)
class _Call:
    crowd: Crowd
    life: Life
    who: Person
    dice: Random

    def play(self) -> None:
        crowd, shop = self.crowd, self.crowd.shop
        form = forms.voice(
            account=shop.account, sid=self.life.sid, caller=self.who.number, called=shop.number, status="in-progress"
        )
        crowd.vendors.call_begins(self.life.sid, account=shop.account, caller=self.who.number, called=shop.number)
        phone = Phone(self.life, form, crowd.wires, crowd.hosted, self.dice, self._records, RING_PACES * crowd.pace)
        self.life.gone_without_a_word = self.dice.random() < crowd.wordless
        if phone.comes_in():
            self.life.by_assistant = True
            self.life.vapi_id = phone.vapi_id
            assistant = Assistant(self.life, crowd.book, shop, crowd.wires, self.dice, crowd._tell, pace=crowd.pace)
            assistant.begins()
            assistant.says(GREETING)
            moved = ""
            if self.dice.random() < WANTS_A_PERSON:
                moved = self._asks_for_a_person(assistant)
            else:
                self._talks(assistant)
            if moved:
                self._is_over(assistant, "customer-ended-call")
                phone.is_moved(moved)
            elif self.dice.random() < DISMISSED:
                assistant.says("Thank you for calling. Goodbye.")
                self._is_over(assistant, "assistant-ended-call")
                phone.goes_on()
            else:
                self._is_over(assistant, "customer-ended-call")
            self.life.ending = self.life.ending or heard.TOLD
        if not self.life.gone_without_a_word:
            lasted = max(1, round(time.monotonic() - self.life.began))
            crowd.wires.twilio("/twilio/status", forms.ended(form, seconds=lasted, now=datetime.now(UTC)))
        crowd.vendors.call_ends(self.life.sid, self.life.vapi_id, reason="customer-ended-call")

    def _is_over(self, assistant: Assistant, reason: str) -> None:
        if not self.life.gone_without_a_word:
            assistant.report(reason)

    def _records(self, seconds: int) -> str:
        recording = self.crowd.vendors.recording(self.life.sid, seconds=seconds)
        return f"{self.crowd.twilio_api}/2010-04-01/Accounts/{self.crowd.shop.account}/Recordings/{recording}"

    def _asks_for_a_person(self, assistant: Assistant) -> str:
        """Return what Twilio was told to play instead of the assistant; "" where the call was not moved."""
        assistant.hears("I'd rather talk to a real person, please.")
        use = assistant.insists("transferToHuman", reason="would rather talk to a person")
        moved = self.crowd.vendors.moved_to(self.life.sid)
        use.moved = bool(moved)
        return moved

    def _talks(self, assistant: Assistant) -> None:
        wish, day = people.wish(self.dice), some_day(self.dice, self.crowd.shop)
        assistant.hears(f"Hi, this is {self.who.name}. {wish.problem} Could somebody come on {spoken(day)}?")
        offer = assistant.insists("checkAvailability", serviceType=wish.service, requestedDate=day.isoformat())
        if offer.state != "offered":
            return
        slot = self.dice.choice(offer.body["slots"])
        assistant.hears(f"{slot_words(slot)} works.")
        if self.dice.random() < HOLDS:
            if assistant.insists("holdSlot", slotId=slot["slotId"]).state != "held":
                return
            assistant.hears(f"{self.who.name}, {self.who.address}. Yes, please book it.")
        booked = assistant.insists("bookAppointment", **details(self.who, wish), slotId=slot["slotId"])
        if booked.state in heard.STANDING and self.dice.random() < MOVES:
            self._moves(assistant, str(booked.body["reference"]), wish.service)
        elif booked.state in heard.STANDING and self.dice.random() < CANCELS / (1 - MOVES):
            assistant.hears("Oh, sorry, I have to cancel my appointment, we are away that week.")
            assistant.says("I can move it to another day instead. Would another day work?")
            assistant.hears("No, please cancel it.")
            assistant.insists("cancelAppointment", reference=booked.body["reference"], moveOffered=True, reason="away")

    def _moves(self, assistant: Assistant, reference: str, service: str) -> None:
        day = some_day(self.dice, self.crowd.shop)
        assistant.hears(f"Wait, could you come on {spoken(day)} instead?")
        offer = assistant.insists(
            "checkAvailability", serviceType=service, requestedDate=day.isoformat(), reference=reference
        )  # fmt: skip
        if offer.state == "offered":
            slot = self.dice.choice(offer.body["slots"])
            assistant.hears(f"{slot_words(slot)} is fine, please move it.")
            assistant.insists("rescheduleAppointment", reference=reference, slotId=slot["slotId"])


def drive(assistant: Assistant, who: Person, dice: Random) -> None:
    """Use every tool on one booking, a dozen answers a call; stop early where nothing is to be had."""
    wish = people.wish(dice)
    if wish.service == "installation":
        wish = people.Wish("maintenance", wish.problem, wish.window)

    def uses(tool: str, **arguments: Any) -> Heard:
        time.sleep(LEAN_PAUSE_SECONDS * dice.uniform(0.5, 1.5))
        return assistant.insists(tool, times=2, **arguments)

    def look(**more: Any) -> Json | None:
        day = some_day(dice, assistant.shop)
        use = uses("checkAvailability", serviceType=wish.service, requestedDate=day.isoformat(), **more)
        return dice.choice(use.body["slots"]) if use.state == "offered" else None

    slot = look()
    if dice.random() < 0.5:
        slot = look() or slot
    if slot is None:
        return
    if dice.random() < HOLDS and uses("holdSlot", slotId=slot["slotId"]).state != "held":
        return
    booked = uses("bookAppointment", **details(who, wish), slotId=slot["slotId"])
    if booked.state not in heard.STANDING:
        return
    reference = booked.body["reference"]
    other = None
    for _ in range(3):  # most of what is asked reads: who writes more keeps the worker busy, which is measured elsewhere
        uses("findAppointments", reference=reference)
        other = look(reference=reference) or other
    if other is not None:
        uses("rescheduleAppointment", reference=reference, slotId=other["slotId"])
    uses("findAppointments", customerName=who.name)
    at = next(iter(assistant.life.standing.values())).body["scheduledDate"]
    uses("bookAppointment", **details(who, wish), notes="Ring twice", scheduledDate=at)
    if dice.random() < 0.75:
        uses("cancelAppointment", reference=reference, moveOffered=True, reason="away")
        uses("findAppointments", reference=reference)
        uses("cancelAppointment", reference=reference)


def details(who: Person, wish: people.Wish) -> dict[str, Any]:
    return {
        "customerName": who.name, "customerPhone": who.number, "serviceType": wish.service, "address": who.address,
        "problem": wish.problem,
    }  # fmt: skip


def some_day(dice: Random, shop: Shop) -> date:
    """Return a weekday far enough apart from the others' that not everybody wants the same one."""
    day = shop.today + timedelta(days=dice.randint(8, shop.horizon - 5))
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
