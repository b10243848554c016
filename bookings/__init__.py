"""The core: what a shop promised to whom, who goes and when. Imports neither telephony nor calendars."""
