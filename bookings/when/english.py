"""English vocabulary: what callers say and speech-to-text writes, by the sign it stands for.

Signs are the shared language of `rules`. "" are words that change nothing; "?" are words that change everything, so
that a phrase with one is never read. A word in neither list is unknown, which is the same as "?".
"""

# Sign: phrases that mean it, separated by commas, without accents, apostrophes and full stops.
PHRASES = {
    "D0": "today, todays, 2day, todaay",
    "D1": "tomorrow, tomorrows, to morrow, 2morrow, two morrow, too morrow, tmrw, tmr, tommorow, tommorrow, tomorow, tomoro",
    "D2": "day after tomorrow, day after tomorow, day after to morrow, day after tommorrow, overmorrow",
    "D-1": "yesterday, yesterdays, last night",
    "D-2": "day before yesterday",
    "tonight": "tonight, to night, tonite, 2nite, 2night, tonights",
    "W0": "monday, mon, munday, mon day",
    "W1": "tuesday, tue, tues, tuseday, tues day, teusday, choose day",
    "W2": "wednesday, wed, weds, wensday, wendsday, wenesday, wednes day",
    "W3": "thursday, thu, thur, thurs, thrusday, thurs day, thirsday",
    "W4": "friday, fri, fry day, fryday",
    "W5": "saturday, sat, satruday, satur day, saterday",
    "W6": "sunday, sun, sun day",
    "any W0": "mondays",
    "any W1": "tuesdays",
    "any W2": "wednesdays, wensdays",
    "any W3": "thursdays",
    "any W4": "fridays",
    "any W5": "saturdays",
    "any W6": "sundays",
    "M1": "january, jan",
    "M2": "february, feb, febuary, feburary",
    "M3": "march, mar",
    "M4": "april, apr",
    "M5": "may",
    "M6": "june, jun",
    "M7": "july, jul",
    "M8": "august, aug",
    "M9": "september, sept, sep",
    "M10": "october, oct, octobre",
    "M11": "november, nov",
    "M12": "december, dec",
    "day": "day, days",
    "bizday": "business day, business days, working day, working days, workday, workdays, work days",
    "week": "week, weeks, weak, wk, wks, weeks time",
    "N2 week": "fortnight",
    "month": "month, months",
    "year": "year, years",
    "hour": "hour, hours, hr, hrs",
    "minute": "minute, minutes, min, mins",
    "weekend": "weekend, week end, weekends",
    "weekdays": "weekday, weekdays, week day, during the week, a weekday",
    "N2": "couple, couple of, a couple, a couple of, couple a, pair of, a pair of",
    "few": "few, a few, several",
    "oh": "oh, o",
    "N30 minute": "half an hour, half hour, a half hour, a half an hour",
    "N90 minute": "an hour and a half, hour and a half, one and a half hours",
    "next": "next, nex, nxt",
    "this": "this",
    "coming": "coming, upcoming, this coming, this upcoming, next coming, this next",
    "following": "following, subsequent",
    "last": "last, this past, previous",
    "afternext": "after next",
    "in": "in",
    "within": "within, within the next, in the next, over the next, during the next, inside of, within a, in the coming",
    "at": "at",
    "the": "the",
    "a": "a, an",
    "of": "of",
    "on": "on",
    "after": "after, anytime after, any time after, sometime after, later than, after about, after around, any day after",
    "before": "before, prior to, ahead of, anytime before, any time before, sometime before, earlier than, any day before",
    "by": "by, no later than, not later than, by no later than, on or before, by around, by about, any day by",
    "until": "until, til, till, up to, up until, through, thru",
    "from": (
        "from, starting, starting from, starting at, starting on, beginning, as of, on or after, no earlier than, no sooner "
        "than, not earlier than, not before, not until, no earlier, since, from about, from around, at or after, not any "
        "earlier than, no sooner"
    ),
    "between": "between, in between",
    "around": "around, about, approximately, roughly, close to, near, circa, at about, at around, around about, right around",
    "and": "and, &",
    "or": "or, or maybe, or else, or even, or possibly, or perhaps, or either",
    "to": "to, and to",
    "onward": (
        "onwards, onward, and on, on out, or later, or after, and later, and after, or afterwards, or any time after, or "
        "anytime after, at the earliest, or onwards, and onwards, and beyond, plus"
    ),
    "orearlier": "or earlier, or before, or sooner, at the latest, latest, at latest, and before",
    "orso": "or so, give or take, or thereabouts, or something like that",
    "not": (
        "not, cant make it, cannot make it, can not make it, wont make it, couldnt make it, will not make it, not make it, "
        "unable to make it, not going to make it, not gonna make it, dont, cant, cannot, wont, doesnt, isnt, except, except "
        "for, excluding, but not, other than, anything but, any day but, anytime but, nothing, wouldnt, couldnt, never, "
        "besides, aside from, apart from, without, unavailable, anytime except, any day except, any other day than, didnt, "
        "shouldnt, unable"
    ),
    "insteadof": "instead of, rather than, in place of, in lieu of",
    "no": "no, nope, nah",
    "fix": (
        "no wait, wait no, wait, oh wait, sorry, im sorry, oh sorry, no sorry, i mean, i meant, no i mean, scratch that, "
        "actually, actually no, no actually, make that, make it, no make it, no make that, correction, or rather, hold on, no "
        "no, strike that, on second thought, no lets do, no lets make it, change that to, hang on, hang on a second, hold on a "
        "second, just a second, one second, give me a second, wait a second, wait a minute, hold on a minute, hang on a minute, "
        "just a minute, one minute please, my bad, excuse me, pardon, no excuse me, no pardon me, nocomma, sorry no, no thats "
        "wrong, i misspoke, no hold on, no hang on, er no, uh no, um no, or wait, let me correct that, well actually, oh no, no "
        "no no"
    ),
    "ago": "ago, back then",
    "hence": "from now, out, away, hence, from today, from to day",
    "later": "later, afterwards, further out, farther out, further on",
    "earlier": "earlier, sooner",
    "sametime": "same time, same time of day, same hour, that time, this time, same slot, same window",
    "sameday": "same day, that day, that same day, same date",
    "nextday": "next day, following day, day following, day after that",
    "dayafter": "day after, day following",
    "daybefore": "day before, eve of, night before",
    "week afternext": "week after next, week after the next",
    "weekof": "week of, week starting, week beginning, week that starts, week containing",
    "weekendof": "weekend of",
    "early": (
        "early, early in, early on, early on in, beginning of, start of, first part of, first half of, top of, front half of, "
        "towards the beginning of, at the beginning of, at the start of, bright and early"
    ),
    "mid": "mid, middle of, halfway through, midway through, in the middle of, towards the middle of, around the middle of",
    "late": (
        "late, late in, end of, at the end of, by the end of, towards the end of, toward the end of, last part of, second half "
        "of, back half of, latter part of, later in, later on in, tail end of, before the end of, later part of, close of, "
        "around the end of, rest of, late on"
    ),
    "later this": "later this, later on this, late on this",
    "eod": (
        "end of day, end of the day, eod, close of business, end of business, cob, end of business day, end of the workday, "
        "last thing, last thing in the day, at the end of the day, day end, days end, last appointment of the day, last slot of "
        "the day, last appointment, end of your day, as late as possible, as late as you can"
    ),
    "byeod": (
        "by the end of the day, by end of day, by close of business, before the end of the day, before end of day, by eod, by cob"
    ),
    "firstthing": (
        "first thing, first thing in the morning, first thing in the am, crack of dawn, first appointment of the day, first "
        "slot of the day, first in the morning, first call of the day, first call, first up, start of the day, beginning of the "
        "day, first thing in the day, early as possible, as early as possible, as early as you can, as early as you have, first "
        "job of the day, when you open, right when you open, as soon as you open"
    ),
    "morning": (
        "morning, mornings, mornin, forenoon, am hours, in the am, in the a m, breakfast time, before work, breakfast, "
        "morningtime, mornings time, the am"
    ),
    "this afternoon": "this after noon",
    "afternoon": "afternoon, afternoons, after noon time, in the pm, in the p m, afternoonish, arvo, the pm",
    "evening": (
        "evening, evenings, eve, dinnertime, dinner time, suppertime, supper time, after work, after hours, after dinner, after "
        "supper, after i get off work, after i get off, after we get off work, when i get off work, when i get home from work, "
        "after im off work, after im off"
    ),
    "night": "night, nights, nighttime, night time, at night",
    "lunchtime": (
        "lunchtime, lunch time, lunch, over lunch, at lunch, during lunch, around lunch, around lunchtime, lunch hour, lunch "
        "break, around lunch time, midday, mid day, middle of the day, in the middle of the day, around midday"
    ),
    "afterlunch": "after lunch, after lunchtime, after lunch time, after my lunch, after midday, right after lunch",
    "beforelunch": "before lunch, before lunchtime, before lunch time, before midday, by lunch, by lunchtime, by midday",
    "afterschool": "after school, after school lets out, when school lets out",
    "beforedinner": "before dinner, before supper, before dinnertime",
    "noon": "noon, noontime, noonish, 12 noon, twelve noon, high noon, noon time, noon oclock",
    "midnight": "midnight, 12 midnight, twelve midnight",
    "am": "am",
    "pm": "pm",
    "oclock": "oclock, o clock, on the dot, sharp, on the nose, exactly, hours sharp, ocklock, o clock sharp",
    "ish": "ish",
    "hundred": "hundred, hundred hours",
    "thousand": "thousand",
    "quarter": "quarter, a quarter",
    "half": "half",
    "past": "past",
    "asap": (
        "asap, a s a p, as soon as possible, as soon as you can, as soon as you possibly can, soonest, earliest, earliest "
        "possible, first available, next available, first opening, next opening, soonest available, earliest available, "
        "earliest appointment, next available appointment, first available appointment, soon, soonish, sooner the better, the "
        "sooner the better, at your earliest convenience, right away, straight away, immediately, right now, now, as quickly as "
        "possible, as quick as possible, as fast as possible, as soon as, earliest time, earliest you have, earliest you got, "
        "soonest you have, soonest possible, next slot, first slot, earliest slot, earliest opening, first available slot, next "
        "available slot, first available time, quickest, real soon, pretty soon, first chance you get, next chance you get, "
        "emergency, urgent, urgently, as soon as youre able, first appointment, the first you have, the first one you have, "
        "first one you have, next appointment, next possible, the soonest youve got, soonest youve got, earliest youve got, "
        "first youve got, first thing youve got"
    ),
    "any": "any",
    "anyday": (
        "any day, whenever, whatever day, any date, i dont care, doesnt matter, it doesnt matter, no preference, im flexible, "
        "flexible, im open, wide open, whichever, whatever, whatever works, whatever you have, whenever works, whenever you "
        "can, whenever you want, anything, any time, anytime, at any time, all day, any day of the week, some time, sometime, "
        "some day, someday, one of these days, at some point, any other day, another day, another time, a different day, "
        "different day, some other day, other days, any time of day, any time of the day, whenever youre free, when you can, "
        "when youre available, when youre free, when you have time, any time at all, any day is fine, all week, any one, either "
        "one, either day, dont care, dont mind, i dont mind, i have no preference, not picky, im not picky, some other time, "
        "open all day, all day long, free all day, anything you have, anything youve got, every day, everyday, any weekday, any "
        "of those, later on, eventually, next time, whatevers available, whatever is available, whatever youve got, whichever "
        "is sooner, whichever comes first, whichever is earlier, whichever works, whichever is better, whichever is easier"
    ),
    "Hchristmas": "christmas, christmas day, xmas, xmas day, x mas",
    "Hchristmaseve": "christmas eve, xmas eve, day before christmas",
    "Hboxing": "boxing day, day after christmas",
    "Hnewyear": "new years, new years day, new year day, new year",
    "Hnewyearseve": "new years eve, new year eve",
    "Hthanksgiving": "thanksgiving, thanksgiving day, turkey day",
    "Hblackfriday": "black friday",
    "Hcybermonday": "cyber monday",
    "Hjuly4": "fourth of july, 4th of july, july fourth holiday, the fourth of july, forth of july, july the fourth holiday",
    "Hindependence": "independence day",
    "Hlabor": "labor day, labour day",
    "Hmemorial": "memorial day",
    "Hveterans": "veterans day, veteran day, armistice day",
    "Hremembrance": "remembrance day",
    "Heaster": "easter, easter sunday, easter day",
    "Heastermonday": "easter monday",
    "Hgoodfriday": "good friday",
    "Hpalmsunday": "palm sunday",
    "Hashwednesday": "ash wednesday",
    "Hmardigras": "mardi gras, fat tuesday, shrove tuesday, pancake day",
    "Hmlk": "mlk day, martin luther king day, martin luther king jr day, mlk, martin luther king junior day, m l k day",
    "Hpresidents": "presidents day, washingtons birthday, president day",
    "Hjuneteenth": "juneteenth",
    "Hcolumbus": "columbus day, indigenous peoples day",
    "Hhalloween": "halloween, haloween, hallowe en",
    "Hvalentine": "valentines day, valentines, valentine day, saint valentines day, st valentines day",
    "Hpatrick": "st patricks day, saint patricks day, st pattys day, st paddys day, saint pattys day, saint paddys day",
    "Haprilfools": "april fools, april fools day, april fool day",
    "Hmother": "mothers day, mother day, mothering sunday",
    "Hfather": "fathers day, father day",
    "Hcanada": "canada day",
    "Hvictoria": "victoria day",
    "Hgroundhog": "groundhog day, ground hog day",
    "Hmay5": "cinco de mayo",
    "at U2": "at to, at too",
    "at U4": "at for",
    "at U8": "at ate",
    "at U1": "at won",
    "after U2": "after to, after too",
    "after U4": "after for",
    "": (
        "may i, may we, i may, we may, may be, that may work, may work, it may, um, uh, er, erm, hmm, hm, mm, uhh, umm, uhm, "
        "ah, well, so, like, okay, ok, yeah, yes, yep, yup, sure, please, thanks, thank you, hi, hello, hey, maybe, perhaps, "
        "probably, possibly, i guess, i think, i suppose, i believe, you know, let s see, lets see, let me see, could, can, "
        "would, will, should, might, id, ill, im, i am, i, we, you, it, its, thats, that, that is, us, me, my, our, your, how "
        "about, what about, hows, how is, how does, do, does, did we say, book, schedule, reschedule, set, set up, put, me "
        "down, for, come, come in, come by, stop by, swing by, drop by, come on, come out, come over, somebody, someone, a "
        "tech, technician, the technician, a technician, appointment, an appointment, a visit, visit, slot, opening, an "
        "opening, have, got, get, get in, take, want, wanna, want to, need, need to, love, love to, prefer, preferably, "
        "ideally, if possible, if you can, if that works, if thats ok, if thats okay, if thats possible, if at all possible, if "
        "its possible, if you have it, if its not too much trouble, if you could, if you have anything, if available, if its "
        "available, works, works for me, works best, works better, good, great, fine, best, better, perfect, is, be, would be, "
        "would be great, sounds good, sounds, just, really, kind of, sort of, kinda, sorta, say, lets say, lets do, let us say, "
        "lets, let, go, go with, lets go with, with, try, lets try, there, then, available, free, open, are, are you, good "
        "morning, good afternoon, good evening, good day, guys, folks, maam, sir, right, alright, all right, cool, awesome, id "
        "like, i would like, would like, looking, looking at, was thinking, i was thinking, i was hoping, hoping, hoping for, "
        "shooting for, aim for, shoot for, thinking, im thinking, think, something, some, somewhere, would work, will work, "
        "could work, should work, might work, does work, would also work, would that work, does that work, will that work, that "
        "work, it work, why not, why dont we, why dont you, cant you, couldnt you, cant we, couldnt we, not sure, im not sure, "
        "i dont know, dont know, dunno, i dunno, time wise, day wise, instead, still, too, as well, also, either, the date, on "
        "the calendar, this is, it is, there is, theres, is there, anything available, anything open, do you have anything, you "
        "have anything, have anything, give me, gimme, see, move, move it, move it to, move to, change it to, change to, switch "
        "to, switch it to, push it to, only, even, actually like, honestly, basically, literally, again, now then, so then, or "
        "something, or whatever, or whenever, or anything, sorry about that, sorry to bother you, thats fine, thats good, thats "
        "great, thats ok, thats okay, is fine, is good, is okay, is ok, is great, is best, would be good, would be fine, would "
        "be best, would be perfect, would be better, will do, will be fine, should be fine, should be good, could be, at your "
        "house, here, hopefully, obviously, apparently, absolutely, definitely, certainly, if we could, if we can, if i could, "
        "if i can, i can do, i could do, that would be, that would work, that will work, that works, anyway, if it works, okay "
        "with you, ok with you, of course, very, window, time slot, if thats good, if thats alright, for me, to me, for us, for "
        "you, in person, at home, works great, works fine, works well, works good, afraid, bye, goodbye, uh huh, mhm, mm hmm, "
        "have a good one, anybody, anyone, does it work, is it possible, possible, do you have, do you guys have, you guys, "
        "what do you have, what have you got, got anything, would it be possible, how does, how would, sound, sound good, out "
        "here, over here, get someone, get somebody, works but, is good but, is fine but, would work but, works fine but"
    ),
    "?": (
        "first one, second one, third one, last one, next one, one of the, one of those, too soon, too early, too late, too "
        "far, once, every, each, alternate, biweekly, weekly, daily, monthly, unless, if, but, what, when, which, who, why, "
        "how, off, busy, had, was, were, birthday, or not, am i, am not, half day"
    ),
}

NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "ninety": 90,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "forth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "eigth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "twelveth": 12, "thirteenth": 13, "fourteenth": 14,
    "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20,
    "thirtieth": 30, "fortieth": 40, "fiftieth": 50,
}  # fmt: skip
