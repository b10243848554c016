"""Calls the running product as Twilio and Vapi would, and says whether everything it answered was true."""

import secrets
import time
from collections.abc import Sequence
from random import Random
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from bookings.models import Shop
from hvacsched.simulate import forms, line, mirror, people, report, run, truth, typed
from hvacsched.simulate.caller import Caller, Setting
from hvacsched.simulate.errors import WrongError
from hvacsched.simulate.narrator import Narrator
from hvacsched.simulate.progress import Progress
from hvacsched.simulate.record import Record
from hvacsched.simulate.scenarios import SCENARIOS
from hvacsched.simulate.scripts import running, script
from hvacsched.simulate.scripts import shop as scratch
from hvacsched.simulate.vendors import Vendors
from telephony.models import Call

MOST_AT_ONCE = 200
LOOK_SECONDS = 0.5


class Command(BaseCommand):
    help = "Plays calls against the product that runs at SERVER_URL, with the sandbox as its vendors. It books."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--calls", type=int, default=1, metavar="N", help="how many calls (1)")
        parser.add_argument("--concurrency", type=int, metavar="M", help="how many at once (at most 10)")
        parser.add_argument(
            "--scenario", action="append", default=[], choices=sorted(SCENARIOS), metavar="NAME",
            help="how they go; may be given several times (a mixture)",
        )  # fmt: skip
        parser.add_argument("--list", action="store_true", help="list the scenarios, with --all the scripts, and do nothing else")
        parser.add_argument("--show", action="store_true", help="print the conversations as they go")
        parser.add_argument("--interactive", action="store_true", help="type a call by hand, and choose what the assistant does")
        parser.add_argument("--number", default="", metavar="E164", help="with --interactive: the number the call comes from")
        parser.add_argument("--all", action="store_true", help="play the scripts of sandbox/scenarios, each at a shop of its own")
        parser.add_argument(
            "--script",
            action="append",
            default=[],
            choices=script.names(),
            metavar="NAME",
            help="only that script; several times",
        )
        parser.add_argument("--seed", default="", help="the same seed plays the same people, days and scenarios")
        parser.add_argument("--wait", type=float, default=120.0, metavar="SECONDS", help="for the calendars to catch up (120)")
        parser.add_argument("--no-mirror-check", action="store_true", help="do not wait for the calendars, nor compare them")

    def handle(self, **options: Any) -> None:
        if options["list"]:
            self._list(scripts=options["all"])
            return
        if settings.ENVIRONMENT == "production":
            raise CommandError("HVACSCHED_ENV is production: simulated calls would book real technicians. Run it on the demo.")
        if options["all"] or options["script"]:
            self._play_scripts([script.load(name) for name in options["script"] or script.names()])
            return
        calls = options["calls"]
        concurrency = options["concurrency"] or min(calls, 10)
        if calls < 1 or not 1 <= concurrency <= MOST_AT_ONCE:
            raise CommandError(f"--calls is at least 1, --concurrency from 1 to {MOST_AT_ONCE}.")
        shop = Shop.objects.order_by("pk").first()
        if shop is None:
            raise CommandError("There is no shop to call. Make the demo's with: manage.py seed_demo")
        seed = options["seed"] or secrets.token_hex(4)
        if options["interactive"]:
            self._type_a_call(shop, options["number"], Random(seed))
            return
        records, wrong = self._run(shop, calls, concurrency, seed, options)
        failed = sum(bool(record.failure) for record in records)
        if failed or wrong:
            raise CommandError(f"{failed} of {calls} calls failed; {wrong} other checks failed. Same again with --seed {seed}")

    def _type_a_call(self, shop: Shop, number: str, dice: Random) -> None:
        """Hold one call with whoever types, and say where the back office shows it."""
        setting, who = setting_of(shop, dice, soon=False), people.somebody(dice)
        who = people.Person(who.name, number or who.number, who.address)
        record = Record(1, "typed", sid=forms.new_sid("CA"), phone=who.number)
        phone = line.Line(settings.SERVER_URL, settings.TWILIO_AUTH_TOKENS[0], settings.WEBHOOK_SECRETS[0], run.connections(1))
        sandbox = settings.GOOGLE_API_ENDPOINT.partition("/google/")[0]
        with phone, line.client(sandbox) as http:
            vendors = Vendors(sandbox, settings.VAPI_BASE_URL, settings.VAPI_API_KEY, http)
            _check_standing(settings.SERVER_URL, vendors)
            call = Caller(
                record, dice, who, caller_id=who.number, line=phone, vendors=vendors, setting=setting,
                narrator=Narrator(self._say, several=False),
            )  # fmt: skip
            self._say(f"\n  A call to {shop.name}, {shop.phone_number}, from {who.number}, at {settings.SERVER_URL}")
            typed.talk(call, read=input, write=self._say)
        stored = Call.objects.get(twilio_sid=record.sid)
        page = reverse("call", args=[stored.pk])
        self._say(f"\n  The call is in the back office: {settings.SERVER_URL}{page}\n")

    def _list(self, *, scripts: bool) -> None:
        if scripts:
            for each in map(script.load, script.names()):
                self.stdout.write(f"  {each.name:<34}{each.about}")
            return
        for name, scenario in SCENARIOS.items():
            self.stdout.write(f"  {name:<16}{scenario.weight:>3} %  {scenario.about}")

    def _play_scripts(self, scripts: Sequence[script.Script]) -> None:
        """Play scripts and write their table. Raises CommandError where something was not as it is written."""
        if not scripts:
            raise CommandError("There are no scripts in sandbox/scenarios here.")
        watch, progress, results = run.Stopwatch(), Progress(self.stdout), []
        with line.Line(settings.SERVER_URL, "", settings.WEBHOOK_SECRETS[0], run.connections(1)) as phone:
            _check_ready(settings.SERVER_URL)
            if not scratch.remove_left_over():
                raise CommandError("Scripts are being played already, by another run of this command.")
            self._say(f"\n  {len(scripts)} scripts, at {settings.SERVER_URL}\n")
            try:
                for result in running.play_all(scripts, phone):
                    results.append(result)
                    progress.show(f"{watch}  {len(results)} of {len(scripts)}: {result.script.name}")
            except KeyboardInterrupt:  # the shop of the script that was played is removed by now
                done = f"{len(results)} of {len(scripts)} scripts"
                raise CommandError(f"Broken off after {done}; nothing of them is left.") from None
        progress.done()
        for row in [*running.table(results), "", running.summary(results, seconds=watch.seconds), ""]:
            self._say(row)
        failed = [each.script.name for each in results if each.failed]
        if failed:
            raise CommandError(f"{len(failed)} of {len(scripts)} scripts failed. One alone: --script {failed[0]}")

    def _run(self, shop: Shop, calls: int, concurrency: int, seed: str, options: dict[str, Any]) -> tuple[Sequence[Record], int]:
        show = options["show"]
        narrator = Narrator(self._say if show else None, several=calls > 1)
        progress = Progress(self.stdout, quiet=show)
        dice = Random(seed)
        names = run.plan(calls, options["scenario"], dice)
        setting = setting_of(shop, dice, soon=show and calls == 1)
        sandbox = settings.GOOGLE_API_ENDPOINT.partition("/google/")[0]
        watch = run.Stopwatch()

        def watched(records: Sequence[Record]) -> None:
            failed = sum(bool(record.failure) for record in records)
            booked = sum(bool(record.at_last) for record in records)
            progress.show(f"{watch}  {len(records)} of {calls} calls, {booked} booked, {failed} failed")

        phone = line.Line(
            settings.SERVER_URL, settings.TWILIO_AUTH_TOKENS[0], settings.WEBHOOK_SECRETS[0], run.connections(concurrency)
        )
        with phone, line.client(sandbox, connections=concurrency) as http:
            vendors = Vendors(sandbox, settings.VAPI_BASE_URL, settings.VAPI_API_KEY, http)
            _check_standing(settings.SERVER_URL, vendors)
            many = f"{calls} calls, {concurrency} at once," if calls > 1 else "One call"
            self._say(f"\n  {many} to {shop.name}, {shop.phone_number}, at {settings.SERVER_URL}\n")
            processor = time.process_time()
            records = run.play(
                names, concurrency=concurrency, seed=seed, line=phone, vendors=vendors, setting=setting, narrator=narrator,
                watch=watched,
            )  # fmt: skip
            seconds, processor = watch.seconds, time.process_time() - processor
            progress.done()
            truth.check(records)
            self._table(records, phone, setting, seconds=seconds, processor=processor, seed=seed)
            wrong = self._check_office(shop, vendors, records, progress, options)
        if show:
            self._point_to(records)
        return records, wrong

    def _table(
        self, records: Sequence[Record], phone: line.Line, setting: Setting, *, seconds: float, processor: float, seed: str
    ) -> None:
        rows = ["", *report.of_calls(records, seconds=seconds), *report.of_failures(records), ""]
        rows += [*report.of_timings(phone.timings.all()), "", *report.of_scenarios(records, setting.contested)]
        rows += [f"  seed {seed}; the callers themselves took {processor:.1f} s of processor time", ""]
        for row in rows:
            self._say(row)

    def _check_office(
        self, shop: Shop, vendors: Vendors, records: Sequence[Record], progress: Progress, options: dict[str, Any]
    ) -> int:
        """Check what must hold beyond single calls; return how many checks failed."""
        pairs = truth.overlaps(shop)
        failed = [self._verdict(not pairs, "no technician in two places at once", f"{pairs} pairs of visits overlap")]
        if not options["no_mirror_check"]:
            failed.append(self._check_calendars(shop, vendors, records, progress, wait=options["wait"]))
        return sum(failed)

    def _check_calendars(
        self, shop: Shop, vendors: Vendors, records: Sequence[Record], progress: Progress, *, wait: float
    ) -> bool:
        connected = mirror.connected(shop)
        if not connected:
            self._say("  -- no technician has a connected calendar: there are no events to compare")
            return False
        watch = run.Stopwatch()
        left = mirror.waiting(shop, now=timezone.now())
        while left.all and watch.seconds < wait:
            progress.show(f"{watch}  waiting for the calendar queue: {left.to_write} to write, {left.to_remove} to remove")
            time.sleep(LOOK_SECONDS)
            left = mirror.waiting(shop, now=timezone.now())
        progress.done()
        late = self._verdict(
            not left.all, f"the calendar queue is empty, {watch.seconds:.1f} s after the last call",
            f"after {wait:.0f} s, {left.to_write} visits are not in the calendars and {left.to_remove} events are to be removed",
        )  # fmt: skip
        wrong = mirror.problems(shop, vendors.events(), now=timezone.now())
        shown = "; ".join(wrong[:5]) + (f"; and {len(wrong) - 5} more" if len(wrong) > 5 else "")
        exactly = f"each visit has exactly one event, at its time, in {connected} calendars; no event is without a visit"
        uneven = self._verdict(not wrong, exactly, shown)
        references = [reference for record in records for reference in record.at_last]
        self._say(report.of_seconds("   from booking to event", mirror.seconds_to_event(shop, references)))
        return late or uneven

    def _verdict(self, good: bool, yes: str, no: str) -> bool:
        """Write one check's line; return whether it failed."""
        self._say(f"  ok {yes}" if good else self.style.ERROR(f"  XX {no}"))
        return not good

    def _point_to(self, records: Sequence[Record]) -> None:
        for claim in (claim for record in records for claim in record.at_last.values()):
            day = claim.starts_at.date().isoformat()
            self._say(f"\n  {claim.reference} is on the board: {settings.SERVER_URL}/board/?day={day}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def setting_of(shop: Shop, dice: Random, *, soon: bool) -> Setting:
    today = timezone.now().astimezone(shop.zone).date()
    return Setting(
        shop=shop.name,
        number=shop.phone_number,
        zone=shop.zone,
        today=today,
        account=settings.TWILIO_ACCOUNT_SID,
        phone_number_id=shop.vapi_phone_number_id or settings.VAPI_PHONE_NUMBER_ID,
        assistant_id=shop.vapi_assistant_id or settings.VAPI_ASSISTANT_ID,
        twilio_api=settings.TWILIO_API_BASE_URL,
        contested=run.contested_time(dice, today, shop.zone),
        soon=soon,
    )


def _check_ready(server: str) -> None:
    """Say in words that nothing runs, before hundreds of calls fail of it."""
    try:
        with line.client(server) as http:
            ready = http.get(f"{server}/readyz").status_code == 200
    except httpx.HTTPError:
        ready = False
    if not ready:
        raise CommandError(f"Nothing that is ready answers at {server} (SERVER_URL). Start it, for instance with: make demo")


def _check_standing(server: str, vendors: Vendors) -> None:
    """Say in words what does not run, before hundreds of calls fail of it."""
    _check_ready(server)
    try:
        vendors.events()
    except WrongError as error:
        raise CommandError(f"No sandbox at {vendors.sandbox}, where GOOGLE_API_ENDPOINT points ({error}).") from error
