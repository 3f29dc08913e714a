"""Browsers that sign in: openid_client.py ADDRESS HOST PROVIDER COUNT. Two steps, between which the
provider signs what it will issue: the first visit up to the provider's address, and from the
provider's answer to a session. Prints the seconds of both together and a session's cookies."""
import http.client
import http.cookies
import json
import ssl
import sys
import threading
import time
import urllib.parse

THREADS = 8

TLS = ssl.create_default_context()
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE


class Connection(http.client.HTTPSConnection):
    """To an address, in the name of a host."""

    def __init__(self, address, host):
        super().__init__(address, context=TLS, timeout=30)
        self.name = host

    def ask(self, path, cookies=()):
        headers = {"Host": self.name, "Accept": "text/html"}
        if cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
        self.request("GET", path, headers=headers)
        response = self.getresponse()
        response.read()
        assert response.status in (302, 303), f"{path}: {response.status}"
        location = urllib.parse.urlsplit(response.headers["Location"])
        jar = http.cookies.SimpleCookie()
        for line in response.headers.get_all("Set-Cookie", ()):
            jar.load(line)
        return location, {name: morsel.value for name, morsel in jar.items() if morsel.value}


def begin(connection, provider):
    """What the browser has when it arrives at the provider."""
    location, jar = connection.ask("/deep/link?x=1")
    for _ in range(3):
        if location.netloc == provider:
            return dict(urllib.parse.parse_qsl(location.query)), jar
        location, more = connection.ask(f"{location.path}?{location.query}", jar)
        jar |= more
    raise AssertionError(f"not sent to the provider: {location}")


def end(connection, query, code, jar):
    to = urllib.parse.urlsplit(query["redirect_uri"]).path
    answer = urllib.parse.urlencode({"code": code, "state": query["state"]})
    location, more = connection.ask(f"{to}?{answer}", jar)
    assert location.path == "/deep/link" and location.query == "x=1", location
    return more


def side_by_side(work, items):
    """work(connection, item) for all, by THREADS that keep a connection each: results, seconds."""
    results, at, lock = [None] * len(items), iter(range(len(items))), threading.Lock()
    faults = []

    def run():
        connection = Connection(ADDRESS, HOST)
        try:
            while True:
                with lock:
                    index = next(at, None)
                if index is None:
                    return
                results[index] = work(connection, items[index])
        except Exception as e:  # of a thread: told by the one that waits for it
            faults.append(e)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return results, time.monotonic() - begun


def prepare(provider, queries):
    connection = http.client.HTTPSConnection(provider, context=TLS, timeout=120)
    connection.request("POST", "/prepare", json.dumps(queries))
    return json.loads(connection.getresponse().read())


def main():
    visits, first = side_by_side(lambda c, _: begin(c, PROVIDER), range(COUNT))
    codes = prepare(PROVIDER, [query for query, _ in visits])
    jars, second = side_by_side(
        lambda c, item: end(c, item[0][0], item[1], item[0][1]), list(zip(visits, codes)))
    print(first + second, "; ".join(f"{k}={v}" for k, v in jars[-1].items()))


if __name__ == "__main__":
    ADDRESS, HOST, PROVIDER, COUNT = *sys.argv[1:4], int(sys.argv[4])
    main()
