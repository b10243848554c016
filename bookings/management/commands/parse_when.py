"""Reads spoken dates as the phone desk does, one phrase or many: to try a phrase, and to measure the reading.

It opens neither database nor Redis.
"""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from io import TextIOWrapper
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bookings.when.parse import read
from bookings.when.reading import Reading


class Command(BaseCommand):
    help = "Read a spoken date and time, in English or Spanish, as it is meant at a moment in a zone."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phrase", nargs="?", help='what was said: "next Tuesday afternoon"')
        parser.add_argument("--now", help="the moment it was said, ISO; without an offset the local time of --tz (now)")
        parser.add_argument("--tz", default="America/New_York", help="the shop's zone (America/New_York)")
        parser.add_argument("--json", action="store_true", help="answer one JSON object: date, window, ambiguous, say")
        parser.add_argument(
            "--batch",
            action="store_true",
            help="read one JSON object a line from standard input (phrase, now, tz), answer one a line",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            if options["phrase"] is not None:
                raise CommandError("--batch reads its phrases from standard input; give no phrase beside it.")
            self._batch(sys.stdin, options)
            return
        if options["phrase"] is None:
            raise CommandError('Say which phrase to read: manage.py parse_when "next Tuesday afternoon".')
        try:
            zone = zone_named(options["tz"])
            reading = read(options["phrase"], now=moment(options["now"], zone), zone=zone)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(answer(reading) if options["json"] else line(reading))

    def _batch(self, lines: Iterable[str], options: dict[str, Any]) -> None:
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        for number, text in enumerate(lines, start=1):
            if not text.strip():
                continue
            try:
                said = json.loads(text)
                if not isinstance(said, dict) or not isinstance(said.get("phrase"), str):
                    raise ValueError('a line is an object with "phrase", "now" and "tz"')
                zone = zone_named(said.get("tz") or options["tz"])
                written = answer(read(said["phrase"], now=moment(said.get("now") or options["now"], zone), zone=zone))
            except (ValueError, RecursionError) as error:
                written = json.dumps({"error": f"line {number}: {error}"}, ensure_ascii=False)
            self.stdout.write(written)


def zone_named(name: Any) -> ZoneInfo:
    """Return a zone by its name; raise ValueError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; one looks like America/New_York.") from error


def moment(text: Any, zone: ZoneInfo) -> datetime:
    """Return an ISO moment as an aware datetime, local to the zone without an offset; now for none."""
    if not text:
        return datetime.now(zone)
    try:
        found = datetime.fromisoformat(text)
        aware = found if found.tzinfo is not None else found.replace(tzinfo=zone)
        aware.astimezone(zone)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a moment; one looks like 2027-03-10T15:20.") from error
    return aware


def answer(reading: Reading) -> str:
    """Return a reading as one line of JSON: date, window, ambiguous, say."""
    shown = {
        "date": reading.on.isoformat() if reading.on else None,
        "window": reading.window,
        "ambiguous": reading.ambiguous,
        "say": reading.say,
    }
    return json.dumps(shown, ensure_ascii=False)


def line(reading: Reading) -> str:
    """Return a reading as a person reads it."""
    day = f"{reading.on:%a %Y-%m-%d}" if reading.on else "no day"
    mark = f" [{reading.problem}]" if reading.problem else ""
    return f"{day}, {reading.window or 'no window'}{mark}: {reading.say}"
