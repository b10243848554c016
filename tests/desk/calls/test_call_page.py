"""A call's page: the conversation, the timeline, what came of it; while it goes on and after its words are deleted."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking, Concern, Lead
from bookings.services import leads, messages
from telephony.models import AssistantVersion, Call, CallEvent, MarkedNumber, Ring, ToolInvocation
from tests.browser import PHONE
from tests.desk import shelf
from tests.desk.test_admin_scope import page as url_of
from tests.factories import a_shop


def event(call, seconds, kind, role="", detail="", text=""):
    at = call.started_at + timedelta(seconds=seconds)
    key = f"{kind}{seconds}{detail}"[:64]
    return CallEvent.objects.create(
        call=call, shop=call.shop, key=key, kind=kind, role=role, detail=detail, text=text, at=at, received_at=at
    )


def tool(call, seconds, name, state, say, **arguments):
    at = call.started_at + timedelta(seconds=seconds)
    return ToolInvocation.objects.create(
        call=call, shop=call.shop, name=name, state=state, arguments=arguments, answer={"state": state, "say": say},
        requested_at=at, answered_at=at, milliseconds=12,
    )  # fmt: skip


def played(shop, began, **fields):
    """A call in which a visit was looked for, interrupted and held."""
    version = AssistantVersion.objects.create(
        shop=shop,
        fingerprint="ab12" * 16,
        prompt="Never say booked before the tool does.",
        body={"name": "Desk"},
        created_at=began,
    )
    over = {
        "ended_at": began + timedelta(seconds=75),
        "stage": "ended",
        "outcome": "booked",
        "ended_reason": "customer-ended-call",
    }
    call = Call.objects.create(
        shop=shop, vapi_id="v-1", from_number="+12125550209", started_at=began, assistant=version, language="es",
        **{
            **over, "summary": "Booked a repair.", "wanted": {"service": "repair", "urgent": True}, "cost": Decimal("0.1431"),
            "ended_reason": "customer-ended-call",
            "disclosure": "I'm the automated assistant. This call is recorded.", "disclosed_at": began + timedelta(seconds=4),
            "recording_consent": "given", "recording_url": "https://storage.vapi.ai/r.wav", **fields,
        },
    )  # fmt: skip
    event(call, 0.25, "status-update", detail="in-progress")
    event(call, 1, "speech-update", "assistant", "started")
    event(call, 4, "transcript", "assistant", "final", "I'm the automated assistant. This call is recorded.")
    event(call, 6.1, "transcript", "user", "partial", "My fur")
    event(call, 6.4, "transcript", "user", "partial", "My furnace is")
    event(call, 7, "transcript", "user", "final", "My furnace is broken.")
    event(call, 7.1, "transcript", "user", "final", "Can somebody come tomorrow?")
    tool(call, 8.125, "checkAvailability", "offered", "I have nine or eleven.", requestedDate="tomorrow")
    event(call, 10, "transcript", "assistant", "final", "I have nine or")
    event(call, 10.5, "user-interrupted", "user")
    event(call, 12, "transcript", "user", "final", "Nine is <b>fine</b>.")
    tool(call, 13, "holdSlot", "held", "I am holding nine.", customerName="Ann")
    event(call, 74, "status-update", detail="ended", text="customer-ended-call")
    return call


@pytest.fixture
def call(shop, now):
    return played(shop, now - timedelta(hours=1))


def page_of(call):
    return reverse("call", args=[call.pk])


def talk(call):
    return reverse("call-told", args=[call.pk])


def test_the_conversation_is_read_in_turns(desk, call):
    turns = desk.get(page_of(call)).context["talk"].turns
    assert [(each.role, each.text, each.clock, each.note) for each in turns] == [
        ("assistant", "I'm the automated assistant. This call is recorded.", "00:04.000", False),
        ("user", "My furnace is broken. Can somebody come tomorrow?", "00:07.000", False),
        ("", "Looked for times: times offered", "00:08.125", True),
        ("assistant", "I have nine or", "00:10.000", False),
        ("", "The caller interrupts", "00:10.500", True),
        ("user", "Nine is <b>fine</b>.", "00:12.000", False),
        ("", "Held a time", "00:13.000", True),
    ]


def test_the_timeline_is_in_order_with_partial_words_folded(desk, call):
    entries = desk.get(page_of(call)).context["talk"].entries
    assert [(each.clock, each.what, len(each.folded)) for each in entries] == [
        ("00:00.250", "The assistant answers", 0),
        ("00:01.000", "Assistant starts speaking", 0),
        ("00:04.000", "Assistant", 0),
        ("00:06.100", "As it was heard", 2),
        ("00:07.000", "Caller", 0),
        ("00:07.100", "Caller", 0),
        ("00:08.125", "Looked for times", 0),
        ("00:10.000", "Assistant", 0),
        ("00:10.500", "The caller interrupts", 0),
        ("00:12.000", "Caller", 0),
        ("00:13.000", "Held a time", 0),
        ("01:14.000", "The assistant's part is over", 0),
    ]


def test_all_that_is_known_stands_on_the_page(desk, call):
    text = desk.get(page_of(call)).content.decode()
    for each in (
        "Spanish", "<dt>Service</dt><dd>repair</dd>", "<dt>Urgent</dt><dd>Yes</dd>", "$0.14",
        "Customer ended call", "Stayed on after being told",
        url_of(AssistantVersion, "change", call.assistant_id), "https://storage.vapi.ai/r.wav", "in 12 ms",
        "&quot;requestedDate&quot;: &quot;tomorrow&quot;", "I have nine or eleven.", "Nine is &lt;b&gt;fine&lt;/b&gt;.",
    ):  # fmt: skip
        assert each in text, each
    assert "<b>fine</b>" not in text


def test_the_prompt_of_the_version_that_answered_can_be_read(desk, call):
    text = desk.get(url_of(AssistantVersion, "change", call.assistant_id)).content.decode()
    assert "Never say booked before the tool does." in text
    assert f"{url_of(Call, 'changelist')}?assistant__id__exact={call.assistant_id}" in text
    listed = desk.get(url_of(Call, "changelist"), {"assistant__id__exact": call.assistant_id})
    assert [each.pk for each in listed.context["cl"].result_list] == [call.pk]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"recording_removed_at": "2026-11-20T14:00Z", "recording_url": ""}, "Deleted on Fri 20 Nov, 9 am"),
        ({"recording_consent": "declined", "recording_url": ""}, "None is kept: the caller asked not to be recorded"),
        ({"recording_url": ""}, "No recording is known"),
        ({"recording_consent": ""}, "Not played: nothing shows that the caller was told of it"),
    ],
)
def test_a_recording_that_is_not_there_says_why(desk, call, fields, says):
    Call.objects.filter(pk=call.pk).update(**fields)
    text = desk.get(page_of(call)).content.decode()
    assert says in text
    assert "r.wav" not in text


def test_without_final_words_the_report_s_transcript_is_read(desk, call):
    call.events.all().delete()
    Call.objects.filter(pk=call.pk).update(transcript="AI: Hello.\nUser: My furnace\nis broken.\nAI: I see: nine?")
    turns = desk.get(page_of(call)).context["talk"].turns
    assert [(each.role, each.text, each.clock) for each in turns] == [
        ("assistant", "Hello.", ""), ("user", "My furnace is broken.", ""), ("assistant", "I see: nine?", ""),
    ]  # fmt: skip


def test_a_call_of_which_nothing_is_known_says_so(desk, shop, now):
    bare = Call.objects.create(shop=shop, twilio_sid="CA1", started_at=now, ended_at=now, stage="ended")
    text = desk.get(page_of(bare)).content.decode()
    assert "Nothing is known of what was said." in text
    assert "Nothing was told of this call" in text
    Call.objects.filter(pk=bare.pk).update(started_at=now - timedelta(days=91))
    text = desk.get(page_of(bare)).content.decode()
    assert "What was said is deleted: the shop keeps it for 90 days." in text


def test_a_call_under_way_shows_what_is_heard_now(desk, shop, now):
    live = played(shop, now - timedelta(seconds=80), ended_at=None, stage="assistant", outcome="")
    event(live, 78, "transcript", "user", "partial", "and my water hea")
    answer = desk.get(page_of(live))
    turns = answer.context["talk"].turns
    assert (turns[-1].text, turns[-1].heard) == ("and my water hea", False)
    text = answer.content.decode()
    assert "data-live" in text
    assert "Under way" in text
    assert "Caller is speaking" in text
    Call.objects.filter(pk=live.pk).update(started_at=now - timedelta(days=1))
    assert "data-live" not in desk.get(page_of(live)).content.decode()


def test_what_is_new_is_fetched_alone_and_nothing_new_is_no_page(desk, call):
    first = desk.get(talk(call))
    assert first.status_code == 200
    assert "Nine is &lt;b&gt;fine&lt;/b&gt;." in first.content.decode()
    again = desk.get(talk(call), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    event(call, 14, "transcript", "assistant", "final", "Goodbye.")
    assert "Goodbye." in desk.get(talk(call), headers={"If-None-Match": first["ETag"]}).content.decode()


def test_another_shop_s_call_is_not_found(client, call, other_shop):
    client.force_login(shelf.dispatcher(other_shop, username="stranger"))
    assert client.get(page_of(call)).status_code == 404
    assert client.get(talk(call)).status_code == 404
    assert client.post(reverse("call-mark", args=[call.pk]), {"kind": "spam"}).status_code == 404
    assert not MarkedNumber.objects.exists()
    assert "Booked a repair." not in client.get(url_of(Call, "changelist")).content.decode()
    assert client.get(url_of(AssistantVersion, "change", call.assistant_id)).status_code in (302, 404)
    choices = [each for each in client.get(url_of(Call, "changelist")).context["cl"].filter_specs if each.title == "assistant"]
    assert not any(call.assistant_id in [pk for pk, _ in each.lookup_choices] for each in choices)


def test_who_may_not_look_at_calls_does_not(client, call, django_user_model):
    client.force_login(django_user_model.objects.create_user("temp"))
    assert client.get(talk(call)).status_code == 403
    assert client.get(page_of(call)).status_code == 403
    client.logout()
    assert client.get(talk(call)).status_code == 302
    assert client.get(page_of(call)).status_code == 302


def test_the_admin_s_list_leads_to_the_page(desk, call):
    assert desk.get(url_of(Call, "change", call.pk))["Location"] == page_of(call)


def test_a_number_is_marked_and_the_mark_taken_away(desk, call):
    bare = Call.objects.create(shop=call.shop, twilio_sid="CA9", started_at=call.started_at, stage="ended")
    said = desk.post(reverse("call-mark", args=[bare.pk]), {"kind": "spam"}, follow=True).content.decode()
    assert "nothing can be marked" in said
    assert not MarkedNumber.objects.exists()
    said = desk.post(reverse("call-mark", args=[call.pk]), {"kind": "vendor"}, follow=True).content.decode()
    assert (MarkedNumber.objects.get().phone, MarkedNumber.objects.get().kind) == ("+12125550209", "vendor")
    assert "Marked: vendor" in said
    assert desk.get(reverse("call-mark", args=[call.pk])).status_code == 405
    desk.post(reverse("call-mark", args=[call.pk]), {"kind": "none"})
    assert not MarkedNumber.objects.exists()


def test_the_answers_are_plotted_by_how_long_they_took(desk, call):
    ToolInvocation.objects.filter(name="holdSlot").update(milliseconds=700)
    plot = desk.get(page_of(call)).context["talk"].plot
    assert [(bar.tone, bar.title, bar.y + bar.height) for bar in plot.bars] == [
        ("good", "Looked for times: 12 ms", 48), ("wait", "Held a time: 700 ms", 48),
    ]  # fmt: skip
    assert plot.bars[0].height < plot.bars[1].height
    assert plot.says == "2 answers, half of them within 356 ms, the slowest in 700 ms"


def test_what_came_of_it_stands_together(desk, shop, now, call):
    booking = shelf.book(shop, now, on=date(2026, 11, 25), origin=call.origin, name="Ann Ace", phone="+12125550209")
    messages.queue(shop_id=shop.pk, reason="confirm:1", to="+12125550209", body="You are booked.", now=now, booking=booking)
    leads.keep(
        shop_id=shop.pk, origin=call.origin, reason=Lead.Reason.MESSAGE, phone="+12125550209", now=now, messages=["Call Ann"]
    )
    Concern.objects.create(
        shop=shop, kind="other_time", key="x", text="Another time was said.", said="Nine o'clock.", stands="Eleven o'clock.",
        origin=call.origin, booking=booking, created_at=now,
    )  # fmt: skip
    shelf.danger(shop, now, origin=call.origin, call=call)
    text = desk.get(page_of(call)).content.decode()
    for each in (
        booking.reference, "Ann Ace", "You are booked.", "left a message", "Call Ann", "Another time was said.",
        "Nine o&#x27;clock.", "Eleven o&#x27;clock.", "Nobody has it yet", url_of(Booking, "change", booking.pk),
    ):  # fmt: skip
        assert each in text, each
    assert "Nothing was booked" not in text


def test_a_caller_is_booked_from_the_call_and_off_the_list_with_that(desk, shop, now, call):
    new = f"{reverse('board-new')}?shop={shop.pk}&amp;"
    assert f'href="{new}phone=%2B12125550209"' in desk.get(page_of(call)).content.decode()
    lead = leads.keep(shop_id=shop.pk, origin=call.origin, reason=Lead.Reason.NO_TIME, phone="+12125550209", now=now)
    assert f'href="{new}lead={lead.pk}"' in desk.get(page_of(call)).content.decode()


def test_a_long_call_costs_as_many_statements_as_a_short_one(desk, call):
    page, fragment = page_of(call), talk(call)
    desk.get(page)
    counts = []
    for turn in range(2):
        for url in (page, fragment):
            with CaptureQueriesContext(connection) as asked:
                desk.get(url)
            counts.append(len(asked))
        for n in range(40):
            event(call, 20 + n + turn / 2, "transcript", "user", "partial", f"word {n}")
            tool(call, 20.5 + n, "checkAvailability", "offered", "Nine.")
    assert counts[:2] == counts[2:]
    assert counts[0] <= 20
    assert counts[1] <= 9  # session, user, what they may, shops, the call, its events, its tools, the people rung


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"language__exact": "es"}, 1), ({"recording_consent__exact": "given"}, 1), ({"recording_consent__exact": "declined"}, 0),
        ({"outcome__exact": "booked"}, 1), ({"q": "furnace"}, 0), ({"q": "Booked a repair"}, 1), ({"q": "212 555 0209"}, 1),
    ],
)  # fmt: skip
def test_calls_are_found(desk, call, query, found):
    assert len(desk.get(url_of(Call, "changelist"), query).context["cl"].result_list) == found


def test_the_list_says_what_came_of_it_in_words(desk, shop, call, now):
    Call.objects.create(shop=shop, twilio_sid="CA1", started_at=now, stage="assistant")
    Call.objects.create(shop=shop, twilio_sid="CA2", started_at=now, ended_at=now, stage="ended", outcome="abandoned")
    text = desk.get(url_of(Call, "changelist")).content.decode()
    for words in ("Under way", "Hung up", "Booked"):
        assert words in text
    assert "abandoned" not in text.replace("outcome__exact=abandoned", "")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_call_is_followed_live_and_fits_a_phone(page, sign_in):
    shop = a_shop()
    sign_in(shelf.dispatcher(shop))
    live = played(shop, timezone.now() - timedelta(seconds=80), ended_at=None, stage="assistant", outcome="")
    page.goto(page_of(live))
    expect(page.locator(".call-live")).to_be_visible()
    page.locator("summary", has_text="As it was heard").click()
    event(live, 79, "transcript", "user", "partial", "and my water hea")
    expect(page.locator(".call-hearing")).to_contain_text("and my water hea", timeout=8000)
    expect(page.locator("details[open]").first).to_contain_text("My furnace is")  # what was opened stays open
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    Call.objects.filter(pk=live.pk).update(ended_at=timezone.now(), stage="ended", outcome="booked")
    expect(page.locator(".call-live")).to_have_count(0, timeout=8000)
    expect(page.locator("body")).to_contain_text("Booked")
    page.goto(url_of(AssistantVersion, "change", live.assistant_id))
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_people_who_were_rung_stand_where_they_were_rung(client, shop, now):
    client.force_login(shelf.dispatcher(shop))
    call = played(shop, now, wants_person="wants to talk about a bill", outcome="transferred")
    at = [now + timedelta(seconds=seconds) for seconds in (40, 60, 61, 70, 72, 130)]
    Ring.objects.create(
        call=call, shop=shop, step=0, name="Maria", number="+12125550121", rung="First", status="unanswered", rang_at=at[0],
        ended_at=at[1],
    )  # fmt: skip
    Ring.objects.create(
        call=call, shop=shop, step=1, name="Olga", number="+12125550122", rung="Owner", status="accepted", rang_at=at[2],
        answered_at=at[3], accepted_at=at[4], ended_at=at[5],
    )  # fmt: skip
    Ring.objects.create(call=call, shop=shop, step=2, name="Last", number="+12125550123", rung="Last resort")
    text = client.get(page_of(call)).content.decode()
    for line in (
        "Maria is rung (first)", "Maria did not take the call", "Olga is rung (owner)", "Olga presses the key",
        "Olga and the caller have spoken", "wants to talk about a bill",
    ):  # fmt: skip
        assert line in text, line
    assert text.index("Maria did not take the call") < text.index("Olga is rung") < text.index("Olga presses the key")
    assert "Last is rung" not in text
