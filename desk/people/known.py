"""Who has a telephone number, and what a customer's kept rows are called by."""

from collections import defaultdict
from collections.abc import Iterable

from bookings.models import Customer

Number = tuple[int, str]  # a shop's id and a number


def at_numbers(numbers: Iterable[Number]) -> dict[Number, list[Customer]]:
    """Return by number whose it is, each person once, the first known first. One statement, none for no numbers."""
    wanted = {each for each in numbers if each[1]}
    found: defaultdict[Number, list[Customer]] = defaultdict(list)
    if not wanted:
        return found
    rows = Customer.objects.filter(shop__in={shop for shop, _ in wanted}, phone__in={phone for _, phone in wanted})
    for row in rows.select_related("merged_into").order_by("pk"):
        who = row.merged_into or row
        if who not in found[row.shop_id, row.phone]:
            found[row.shop_id, row.phone].append(who)
    return found


def names(people: list[Customer]) -> str:
    """Return who it is in a few words: a name, two names, or how many."""
    if len(people) > 2:
        return f"{people[0].name} or {len(people) - 1} others"
    return " or ".join(each.name for each in people)
