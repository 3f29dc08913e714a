"""The cases that no proxy takes part in: what a token costs beside GSSAPI's, and how fast tickets
come beside what the KDC itself can give."""
import os
import subprocess

import bench_load
from proxy import LOAD_CPU, PROXY_CPU, ROOT, pinned

PROGRAM = ROOT / "build" / "tests" / "kerberos_bench"
TOKENS, TICKETS, REQUESTS = 20000, 200, 25000    # in a second, about


def figures(command, **environment):
    done = subprocess.run(command, check=True, capture_output=True, text=True,
                          env={**os.environ, **environment})
    return [float(word) for word in done.stdout.split()]


def token(testbed, seconds):
    """One thread with one ticket in memory: processor time of a token."""
    lab = testbed.lab
    environment = lab.environment(cache="bench")
    subprocess.run(["kinit", "alice"], env=environment, input=lab.password("alice") + "\n",
                   text=True, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["kvno", lab.web.spn], env=environment, check=True, stdout=subprocess.DEVNULL)
    ours, gss, floor = figures(
        pinned(PROXY_CPU, PROGRAM, "token", environment["KRB5CCNAME"], lab.web.spn,
               max(200, int(TOKENS * seconds) // 200 * 200)), **environment)
    return {"processor time": {"kerbgate": ours, "gss": gss, "encryption": floor}}


def cold(testbed, seconds):
    """The broker beside threads that do nothing but S4U, at the same KDC."""
    lab = testbed.lab
    users = [f"user{n:02}@{lab.realm}" for n in range(1, 21)]
    ours, loops = figures(
        pinned(LOAD_CPU, PROGRAM, "cold", testbed.proxies["kerbgate"].gateway.file, lab.web.spn,
               max(40, int(TICKETS * seconds)), *users), KRB5_CONFIG=str(lab.krb5_conf))
    return {"rate": {"kerbgate": ours, "s4u loop": loops}}


def beside_none(testbed, seconds):
    """Requests of one session to one back end: with a token for each, and with none."""
    proxy = testbed.proxies["kerbgate"]
    values = {}
    for who, path in (("kerbgate", "/"), ("no kerberos", "/plain/")):
        before = proxy.processor_seconds()
        result = bench_load.requests(proxy.address, "https", "h1", int(REQUESTS * seconds),
                                     testbed.cookie, path)
        spent = proxy.processor_seconds() - before
        values[who] = spent / result.count * 1e6
    return {"processor time": values}


CASES = {"token": token, "cold tickets": cold, "kerberos beside none": beside_none}
