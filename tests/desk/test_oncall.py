"""Who is on call, as it is set up: people, turns in rotation across the change of clocks, swaps, office hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse

from bookings.models import OfficeHours, OnCallPerson, OnCallSwap, OnCallTurn
from bookings.services import oncall, rota
from tests.desk.test_admin_scope import page
from tests.desk.test_setup_forms import change, errors, values

MONDAY = date(2026, 11, 23)
FILL = "/admin/bookings/oncallturn/fill/"


@pytest.fixture
def people(shop):
    return [OnCallPerson.objects.create(shop=shop, name=name, phone=f"+1212555019{n}") for n, name in enumerate("ABC")]


def turns(rung=1):
    return [
        (turn.person.name, turn.starts_at.astimezone(turn.shop.zone).strftime("%m-%d %H:%M"))
        for turn in OnCallTurn.objects.filter(rung=rung)
    ]


def test_weeks_are_given_out_in_rotation_with_whoever_comes_next_behind(shop, people):
    filled = rota.fill(shop, people, first=MONDAY + timedelta(days=3), weeks=4, change=time(8), manager=people[2])
    assert (filled.made, filled.taken) == (12, 0)
    assert turns() == [("A", "11-23 08:00"), ("B", "11-30 08:00"), ("C", "12-07 08:00"), ("A", "12-14 08:00")]
    assert [name for name, _ in turns(2)] == ["B", "C", "A", "B"]
    assert [name for name, _ in turns(3)] == ["C"] * 4


def test_turns_follow_each_other_without_a_gap_across_the_change_of_clocks(shop, people):
    rota.fill(shop, people, first=date(2027, 3, 1), weeks=4, change=time(8), backup=False)
    found = list(OnCallTurn.objects.order_by("starts_at"))
    assert [each.ends_at for each in found[:-1]] == [each.starts_at for each in found[1:]]
    assert {each.starts_at.astimezone(shop.zone).hour for each in found} == {8}
    assert [(each.ends_at - each.starts_at) / timedelta(hours=1) for each in found] == [168, 167, 168, 168]
    assert found[0].starts_at == datetime(2027, 3, 1, 13, tzinfo=UTC)


def test_a_taken_week_stays_and_the_rotation_goes_on(shop, people):
    rota.fill(shop, people, first=MONDAY, weeks=2, change=time(8), backup=False)
    taken = OnCallTurn.objects.get(person=people[1])
    filled = rota.fill(shop, people, first=MONDAY, weeks=4, change=time(8), backup=False)
    assert (filled.made, filled.taken) == (2, 2)
    assert turns()[:2] == [("A", "11-23 08:00"), ("B", "11-30 08:00")]
    assert OnCallTurn.objects.get(pk=taken.pk).person == people[1]
    again = rota.fill(shop, people, first=MONDAY, weeks=4, change=time(8), backup=False)
    assert (again.made, again.taken) == (0, 4)
    later = rota.fill(shop, people, first=MONDAY + timedelta(weeks=4), weeks=1, change=time(8), backup=False)
    last = [name for name, _ in turns()][-2:]
    assert later.made == 1
    assert last[0] != last[1]


def test_one_person_has_no_backup(shop, people):
    assert rota.fill(shop, people[:1], first=MONDAY, weeks=2, change=time(7, 30)).made == 2
    assert turns(2) == []


# --- The form --------------------------------------------------------------------------------------------------------------


def fill(desk, people, **fields):
    asked = {"people": [each.pk for each in people], "first": "2026-11-23", "weeks": "2", "change": "08:00", "backup": "on"}
    return desk.post(FILL, asked | fields, follow=True)


def test_the_form_fills_the_coming_weeks_and_says_so(desk, people):
    form = desk.get(FILL).context["form"]
    assert form.initial["first"] == MONDAY
    assert list(form.initial["people"]) == people
    assert "4 turns were added." in fill(desk, people).content.decode()
    assert turns() == [("A", "11-23 08:00"), ("B", "11-30 08:00")]
    assert desk.get(FILL).context["form"].initial["first"] == date(2026, 12, 7)
    assert "2 turns were added; 4 had somebody already" in fill(desk, people, weeks="3").content.decode()
    assert "every one of these weeks has somebody already" in fill(desk, people).content.decode()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"people": []}, "Choose at least one person."), ({"first": "2026-11-16"}, "This week is over."),
        ({"weeks": "53"}, "less than or equal to 52"), ({"weeks": "0"}, "greater than or equal to 1"),
        ({"change": "x"}, "Enter a valid time."), ({"first": ""}, "This field is required."),
    ],
)  # fmt: skip
def test_what_the_form_does_not_take_is_said(desk, people, fields, says):
    chosen = fields.get("people", people)
    rest = {name: value for name, value in fields.items() if name != "people"}
    assert says in fill(desk, chosen, **rest).content.decode()
    assert not OnCallTurn.objects.exists()


def test_without_people_the_form_says_what_comes_first(desk, shop):
    assert "Add the people first" in desk.get(FILL).content.decode()


def test_another_shop_s_people_and_weeks_are_not_filled(desk, people, other_shop):
    stranger = OnCallPerson.objects.create(shop=other_shop, name="Z", phone="+12125550170")
    text = desk.get(FILL).content.decode()
    assert f'value="{stranger.pk}"' not in text
    assert "Select a valid choice" in fill(desk, [stranger]).content.decode()
    assert desk.get(f"{FILL}?shop={other_shop.pk}").status_code == 404
    assert not OnCallTurn.objects.exists()


def test_who_may_not_add_turns_does_not_fill(client, shop, django_user_model):
    client.force_login(django_user_model.objects.create_user("temp", is_staff=True))
    assert client.get(FILL).status_code == 403


# --- Turns and who takes over ------------------------------------------------------------------------------------------------


@pytest.fixture
def turn(shop, people):
    rota.fill(shop, people[:1], first=MONDAY, weeks=1, change=time(8), backup=False)
    return OnCallTurn.objects.get()


def swap(desk, turn, person, starts, ends, n=0):
    return {f"swaps-{n}-person": person.pk, f"swaps-{n}-starts_at_0": starts[:10], f"swaps-{n}-starts_at_1": starts[11:],
            f"swaps-{n}-ends_at_0": ends[:10], f"swaps-{n}-ends_at_1": ends[11:]}  # fmt: skip


def save(desk, turn, *swaps):
    url = page(OnCallTurn, "change", turn.pk)
    sent = plain(values(desk.get(url)), turn)
    for each in swaps:
        sent |= each
    return desk.post(url, {**sent, "swaps-TOTAL_FORMS": str(len(swaps))})


def plain(sent, turn):
    """Times are sent as the two fields of the form's widget."""
    for name in ("starts_at", "ends_at"):
        local = getattr(turn, name).astimezone(turn.shop.zone)
        sent.pop(name, None)
        sent |= {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}
    return sent


