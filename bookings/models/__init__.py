"""The core's tables. Slim rows and the rules the database can hold; behaviour lives in bookings.services."""

from bookings.models.booking import Booking, BookingChange, Offer, Visit
from bookings.models.calendar import BusyBlock, CalendarFreshness
from bookings.models.customer import Customer, Property
from bookings.models.office import Concern, Lead, OutgoingMessage
from bookings.models.shop import (
    Closure,
    ServiceType,
    Shop,
    Skill,
    StaffMember,
    Technician,
    TechnicianSkill,
    TimeOff,
    WorkingHours,
)

__all__ = [
    "Booking",
    "BookingChange",
    "BusyBlock",
    "CalendarFreshness",
    "Closure",
    "Concern",
    "Customer",
    "Lead",
    "Offer",
    "OutgoingMessage",
    "Property",
    "ServiceType",
    "Shop",
    "Skill",
    "StaffMember",
    "Technician",
    "TechnicianSkill",
    "TimeOff",
    "Visit",
    "WorkingHours",
]
