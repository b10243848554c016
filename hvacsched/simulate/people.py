"""Who calls and what for: invented customers at numbers that nobody in the demo shop has, days they ask for."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

_FIRST = (
    "Amara", "Ben", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hector", "Imani", "Joon", "Katya", "Luis", "Mei", "Noah",
    "Olga", "Priya", "Quinn", "Rosa", "Sam", "Tariq", "Uma", "Viktor", "Wendy", "Ximena", "Yusuf", "Zoe",
)  # fmt: skip
_LAST = (
    "Abbott", "Brooks", "Castillo", "Dunn", "Eriksen", "Flores", "Goldberg", "Hughes", "Ivanov", "Jensen", "Kowalski", "Lopez",
    "Murphy", "Nguyen", "O'Brien", "Park", "Quintero", "Rossi", "Singh", "Thompson", "Underwood", "Vargas", "Walker", "Young",
)  # fmt: skip
_STREETS = ("Maple Ave", "Second St", "Court St", "Grove Rd", "Lincoln Pl", "Harbor View", "Mill Ln", "Summit Ave")
_AREA_CODES = (212, 332, 347, 646, 718, 917, 929)
_ZIPS = ("10001", "10011", "10025", "11201", "11215", "11231")
WITHHELD = ("anonymous", "+266696687")  # the word, and the number that spells it


@dataclass(frozen=True, slots=True)
class Wish:
    """A service in the caller's words, what is wrong, and the part of the day that suits."""

    service: str
    problem: str
    window: str


_WISHES = (
    ("AC repair", "The AC runs but it blows warm air."),
    ("repair", "There is no heat upstairs."),
    ("repair", "The furnace starts and stops every minute."),
    ("furnace tune up", "It has not been looked at in two years."),
    ("maintenance", "It's time for the yearly checkup."),
    ("maintenance", "I'd like an inspection before winter."),
    ("AC tune up", "Just the yearly service, please."),
    ("installation", "We want a new furnace put in."),
)
# Tune-ups are short and installations take a technician's whole day, so that hundreds of calls find room.
_HOW_OFTEN = (14, 14, 10, 20, 20, 10, 10, 2)
_WINDOWS = ("morning", "afternoon", "morning", "afternoon", "evening")


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    number: str
    address: str

    @property
    def zip_code(self) -> str:
        return self.address[-5:]


def somebody(dice: Random) -> Person:
    return Person(
        name=f"{dice.choice(_FIRST)} {dice.choice(_LAST)}",
        number=f"+1{dice.choice(_AREA_CODES)}555{dice.randrange(300, 1000):04d}",
        address=f"{dice.randrange(1, 400)} {dice.choice(_STREETS)}, New York {dice.choice(_ZIPS)}",
    )


def wish(dice: Random) -> Wish:
    service, problem = dice.choices(_WISHES, _HOW_OFTEN)[0]
    return Wish(service, problem, dice.choice(_WINDOWS))


def workday(dice: Random, today: date, *, first: int = 8, last: int = 55) -> date:
    """Return a weekday of the coming weeks, so that many callers do not all want the same one."""
    return _on_weekday(today + timedelta(days=dice.randint(first, last)))


def sunday(dice: Random, today: date) -> date:
    """Return a Sunday of the coming weeks, on which only urgent work is done."""
    day = today + timedelta(days=dice.randint(8, 50))
    return day + timedelta(days=6 - day.weekday())


def next_workday(today: date) -> date:
    return _on_weekday(today + timedelta(days=1))


def another_day(dice: Random, day: date) -> date:
    return _on_weekday(day + timedelta(days=dice.randint(1, 3)))


def _on_weekday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
