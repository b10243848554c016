"""Says in words why a caller could not be given the time they asked for."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bookings import explaining
from bookings.models import Search
from bookings.services import rosters

SHOWN = 10


class Command(BaseCommand):
    help = "Say why no technician could come at the time a caller asked for: of one call, or the latest searches."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "origin", nargs="?", help="The call, as the back office shows it: call:0192d3a4-…; default: the latest"
        )
        parser.add_argument("--shop", help="The shop's phone number; default: all shops")
        parser.add_argument("--most", type=int, default=SHOWN, help=f"How many searches to show; {SHOWN}")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Search.objects.select_related("shop", "service_type").order_by("-at", "-pk")
        if options["origin"]:
            named = options["origin"]
            found = found.filter(origin=named if ":" in named else f"call:{named}")
        if options["shop"]:
            found = found.filter(shop__phone_number=options["shop"])
        searches = list(found[: max(1, options["most"])])
        if not searches:
            raise CommandError("No search is kept for that. Searches are kept for calls that did not end in a booking.")
        for search in searches:
            self._show(search)

    def _show(self, search: Search) -> None:
        roster = rosters.of(search.shop_id, search.shop.config_version)
        at = timezone.localtime(search.at, search.shop.zone)
        self.stdout.write(f"{at:%Y-%m-%d %H:%M} {search.origin}: {search.service_type.name}, {explaining.asked(search.asked)}")
        for line in explaining.offered(search.offered, roster):
            self.stdout.write(f"  {line}")
        for line in explaining.search(search.refused, roster):
            self.stdout.write(f"  {line}")
