"""Spoken dates and times as days and windows: pure, English and Spanish, against the moment of the call.

`parse.read` is the way in and `reading.Reading` the way out. It knows no shop, no hours and no calendar. How it works:
`words` turns text into signs with a vocabulary (`english`, `spanish`), `rules` finds facts (`facts`) in the signs,
`days` and `clocks` say what each fact means, `arrange` puts them together, `say` words the answer; plain calendar dates
that this does not know go to a library in `calendar_dates`.
"""
