"""Written calls beside their rows: every contradiction that was planted is found, and next to nothing else.

Each is read once from its final words and once from the report alone. The first set is played through the web, its planted
ones as words come, some of its true ones with nothing but the report, which shows that words and rows come to be what
`valued` makes of a call; the rest is about wordings, and read by its values.
"""

import sys

import pytest

from bookings.models import Concern
from bookings.services import rosters
from telephony.models import ToolInvocation
from telephony.told import checking, compare, rows
from tests.telephony.told import acting, valued, written

KINDS = sorted(each.value for each in compare.Contradiction)
MOST_FALSE = 1


def raised(call):
    """The kinds of the concerns that stand for a call that was looked at."""
    checking.check(call.pk, now=acting.later(call))
    return tuple(sorted(Concern.objects.filter(shop=call.shop_id, kind__in=KINDS, status="open").values_list("kind", flat=True)))


def standing(call):
    roster = rosters.of(call.shop_id, call.shop.config_version)
    return rows.read(call, list(ToolInvocation.objects.filter(call=call).values_list("answer", flat=True)), roster)


def as_values(stand):
    """What a comparison looks at, without keys and references."""
    return stand.held, [
        (row.touched, row.cancelled, row.moved, row.window, sorted(row.windows, key=lambda each: each.starts), row.visit_cents,
         row.trip_cents, row.asked_about or row.touched)
        for row in stand.rows
    ]  # fmt: skip


def apart(stand, other):
    """By how many seconds the changes of rows differ: a tool that is asked again takes one more."""
    return max((abs(one.changed_at - two.changed_at).seconds for one, two in zip(stand.rows, other.rows, strict=True)
                if one.touched), default=0)  # fmt: skip


def wrong_in(call, expected, **found):
    return [f"{call.name} ({how}): found {kinds}, planted {expected}" for how, kinds in found.items() if kinds != expected]


def played(client, pattern, *, events, every=1):
    """Those of a file's calls that are read wrong when every so many of them are played, with or without words as they come."""
    wrong = []
    for each in written.load(pattern)[::every]:
        call = acting.Acting(client, each, events=events).play()
        stand, worked_out = standing(call), valued.read(each)
        assert as_values(stand) == as_values(worked_out.standing), each.name
        assert apart(stand, worked_out.standing) <= 1, each.name
        other = worked_out.reported if events else worked_out.spoken
        wrong += wrong_in(each, each.expected, played=raised(call), by_values=worked_out.kinds(other))
    return wrong


def read(pattern):
    """How many calls the files have, and those that are read wrong by their values."""
    calls, wrong = written.load(pattern), []
    for each in calls:
        call = valued.read(each)
        wrong += wrong_in(each, each.expected, words=call.kinds(call.spoken), report=call.kinds(call.reported))
    return len(calls), wrong


def say(capsys, what, wrong):
    with capsys.disabled():
        sys.stdout.write("\n  ".join([f"\n{what}, {len(wrong)} read wrong", *wrong]) + "\n")


@pytest.mark.long
@pytest.mark.django_db
def test_every_planted_contradiction_is_found(client, capsys):
    calls = len(written.load("planted_*.txt"))
    wrong = played(client, "planted_*.txt", events=True)
    say(capsys, f"{calls} calls with contradictions", wrong)
    assert (calls, wrong) == (60, [])


@pytest.mark.django_db
def test_next_to_nothing_is_found_in_calls_that_are_true(client, capsys):
    calls, false = read("clean_*.txt")
    say(capsys, f"{calls} calls without contradictions", false)
    assert calls == 60
    assert len(false) <= MOST_FALSE
    assert played(client, "clean_*.txt", events=False, every=3) == []


def test_calls_of_somebody_who_did_not_know_the_rules(capsys):
    """A second set, 30 with a contradiction and 30 without, by somebody who never saw the rules.

    When it came, 27 of its 30 raised something by the words as they came, 21 with their very kind; of the 30 that are true
    3 did, and 8 where nothing but the report was there. It was read afterwards and the rules mended by it, so that how it
    falls now measures nothing new: it keeps what was mended. One, whose fee was told when the caller asked, counts as true now.
    """
    planted, missed = read("second_planted_*.txt")
    clean, false = read("second_clean_*.txt")
    say(capsys, f"{planted} calls with contradictions, {clean} without, by somebody else", [*missed, *false])
    assert (planted, clean) == (29, 31)
    assert missed == []
    assert len(false) <= MOST_FALSE


def test_calls_of_a_third_who_did_not_know_the_rules(capsys):
    """A third set, 30 with a contradiction and 30 without, by another who never saw the rules.

    When it came, 20 of its 30 raised something by the words as they came, 17 with their very kind, and 22 from the report
    alone; of the 30 that are true 5 did either way. It was read afterwards and the rules mended by it, and measures nothing
    new since. In two a move is promised that was never made: planted as another time, they count as not booked, as elsewhere.
    """
    planted, missed = read("third_planted_*.txt")
    clean, false = read("third_clean_*.txt")
    say(capsys, f"{planted} calls with contradictions, {clean} without, by a third", [*missed, *false])
    assert (planted, clean) == (30, 30)
    assert missed == []
    assert len(false) <= MOST_FALSE


def test_further_calls_that_the_rules_were_mended_by(capsys):
    """Seven batches by the author of the rules, each read once as it was written and the rules mended before the next.

    At first 79 of the 88 with a contradiction raised something, 77 their very kind, and of the 99 that are true 15 did.
    """
    planted, missed = read("further_planted.txt")
    clean, false = read("further_clean.txt")
    say(capsys, f"{planted} further calls with contradictions, {clean} without", [*missed, *false])
    assert missed == []
    assert false == []
