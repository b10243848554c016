"""What holds for any phrase at any moment."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.when import english, spanish
from bookings.when.parse import read
from bookings.when.reading import Reading
from tests.bookings.when.table import rows

ZONES = ["America/New_York", "Pacific/Honolulu", "America/St_Johns", "America/Phoenix", "Europe/Madrid", "America/Mexico_City"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
DIAS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]

zones = st.sampled_from(ZONES).map(ZoneInfo)
walls = st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31))  # noqa: DTZ001 - clocks on the wall
vocabulary = sorted(
    {phrase.strip() for source in (english, spanish) for phrases in source.PHRASES.values() for phrase in phrases.split(",")}
    | set(english.NUMBERS)
    | set(english.ORDINALS)
    | set(spanish.NUMBERS)
    | {
        "1",
        "5",
        "12",
        "31",
        "1400",
        "2028",
        "9:30",
        "25:61",
        "3/4",
        "31/31",
        "2027-02-30",
        "the 5th",
        "-",
        "/",
        ",",
        "no,",
        "am",
        "pm",
    }
)
parts = st.sampled_from(["", " morning", " afternoon", " evening", " at 3", " at 9", " after four", " before noon"])


def today(wall, zone):
    return wall.replace(tzinfo=zone).astimezone(zone).date()


def consistent(reading, day):
    """What every reading keeps, whatever was said."""
    assert isinstance(reading, Reading)
    assert reading.say
    assert reading.problem in ("", "past", "impossible", "unreadable", "range", "ambiguous", "no_day")
    assert reading.ambiguous == (reading.problem in ("range", "ambiguous", "no_day"))
    assert reading.on is None or reading.on >= day
    assert reading.on is not None or reading.problem != ""
    assert reading.problem not in ("past", "impossible", "unreadable", "range", "no_day") or reading.on is None
    assert reading.first is None or reading.last is None or reading.first <= reading.last
    assert reading.window in (None, "morning", "afternoon", "evening")


@given(form=st.sampled_from(["{}", "on {}", "this {}", "next {}", "the coming {}", "{} next week"]), number=st.integers(0, 6),
       part=parts, wall=walls, zone=zones)  # fmt: skip
def test_a_weekday_is_that_weekday_and_not_past(form, number, part, wall, zone):
    now = wall.replace(tzinfo=zone)
    reading = read(form.format(WEEKDAYS[number]) + part, now=now, zone=zone)
    consistent(reading, today(wall, zone))
    if form == "this {}" and reading.problem == "past":  # "this Friday at 9" on a Friday at noon
        assert number == now.astimezone(zone).weekday()
        return
    assert reading.on is not None
    assert reading.on.weekday() == number
    assert (reading.on - today(wall, zone)).days <= 14


@given(form=st.sampled_from(["{}", "el {}", "este {}", "el próximo {}", "el {} que viene", "el {} de la semana que viene"]),
       number=st.integers(0, 6), wall=walls, zone=zones)  # fmt: skip
def test_a_spanish_weekday_is_that_weekday_and_not_past(form, number, wall, zone):
    reading = read(form.format(DIAS[number]), now=wall.replace(tzinfo=zone), zone=zone)
    assert reading.on is not None
    assert reading.on.weekday() == number
    assert 0 <= (reading.on - today(wall, zone)).days <= 14


@given(number=st.integers(1, 31), wall=walls, zone=zones)
def test_a_day_of_the_month_is_the_next_one(number, wall, zone):
    on = read(f"the {number}th", now=wall.replace(tzinfo=zone), zone=zone).on
    day = today(wall, zone)
    assert on is not None
    assert on.day == number
    assert on >= day
    assert not any((day + timedelta(days=ahead)).day == number for ahead in range((on - day).days))


@given(days=st.integers(2, 900), wall=walls, zone=zones)
def test_so_many_days_ahead_is_counted_on_the_calendar(days, wall, zone):
    for phrase in (f"in {days} days", f"{days} days from now"):
        assert read(phrase, now=wall.replace(tzinfo=zone), zone=zone).on == today(wall, zone) + timedelta(days=days)


@given(st.text(), walls, zones)
@settings(max_examples=400)
def test_any_text_gives_a_reading(text, wall, zone):
    consistent(read(text, now=wall.replace(tzinfo=zone), zone=zone), today(wall, zone))


@given(st.lists(st.sampled_from(vocabulary), max_size=8).map(" ".join), walls, zones, st.none() | walls)
@settings(max_examples=1500)
def test_any_words_of_the_vocabularies_give_a_reading(text, wall, zone, standing):
    consistent(read(text, now=wall.replace(tzinfo=zone), zone=zone, standing=standing), today(wall, zone))


@given(st.sampled_from([row.said for row in rows()]), st.sampled_from([row.said for row in rows()]), walls, zones)
@settings(max_examples=1000)
def test_two_phrases_in_one_give_a_reading(one, two, wall, zone):
    for text in (f"{one} {two}", f"{one}, no wait, {two}", f"{one} or {two}", f"{one} after {two}", f"not {one}"):
        consistent(read(text, now=wall.replace(tzinfo=zone), zone=zone), today(wall, zone))


@given(st.sampled_from([row.said for row in rows()]), walls)
@settings(max_examples=600)
def test_a_read_back_means_the_same_day(said, wall):
    zone = ZoneInfo("America/New_York")
    now = wall.replace(tzinfo=zone)
    reading = read(said, now=now, zone=zone)
    if reading.on is not None and not reading.ambiguous:
        again = read(reading.say, now=now, zone=zone)
        assert (again.on, again.window) == (reading.on, reading.window)


@given(st.sampled_from([row.said for row in rows() if "T" not in row.said and "GMT" not in row.said]), walls)
@settings(max_examples=600)
def test_only_the_clock_on_the_wall_counts(said, wall):
    here, there = (
        read(said, now=wall.replace(tzinfo=ZoneInfo(name)), zone=ZoneInfo(name), country="US")
        for name in ("America/Phoenix", "Pacific/Honolulu")  # two zones without clock changes
    )
    assert here == there


@given(st.sampled_from([row.said for row in rows()]), walls, zones)
def test_the_zone_of_now_itself_does_not_count(said, wall, zone):
    now = wall.replace(tzinfo=zone)
    assert read(said, now=now, zone=zone) == read(said, now=now.astimezone(ZoneInfo("Asia/Tokyo")), zone=zone)


bounds = ["not {}", "any day but {}", "I can't do {}", "before {}", "after {}", "by {}", "{} or later", "around {}"]


@given(form=st.sampled_from(bounds), number=st.integers(0, 6), wall=walls, zone=zones)
def test_a_weekday_that_only_bounds_is_never_the_day(form, number, wall, zone):
    reading = read(form.format(WEEKDAYS[number]), now=wall.replace(tzinfo=zone), zone=zone)
    assert reading.on is None
    assert reading.problem in ("range", "past")
