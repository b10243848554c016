"""The core's tables. Slim rows and the rules the database can hold; behaviour lives in bookings.services."""

from bookings.models.booking import Booking, BookingChange, Offer, Search, Urgency, Visit
from bookings.models.calendar import BusyBlock, CalendarFreshness, RefreshRequest
from bookings.models.customer import Customer, CustomerChange, CustomerMerge, CustomerNote, Property, Unit
from bookings.models.office import Concern, Lead, OutgoingMessage
from bookings.models.oncall import OfficeHours, OnCallPerson, OnCallSwap, OnCallTurn
from bookings.models.service import CrewMember, Equipment, Holdback, LengthRule, ServiceArea, ServiceType, Skill
from bookings.models.shop import Closure, Shop, Weekday
from bookings.models.staff import StaffMember
from bookings.models.team import Technician, TechnicianSkill, TimeOff, WorkingHours

__all__ = [
    "Booking",
    "BookingChange",
    "BusyBlock",
    "CalendarFreshness",
    "Closure",
    "Concern",
    "CrewMember",
    "Customer",
    "CustomerChange",
    "CustomerMerge",
    "CustomerNote",
    "Equipment",
    "Holdback",
    "Lead",
    "LengthRule",
    "Offer",
    "OfficeHours",
    "OnCallPerson",
    "OnCallSwap",
    "OnCallTurn",
    "OutgoingMessage",
    "Property",
    "RefreshRequest",
    "Search",
    "ServiceArea",
    "ServiceType",
    "Shop",
    "Skill",
    "StaffMember",
    "Technician",
    "TechnicianSkill",
    "TimeOff",
    "Unit",
    "Urgency",
    "Visit",
    "Weekday",
    "WorkingHours",
]
