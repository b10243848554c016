"""Written calls beside their rows: every contradiction that was planted is found, and next to nothing else."""

import sys

import pytest

from bookings.models import Concern
from bookings.services import rosters
from telephony.models import ToolInvocation
from telephony.told import checking, compare, rows, turns
from tests.telephony.told import acting

pytestmark = pytest.mark.django_db
KINDS = sorted(each.value for each in compare.Contradiction)
MOST_FALSE = 1


def raised(call):
    """The kinds of the concerns that stand for a call, after two looks at it."""
    for _ in range(2):
        checking.check(call.pk, now=acting.later(call))
    return tuple(sorted(Concern.objects.filter(shop=call.shop_id, kind__in=KINDS, status="open").values_list("kind", flat=True)))


def by_the_report(call):
    """The kinds that are found where nothing but the transcript of the report came."""
    roster = rosters.of(call.shop_id, call.shop.config_version)
    answers = list(ToolInvocation.objects.filter(call=call).values_list("answer", flat=True))
    found = compare.findings(
        turns.of_transcript(call.transcript), rows.read(call, answers, roster), checking.reader(call, roster),
        checking.service_of(roster), began=call.started_at,
    )  # fmt: skip
    return tuple(sorted(each.what.value for each in found))


def test_every_planted_contradiction_is_found(client, capsys):
    wrong = []
    calls = acting.load("planted_*.txt")
    for written in calls:
        call = acting.Acting(client, written).play()
        for how, found in (("words", raised(call)), ("report", by_the_report(call))):
            if found != written.expected:
                wrong.append(f"{written.name} ({how}): found {found}, planted {written.expected}")
    with capsys.disabled():
        sys.stdout.write("\n  ".join([f"\n{len(calls)} calls with contradictions, {len(wrong)} read wrong", *wrong]) + "\n")
    assert wrong == []


def test_next_to_nothing_is_found_in_calls_that_are_true(client, capsys):
    false = []
    calls = acting.load("clean_*.txt")
    for written in calls:
        assert written.expected == ()
        call = acting.Acting(client, written).play()
        for how, found in (("words", raised(call)), ("report", by_the_report(call))):
            if found:
                false.append(f"{written.name} ({how}): found {found}")
    with capsys.disabled():
        sys.stdout.write("\n  ".join([f"\n{len(calls)} calls without contradictions, {len(false)} false", *false]) + "\n")
    assert len(false) <= MOST_FALSE
