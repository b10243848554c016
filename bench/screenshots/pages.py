"""Which pages are photographed, as whom, and what has to be seen on each before it is."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from bench.screenshots.scene import Scene

OWNER, DISPATCHER, TECHNICIAN, NOBODY = "owner", "dispatcher", "technician", ""


@dataclass(frozen=True, slots=True)
class Page:
    """`shows`: a selector of what is there once the page is ready; `press`: one of what is pressed first.

    `whole`: down to its end, where the page is one story that is read from the top, else what fits into the window.
    """

    name: str
    address: str
    shows: str
    who: str = DISPATCHER
    press: str = ""
    whole: bool = False


def of(scene: Scene) -> list[Page]:
    """Return the pages of a day without an emergency. Nobody signs in before a password was chosen: its link would end."""
    board = f"{reverse('board')}?day={scene.day}"
    one, other = scene.pair
    list_of, row_of = "admin:bookings_{}_changelist", "admin:bookings_{}_change"
    return [
        Page("sign-in", reverse("admin:login"), "[name=password]", who=NOBODY),
        Page("password-forgotten", reverse("account-forgot"), "[name=email]", who=NOBODY),
        Page("password-choose", scene.reset, "[name=new_password1]", who=NOBODY),
        Page("board-day", board, "li.bd-card"),
        Page("board-week", f"{board}&view=week", "[data-view=week] [data-visit]"),
        Page("board-story", board, "#board-panel .st", press=f"#visit-{scene.visit}"),
        Page("calls", reverse("calls"), "#calls-live .cl-card"),
        Page("call", reverse("call", args=[scene.call]), ".cl-name", whole=True),
        Page("new-booking", f"{reverse('board-new')}?{urlencode({'phone': scene.number, 'service': 'repair'})}", ".bh-time"),
        Page("inbox", reverse("inbox"), "#inbox-host li"),
        Page("customers", reverse("customers"), ".pp"),
        Page("customer", reverse("customer", args=[scene.customer]), ".pp", whole=True),
        Page("duplicates", reverse("customers-likely"), ".pp-pair"),
        Page("merge", reverse("customer-merge", args=[one, other]), ".pp-choice"),
        Page("conflicts", f"{reverse(list_of.format('concern'))}?calendar=open", "#result_list"),
        Page("conflict", reverse(row_of.format("concern"), args=[scene.conflict]), ".desk-conflict", whole=True),
        Page("searches", reverse(list_of.format("search")), "#result_list"),
        Page("why-not", reverse(row_of.format("search"), args=[scene.search]), "main, #main", whole=True),
        Page("calendars", reverse("calendar-login"), "main, #main"),
        Page("safety-words", reverse("admin:telephony_safetyscript_change", args=[scene.script]), "textarea", who=OWNER),
        Page("staff", reverse(list_of.format("staffmember")), "#result_list", who=OWNER),
        Page("account", reverse("account"), "main"),
        Page("two-step", reverse("account-two-step"), ".qr svg"),
        Page("my-day", reverse("mine"), "main", who=TECHNICIAN),
    ]


IN_AN_EMERGENCY = [Page("emergency", reverse("inbox"), "li[id^=item-emergency]")]
