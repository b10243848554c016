"""Scripts against a running product: they are told in a table, and nothing of them stays."""

import json

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from bookings.models import Shop
from hvacsched.simulate.line import Line
from hvacsched.simulate.scripts import running, script, shop
from hvacsched.simulate.scripts.script import ScriptError

pytestmark = pytest.mark.processes


def rows():
    """How many rows each table has."""
    # Signatures that were seen belong to no shop: they are kept for their days, whoever sent them.
    kept = {"telephony.SeenRequest"}
    models = [model for model in apps.get_models() if model._meta.managed and model._meta.label not in kept]
    return {model._meta.label: model._default_manager.count() for model in models}


def test_scripts_pass_and_leave_nothing(product, capsys):
    before = rows()
    names = ["books_an_offered_time", "wait_no_after_the_booking", "booking_three_times_at_once", "shape_hook"]
    call_command("simulate_calls", script=names)
    printed = capsys.readouterr().out
    assert [line.split()[:2] for line in printed.splitlines() if line.startswith("  ok")] == [["ok", name] for name in names]
    assert "4 scripts with 4 calls" in printed
    assert "0 failed" in printed
    assert rows() == before


def test_what_is_not_as_it_is_written_is_told(product, settings):
    body = json.loads((script.FOLDER / "asked_again_changes_nothing.json").read_text())
    body["calls"][0]["messages"][3]["answer"]["say"] = "You're booked for yesterday."
    body["expect"]["bookings"][0]["time"] = "09:00"
    before = rows()
    with Line(settings.SERVER_URL, "", settings.WEBHOOK_SECRETS[0], 1) as phone:
        results = list(running.play_all([script.read("typed", body)], phone))
    assert [each.failed for each in results] == [True]
    told = "\n".join(running.table(results))
    assert "bookings 1: time is '08:00', not '09:00'" in told
    assert "bookAppointment: say is" in told
    assert rows() == before


def test_what_a_killed_run_left_behind_is_removed_and_nothing_else(product):
    shop.make({}, {})
    assert Shop.objects.count() == 2
    call_command("simulate_calls", script=["hangs_up_at_once"])
    assert Shop.objects.get() == product.shop
    shop.remove(product.shop.pk)
    assert Shop.objects.get() == product.shop


def test_simulated_calls_are_refused_in_production(settings):
    settings.ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="production"):
        call_command("simulate_calls", all=True)


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda body: body.update(expct={}), "expct: not known here"),
        (lambda body: body["calls"][0]["messages"][2].pop("at"), '"at" is missing'),
        (lambda body: body["calls"][0]["messages"].reverse(), "not in order of time"),
        (lambda body: body["calls"][0]["messages"][3]["answer"].pop("say"), "an answer needs state and say"),
        (lambda body: body.update(clock="pinned"), "says why"),
        (lambda body: body["calls"][0]["messages"][2].update(wrods=""), "wrods: not known here"),
    ],
)
def test_a_mistyped_script_says_where(edit, complaint):
    body = json.loads((script.FOLDER / "books_an_offered_time.json").read_text())
    edit(body)
    with pytest.raises(ScriptError, match=complaint):
        script.read("typed", body)


def test_the_list_names_every_script(capsys):
    call_command("simulate_calls", list=True, all=True)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == script.names()
