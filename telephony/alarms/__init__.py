"""Tells people of an emergency until one of them takes it. Everything here is rows; Twilio is reached by telephony.twilio.

`ladder` decides who is told next and ends with an acknowledgement, `rounds` says who was told since it was last raised,
`texting` makes few texts of many alerts, `replies` reads what people write back, `words` is what they hear and read. What is
due stands in the tables, so a step may be taken twice, late or by anybody.
"""

from telephony.alarms.ladder import acknowledge, again, also
from telephony.alarms.rounds import first_round

__all__ = ["acknowledge", "again", "also", "first_round"]
