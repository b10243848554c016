"""Plays written calls: what was said goes through /webhook/vapi as Vapi sends it, what was done through the tools themselves."""

from datetime import UTC, datetime, timedelta
from itertools import count

import time_machine

from bookings.models import Booking, ServiceArea, ServiceType
from telephony.models import Call
from tests.factories import a_shop
from tests.telephony.told.written import BEGAN, NEW_YORK
from tests.telephony.vapi.speaking import ask, post

CALLER = "+14155550142"
_NUMBERS = count(1000)


class Acting:
    """One call as it goes on, at a shop of its own."""

    def __init__(self, client, written, *, events=True, report=True, **shop):
        self.client, self.written, self.events, self.report = client, written, events, report
        self.number = f"+1212556{next(_NUMBERS)}"
        self.shop = a_shop(phone_number=self.number, languages="en-es", **shop)
        self.call_id = f"told-{self.number[-4:]}-{written.name}"
        self.began = BEGAN
        self.spoken = []
        self.tools = count(1)

    def play(self):
        """Play all of it and return the call."""
        with time_machine.travel(self.began.astimezone(UTC), tick=False) as clock:
            self.clock = clock
            for line in self.written.lines:
                self._line(line)
            self._end()
        return Call.objects.get(vapi_id=self.call_id)

    @property
    def now(self):
        return datetime.now(UTC)

    def _line(self, line):
        word, _, rest = line.partition(" ")
        match word:
            case "now":
                self.began = datetime.strptime(rest, "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK)
                self.clock.move_to(self.began.astimezone(UTC))
            case "fee":
                ServiceType.objects.filter(shop=self.shop).update(visit_fee=rest)
            case "trip":
                ServiceArea.objects.create(shop=self.shop, name="the Bronx", zip_codes="104*", trip_fee=rest)
            case "had":
                self.clock.move_to((self.began - timedelta(days=1)).astimezone(UTC))
                self._tool(*rest.split(), call=f"{self.call_id}-before")
                self.clock.move_to(self.began.astimezone(UTC))
            case "A:" | "U:":
                self._say("assistant" if word == "A:" else "user", rest)
            case "*":
                self.clock.shift(timedelta(seconds=1))
                self._tool(*rest.split())
            case _:
                raise ValueError(f"{self.written.name}: {line}")

    def _say(self, role, text):
        self.clock.shift(timedelta(seconds=6))
        self.spoken.append(f"{'AI' if role == 'assistant' else 'User'}: {text}")
        if self.events:
            self._post(type="transcript", role=role, transcriptType="final", transcript=text)

    def _post(self, **message):
        message |= {
            "timestamp": round(self.now.timestamp() * 1000), "call": {"id": self.call_id, "customer": {"number": CALLER}},
            "phoneNumber": {"number": self.number},
        }  # fmt: skip
        assert post(self.client, {"message": message}).status_code == 200

    def _end(self):
        self.clock.shift(timedelta(seconds=5))
        artifact = {"transcript": "\n".join(self.spoken)} if self.report else {}
        self._post(type="end-of-call-report", endedReason="customer-ended-call", artifact=artifact)

    def _ask(self, tool, call, **arguments):
        arguments |= {"language": self.written.language}
        return ask(
            self.client, tool, arguments, tid=f"t{next(self.tools)}", call=call or self.call_id, at=self.now,
            number=self.number, caller=CALLER,
        )  # fmt: skip

    def _tool(self, what, *words, call=""):
        match what, words:
            case (("repair" | "maintenance" | "installation"), (day, at)):  # "had"
                self._booked(what, f"{day}T{at}", call)
            case "book", (service, day, at):
                self._booked(service, f"{day}T{at}", call)
            case "move", (day, at):
                self._moved(f"{day}T{at}", self._last().reference)
            case "cancel", _:
                answer = self._ask("cancelAppointment", call, reference=words[0] if words else self._last().reference,
                                   customerName="Jane Doe", zip="10451", moveOffered=True)  # fmt: skip
                assert answer["state"] == "cancelled", (self.written.name, answer)
            case "hold", (service, day, at):
                offer = self._ask("checkAvailability", call, serviceType=service, requestedDate=f"{day}T{at}", zip="10451")
                slot = next(each for each in offer["slots"] if each["startsAt"].startswith(f"{day}T{at}"))
                answer = self._ask("holdSlot", call, slotId=slot["slotId"])
                assert answer["state"] == "held", (self.written.name, answer)
            case "check", (service, day):
                answer = self._ask("checkAvailability", call, serviceType=service, requestedDate=day, zip="10451")
                assert answer["state"] == "offered", (self.written.name, answer)
            case "find", _:
                answer = self._ask("findAppointments", call, customerName="Jane Doe")
                assert answer["state"] == "found", (self.written.name, answer)
            case "message", _:
                answer = self._ask("takeMessage", call, message=" ".join(words), customerName="Jane Doe")
                assert answer["state"] == "office_will_call", (self.written.name, answer)
            case _:
                raise ValueError(f"{self.written.name}: {what} {words}")

    def _booked(self, service, when, call):
        """A booking that costs something is asked about first, and booked when it is asked for again."""
        arguments = {
            "serviceType": service, "scheduledDate": when, "customerName": "Jane Doe", "another": True,
            "address": "1420 Grand Concourse, Bronx 10451",
        }  # fmt: skip
        answer = self._ask("bookAppointment", call, **arguments)
        if answer["state"] == "not_booked":
            self.clock.shift(timedelta(seconds=1))
            answer = self._ask("bookAppointment", call, **arguments)
        assert answer["state"] == "booked", (self.written.name, answer)

    def _moved(self, when, reference):
        answer = self._ask("rescheduleAppointment", "", reference=reference, scheduledDate=when, customerName="Jane Doe")
        assert answer["state"] == "moved", (self.written.name, answer)

    def _last(self):
        return Booking.objects.filter(shop=self.shop, status="booked").latest("pk")


def later(call):
    """A moment at which the words of a call have settled."""
    return call.ended_at + timedelta(minutes=5)
