"""What is measured: a table of cases, each a load and the figures taken from it."""
import sys
from dataclasses import dataclass
from typing import Callable

import bench_load

# Name of a figure: its unit, and whether more of it is better.
FIGURES = {
    "processor time": ("us", False),
    "rate": ("1/s", True),
    "added p50": ("us", False),
    "added p99": ("us", False),
    "memory": ("bytes", False),
}

IDLE = 5000   # connections
LAPS = 5      # of the latency in each round: its p99 hangs on few requests, and any disturbance


@dataclass
class Case:
    run: Callable   # (testbed, proxy, seconds) -> {figure: value}
    is_once: bool = False   # in the first round only
    laps: int = 1   # in each round


def costs(expected_rate, put):
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
        return bench_load.requests(proxy.address, scheme, protocol, count, cookie)
    return put


def latency(testbed, proxy, seconds):
    """Of requests over TLS at half of what the slowest proxy can in this round, less that of the
    back end alone, which is measured once in a lap: all are held against the same. The requests of
    a lap come at the same times to each, and at others in the next."""
    if testbed.half_load is None:
        rates = [bench_load.requests(p.address, "https", "h1", 20000).rate
                 for p in testbed.proxies.values()]
        testbed.half_load = min(rates) / 2
        print(f"half load: {testbed.half_load:,.0f} requests in a second", file=sys.stderr)
    rate = testbed.half_load
    if testbed.direct is None:
        testbed.direct = bench_load.paced(testbed.back_end.address, 80, rate, seconds, testbed.lap)
    through = bench_load.paced(proxy.address, 443, rate, seconds, testbed.lap)
    return {f"added {name}": through.quantile(part) - testbed.direct.quantile(part)
            for name, part in (("p50", 0.5), ("p99", 0.99))}


def memory(_, proxy, __):
    return {"memory": bench_load.hold(proxy.address, IDLE, proxy.memory)}


def put_bodies(path):
    return lambda _, proxy, count: bench_load.bodies(proxy.address, path, max(1, count))


CASES = {
    "h1 clear": Case(costs(40000, http("http", "h1"))),
    "h1 tls": Case(costs(30000, http("https", "h1"))),
    "h2 tls": Case(costs(25000, http("https", "h2"))),
    "h1 tls kerberos": Case(costs(25000, http("https", "h1", sso=True))),
    "h2 tls kerberos": Case(costs(20000, http("https", "h2", sso=True))),
    "new tls connections": Case(costs(
        800, lambda _, proxy, n: bench_load.handshakes(proxy.address, n))),
    "1 MB body": Case(costs(200, put_bodies("/1m"))),
    "1 GB body": Case(costs(0.5, put_bodies("/1g"))),
    "websocket message": Case(costs(
        8000, lambda _, proxy, n: bench_load.messages(proxy.address, n))),
    "latency at half load": Case(latency, laps=LAPS),
    "idle tls connection": Case(memory, is_once=True),
}
