"""What nobody asked for is not written; what was taken back or overtaken is not written either; noise changes nothing."""

import json
from datetime import datetime, timedelta

import pytest
import time_machine

from bookings.models import Booking, Concern, Lead, RefreshRequest, Visit
from telephony.models import Call
from telephony.tools import intent, retraction
from telephony.tools.context import Turn
from telephony.tools.intent import Intent, Meant
from tests.conftest import NOW
from tests.factories import a_shop
from tests.telephony.vapi.speaking import answers, post, tool_message

pytestmark = pytest.mark.django_db
NUMBER = "+12125550100"
BOOK = {
    "customerName": "Jane Doe", "serviceType": "repair", "address": "12 Main St, New York 10001",
    "scheduledDate": "2026-11-25T09:00",
}  # fmt: skip
OTHER = {**BOOK, "scheduledDate": "2026-11-26T10:00"}


@pytest.fixture(autouse=True)
def _shop():
    a_shop(phone_number=NUMBER)
    with time_machine.travel(NOW, tick=False):
        yield


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def ms(seconds):
    return round(at(seconds).timestamp() * 1000)


def said(*turns, begun=NOW):
    """artifact.messages of (role, text) or (role, text, confidences), one second apart."""
    listed = []
    for second, (role, text, *more) in enumerate(turns):
        item = {"role": role, "time": round((begun + timedelta(seconds=second)).timestamp() * 1000)}
        item |= {"result": text, "toolCallId": "x", "name": "x"} if role == "tool_call_result" else {"message": text}
        if more:
            item["metadata"] = {"wordLevelConfidence": more[0]}
        listed.append(item)
    return listed


def use(client, name, arguments, *turns, tid="call_1", when=None, call="c1"):
    message = tool_message((tid, name, arguments), at=when, call=call)
    if turns:
        message["message"]["artifact"] = {"messages": said(*turns)}
    return answers(post(client, message))[0]


def ends(client, call="c1", when=None):
    body = {
        "type": "end-of-call-report", "call": {"id": call}, "phoneNumber": {"number": NUMBER}, "artifact": {},
        "endedReason": "customer-ended-call", "timestamp": round((when or at(60)).timestamp() * 1000),
    }  # fmt: skip
    assert post(client, {"message": body}).status_code == 200


def final(client, text, when, call="c1", role="user"):
    body = {
        "type": 'transcript[transcriptType="final"]', "transcriptType": "final", "role": role, "transcript": text,
        "call": {"id": call}, "phoneNumber": {"number": NUMBER}, "timestamp": round(when.timestamp() * 1000),
    }  # fmt: skip
    assert post(client, {"message": body}).status_code == 200


ASKED = ("user", "My furnace is broken, can you send somebody tomorrow at nine?")
OFFER = ("tool_call_result", json.dumps({"state": "offered", "say": "I have nine or eleven.", "slots": []}))


@pytest.mark.parametrize(
    "turns",
    [
        [ASKED],
        [("bot", "How can I help?"), ("user", "I need a tune-up.")],
        [("user", "Hello?"), OFFER, ("bot", "I have nine or eleven. Which one?"), ("user", "The first one.")],
        [("bot", "Shall I put you down for nine?"), ("user", "Yes, that'd be lovely.")],
        [("bot", "¿Le agendo la visita a las nueve?"), ("user", "Sí, claro.")],
        [("user", "Necesito que vengan mañana, no tengo calefacción.")],
        [("system", "You book."), ("bot", "Hello.")],  # nobody has spoken: nothing to judge by
    ],
)
def test_what_was_asked_for_is_booked(client, turns):
    assert use(client, "bookAppointment", BOOK, *turns)["state"] == "booked"


