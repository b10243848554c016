"""Write every stored secret anew under the newest of FIELD_ENCRYPTION_KEYS, and say when the older keys may go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wire import rotation


class Command(BaseCommand):
    help = (
        "Write every stored secret anew under the first of FIELD_ENCRYPTION_KEYS. May be stopped and run again at any time, "
        "beside running workers; ends with 1 while secrets are left that need an older key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument("--batch", type=int, default=500, help="rows held in memory at once")

    def handle(self, *args: Any, dry_run: bool, batch: int, **options: Any) -> None:
        if batch < 1:
            raise CommandError("--batch is at least 1")
        older = unreadable = 0
        for model, column in rotation.columns():
            changed = 0 if dry_run else rotation.rotate(model, column, batch=batch)
            # Counted after it was written: a process that does not know the new key yet may have stored another meanwhile.
            found = rotation.count(model, column, batch=batch)
            older, unreadable = older + found.older, unreadable + found.unreadable
            self.stdout.write(
                f"{found.column}: {changed} written anew; {found.newest} under the newest key, {found.older} under an older one, "
                f"{found.unreadable} under none of them"
            )
        if unreadable:
            raise CommandError(
                f"{unreadable} secrets are under a key that FIELD_ENCRYPTION_KEYS does not list. Put that key back and run this "
                "again, or reconnect those calendars."
            )
        if older and dry_run:
            self.stdout.write(f"{older} secrets still need an older key: keep it, and run this without --dry-run.")
            return
        if older:
            raise CommandError(
                f"{older} secrets were stored under an older key meanwhile. Restart every process with the new key first, then "
                "run this again."
            )
        self.stdout.write(
            "Every stored secret is under the newest key. Once no process runs with the older one first, remove it."
        )
