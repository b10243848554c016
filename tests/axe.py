"""Asks axe-core what is wrong with a page for people who do not see it, or see little: `serious(page)`."""

from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "vendor/axe-core-4.14.1/axe.min.js"

_RUN = """async ([within, rules]) => {
  const found = await axe.run(document.querySelector(within), {
    resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}),
  });
  return found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .flatMap((each) => each.nodes.map((node) =>
      `${each.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 260)}`));
}"""


@cache
def _source():
    return SOURCE.read_text(encoding="utf-8")


def serious(page, within="html", *, rules=()):
    """What axe finds in a part of the page that is serious or critical, one line each; by some rules only, if they are named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    return page.evaluate(_RUN, [within, list(rules)])
