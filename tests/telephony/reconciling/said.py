"""Who calls whom in these tests, and what became of it."""

from bookings.models import Lead

CALLER, SHOP = "+14155550142", "+12125550100"
ACCOUNT = "AC" + "0f" * 16
KEY = {"Authorization": "Bearer key"}
SID, OTHER_SID = "CA" + "1" * 32, "CA" + "2" * 32


def the_leads():
    return list(Lead.objects.order_by("pk").values_list("reason", "status", "phone"))