@pytest.mark.parametrize(
    "turns",
    [
        [("bot", "How can I help?"), ("user", "I'm scheduled for tomorrow at nine, when will he be here?")],
        [("user", "Hi, are you open on Saturdays?")],
        [("user", "It's about my appointment, is the technician on his way?")],
        [("bot", "Shall I put you down for nine?"), ("user", "Hmm, what does it cost?")],
        [("user", "Um schedule", [{"word": "um", "confidence": 0.9}, {"word": "schedule", "confidence": 0.31}])],
    ],
)
def test_what_nobody_asked_for_is_not_booked_but_asked_after(client, turns):
    refused = use(client, "bookAppointment", BOOK, *turns)
    assert (refused["state"], refused["say"]) == (
        "not_booked", "I haven't booked anything yet. Would you like me to book a visit?",
    )  # fmt: skip
    assert Booking.objects.count() == 0
    more = [*turns, ("bot", refused["say"]), ("user", "Yes please.")]
    assert use(client, "bookAppointment", BOOK, *more, tid="call_2")["state"] == "booked"


@pytest.mark.parametrize(
    "turns",
    [
        [("user", "My AC died last night."), ("bot", "When would you like us to come?"), ("user", "Tomorrow at nine.")],
        [("user", "I need it."), ("bot", "Which day works for you?"), ("user", "Wednesday.")],
        [("bot", "Shall I put you down for nine?"), ("user", "Uh, yeah.")],
        [("bot", "Would tomorrow at nine work?"), ("bot", "Take your time."), ("user", "Let's do that.")],
        [("bot", "We have nine or eleven, which do you prefer?"), ("user", "I'll take the nine.")],
        [("user", "Hola, mi calentador no prende."), ("bot", "¿Qué día le conviene?"), ("user", "Mañana a las nueve.")],
        [("bot", "Tengo a las nueve o a las once. ¿Cuál prefiere?"), ("user", "La de las nueve.")],
        [("bot", "¿Quiere que se la agende?"), ("user", "Ay sí, gracias.")],
        [ASKED, ("bot", "Anything else I should know?"), ("user", "Actually, no.")],
        [ASKED, ("bot", "¿Algo más?"), ("user", "No, mejor no, gracias.")],
    ],
)
def test_a_caller_who_answers_what_was_asked_is_not_asked_again(client, turns):
    assert use(client, "bookAppointment", BOOK, *turns)["state"] == "booked"


@pytest.mark.parametrize(
    "turns",
    [
        [("user", "I don't need anything, thanks, just calling back.")],
        [("user", "Please don't send anyone.")],
        [("user", "I want to cancel my appointment.")],
        [("user", "Hi."), ("bot", "Would you like a visit?"), ("user", "Right now? No, not today.")],
        [("user", "What times do you have?"), OFFER, ("bot", "Nine or eleven?"), ("user", "No, none of those, thanks.")],
        [("bot", "Can you hear me?"), ("user", "Yes.")],
    ],
)
def test_another_wish_is_none_for_a_visit(client, turns):
    assert use(client, "bookAppointment", BOOK, *turns)["state"] == "not_booked"


@pytest.mark.parametrize(
    ("turns", "state"),
    [
        ([("user", "I'm canceling my appointment for Wednesday.")], "cancelled"),
        ([("user", "Le cancelo la cita del miércoles.")], "cancelled"),
        ([("bot", "I can move it, or shall I cancel it?"), ("user", "Um, yeah, please.")], "cancelled"),
        ([("bot", "¿Quiere que la cancele?"), ("user", "Pues sí.")], "cancelled"),
        ([("bot", "Can you hear me?"), ("user", "Yes.")], "not_booked"),
        ([("user", "I need another visit."), OFFER, ("bot", "Nine or eleven?"), ("user", "Nine.")], "not_booked"),
        ([("user", "Please don't cancel my appointment.")], "not_booked"),
        ([("user", "No necesito nada más, gracias.")], "not_booked"),
    ],
)
def test_a_cancel_needs_words_for_it_or_a_question_that_had_them(client, turns, state):
    use(client, "bookAppointment", BOOK, ASKED)
    assert use(client, "cancelAppointment", {"moveOffered": True}, *turns, tid="2")["state"] == state


