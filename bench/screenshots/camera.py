"""A Chromium that opens pages as somebody, at each size and in light and dark, waits until they are ready and keeps a picture.

What is wrong with a page is kept, and the next one is looked at all the same.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright
from playwright.sync_api import Page as Tab

from bench.dragging import CHROMIUM, FLAGS
from bench.screenshots.pages import Page
from bench.screenshots.small import small

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
TALLEST = 2400
PATIENCE = 15.0  # seconds until a page is ready, on a machine that is busy

# Asked from frame to frame until nothing loads, moves or is swapped in for three frames.
READY = """async (seconds) => {
  const until = performance.now() + seconds * 1000;
  const busy = () => document.readyState !== "complete" || document.fonts.status !== "loaded" ||
    document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, [aria-busy=true]") ||
    [...document.images].some((each) => !each.complete);
  for (let quiet = 0; quiet < 3; quiet = busy() ? 0 : quiet + 1) {
    if (performance.now() > until) return false;
    await new Promise(requestAnimationFrame);
  }
  return true;
}"""
SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"
HEIGHT = "document.documentElement.scrollHeight"
# The sidebar's scroll bar fades some time after it was used. A page's policy forbids styles that are written into it.
TIDY = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".simplebar-scrollbar { visibility: hidden; }");
  document.adoptedStyleSheets.push(sheet);
}"""


@dataclass
class Camera:
    """`taken`: the pages so far, `made`: how many pictures of them; `problems`: a line for each thing that was wrong."""

    browser: Browser
    url: str
    folder: Path
    named: Sequence[str]
    taken: list[str] = field(default_factory=list)
    made: int = 0
    problems: list[str] = field(default_factory=list)
    _signed_in: dict[str, Any] = field(default_factory=dict)
    _empty: Tab | None = None
    _contexts: dict[tuple[str, str, Scheme], BrowserContext] = field(default_factory=dict)

    def take(self, pages: Sequence[Page]) -> None:
        for page in pages:
            if self.named and page.name not in self.named:
                continue
            self.taken.append(page.name)
            begun = time.monotonic()
            for device in SIZES:
                for scheme in SCHEMES:
                    self._picture(page, device, scheme)
            print(f"  {page.name:<20}{time.monotonic() - begun:5.1f} s")

    def settle(self) -> None:
        """Remove pictures of pages that are no more, where all were asked for; else say which of the named pages there is not."""
        if self.named:
            self.problems += [f"{name}: no such page" for name in self.named if name not in self.taken]
            return
        for old in self.folder.glob("*.png"):
            if old.stem.rsplit("-", 2)[0] not in self.taken:
                old.unlink()

    def _picture(self, page: Page, device: str, scheme: Scheme) -> None:
        name = f"{page.name}-{device}-{scheme}"
        tab = self._context(page.who, device, scheme).new_page()
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: said.append(str(error)))
        try:
            if problem := self._open(tab, page):
                said.append(problem)
                return
            if device == "phone" and (over := tab.evaluate(SIDEWAYS)) > 0:
                said.append(f"scrolls sideways by {over} pixels")
            if page.whole:
                tab.set_viewport_size({"width": SIZES[device][0], "height": min(tab.evaluate(HEIGHT), TALLEST)})
                tab.evaluate(READY, PATIENCE)
            tab.evaluate(TIDY)
            picture = small(self._empty_tab(), tab.screenshot(animations="disabled"))
            (self.folder / f"{name}.png").write_bytes(picture)
            self.made += 1
        except Error as error:
            said.append(str(error).splitlines()[0])
        finally:
            tab.close()
            self.problems += [f"{name}: {each}" for each in said]

    def _open(self, tab: Tab, page: Page) -> str:
        """Open a page and wait until it is ready; return what is wrong with that, or ""."""
        answer = tab.goto(page.address)
        if answer is None or answer.status != 200:
            return f"answers {answer.status if answer else 'nothing'}"
        if page.press:
            tab.locator(page.press).click()
        tab.locator(page.shows).first.wait_for()
        return "" if tab.evaluate(READY, PATIENCE) else f"is not ready after {PATIENCE:.0f} s"

    def _context(self, who: str, device: str, scheme: Scheme) -> BrowserContext:
        """Return a profile in which somebody is signed in, at a size and in a scheme of colours."""
        key = (who, device, scheme)
        if key not in self._contexts:
            if who and who not in self._signed_in:
                self._signed_in[who] = self._sign_in(who)
            width, height = SIZES[device]
            context = self.browser.new_context(
                base_url=self.url, viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce",
                locale="en-US", timezone_id="America/New_York", storage_state=self._signed_in.get(who),
            )  # fmt: skip
            context.set_default_timeout(PATIENCE * 1000)
            self._contexts[key] = context
        return self._contexts[key]

    def _empty_tab(self) -> Tab:
        self._empty = self._empty or self.browser.new_page()
        return self._empty

    def _sign_in(self, who: str) -> Any:
        """Sign in as the demo's people do; return the cookies of it."""
        context = self.browser.new_context(base_url=self.url)
        tab = context.new_page()
        tab.goto("/admin/login/?next=/account/")
        tab.fill("[name=username]", who)
        tab.fill("[name=password]", f"demo-{who}")
        tab.press("[name=password]", "Enter")
        tab.wait_for_url("**/account/")
        state = context.storage_state()
        context.close()
        return state


@contextmanager
def opened(url: str, folder: Path, named: Sequence[str]) -> Iterator[Camera]:
    """A browser for pictures of the product at `url`; of the named pages only, if any are."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield Camera(browser, url, folder, named)
        finally:
            browser.close()
