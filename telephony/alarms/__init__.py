"""Tells people of an emergency until one of them takes it. Everything here is rows; Twilio is reached by telephony.twilio.

`ladder` decides who is told next and ends with an acknowledgement, `texting` makes few texts of many alerts, `replies`
reads what people write back, `words` is what they hear and read. What is due stands in the tables, so a step may be taken
twice, late or by anybody.
"""

from telephony.alarms.ladder import acknowledge, first_round

__all__ = ["acknowledge", "first_round"]