@pytest.mark.parametrize(
    "words",
    [
        "Something came up at work, can we do Friday?", "Could my appointment be moved to Friday?", "Calling about rescheduling.",
        "¿Podemos cambiarla para el viernes?", "Me surgió algo el miércoles.", "¿La pueden pasar al viernes?",
    ],
)  # fmt: skip
def test_a_move_is_asked_for_in_many_words(client, words):
    use(client, "bookAppointment", BOOK, ASKED)
    moved = use(client, "rescheduleAppointment", {"scheduledDate": "2026-11-27T09:00"}, ("user", words), tid="2")
    assert moved["state"] == "moved"


def test_a_shop_may_have_words_of_its_own_or_none(client):
    from bookings.models import Shop

    odd = [("user", "Zorp my boiler.")]
    assert use(client, "bookAppointment", BOOK, *odd)["state"] == "not_booked"
    Shop.objects.update(intent_words="zorp")
    assert use(client, "bookAppointment", BOOK, *odd, tid="2")["state"] == "booked"
    Shop.objects.update(intent_words="")
    assert use(client, "bookAppointment", BOOK, ("user", "Hello?"), call="c2")["state"] == "booked"


def test_a_cancel_nobody_asked_for_changes_nothing(client):
    use(client, "bookAppointment", BOOK, ASKED)
    refused = use(client, "cancelAppointment", {"moveOffered": True}, ASKED, ("bot", "Anything else?"), ("user", "No."), tid="2")
    assert refused["state"] == "not_booked"
    assert Booking.objects.get().status == "booked"
    asked = [ASKED, ("bot", "Anything else?"), ("user", "I don't need it any more, please cancel.")]
    assert use(client, "cancelAppointment", {"moveOffered": True}, *asked, tid="3")["state"] == "cancelled"


def test_a_bare_wait_no_is_waited_out(client):
    """The words that end in nothing hold what was asked before them; the words that go on are what is booked."""
    hesitating = [ASKED, ("user", "Actually wait, no, make that…")]
    held = use(client, "bookAppointment", BOOK, *hesitating)
    assert (held["state"], held["say"]) == (
        "not_booked", "All right, I haven't booked anything yet. What would you like instead?"
    )  # fmt: skip
    on = [*hesitating, ("user", "make that Thursday at ten.")]
    assert use(client, "bookAppointment", OTHER, *on, tid="2")["state"] == "booked"
    assert Visit.objects.filter(status="active").count() == 1


def test_a_request_that_knows_of_the_words_is_carried_out(client):
    """Vapi may stamp the transcript after the tool call that was made of it."""
    final(client, "Wait, no, make that Thursday at ten.", at(4))
    known = [ASKED, ("user", "Wait, no, make that Thursday at ten.")]
    assert use(client, "bookAppointment", OTHER, *known, when=at(3))["state"] == "booked"


def test_a_newer_request_makes_an_older_one_void_whatever_became_of_it(client):
    """The newer one was refused; the older one, delivered late, does not book what the caller no longer wants."""
    Visit.objects.all()
    refused = use(client, "bookAppointment", {**OTHER, "scheduledDate": "2026-11-26T03:00"}, when=at(5), tid="newer")
    assert refused["state"] == "offered"
    void = use(client, "bookAppointment", BOOK, when=at(3), tid="older")
    assert (void["state"], Booking.objects.count()) == ("not_booked", 0)
    tune_up = use(client, "bookAppointment", {**BOOK, "serviceType": "maintenance"}, when=at(3), tid="other service")
    assert tune_up["state"] == "booked"


def test_an_older_cancel_leaves_what_was_booked_after_it(client):
    use(client, "bookAppointment", BOOK, when=at(2), tid="a")
    use(client, "bookAppointment", OTHER, when=at(9), tid="b")
    late = use(client, "cancelAppointment", {"moveOffered": True}, when=at(5), tid="c")
    assert (late["state"], Booking.objects.get().status) == ("not_booked", "booked")
    assert late["say"].startswith("Your appointment on Thursday, November 26, between 10 AM and noon stays as it is.")


