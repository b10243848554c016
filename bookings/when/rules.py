"""The table of rules: which signs, standing next to each other, say what. The first rule that fits takes them.

Every rule is a pattern over signs (see `words`), each followed by a space, and a function from the match to facts (see
`meanings`). What no rule takes makes the whole phrase unreadable.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bookings.when import days, meanings, stretches
from bookings.when.clocks import AFTERNOON, EVENING, MORNING
from bookings.when.facts import Asked, Clock, Day, Fact, Link, Part, Shift
from bookings.when.reading import PAST, UNREADABLE

_PIECES = {
    "NUMBER": r"(?:the |day )?[NO](?P<n>\d+) (?!am |pm |oclock |hundred |ish )",
    "YEAR": r"(?:(?:of )?N(?P<y>20[2-9]\d) |N20 N(?P<yy>[2-4]\d) )",
    "WHICH1": r"(?:(?P<w1>next|this|coming|following|last|afternext) )?",
    "WHICH2": r"(?:(?P<w2>next|coming|following|last|afternext) (?!week|month |year |W|M|N|few ))?",
    "UNIT": r"(?P<unit>day|week|month|year)",
    "COUNT": r"N(?P<n>\d+) ",
    "PART": r"(?P<p>morning|afternoon|evening|night) ",
    "HOW": r"(?:(?P<how>early|mid|late) (?:of )?)?",
    "OF": r"(?:of |in |on )?",
    "HALF": r"(?:oclock )?(?:(?P<half>am|pm) )?(?:oclock )?",
}


def _rule(pattern: str, make: meanings.Maker) -> tuple[re.Pattern[str], meanings.Maker]:
    for name, piece in _PIECES.items():
        pattern = pattern.replace(f"<{name}>", piece)
    return re.compile(pattern), make


def _clock(match: re.Match[str], _asked: Asked) -> list[Fact]:
    groups = match.groupdict()
    said, minute = groups["h"], int(groups.get("min") or 0)
    exact = (len(said) == 2 and said[0] == "0") or bool(groups.get("exact"))
    bare = groups.get("min") is None and not groups.get("half") and "oclock" not in match.group() and not groups.get("exact")
    return [Clock(int(said[:4]), minute, half=groups.get("half") or "", exact=exact, bare=bare)]


def _military(match: re.Match[str], _asked: Asked) -> list[Fact]:
    said, half = match["hm"], match["half"] or ""
    hour, minute = int(said[:-2]), int(said[-2:])
    # "1430" and "0900" are 24-hour times; "230" and "1030" may be either half of the day.
    return [Clock(hour, minute, half=half, exact=not half and (hour > 12 or said[0] == "0"))]


def _to_the_hour(match: re.Match[str], _asked: Asked) -> list[Fact]:
    """ "quarter to five", "ten past four", "half past two", "cuarto para las cinco"."""
    minutes = {"quarter": 15, "half": 30}.get(match["of"]) or int(match["of"][1:])
    hour = int(match["h"])
    if match["way"].split()[0] in ("past", "after"):
        return [Clock(hour, minutes, half=match["half"] or "")]
    return [Clock((hour - 2) % 12 + 1 if hour <= 12 else hour - 1, (60 - minutes) % 60, half=match["half"] or "")]


def _and_minutes(match: re.Match[str], _asked: Asked) -> list[Fact]:
    """ "tres y media", "cinco menos cuarto", "cuatro y veinte"."""
    minutes = {"quarter": 15, "half": 30}.get(match["of"]) or int(match["of"][1:])
    hour = int(match["h"])
    if match["way"] == "minus":
        return [Clock((hour - 2) % 12 + 1 if hour <= 12 else hour - 1, (60 - minutes) % 60, half=match["half"] or "")]
    return [Clock(hour, minutes, half=match["half"] or "")]


RULES = [
    # "at 5" is a time whatever comes next.
    _rule(r"at N(?P<h>\d\d?) <HALF>(?=next |this |month |M\d|of M|O\d|of the |in M|the )", _clock),
    # Days relative to the call.
    _rule(r"eightdays ", meanings.about_days(7)),
    _rule(r"fifteendays ", meanings.about_days(14)),
    _rule(r"W(?P<d>\d) in N8 (?:day )?", meanings.a_week_after_weekday),
    _rule(r"(?:W(?P<d>\d)|D(?P<r>[01])) week (?!of |from |next |last |after|coming |following )", meanings.a_week_after_weekday),
    _rule(r"N1 week (?:on |from )?(?:W(?P<d>\d)|D(?P<r>[01])) ", meanings.a_week_after_weekday),
    _rule(r"(?:earlier D0|last tonight|last night|last evening) ", meanings.constant(Day(problem=PAST))),
    _rule(r"later this (?P<kind>week|month|year) ", stretches.later_this),
    _rule(r"later (?=D0 |this |tonight |in )", meanings.constant()),
    _rule(r"D0 later ", lambda _m, a: [days.relative(a, 0)]),
    _rule(r"D0 (?=tonight |this (?:morning|afternoon|evening|night) )", meanings.constant()),
    _rule(r"D(?P<n>-?\d+) ", lambda m, a: [days.relative(a, int(m["n"]))]),
    _rule(r"(?:late |early )?tonight (?:night )?", lambda _m, a: [days.tonight(a), Part(EVENING)]),
    _rule(r"this <HOW><PART>", meanings.this_part),
    _rule(r"<HOW>this <PART>", meanings.this_part),
    _rule(r"(?:in |within )?N\d+ <UNIT> or N\d+ (?:(?:day|week|month|year) )?(?:hence |from D0 )?", stretches.a_few),
    _rule(r"within (?P<few>few )?(?:N(?P<n>\d+) )?<UNIT> ", stretches.within),
    _rule(r"next (?:(?P<few>few )|N(?P<n>\d+) )<UNIT> ", stretches.within),
    _rule(r"(?:in )?few <UNIT> (?:hence |from D0 )?", stretches.a_few),
    _rule(r"in <COUNT>bizday ", meanings.business_days),
    _rule(r"<COUNT>bizday (?:hence|from D0) ", meanings.business_days),
    _rule(r"(?:in )?N\d+ (?:day|week|month|year|hour|minute) (?:ago|before D0) ", meanings.constant(Day(problem=PAST))),
    _rule(r"ago N\d+ (?:day|week|month|year|hour|minute) ", meanings.constant(Day(problem=PAST))),
    _rule(r"in <COUNT>(?P<unit>hour|minute) ", meanings.in_hours),
    _rule(r"<COUNT>(?P<unit>hour|minute) hence ", meanings.in_hours),
    _rule(r"<COUNT>(?P<unit>day|week|month|hour|minute) (?P<way>later|earlier) ", meanings.standing_shift),
    _rule(r"(?P<way>later|earlier) (?:by )?<COUNT>(?P<unit>day|week|month|hour|minute) ", meanings.standing_shift),
    _rule(r"in around <COUNT><UNIT> ", meanings.in_about),
    _rule(r"(?:in )?<COUNT><UNIT> (?:hence |from D0 |to the D0 )", meanings.in_units),
    _rule(r"in <COUNT><UNIT> (?!from |of |(?:after|before) (?!N\d|C\d|noon))", meanings.in_units),
    _rule(r"(?:in )?<COUNT><UNIT> (?:from|after|past|following) (?!N\d)", meanings.shift),
    _rule(r"<COUNT><UNIT> before ", meanings.shift),
    # The appointment that is being moved.
    _rule(r"sametime (?P<week>(?:N1 )?week (?:later|next|from) |next week )?", meanings.same_time),
    _rule(r"(sameday|nextday) |(dayafter|daybefore) $", meanings.next_to_standing),
    _rule(r"dayafter ", meanings.constant(Shift(days=1))),
    _rule(r"daybefore ", meanings.constant(Shift(days=-1))),
    # Stretches of days.
    _rule(r"weekof ", meanings.constant(Link("weekof"))),
    _rule(r"(?:weekafter |week (?:after|following) (?!N\d|C\d|noon))", meanings.constant(Shift(days=7), Link("weekof"))),
    _rule(r"(?:weekbefore |week before (?!N\d|C\d|noon))", meanings.constant(Shift(days=-7), Link("weekof"))),
    _rule(r"weekend ?(?P<rest>of|after) (?!N\d|C\d|noon)", lambda m, _a: [Link("weekend" + m["rest"])]),
    _rule(r"(?:N1 day|asap|anyday) (?!later |earlier |ago |hence )", lambda _m, a: [days.soon(a)]),
    _rule(r"(?:the )?O(?P<n>\d+) (?P<last>)W(?P<d>\d) <OF><WHICH1>(?P<kind>month|week|M\d+) <WHICH2>", stretches.nth_weekday),
    _rule(r"(?P<last>last|final) W(?P<d>\d) (?:of |in )<WHICH1>(?P<kind>month|M\d+) <WHICH2>", stretches.nth_weekday),
    _rule(
        r"(?:(?P<last>last|final)|(?:the )?O(?P<n>\d+)) day <OF><WHICH1>(?P<kind>month|year|week|M\d+) <WHICH2>",
        stretches.edge_of_stretch,
    ),
    _rule(r"(?:the )?O(?P<n>\d) (?:weekof|week of|week in) <WHICH1>(?P<kind>month|M\d+) <WHICH2>", stretches.nth_week),
    _rule(
        r"(?:last|final) (?P<unit>week|weekend)(?:of| of| in) <WHICH1>(?P<kind>month|year|M\d+) <WHICH2>", stretches.last_week_of
    ),
    _rule(r"<NUMBER>(?:of |in )<WHICH1>month <WHICH2>", stretches.number_of_month),
    _rule(r"(?:O|the [NO])(?P<n>\d+) (?P<w1>next|this|coming|following) month (?P<w2>)", stretches.number_of_month),
    _rule(
        r"(?P<part>early|mid|late) <OF><WHICH1>(?P<kind>week|month|year|weekend|M\d+) <WHICH2>(?!N\d|O\d|the )",
        stretches.narrowed_stretch,
    ),
    _rule(r"any (?=(?:early |mid |late )?(?:morning|afternoon|evening) )", lambda _m, a: [days.soon(a)]),
    _rule(r"any W(?P<d>\d) ", stretches.any_weekday),
    _rule(r"weekdays ", lambda _m, a: [replace(days.soon(a), loose=False)]),
    _rule(r"(?P<w1>next|this|coming|following|last|afternext) (?P<kind>week|month|year|weekend) <WHICH2>", stretches.stretch),
    _rule(r"(?P<w1>)(?P<kind>week|month|year) (?P<w2>next|coming|following|last|afternext) ", stretches.stretch),
    _rule(r"(?P<w1>)(?P<kind>weekend) <WHICH2>", stretches.stretch),
    # Weekdays, dates in words, dates in figures, holidays.
    _rule(r"W(?P<d>\d) ish ", lambda m, a: [days.weekday(a, int(m["d"])), Link("orso")]),
    _rule(r"W(?P<d>\d) (?:the |day )[NO](?P<n>\d+) (?!of |M\d|am |pm |oclock )", meanings.weekday_and_number),
    _rule(
        r"W(?P<d>\d) N(?P<n>\d\d?) (?!of |M\d|N\d|am |pm |oclock |to |and |ish |hundred |minus |until |past |or )",
        meanings.weekday_number,
    ),
    _rule(r"<WHICH1>W(?P<d>\d) <WHICH2>", meanings.a_weekday),
    _rule(r"(?:(?P<w>next|this|coming|last) )?M(?P<m>\d+) <NUMBER><YEAR>?", meanings.month_day),
    _rule(r"(?:(?P<w>next|this|coming|last) )?<NUMBER>(?:of )?M(?P<m>\d+) <YEAR>?", meanings.month_day),
    _rule(r"M(?P<m>\d+) (?:of )?(?P<next>next year )", stretches.whole_month),
    _rule(r"<WHICH1>M(?P<m>\d+) (?:of )?(?:N(?P<y>20[2-9]\d) )?<WHICH2>", stretches.whole_month),
    _rule(r"I(?P<y>\d{4})-(?P<m>\d+)-(?P<n>\d+) ", meanings.iso),
    _rule(r"S(?P<a>\d+)/(?P<b>\d+)(?:/(?P<y>\d+))? ", meanings.figures),
    _rule(r"H(?P<h>\w+) (?P<kind>week|weekend) ", stretches.holiday_stretch),
    _rule(r"(?:next |this |coming )?H(?P<h>\w+) (?:of )?(?:N(?P<y>20[2-9]\d) )?(?:next |coming )?", meanings.named_holiday),
    # Parts of the day.
    _rule(r"firstthing ", meanings.constant(Part(MORNING))),
    _rule(r"earlymorning ", meanings.constant(Part(MORNING, None, 6, night=True))),
    _rule(r"am ", meanings.constant(Part(MORNING))),
    _rule(r"pm ", meanings.constant(Part(AFTERNOON))),
    _rule(r"byeod ", meanings.constant(Link("by"), Clock(17, exact=True))),
    _rule(r"(?P<s>lunchtime|afterlunch|beforelunch|afterschool|beforedinner|eod) ", meanings.said_hours),
    _rule(r"<HOW><PART>", meanings.part_of_day),
    _rule(r"early (?=[WDMSIHNO]|the |$)", meanings.constant(Part(MORNING))),
    _rule(r"late (?=[WDMSIH]|$)", meanings.constant(Part(AFTERNOON))),
    # Clock times.
    _rule(r"(?:N12 )?noon ", meanings.constant(Clock(12, exact=True))),
    _rule(r"(?:N12 )?midnight ", meanings.constant(Link("midnight"))),
    _rule(r"C(?P<h>\d+):(?P<min>\d+) (?:ish )?<HALF>", _clock),
    _rule(
        r"(?P<of>quarter|half|N(?:5|10|15|20|25)) (?:minute )?(?P<way>past|after|before|of|to at|until at) (?:at )?"
        r"N(?P<h>\d\d?) <HALF>",
        _to_the_hour,
    ),
    _rule(r"(?P<of>quarter|N(?:20|25)) (?:minute )?(?P<way>to|until) N(?P<h>\d\d?) <HALF>", _to_the_hour),
    _rule(r"at (?P<of>N(?:5|10)) (?P<way>to) N(?P<h>\d\d?) <HALF>(?!to )", _to_the_hour),
    _rule(
        r"N(?P<h>\d\d?) (?P<way>and|plus|minus) (?P<of>quarter|half|(?<!and )N[1-5]\d|(?<!and )N5) "
        r"(?!of |day |hour |week )<HALF>",
        _and_minutes,
    ),
    _rule(r"(?P<of>half) (?P<way>)(?=N)N(?P<h>\d\d?) <HALF>", lambda m, _a: [Clock(int(m["h"]), 30, half=m["half"] or "")]),
    _rule(r"N0 N(?P<h>\d) hundred ", lambda m, _a: [Clock(int(m["h"]), exact=True)]),
    _rule(r"N0 N(?P<h>\d) N(?P<min>[0-5]\d) ", lambda m, _a: [Clock(int(m["h"]), int(m["min"]), exact=True)]),
    _rule(
        r"N(?P<h>\d\d?) hundred (?P<exact>)<HALF>",
        lambda m, _a: [Clock(int(m["h"]), half=m["half"] or "", exact=int(m["h"]) > 12)],
    ),
    _rule(r"N(?P<h>\d\d?) N(?P<min>[0-5]\d) (?:ish )?<HALF>(?:hour )?", _clock),
    _rule(r"N(?P<hm>(?!20[2-9]\d )\d{3,4}) <HALF>(?:hour |hundred )?", _military),
    _rule(r"N(?P<h>1[3-9]|2[0-3]) (?P<exact>hour )", _clock),
    _rule(r"N(?P<h>\d\d?) ish <HALF>|N(?P<h2>\d\d?) (?P<half2>am|pm) ish ", meanings.about),
    _rule(r"N(?P<h>\d\d?) <HALF>(?:ish )?", _clock),
    _rule(
        r"(?:the |day )?[NO](?P<n>\d{1,3}) (?!am |pm |oclock |hundred |ish |week|month|year |day |hour |minute |half |"
        r"quarter |M\d|W\d)",
        lambda m, a: [days.day_of_month(a, int(m["n"][:6]))],
    ),
    # Words that join.
    _rule(
        r"(?P<l>after|before|by|until|from|between|and|or|to|at|not|insteadof|onward|orearlier|orso|around|past) ",
        lambda m, _a: [Link(m["l"])],
    ),
    _rule(r"minus ", meanings.constant(Link("not"))),
    _rule(r"on $", meanings.constant(Link("onward"))),
    _rule(r"(?:of|in|on|a|ish|oclock|\+) ", meanings.constant()),
]


def facts_of(signs: list[str], asked: Asked) -> Iterator[Fact]:
    """Yield the facts of a phrase, left to right; an unreadable day where no rule takes a sign."""
    text = " ".join(signs) + " "
    position = 0
    while position < len(text):
        for pattern, make in RULES:
            match = pattern.match(text, position)
            if match is not None:
                yield from make(match, asked)
                position = match.end()
                break
        else:
            yield Day(problem=UNREADABLE)
            return
