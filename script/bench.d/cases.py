"""What is measured: a table of cases, each a load and the figures taken from it."""
import time
from dataclasses import dataclass
from typing import Callable

import load

# Name of a figure: its unit, and whether more of it is better.
FIGURES = {
    "processor time": ("us", False),
    "rate": ("1/s", True),
    "added p50": ("us", False),
    "added p99": ("us", False),
    "memory": ("bytes", False),
}

EVERYBODY = ("kerbgate", "nginx", "haproxy", "apache")


@dataclass
class Case:
    run: Callable   # (testbed, proxy, seconds) -> {figure: value}
    proxies: tuple = EVERYBODY


def costs(expected_rate, put, per=1):
    """A case of processor time for each request and of the rate."""
    def run(testbed, proxy, seconds):
        count = int(expected_rate * seconds)
        before = proxy.processor_seconds()
        result = put(testbed, proxy, count)
        spent = proxy.processor_seconds() - before
        return {"processor time": spent / result.count * 1e6, "rate": result.rate}
    return run


def http(scheme, protocol, sso=False):
    def put(testbed, proxy, count):
        cookie = testbed.cookie if sso else None
        return load.requests(proxy.address, scheme, protocol, count, cookie)
    return put


CASES = {
    "h1 clear": Case(costs(40000, http("http", "h1"))),
    "h1 tls": Case(costs(30000, http("https", "h1"))),
    "h2 tls": Case(costs(25000, http("https", "h2"))),
    "h1 tls kerberos": Case(costs(25000, http("https", "h1", sso=True))),
    "h2 tls kerberos": Case(costs(20000, http("https", "h2", sso=True))),
    "new tls connections": Case(costs(800, lambda _, proxy, n: load.handshakes(proxy.address, n))),
    "1 MB body": Case(costs(200, lambda _, proxy, n: load.bodies(proxy.address, "/1m", n))),
}
