"""Says what danger is heard in a sentence, or how well the sentences of a file are heard."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from telephony import safety
from telephony.safety import measuring


class Command(BaseCommand):
    help = "Say what danger is heard in sentences; --file: how well a file of labelled sentences is heard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sentences", nargs="*", help='As a caller says them: "it smells like gas"')
        parser.add_argument("--file", type=Path, help='JSON lines: {"text": …, "language": "en", "danger": a class or null}')

    def handle(self, *args: Any, sentences: list[str], file: Path | None, **options: Any) -> None:
        if not sentences and file is None:
            raise CommandError('Give a sentence, or --file. Example: manage.py hear "it smells like gas"')
        for sentence in sentences:
            found = safety.heard_in(sentence)
            self.stdout.write(f"{found.danger.label if found else 'no danger'}: {sentence}")
        if file is not None:
            self._measure(file)

    def _measure(self, file: Path) -> None:
        try:
            figures = measuring.measure(measuring.read(file))
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        self.stdout.write(f"{file.name}, phrases {safety.version()}: {figures}")
        for each in figures.missed:
            self.stdout.write(f"  missed {each.danger}: {each.text}")
        for each, heard in figures.false:
            self.stdout.write(f"  false alarm, {heard}: {each.text}")
        for each, heard in figures.other:
            self.stdout.write(f"  {each.danger} heard as {heard}: {each.text}")
