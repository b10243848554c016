"""Writes the documents of the last net, and compares what is hosted with what would be written now."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bookings.models import Shop
from telephony.twilio import static


class Command(BaseCommand):
    help = (
        "Write static TwiML documents that ring the shop's people and take a message without this server, to be hosted elsewhere "
        "as the number's fallback (docs/going-live.md, 3); or compare what is hosted with what would be written now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", type=int, metavar="N", help="The shop's id; not needed where there is one only")
        parser.add_argument("--base-url", metavar="URL", help="Where they will be hosted; else STATIC_FALLBACK_URL")
        does = parser.add_mutually_exclusive_group(required=True)
        does.add_argument("--out", type=Path, metavar="DIR", help="Write them into this folder")
        does.add_argument("--check", metavar="URL", help="Compare what is hosted below this address")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = _shop(options["shop"])
        base = (options["check"] or options["base_url"] or static.base_url(shop)).rstrip("/")
        if not base.startswith(("https://", "http://")):
            raise CommandError("--base-url is missing: the documents name each other by their whole addresses.")
        try:
            if options["check"]:
                self._check(shop, base)
            else:
                self._write(shop, base, options["out"])
        except static.NobodyError as error:
            raise CommandError(f"{shop} has no number to ring: no office, no owner, no FALLBACK_DIAL_NUMBER.") from error
        except static.UnreachableError as error:
            raise CommandError(str(error)) from error

    def _write(self, shop: Shop, base: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in static.documents(shop, base).items():
            (folder / name).write_text(text, encoding="utf-8")
            self.stdout.write(f"{folder / name}")
        self.stdout.write(f"Host them below {base}/ and set {base}/{static.FIRST} as the number's fallback, with HTTP GET.")

    def _check(self, shop: Shop, base: str) -> None:
        if differing := static.differing(shop, base):
            raise CommandError(f"Not as they would be written now: {', '.join(differing)}. Write them anew with --out.")
        self.stdout.write(f"{shop}: what is hosted below {base}/ is as it would be written now.")


def _shop(shop_id: int | None) -> Shop:
    shops = list(Shop.objects.filter(pk=shop_id) if shop_id is not None else Shop.objects.order_by("pk")[:2])
    if len(shops) != 1:
        raise CommandError("There is no such shop." if shop_id is not None else "--shop N: there is not exactly one shop.")
    return shops[0]
