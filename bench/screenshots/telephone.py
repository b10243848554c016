"""Calls of the simulator to the demo's shop, one after the other and the same ones each time. Needs Django's settings."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from random import Random

from django.conf import settings

from bench.stack import Stack
from bookings.models import Shop
from hvacsched.management.commands.simulate_calls import setting_of
from hvacsched.simulate import forms, people
from hvacsched.simulate.caller import Caller, Setting
from hvacsched.simulate.line import Line, client
from hvacsched.simulate.narrator import Narrator
from hvacsched.simulate.people import Person, Wish
from hvacsched.simulate.record import Record
from hvacsched.simulate.scenarios import SCENARIOS
from hvacsched.simulate.vendors import Vendors

_SILENT, _LISTENED_TO = Narrator(None, several=False), Narrator(lambda text: None, several=False)


@dataclass
class Telephone:
    """`rang`: how many called so far."""

    line: Line
    vendors: Vendors
    setting: Setting
    rang: int = 0

    def caller(self, who: Person | None = None, wish: Wish | None = None, *, paced: bool = False) -> Caller:
        """Return somebody who is about to call. `paced`: with pauses between the sentences, as on a real line."""
        self.rang += 1
        dice = Random(f"screenshots/{self.rang}")
        who = who or people.somebody(dice)
        record = Record(self.rang, "", sid=forms.new_sid("CA"), phone=who.number)
        call = Caller(
            record, dice, who, caller_id=who.number, line=self.line, vendors=self.vendors, setting=self.setting,
            narrator=_LISTENED_TO if paced else _SILENT,
        )  # fmt: skip
        call.wish = wish or call.wish
        return call

    def plays(self, scenario: str, call: Caller | None = None) -> Caller:
        """Play a whole call, somebody's if nobody is named; return who called. Raises WrongError for an untrue answer."""
        call = call or self.caller()
        played = SCENARIOS[scenario]
        with self.vendors.vapi_down(1) if played.without_vapi else nullcontext():
            played.play(call)
        return call


@contextmanager
def connected(stack: Stack) -> Iterator[Telephone]:
    shop = Shop.objects.get()
    server, token, secret = settings.SERVER_URL, settings.TWILIO_AUTH_TOKENS[0], settings.WEBHOOK_SECRETS[0]
    with Line(server, token, secret, 4) as line, client(stack.sandbox) as http:
        vendors = Vendors(stack.sandbox, settings.VAPI_BASE_URL, settings.VAPI_API_KEY, http)
        yield Telephone(line, vendors, setting_of(shop, Random("screenshots"), soon=True))
