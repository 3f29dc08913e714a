"""Chromium, driven by playwright-core: what a person would see."""
import json
import shutil
import subprocess
from pathlib import Path

from .npm import modules

HERE = Path(__file__).parent / "browser"
TIMEOUT = 20000     # milliseconds, of each step


class Thing:
    """Something in the browser; its methods are those that Playwright has for it."""

    def __init__(self, driver, number):
        self.driver, self.number = driver, number

    def __getattr__(self, method):
        return lambda *args: self.driver.call(self.number, method, args)


class Chromium:
    """A browser for which every host below example.com is at one address."""

    def __init__(self, address, screenshots):
        self.screenshots = screenshots
        settings = {"modules": str(modules(HERE)), "chromium": shutil.which("chromium"),
                    "args": ["--no-sandbox", f"--host-resolver-rules=MAP *.example.com {address}"]}
        self.process = subprocess.Popen(["node", HERE / "driver.mjs", json.dumps(settings)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.browser = Thing(self, self.hear())

    def hear(self):
        line = self.process.stdout.readline()
        assert line, "the browser ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["thing"] if "thing" in answer else answer

    def call(self, number, method, args):
        question = {"on": number, "method": method, "args": args}
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = self.hear()
        return answer["value"] if isinstance(answer, dict) else Thing(self, answer)

    def person(self, **options):
        """A browser of somebody's own: nothing in it. Its pages are tabs."""
        context = self.browser.newContext({"ignoreHTTPSErrors": True, **options})
        context.setDefaultTimeout(TIMEOUT)
        return context

    def picture(self, page, name):
        """Kept as output of the build."""
        self.screenshots.mkdir(parents=True, exist_ok=True)
        page.screenshot({"path": str(self.screenshots / f"{name}.png"), "fullPage": True})

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