def test_an_older_booking_after_a_cancel_does_not_book_anew(client):
    use(client, "bookAppointment", BOOK, when=at(2), tid="a")
    assert use(client, "cancelAppointment", {"moveOffered": True}, when=at(9), tid="c")["state"] == "cancelled"
    late = use(client, "bookAppointment", OTHER, when=at(5), tid="b")
    assert late["state"] == "not_booked"
    assert list(Booking.objects.values_list("status", flat=True)) == ["cancelled"]


@pytest.mark.parametrize("tid", ["", "hook-function-call"])
def test_the_same_words_without_id_or_time_hear_what_is_true_now(client, tid):
    """They may be a second delivery or a new wish; neither may hear of a time that was changed since."""
    first = use(client, "bookAppointment", BOOK, tid=tid)
    assert use(client, "bookAppointment", BOOK, tid=tid) == first
    moved = use(client, "bookAppointment", OTHER, tid=tid)
    again = use(client, "bookAppointment", BOOK, tid=tid)
    assert (again["state"], again["reference"], again["scheduledDate"]) == ("booked", first["reference"], moved["scheduledDate"])
    assert "Thursday, November 26, between 10 AM and noon" in again["say"]
    use(client, "cancelAppointment", {"moveOffered": True}, tid=tid)
    gone = use(client, "bookAppointment", BOOK, tid=tid)
    assert (gone["state"], gone["success"]) == ("not_booked", False)
    assert gone["say"].startswith("Your appointment on Thursday, November 26, between 10 AM and noon is cancelled")


def test_a_long_turn_that_takes_back_at_its_end_is_known(client):
    final(client, "Wait, no, make that Thursday at ten.", at(40))
    message = tool_message(("t", "bookAppointment", OTHER), at=at(39), call="c1")
    turn = {
        "role": "user",
        "message": "I need a repair at nine. Wait, no, make that Thursday at ten.",
        "time": ms(0),
        "endTime": ms(40),
    }
    message["message"]["artifact"] = {"messages": [turn]}
    assert answers(post(client, message))[0]["state"] == "booked"


def test_wait_no_before_the_write_voids_it_and_after_the_write_corrects_it(client):
    """The same words in both orders of delivery end in one booking of the same time."""
    final(client, "Wait, no, make that Thursday at ten.", at(3), call="early")
    void = use(client, "bookAppointment", BOOK, ASKED, when=at(2), call="early")
    assert (void["state"], Booking.objects.count()) == ("not_booked", 0)
    moved_to = use(client, "bookAppointment", OTHER, when=at(5), tid="2", call="early")
    assert moved_to["state"] == "booked"

    assert use(client, "bookAppointment", BOOK, ASKED, when=at(2), call="late")["state"] == "booked"
    final(client, "Wait, no, make that Thursday at ten.", at(3), call="late")
    assert use(client, "bookAppointment", OTHER, when=at(5), tid="2", call="late")["state"] == "moved"
    for call in ("early", "late"):
        ends(client, call)
    starts = Booking.objects.values_list("promised_from", "status")
    assert set(starts) == {(datetime.fromisoformat("2026-11-26T10:00-05:00"), "booked")}
    assert (Booking.objects.count(), Visit.objects.filter(status="active").count()) == (2, 2)
    assert Concern.objects.filter(kind="taken_back").count() == 0


def test_who_takes_it_back_and_hangs_up_is_asked_by_a_person(client):
    use(client, "bookAppointment", BOOK, ASKED, when=at(2))
    final(client, "Never mind, forget it.", at(4))
    ends(client)
    concern = Concern.objects.get(kind="taken_back")
    assert concern.booking == Booking.objects.get()
    Concern.objects.update(status="done")
    ends(client)
    assert Concern.objects.filter(kind="taken_back").count() == 1