def test_somebody_takes_over_part_of_a_turn(desk, shop, turn, people):
    answer = save(desk, turn, swap(desk, turn, people[1], "2026-11-25 08:00", "2026-11-26 08:00"))
    assert answer.status_code == 302, answer.context["inline_admin_formsets"][0].formset.errors
    found = OnCallSwap.objects.get()
    assert (found.person, found.shop) == (people[1], shop)
    assert [each.name for each in oncall.ladder(shop, datetime(2026, 11, 25, 20, tzinfo=UTC))] == ["B"]
    assert [each.name for each in oncall.ladder(shop, datetime(2026, 11, 26, 20, tzinfo=UTC))] == ["A"]
    listed = desk.get(page(OnCallTurn, "changelist")).content.decode()
    assert "B Wed 25 Nov, 8 am to Thu 26 Nov, 8 am" in listed
    assert "23 Nov \u2013 29 Nov" in listed


@pytest.mark.parametrize(
    ("swaps", "says"),
    [
        ([(1, "2026-11-22 08:00", "2026-11-24 08:00")], "This goes beyond the turn it is taken from."),
        ([(0, "2026-11-24 08:00", "2026-11-25 08:00")], "They have this turn already."),
        ([(1, "2026-11-24 08:00", "2026-11-26 08:00"), (2, "2026-11-25 08:00", "2026-11-27 08:00")],
         "Two people would take over the same time."),
        ([(1, "2026-11-25 08:00", "2026-11-24 08:00")], "A swap has to end after it starts."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_said(desk, turn, people, swaps, says):
    answer = save(desk, turn, *(swap(desk, turn, people[who], starts, ends, n) for n, (who, starts, ends) in enumerate(swaps)))
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not OnCallSwap.objects.exists()


def test_two_people_on_a_rung_are_refused_in_words(desk, shop, turn, people):
    url = page(OnCallTurn, "add")
    sent = {"person": people[1].pk, "rung": "1", "shop": shop.pk, "starts_at_0": "2026-11-25", "starts_at_1": "08:00",
            "ends_at_0": "2026-11-27", "ends_at_1": "08:00", "swaps-TOTAL_FORMS": "0", "swaps-INITIAL_FORMS": "0"}  # fmt: skip
    answer = desk.post(url, sent)
    assert answer.status_code == 200
    assert errors(answer) == {"starts_at": ["A stands there until Mon 30 Nov, 8 am. Let somebody take over part of that turn."]}
    assert desk.post(url, sent | {"rung": "2"}).status_code == 302
    assert OnCallTurn.objects.count() == 2


def test_the_list_shows_what_is_coming_and_the_past_on_demand(desk, shop, turn, people):
    OnCallTurn.objects.create(
        shop=shop, person=people[2], starts_at=turn.starts_at - timedelta(days=7), ends_at=turn.starts_at
    )  # fmt: skip
    url = page(OnCallTurn, "changelist")
    asked = {"": {}, "past": {"when": "past"}, "all": {"when": "all"}}
    found = {when: [each.person.name for each in desk.get(url, how).context["cl"].result_list] for when, how in asked.items()}
    assert found == {"": ["A"], "past": ["C"], "all": ["C", "A"]}


def test_empty_lists_say_what_to_do(desk, shop):
    assert "owners are told of every emergency at once" in desk.get(page(OnCallPerson, "changelist")).content.decode()
    text = desk.get(page(OnCallTurn, "changelist")).content.decode()
    assert "fill the coming weeks" in text
    assert reverse("admin:bookings_oncallturn_fill") in text


# --- People and office hours -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "kept"), [("(212) 555-0150", "+12125550150"), ("+44 20 7946 0958", "+442079460958")])
def test_a_number_is_kept_as_it_can_be_dialled(office, people, said, kept):
    assert change(office, people[0], phone=said).status_code == 302
    people[0].refresh_from_db()
    assert people[0].phone == kept


def test_a_number_that_cannot_ring_is_refused(office, shop, people):
    for said, says in (
        ("call me", "no telephone number"),
        (shop.phone_number, "the number customers call"),
        ("+12125550191", "already"),
    ):
        answer = change(office, people[0], phone=said)
        assert answer.status_code == 200
        assert says in answer.content.decode()


def test_people_are_not_deleted_and_say_when_they_are_on(office, people, turn):
    assert office.post(page(OnCallPerson, "delete", people[0].pk), {"post": "yes"}).status_code == 403
    assert "First now, until Mon 30 Nov, 8 am" in office.get(page(OnCallPerson, "changelist")).content.decode()


def test_office_hours_stand_on_the_shop_s_page(office, shop):
    added = {"office_hours-TOTAL_FORMS": "1", "office_hours-0-weekday": "1", "office_hours-0-opens": "08:00",
             "office_hours-0-closes": "17:00"}  # fmt: skip
    assert change(office, shop, **added).status_code == 302
    assert OfficeHours.objects.get().shop == shop
    assert oncall.is_open(shop, datetime(2026, 11, 24, 14, tzinfo=UTC))
    assert not oncall.is_open(shop, datetime(2026, 11, 24, 23, tzinfo=UTC))
    assert change(office, shop).status_code == 302
    wrong = change(office, shop, **{"office_hours-0-closes": "07:00"})
    assert "The office has to close after it opens." in wrong.content.decode()


def test_a_person_in_a_shop_that_is_not_ones_own_is_refused(office, other_shop):
    said = {"name": "Eve", "shop": other_shop.pk, "phone": "(212) 555-0150", "active": "on"}
    answer = office.post(page(OnCallPerson, "add"), said)
    assert (answer.status_code, list(errors(answer))) == (200, ["shop"])
    assert not OnCallPerson.objects.exists()
