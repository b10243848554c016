"""No code path can answer "booked" without a committed row: one module words it, from rows, and the database looks again."""

import ast
import pathlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bookings.models import Booking
from bookings.services.asking import Outcome, State
from bookings.services.rosters import of as roster_of
from telephony.models import Call, ToolInvocation
from telephony.tools import answers
from tests.factories import CustomerFactory, a_shop
from tests.telephony.vapi.speaking import ask

ROOT = pathlib.Path(__file__).parents[3]
CLAIMS = {"booked", "moved", "held", "cancelled"}
BOOK = {
    "customerName": "Jane Doe", "serviceType": "repair", "scheduledDate": "tomorrow", "address": "12 Main St, New York 10001",
}  # fmt: skip


def claims_in(tree):
    """The functions that give an answer the state of a claim, whichever way it is written."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            values = []
            if isinstance(node, ast.Dict):
                values = [value for key, value in zip(node.keys, node.values, strict=True) if _is(key, "state")]
            elif isinstance(node, ast.Call):
                values = [each.value for each in node.keywords if each.arg == "state"]
            elif isinstance(node, ast.Assign):
                targets = [each for each in node.targets if isinstance(each, ast.Subscript) and _is(each.slice, "state")]
                values = [node.value] if targets else []
            words = {each.value for value in values for each in ast.walk(value) if isinstance(each, ast.Constant)}
            if words & CLAIMS:
                yield function


def _is(node, word):
    return isinstance(node, ast.Constant) and node.value == word


def modules():
    for app in ("telephony", "desk", "bookings", "calendars", "hvacsched"):
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


@pytest.mark.parametrize(
    "written",
    [
        'def f(): return {"state": "booked"}',
        'def f(x): return {**x, "state": "moved" if x else "not_booked"}',
        'def f(x): x["state"] = "held"',
        'def f(): return dict(state="cancelled")',
    ],
)
def test_a_claim_is_seen_however_it_is_written(written):
    assert [each.name for each in claims_in(ast.parse(written))] == ["f"]


def test_one_module_makes_claims_and_each_from_a_row():
    found = {(path.relative_to(ROOT).as_posix(), each.name): each for path, tree in modules() for each in claims_in(tree)}
    assert sorted(found) == [("telephony/tools/answers.py", name) for name in ("cancelled", "held", "stands")]
    for function in found.values():
        kinds = {ast.unparse(each.annotation) for each in function.args.args if each.annotation is not None}
        assert kinds & {"Booking", "Outcome"}, f"{function.name} has no row to claim from"


def test_one_function_stores_answers():
    found = [
        path.relative_to(ROOT).as_posix()
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "ToolInvocation")
            or ast.unparse(node.func).endswith(("ToolInvocation.objects.create", "ToolInvocation.objects.bulk_create"))
        )
    ]
    assert found == ["telephony/tools/run.py"]


@pytest.fixture
def booking(db, client):
    a_shop(phone_number="+12125550100")
    ask(client, "bookAppointment", BOOK)
    return Booking.objects.get()


@pytest.mark.parametrize("status", ["cancelled", "lapsed", "held"])
def test_nothing_is_called_booked_that_is_not(booking, status):
    booking.status = status
    with pytest.raises(ValueError, match="only a booking that stands"):
        answers.stands(Outcome(State.UNCHANGED, booking), roster_of(booking.shop_id, booking.shop.config_version))


def test_nothing_is_called_cancelled_that_stands(booking):
    with pytest.raises(ValueError, match="only a cancelled booking"):
        answers.cancelled(booking, booking.shop.zone)


def test_nothing_is_called_held_that_is_no_hold(booking):
    booking.hold_expires_at = timezone.now()
    with pytest.raises(ValueError, match="only a hold"):
        answers.held(Outcome(State.HELD, booking), "slot", roster_of(booking.shop_id, booking.shop.config_version))


def test_a_row_that_was_never_written_is_no_booking(booking):
    with pytest.raises(ValueError, match="only a booking that stands"):
        answers.stands(
            Outcome(State.BOOKED, Booking(status="booked", customer=booking.customer)),
            roster_of(booking.shop_id, booking.shop.config_version),
        )


def store(call, booking_id, state="booked"):
    return ToolInvocation.objects.create(
        call=call, shop=call.shop, name="bookAppointment", answer={"state": state, "say": "…", "bookingId": booking_id},
        state=state, requested_at=timezone.now(), answered_at=timezone.now(), milliseconds=1,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["booked", "moved", "cancelled"])
def test_no_commit_has_the_answer_without_its_booking(client, state):
    shop, other = a_shop(phone_number="+12125550100"), a_shop(phone_number="+12125550101")
    call = Call.objects.create(shop=shop, vapi_id="c", started_at=timezone.now())
    for missing in (None, "", str(uuid4())):
        with pytest.raises(IntegrityError, match="answer_has_its_booking"), transaction.atomic():
            store(call, missing, state)
    ask(client, "bookAppointment", BOOK, number=other.phone_number)
    with pytest.raises(IntegrityError, match="answer_has_its_booking"), transaction.atomic():
        store(call, str(Booking.objects.get().public_id), state)
    assert ToolInvocation.objects.filter(call=call).count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_answer_may_be_stored_before_its_booking_in_one_commit(client):
    shop = a_shop(phone_number="+12125550100")
    call = Call.objects.create(shop=shop, vapi_id="c", started_at=timezone.now())
    public_id, now = uuid4(), timezone.now()
    somebody: Any = CustomerFactory(shop=shop)
    with transaction.atomic():
        store(call, str(public_id))
        Booking.objects.create(
            public_id=public_id, shop=shop, reference="HV-AAAAA", customer=somebody,
            service_type=shop.servicetype_set.first(), promised_from=now, promised_to=now + timedelta(hours=2),
            minutes=60, origin_at=now,
        )  # fmt: skip
    assert ToolInvocation.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgdeferrable, tginitdeferred FROM pg_trigger WHERE tgname = 'answer_has_its_booking'")
        assert cursor.fetchall() == [(True, True)]
