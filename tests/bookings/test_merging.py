"""Two customers become one and two again: all moves, all goes back, whatever else happens and however often it is asked."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, Customer, CustomerMerge, Property, Unit, Visit
from bookings.services import callers, customers, finding, merging, upkeep
from tests.bookings import merging as rows
from tests.bookings.merging import BY
from tests.desk import shelf
from tests.factories import a_shop

HERS, OTHER = "+12125550201", "+12125550202"


@pytest.fixture
def jane(shop):
    return rows.person(shop, "Jane Doe", HERS)


@pytest.fixture
def twin(shop):
    return rows.person(shop, "J. Doe", OTHER)


def merge(kept, gone, now):
    return merging.merge(kept.pk, gone.pk, shop_id=kept.shop_id, by=BY, now=now)


def undo(done, now):
    return merging.undo(done.pk, shop_id=done.shop_id, by=BY, now=now)


def test_all_moves_and_all_goes_back(shop, now, jane, twin):
    hers, same = rows.place(jane, "12 Main St"), rows.place(twin, "12 main st.")
    other = rows.place(twin, "88 Court St")
    at_same, at_other = rows.booking(twin, same, now), rows.booking(twin, other, now, 1)
    furnace, boiler = rows.unit(same, now, "Trane"), rows.unit(other, now, "Weil")
    note, lead = rows.note(twin, now, "Dog"), rows.lead(twin, now, "call:1")
    upkeep.set_member(twin.pk, shop_id=shop.pk, member=True, by=BY, now=now)
    upkeep.set_tags(jane.pk, shop_id=shop.pk, tags=["VIP"], by=BY, now=now)
    upkeep.set_tags(twin.pk, shop_id=shop.pk, tags=["vip", "Landlord"], by=BY, now=now)
    before = rows.picture()
    done = merge(jane, twin, now)
    for row in (jane, twin, other, furnace, boiler, note, lead, at_same, at_other):
        row.refresh_from_db()
    assert (twin.merged_into, jane.member, jane.tags) == (jane, True, ["VIP", "Landlord"])
    assert {row.customer_id for row in (at_same, at_other, note, lead, other)} == {jane.pk}
    assert (at_same.property_id, at_other.property_id) == (hers.pk, other.pk)
    assert (furnace.property_id, boiler.property_id) == (hers.pk, other.pk)
    assert rows.astray() == ([], [], [])
    undo(done, now)
    assert rows.picture() == before
    assert rows.astray() == ([], [], [])


def test_events_in_calendars_follow(shop, now, jane, twin):
    booking = rows.booking(twin, None, now)
    visit = booking.visits.get()
    done = merge(jane, twin, now)
    assert Visit.objects.get(pk=visit.pk).version == visit.version + 1
    undo(done, now)
    assert Visit.objects.get(pk=visit.pk).version == visit.version + 2
    assert rows.history_of(booking) == [("corrected", {"fields": ["customer"]})] * 2


def test_whoever_calls_under_the_other_name_is_found(shop, now, jane, twin, django_assert_num_queries):
    rows.booking(twin, None, now)
    done = merge(jane, twin, now)
    with django_assert_num_queries(1):
        found = customers.customer(shop_id=shop.pk, name="j doe", phone=OTHER)
    assert (found.pk, found.name, found.phone, found.merged_into_id) == (jane.pk, "Jane Doe", HERS, None)
    assert [row.pk for row in customers.at(OTHER, shop_id=shop.pk)] == [jane.pk]
    assert callers.at(OTHER, shop_id=shop.pk, now=now) == (1, 1, False)
    there = finding.upcoming(shop_id=shop.pk, phone=OTHER, origin="call:x", now=now)
    assert (len(there.others), there.names) == (1, ["Jane Doe"])
    undo(done, now)
    assert customers.customer(shop_id=shop.pk, name="J Doe", phone=OTHER).pk == twin.pk


def test_a_plan_and_a_refusal_count_at_every_number(shop, now, jane, twin):
    upkeep.set_member(jane.pk, shop_id=shop.pk, member=True, by=BY, now=now)
    upkeep.set_do_not_service(jane.pk, shop_id=shop.pk, reason="Owes two", by=BY, now=now)
    assert not customers.is_member(shop_id=shop.pk, phone=OTHER)
    done = merge(jane, twin, now)
    assert customers.is_member(shop_id=shop.pk, phone=OTHER)
    assert customers.unserved(shop_id=shop.pk, phone=OTHER) == "Owes two"
    undo(done, now)
    assert not customers.is_member(shop_id=shop.pk, phone=OTHER)
    assert customers.unserved(shop_id=shop.pk, phone=OTHER) == ""


def test_what_comes_after_a_merge_stays_when_it_is_undone(shop, now, jane, twin):
    court = rows.place(twin, "88 Court St")
    old = rows.booking(twin, court, now)
    done = merge(jane, twin, now)
    later = rows.booking(jane, court, now, 2)
    upkeep.set_tags(jane.pk, shop_id=shop.pk, tags=["New"], by=BY, now=now)
    undo(done, now)
    old.refresh_from_db()
    later.refresh_from_db()
    jane.refresh_from_db()
    assert (old.customer, old.property) == (twin, court)
    assert (later.customer, later.property.customer, later.property.address) == (jane, jane, "88 Court St")
    assert jane.tags == ["New"]
    assert rows.astray() == ([], [], [])


def test_what_went_to_somebody_else_stays_there(shop, now, jane, twin):
    booking = rows.booking(twin, None, now)
    done = merge(jane, twin, now)
    third = rows.person(shop, "Bob", "+12125550203")
    Booking.objects.filter(pk=booking.pk).update(customer=third)
    undo(done, now)
    booking.refresh_from_db()
    assert booking.customer == third


def test_merging_and_undoing_twice_is_once(shop, now, jane, twin):
    rows.booking(twin, None, now)
    before = rows.picture()
    first, second = merge(jane, twin, now), merge(jane, twin, now)
    assert first.pk == second.pk
    undo(first, now)
    undo(first, now)
    assert rows.picture() == before
    assert CustomerMerge.objects.count() == 1


def test_a_merge_that_cannot_be_is_refused_and_changes_nothing(shop, now, jane, twin):
    third = rows.person(shop, "Third", "+12125550203")
    other = a_shop()
    stranger = rows.person(other, "Jane Doe", HERS)
    merge(jane, twin, now)
    before = rows.picture()
    refusals = []
    for kept, gone in ((jane, jane), (third, twin), (twin, third), (twin, jane), (jane, stranger), (stranger, jane)):
        with pytest.raises(RefusedError) as refused:
            merging.merge(kept.pk, gone.pk, shop_id=shop.pk, by=BY, now=now)
        refusals.append(refused.value.code)
    assert refusals == ["same_customer", "merged", "merged", "merged", "not_found", "not_found"]
    assert rows.picture() == before


def test_merges_of_a_customer_are_undone_from_the_latest(shop, now, jane, twin):
    third = rows.person(shop, "Third", "+12125550203")
    before = rows.picture()
    first, second = merge(jane, twin, now), merge(jane, third, now)
    with pytest.raises(RefusedError) as refused:
        undo(first, now)
    assert (refused.value.code, refused.value.facts) == ("merged_since", {"gone": "Third"})
    undo(second, now)
    undo(first, now)
    assert rows.picture() == before


def test_whoever_went_on_into_another_takes_their_names_along(shop, now, jane, twin):
    third = rows.person(shop, "Third", "+12125550203")
    before = rows.picture()
    first = merge(jane, twin, now)
    second = merge(third, jane, now)
    assert customers.customer(shop_id=shop.pk, name="J. Doe", phone=OTHER).pk == third.pk
    assert rows.astray() == ([], [], [])
    with pytest.raises(RefusedError) as refused:
        undo(first, now)
    assert (refused.value.code, refused.value.facts) == ("merged", {"into": third.pk})
    undo(second, now)
    undo(first, now)
    assert rows.picture() == before


def test_the_database_keeps_somebody_from_going_twice(shop, now, jane, twin):
    merge(jane, twin, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerMerge.objects.create(shop=shop, kept=jane, gone=twin, at=now, by=BY, moved={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=jane.pk).update(merged_into=jane)


def test_a_merge_costs_as_many_statements_for_many_bookings(shop, now, jane, twin):
    counts = []
    for n in (1, 12):
        for each in range(n):
            rows.booking(twin, rows.place(twin, f"{n} {each} Elm St"), now, each)
        with CaptureQueriesContext(connection) as asked:
            done = merge(jane, twin, now)
        undo(done, now)
        counts.append(len(asked))
    assert counts[1] - counts[0] == 12  # a line in the history of each open booking


@pytest.mark.parametrize("seed", range(12))
def test_random_merges_undone_end_where_they_began(shop, now, seed):
    """Also where merges are refused, repeated, undone out of turn, and chained."""
    draw = random.Random(seed)
    people = [rows.person(shop, f"Person {n}", f"+1212555{n:04d}") for n in range(5)]
    streets = ["1 Elm St", "2 Oak St", "3 Ash St"]
    for who in people:
        for street in draw.sample(streets, draw.randint(0, 3)):
            where = rows.place(who, street)
            for _ in range(draw.randint(0, 2)):
                rows.booking(who, where, now, draw.randint(0, 7))
            if draw.random() < 0.5:
                rows.unit(where, now, "Trane")
        rows.lead(who, now, f"call:{who.pk}")
        upkeep.set_tags(who.pk, shop_id=shop.pk, tags=draw.sample(["a", "b", "c"], draw.randint(0, 2)), by=BY, now=now)
        if draw.random() < 0.3:
            upkeep.set_member(who.pk, shop_id=shop.pk, member=True, by=BY, now=now)
    before = rows.picture()
    done: list[CustomerMerge] = []
    for _ in range(14):
        try:
            if done and draw.random() < 0.35:
                done.append(undo(draw.choice(done), now))
            else:
                kept, gone = draw.sample(people, 2)
                done.append(merge(kept, gone, now))
        except RefusedError as refusal:
            assert refusal.code in ("merged", "merged_since")  # noqa: PT017 - most are refused
        assert rows.astray() == ([], [], [])
    for each in CustomerMerge.objects.filter(undone_at=None).order_by("-pk"):
        undo(each, now)
    after = rows.picture()
    assert after == before


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_merge_and_bookings_meanwhile_find_their_customer(now):
    shop = a_shop()
    jane, twin = rows.person(shop, "Jane Doe", HERS), rows.person(shop, "J Doe", OTHER)
    day = date(2026, 11, 25)

    def work(n):
        try:
            if n % 3 == 0:
                return merging.merge(jane.pk, twin.pk, shop_id=shop.pk, by=BY, now=now).pk
            if n % 3 == 1:
                return merging.merge(twin.pk, jane.pk, shop_id=shop.pk, by=BY, now=now).pk
            at = time(8 + n % 9)
            return shelf.book(shop, now, on=day + timedelta(days=n % 2), at=at, origin=f"call:{n}", name="J. Doe", phone=OTHER).pk
        except (RefusedError, TryAgainError):
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(18)))
    assert CustomerMerge.objects.count() == 1
    assert rows.astray() == ([], [], [])
    kept = CustomerMerge.objects.get().kept
    assert set(Booking.objects.values_list("customer", flat=True)) == {kept.pk}
    assert Booking.objects.count() >= 3


@pytest.mark.django_db(transaction=True)
def test_undoing_at_once_is_undone_once(now):
    shop = a_shop()
    jane, twin = rows.person(shop, "Jane Doe", HERS), rows.person(shop, "J Doe", OTHER)
    rows.unit(rows.place(twin, "1 Elm"), now, "Trane")
    before = rows.picture()
    done = merge(jane, twin, now)

    def work(_):
        try:
            return undo(done, now).undone_by
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(work, range(6))) == {BY}
    assert rows.picture() == before
    assert (Property.objects.count(), Unit.objects.count()) == (1, 1)