@pytest.mark.parametrize(
    ("question", "words", "asked"),
    [
        ("You're booked. Is there anything else I can do?", "Actually, no.", 0),
        ("You're booked. Anything else?", "No, actually that's it, thanks.", 0),
        ("¿Hay algo más en que le pueda ayudar?", "No, mejor no, gracias.", 0),
        ("You're booked. Anything else?", "Actually no, never mind the visit.", 1),
        ("You're booked. Anything else?", "Actually no, Thursday.", 1),
        ("You're booked for nine, all right?", "Actually, no.", 1),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_who_wants_nothing_else_takes_nothing_back(client, question, words, asked, order):
    use(client, "bookAppointment", BOOK, ASKED, when=at(2))
    for second, role, text in [(3, "assistant", question), (4, "user", words)][::order]:
        final(client, text, at(second), role=role)
    ends(client)
    assert Concern.objects.filter(kind="taken_back").count() == asked


def test_words_that_arrive_after_the_end_are_looked_at_too(client):
    use(client, "bookAppointment", BOOK, ASKED, when=at(2))
    ends(client)
    assert Concern.objects.filter(kind="taken_back").count() == 0
    final(client, "Actually no, scratch that.", at(4))
    assert Concern.objects.filter(kind="taken_back").count() == 1


def test_taken_back_before_the_write_and_hung_up_is_a_lead(client):
    final(client, "No wait, forget it.", at(3))
    assert use(client, "bookAppointment", BOOK, ASKED, when=at(2))["state"] == "not_booked"
    ends(client)
    assert (Booking.objects.count(), Lead.objects.get().reason, Call.objects.get().outcome) == (0, "no_time", "answered")


def test_a_partial_that_asks_for_a_visit_has_the_calendars_read_ahead(client):
    def partial(text, second):
        body = {
            "type": "transcript", "transcriptType": "partial", "role": "user", "transcript": text,
            "call": {"id": "c1"}, "phoneNumber": {"number": NUMBER}, "timestamp": round(at(second).timestamp() * 1000),
        }  # fmt: skip
        assert post(client, {"message": body}).status_code == 200

    partial("Hi I", 1)
    assert RefreshRequest.objects.count() == 0
    partial("Hi I need to schedule", 2)
    assert RefreshRequest.objects.get().asked_at == NOW
    assert Booking.objects.count() == 0


def test_noise_on_the_line_cancels_nothing(client):
    """A compressor starts to "speak" while a booking is on its way: no words, no change."""
    for second, kind in enumerate(["speech-update", "user-interrupted", "speech-update", "transcript"]):
        body = {
            "type": kind, "status": "started", "role": "user", "turnId": f"t{second}", "transcript": "",
            "transcriptType": "final",
            "call": {"id": "c1"}, "phoneNumber": {"number": NUMBER}, "timestamp": round(at(second + 3).timestamp() * 1000),
        }  # fmt: skip
        post(client, {"message": body})
    assert use(client, "bookAppointment", BOOK, ASKED, when=at(2))["state"] == "booked"


WORDS = tuple("wait no\nno wait\nactually no\nmake that\nnever mind\nforget it\nmejor el\nespere no".splitlines())


@pytest.mark.parametrize(
    ("text", "found", "bare"),
    [
        ("Wait, no, make that Thursday.", True, False),
        ("Actually wait, no, make that—", True, True),
        ("Um, no wait.", True, True),
        ("Tuesday at nine. Actually, no, ten.", True, False),
        ("Never mind.", True, True),
        ("Espere, no, mejor el jueves.", True, False),
        ("Can you make that Tuesday?", False, False),
        ("I don't mind if he never minds the dog.", False, False),
        ("No.", False, False),
        ("Wait a minute, I'll get my card.", False, False),
        ("", False, False),
    ],
)
def test_words_that_take_back(text, found, bare):
    assert (retraction.is_in(text, WORDS), retraction.is_bare(text, WORDS)) == (found, bare)


def test_no_conversation_is_not_judged(shop):
    from bookings.services import rosters

    roster = rosters.of(shop.pk, shop.config_version)
    assert intent.judge(Intent.BOOK, (), roster) is Meant.YES
    assert intent.judge(Intent.CANCEL, (Turn("user", "Hello."),), roster) is Meant.NO
