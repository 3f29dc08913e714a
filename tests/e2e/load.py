"""Many people at once, by the client of tests/load, and back-end connections that end meanwhile."""
import http.client
import json
import subprocess
import threading
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway import PORT

SOURCES = Path(__file__).parents[1] / "load"
SIGN_INS = 8    # at one time


def build(path):
    """Makes the client; returns its path."""
    subprocess.run(["cc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-o", path,
                    *sorted(SOURCES.glob("*.c")), "-lnghttp2", "-lssl", "-lcrypto", "-lpthread"],
                   check=True)
    return path


class People:
    """Sessions: somebody at a host, and below which path the back end is asked for them."""

    def __init__(self, gateway, password=None):
        self.gateway, self.lines = gateway, []
        self.password = password or gateway.lab.password
        self.prefixes = {}
        for app in gateway.apps:
            host = urllib.parse.urlsplit(app["external_url"]).hostname
            self.prefixes[host] = urllib.parse.urlsplit(app["internal_url"]).path.rstrip("/")

    def sign_in(self, *pairs):
        """Each a user and a host."""
        with ThreadPoolExecutor(SIGN_INS) as pool:
            self.lines += pool.map(lambda pair: self.line_of(*pair), pairs)
        return self

    def line_of(self, user, host):
        browser = self.gateway.browser(host)
        answer = browser.try_sign_in(user, self.password(user))
        assert answer.status == 303, (user, answer.text)
        browser.close()
        cookie = ";".join(f"{name}={value}" for name, value in browser.cookies.items())
        return " ".join([host, cookie, user, self.prefixes[host]])

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)


class Load:
    """The client at work: `amount` questions, or for as long ("40s")."""

    def __init__(self, client, people, protocol, connections, streams, amount):
        gateway = people.gateway
        self.process = subprocess.Popen(
            [client, gateway.address, str(PORT), gateway.lab.ca.pem, protocol, str(connections),
             str(streams), str(amount)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.process.stdin.write(people.text)
        self.process.stdin.close()
        self.process.stdin = None

    def finish(self, timeout=600):
        out, err = self.process.communicate(timeout=timeout)
        assert self.process.returncode == 0, err
        return Result(**json.loads(out))


class Result:
    """What came of it: answers by status, `cut` ones that did not end, times in milliseconds."""

    def __init__(self, statuses, **figures):
        self.statuses = Counter({int(status): count for status, count in statuses.items()})
        self.__dict__.update(figures)

    @property
    def answers(self):
        return self.statuses.total()

    def __repr__(self):
        return repr(self.__dict__)


class Killer(threading.Thread):
    """Ends connections of the back end's, one by one, at random, without a pause for thought."""

    def __init__(self, web, per_second):
        super().__init__(daemon=True)
        self.web, self.pause, self.count = web, 1 / per_second, 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(self.pause):
            connection = http.client.HTTPConnection(self.web.address, self.web.port, timeout=10)
            connection.request("GET", "/public/cut")
            self.count += int(connection.getresponse().read())
            connection.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
