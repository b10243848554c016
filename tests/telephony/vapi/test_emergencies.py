"""Danger turns a call: whoever speaks of it hears the script, and nothing is booked until a person says so."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, Concern, Lead
from telephony import emergencies
from telephony.models import Call, Danger, Emergency, EmergencyWords, SafetyScript, ToolInvocation
from telephony.safety import scripts
from tests.factories import a_shop
from tests.telephony.vapi.speaking import answers, ask, post, tool_message
from tests.telephony.vapi.talking import BEGAN, CALL, report, told, words
from tests.telephony.vapi.test_tools import BOOK, CHECK

pytestmark = pytest.mark.django_db
GAS = "I smell gas in the basement"


def at(seconds):
    return BEGAN + timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def shop():
    made = a_shop(phone_number="+12125550100")
    with time_machine.travel(at(60), tick=False):
        yield made


def says(client, text, seconds=5, role="user", **options):
    assert post(client, words(seconds, role, text, **options)).status_code == 200


def check(client, tid, seconds=30, **arguments):
    return ask(
        client, "checkAvailability", CHECK | {"requestedDate": "2026-08-25"} | arguments, tid=tid, call=CALL, at=at(seconds)
    )


def book(client, tid, seconds=30, **arguments):
    day = {"scheduledDate": "2026-08-25T09:00"}
    return ask(client, "bookAppointment", BOOK | day | arguments, tid=tid, call=CALL, at=at(seconds))


def script(danger, language="en"):
    return scripts.default(Danger(danger), language)


def release(seconds=40):
    assert emergencies.release(Emergency.objects.get().pk, by="Olive", now=at(seconds))


def test_overheard_danger_is_written_down(client, shop):
    says(client, "hello there", 3)
    says(client, GAS, 5)
    raised = Emergency.objects.get()
    call = Call.objects.get()
    assert (raised.danger, raised.call, raised.origin, raised.phone, raised.language) == (
        "gas", call, call.origin, "+14155550142", "en",
    )  # fmt: skip
    assert (raised.heard_at, raised.next_step_at, raised.say_at, raised.said_at) == (at(5), at(60), at(60), None)
    assert raised.script == script("gas")
    assert raised.phrases_version
    assert list(raised.words.values_list("text", "at", "source", "danger")) == [(GAS, at(5), "transcript", "gas")]
    lead, concern = Lead.objects.get(), Concern.objects.get()
    assert (lead.reason, lead.urgent, lead.status, lead.origin) == ("emergency", True, "open", call.origin)
    assert (concern.kind, concern.origin) == ("emergency", call.origin)


def test_a_yes_to_a_question_about_danger_is_overheard(client, shop):
    says(client, "Is there any smell of gas or smoke?", 5, "assistant")
    says(client, "Yes.", 8)
    raised = Emergency.objects.get()
    assert (raised.danger, raised.heard_at) == ("gas", at(8))
    assert raised.words.get().text == "Is there any smell of gas or smoke? Yes."
    says(client, "Yes.", 8)  # delivered again
    assert EmergencyWords.objects.count() == 1


def test_a_no_or_a_late_yes_is_not(client, shop):
    says(client, "Is there any smell of gas or smoke?", 5, "assistant")
    says(client, "No, nothing.", 8)
    says(client, "yes", 9)
    assert not Emergency.objects.exists()


def test_a_sentence_broken_in_two_is_overheard(client, shop):
    says(client, "There is a strong smell of.", 5)
    says(client, "gas by the meter", 7)
    assert Emergency.objects.get().danger == "gas"


def test_long_words_cost_no_look_back(client, shop):
    says(client, "hello there", 3)
    long = words(5, "user", "it is about the furnace in the basement which has not been serviced since we moved in years ago")
    with CaptureQueriesContext(connection) as ran:
        post(client, long)
    assert len(ran) == 1


@pytest.mark.parametrize(
    ("role", "text", "final"),
    [
        ("assistant", "If you smell gas, leave the building.", True),
        ("assistant", "Do you smell gas?", True),
        ("user", GAS, False),
        ("user", "no gas smell, it just won't start", True),
    ],
)
def test_what_raises_nothing(client, role, text, final):
    says(client, text, role=role, final=final)
    assert not Emergency.objects.exists()
    assert not Lead.objects.exists()


def test_words_without_danger_cost_no_more_statements(client):
    says(client, "hello", 1)
    with CaptureQueriesContext(connection) as queries:
        says(client, "my furnace is broken and it is cold", 5)
    assert len(queries) == 1


def test_every_tool_answers_with_the_script_from_then_on(client):
    assert book(client, "before", 4)["state"] == "booked"
    says(client, GAS, 5)
    for answer in (check(client, "c1"), book(client, "c2"), book(client, "before", 4),
                   ask(client, "takeMessage", {"message": "call me"}, tid="c3", call=CALL),
                   ask(client, "noSuchTool", {}, tid="c4", call=CALL)):  # fmt: skip
        assert (answer["state"], answer["say"]) == ("emergency", script("gas"))
    assert Booking.objects.count() == 1
    assert set(ToolInvocation.objects.filter(tool_call_id__startswith="c").values_list("state", flat=True)) == {"emergency"}


def test_other_calls_go_on(client):
    says(client, GAS)
    elsewhere = CHECK | {"requestedDate": "2026-08-25"}
    assert ask(client, "checkAvailability", elsewhere, call="another")["state"] == "offered"


def test_a_tools_answer_says_it_and_then_nothing_waits_to_be_said(client):
    says(client, GAS)
    check(client, "c1")
    raised = Emergency.objects.get()
    assert (raised.said_at, raised.say_at) == (at(60), None)


def test_a_tool_that_hears_it_has_said_it(client):
    assert check(client, "c1", problem=GAS)["state"] == "emergency"
    raised = Emergency.objects.get()
    assert (raised.said_at, raised.say_at) == (at(60), None)
    assert raised.words.get().source == "tool"


def test_it_gets_graver_and_never_less(client):
    says(client, "there is a burning smell", 5)
    assert check(client, "c1")["say"] == script("electric")
    says(client, "my dad fainted", 7)
    says(client, "now I smell gas", 9)
    says(client, "and there is smoke", 11)
    assert check(client, "c2")["say"] == script("gas")
    raised = Emergency.objects.get()
    assert (raised.danger, raised.heard_at) == ("gas", at(5))
    assert [each.danger for each in raised.words.all()] == ["electric", "person", "gas", "fire"]
    assert Concern.objects.count() == Lead.objects.count() == 1


def test_graver_words_are_said_although_less_grave_ones_were(client):
    says(client, "there is a burning smell", 5)
    check(client, "c1")
    says(client, "now I smell gas", 9)
    raised = Emergency.objects.get()
    assert (raised.said_at, raised.say_at) == (None, at(60))


def test_the_same_delivery_twice_changes_nothing(client):
    says(client, GAS)
    check(client, "c1")
    before = Emergency.objects.values().get()
    says(client, GAS)
    check(client, "c1")
    assert Emergency.objects.values().get() == before
    assert EmergencyWords.objects.count() == 1


def test_after_a_persons_release_tools_work_again(client):
    says(client, GAS)
    assert book(client, "c1")["state"] == "emergency"
    release()
    assert check(client, "c2", 50)["state"] == "offered"
    assert book(client, "c3", 50)["state"] == "booked"
    assert not emergencies.release(Emergency.objects.get().pk, by="Fran", now=at(50))
    raised = Emergency.objects.get()
    assert (raised.released_by, raised.acknowledged_by, raised.next_step_at) == ("Olive", "Olive", None)


def test_the_reason_of_a_booking_raises_a_released_danger_no_more(client):
    says(client, GAS)
    release()
    assert book(client, "c1", 50, problem="they smelled gas, it was the stove")["state"] == "booked"
    assert Emergency.objects.get().released_at is not None


def test_words_of_before_the_release_that_come_late_raise_nothing(client):
    says(client, GAS, 5)
    release(40)
    says(client, "really, it smells like gas here", 20)
    assert Emergency.objects.get().released_at == at(40)
    assert EmergencyWords.objects.count() == 2


def test_what_is_said_after_the_release_raises_it_anew(client):
    says(client, GAS, 5)
    release(40)
    says(client, "it smells like gas again", 50)
    raised = Emergency.objects.get()
    assert (raised.released_at, raised.acknowledged_at, raised.next_step_at, raised.say_at) == (None, None, at(60), at(60))
    assert book(client, "c1", 55)["state"] == "emergency"


@pytest.mark.parametrize(
    ("arguments", "danger"),
    [
        ({"what": "it smells like rotten eggs"}, "gas"),
        ({"danger": "fire"}, "fire"),
        ({"danger": "fire", "what": "and I smell gas"}, "gas"),
        ({"danger": "water", "what": "my dad fainted"}, "water"),
        ({"danger": "carbon monoxide"}, "carbon_monoxide"),
        ({"danger": "alligators", "what": "something is terribly wrong"}, "person"),
        ({}, "person"),
        ({"what": None, "danger": None}, "person"),
    ],
)
def test_a_report_is_believed(client, arguments, danger):
    answer = ask(client, "reportEmergency", arguments, call=CALL)
    assert (answer["state"], answer["say"]) == ("emergency", script(danger))
    assert Emergency.objects.get().danger == danger
    assert EmergencyWords.objects.get().source == "report"


def test_a_report_cannot_lower(client):
    says(client, GAS)
    assert ask(client, "reportEmergency", {"danger": "person", "what": "all is fine now"}, call=CALL)["say"] == script("gas")
    assert Emergency.objects.get().danger == "gas"


def test_a_report_whose_arguments_nobody_can_read_is_one(client):
    assert ask(client, "reportEmergency", "{not json", call=CALL)["state"] == "emergency"


def test_later_tools_of_the_same_message_meet_it(client):
    message = tool_message(("a", "reportEmergency", {"danger": "gas"}), ("b", "checkAvailability", CHECK), call=CALL)
    assert [each["state"] for each in answers(post(client, message))] == ["emergency", "emergency"]


def test_spanish_words_are_answered_in_spanish(client, shop):
    type(shop).objects.update(languages="en-es")
    says(client, "huele a gas en la cocina")
    assert Emergency.objects.get().script == script("gas", "es")
    assert check(client, "c1", language="es")["say"] == script("gas", "es")
    assert check(client, "c2", language="en")["say"] == script("gas", "en")


def test_a_shop_says_its_own_words(client, shop):
    SafetyScript.objects.create(shop=shop, danger="gas", english="Out. Now.", spanish="")
    assert check(client, "c1", problem=GAS)["say"] == "Out. Now."
    assert scripts.of(shop.pk, Danger.GAS, "es") == script("gas", "es")
    assert scripts.of(shop.pk, Danger.FIRE, "en") == script("fire")


def test_danger_that_only_the_report_tells_of_is_heard(client):
    said = report()
    said["message"]["artifact"]["messages"].append({"role": "user", "message": GAS, "time": said["message"]["timestamp"]})
    post(client, told("status-update", 1, status="in-progress"))
    post(client, said)
    raised, call = Emergency.objects.get(), Call.objects.get()
    assert (raised.danger, call.outcome, call.stage) == ("gas", "emergency", "ended")
    post(client, said)
    assert EmergencyWords.objects.count() == 1


@pytest.mark.parametrize(("between", "raised"), [([], 1), ([{"role": "bot", "message": "Which one?"}], 0)])
def test_danger_told_in_two_turns_is_heard_in_the_report(client, between, raised):
    said = report()
    for each in (
        {"role": "user", "message": "The CO one in the hallway."},
        *between,
        {"role": "user", "message": "It keeps going off."},
    ):
        said["message"]["artifact"]["messages"].append({**each, "time": said["message"]["timestamp"]})
    post(client, said)
    assert Emergency.objects.filter(danger="carbon_monoxide").count() == raised


def test_the_report_of_a_call_whose_danger_is_known_raises_nothing_anew(client):
    says(client, GAS)
    release()
    said = report()
    said["message"]["artifact"]["messages"].append({"role": "user", "message": GAS, "time": said["message"]["timestamp"]})
    post(client, said)
    assert Emergency.objects.get().released_at is not None
    assert Call.objects.get().outcome == "emergency"


def test_words_that_come_after_the_end_still_make_it_an_emergency(client):
    says(client, "hello", 1)
    post(client, told("status-update", 10, status="ended", endedReason="customer-ended-call"))
    assert Call.objects.get().outcome == "answered"
    says(client, GAS, 5)
    assert Call.objects.get().outcome == "emergency"


def test_a_danger_that_could_not_be_written_down_when_it_was_answered_is_raised_at_the_end(client, shop):
    says(client, "hello", 1)
    reported = {"danger": "carbon_monoxide", "summary": "it beeps"}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE telephony_emergencywords RENAME TO gone")
        answer = ask(client, "reportEmergency", reported, tid="t", call=CALL, at=at(30))
        cursor.execute("ALTER TABLE gone RENAME TO telephony_emergencywords")
    assert answer["say"] == script("carbon_monoxide")
    assert not Emergency.objects.exists()
    for _ in range(2):
        post(client, told("status-update", 50, status="ended", endedReason="customer-ended-call"))
    raised, call = Emergency.objects.get(), Call.objects.get()
    assert (raised.danger, raised.call, raised.heard_at, raised.say_at) == ("carbon_monoxide", call, at(30), None)
    assert raised.next_step_at is not None
    assert call.outcome == "emergency"
    assert Lead.objects.get().reason == "emergency"
