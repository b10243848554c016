"""Shows what would change in a shop's assistant at Vapi, and changes it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bookings.models import Shop
from telephony.vapi import push


class Command(BaseCommand):
    help = (
        "Create or update the assistant of each shop at Vapi from the shop's data, after showing what changes "
        "(--verbosity 0: without showing it)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", metavar="PHONE", help="Only the shop with this number, in E.164 form")
        parser.add_argument("--dry-run", action="store_true", help="Show what would change; change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        shops = Shop.objects.order_by("pk")
        if options["shop"]:
            shops = shops.filter(phone_number=options["shop"])
        found = list(shops)
        if not found:
            raise CommandError("No shop has that number." if options["shop"] else "There is no shop yet.")
        for shop in found:
            try:
                self._push(shop, dry_run=options["dry_run"], show=options["verbosity"] > 0)
            except push.PushError as error:
                raise CommandError(f"{shop}: {error}") from error

    def _push(self, shop: Shop, *, dry_run: bool, show: bool) -> None:
        wanted = push.plan(shop)
        if not wanted.assistant_id:
            tools = [tool["function"]["name"] for tool in wanted.body["model"]["tools"] if tool["type"] == "function"]
            self.stdout.write(f"{shop}: no assistant at Vapi yet; one is {'to be ' if dry_run else ''}made.")
            self.stdout.write(f"  It says: {wanted.body['firstMessage']}\n  It uses: {', '.join(tools)}")
        elif wanted.lines and show:
            self.stdout.write(f"{shop}: this differs at Vapi ({wanted.assistant_id}; - is there, + is to be):")
            for line in wanted.lines:
                self.stdout.write(line)
        elif not wanted.lines:
            self.stdout.write(f"{shop}: nothing to change at Vapi ({wanted.assistant_id}).")
        if dry_run:
            return
        assistant_id, otherwise = push.carry_out(wanted, now=timezone.now())
        if not wanted.assistant_id:
            self.stdout.write(f"{shop}: made at Vapi as {assistant_id}, and kept with the shop.")
        elif wanted.lines:
            self.stdout.write(f"{shop}: updated at Vapi ({assistant_id}).")
        if otherwise:
            self.stdout.write("Vapi keeps this otherwise than it was sent (- is kept, + was sent):")
            for line in otherwise:
                self.stdout.write(line)
