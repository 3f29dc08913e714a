"""Methods, expectations, other protocols, and what Connection may and may not take away."""
from row import HOST, Row, chunked, get, passed, post, refused


def request(method, *lines, body=b"", target=b"/"):
    return (method + b" " + target + b" HTTP/1.1\r\n" + HOST +
            b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body)


UPGRADE = b"Connection: Upgrade"
WEBSOCKET = (UPGRADE, b"Upgrade: websocket", b"Sec-WebSocket-Version: 13",
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
FIVE = b"Content-Length: 5"
NOT_ASKED_FOR = {
    "with a body": post(*WEBSOCKET, FIVE, body=b"hello"),
    "without a key": get(UPGRADE, b"Upgrade: websocket"),
    "with two keys": get(*WEBSOCKET, WEBSOCKET[-1]),
    "among others": get(UPGRADE, b"Upgrade: websocket, h2c"),
    "not named by Connection": get(b"Upgrade: websocket"),
    "named by Keep-Alive alone": get(b"Keep-Alive: Upgrade", b"Upgrade: websocket"),
    "of another name": get(UPGRADE, b"Upgrade: websockets"),
    "of nothing": get(UPGRADE, b"Upgrade:"),
}
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"

ROWS = [
    *(passed(f"{method.decode()} passes", "RFC 9110 9", request(method), method + b" / HTTP/1.1")
      for method in (b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"PROPFIND", b"REPORT")),
    Row("TRACE is answered here", "RFC 9110 9.3.8", request(b"TRACE"), (405,), seen=0),
    Row("OPTIONS that may go no further", "RFC 9110 7.6.2", request(b"OPTIONS", b"Max-Forwards: 0"),
        seen=0),
    passed("OPTIONS that may go two steps", "RFC 9110 7.6.2",
           request(b"OPTIONS", b"Max-Forwards: 2"), b"\r\nMax-Forwards: 1\r\n"),
    refused("OPTIONS that may go nobody knows how far", "RFC 9110 7.6.2",
            request(b"OPTIONS", b"Max-Forwards: 2", b"Max-Forwards: 0")),
    passed("steps are counted for OPTIONS alone", "RFC 9110 7.6.2",
           get(b"Max-Forwards: 0"), b"\r\nMax-Forwards: 0\r\n"),
    Row("OPTIONS of all", "RFC 9110 9.3.7", request(b"OPTIONS", target=b"*"), seen=0),
    refused("OPTIONS of all at no host", "RFC 9112 3.2",
            b"OPTIONS * HTTP/1.1\r\nHost: a b\r\n\r\n"),
    refused("OPTIONS of more than all", "RFC 9112 3.2.4", request(b"OPTIONS", target=b"*/")),
    refused("GET of all", "RFC 9112 3.2.4", request(b"GET", target=b"*")),
    refused("the preface of HTTP/2", "RFC 9113 3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    passed("GET with a body", "RFC 9110 9.3.1", request(b"GET", FIVE, body=b"hello"),
           b"Content-Length: 5\r\n", b"\r\n\r\nhello"),
    passed("a GET that is a body", "RFC 9112 6.3",
           request(b"GET", b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED)),
    passed("a GET that is a chunk", "RFC 9112 7.1",
           chunked(b"%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n0\r\n\r\n")),
    Row("a length of 0 and another request", "RFC 9112 6.3", request(b"GET", b"Content-Length: 0") +
        get(target=b"/two"), (200, 200), seen=2, has=(b"GET /two HTTP/1.1\r\n",)),
    Row("three in a row with bodies", "RFC 9112 9.3.2",
        post(FIVE, body=b"first") + chunked(b"6\r\nsecond\r\n0\r\n\r\n") +
        post(FIVE, body=b"third"),
        (200, 200, 200), seen=3, has=(b"\r\n\r\nfirst", b"chunked", b"\r\n\r\nthird")),
    passed("Expect: 100-continue", "RFC 9110 10.1.1",
           post(b"Expect: 100-Continue", FIVE, body=b"hello"), b"Expect: 100-continue\r\n"),
    passed("Expect without a body", "RFC 9110 10.1.1", get(b"Expect: 100-continue"),
           lacks=(b"Expect",)),
    passed("another expectation ends here", "RFC 9110 10.1.1",
           post(b"Expect: zebra", FIVE, body=b"hello"), lacks=(b"zebra",)),
    passed("Connection cannot take the length away", "RFC 9110 7.6.1",
           post(b"Connection: Content-Length", FIVE, body=b"hello"), b"Content-Length: 5\r\n"),
    passed("Connection cannot take the coding away", "RFC 9110 7.6.1",
           chunked(b"5\r\nhello\r\n0\r\n\r\n", b"Connection: Transfer-Encoding"),
           b"Transfer-Encoding: chunked\r\n"),
    passed("Connection cannot take our own fields away", "RFC 9110 7.6.1",
           get(b"Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host"),
           b"X-Forwarded-For: ", b"X-Forwarded-Proto: https\r\n", b"X-Forwarded-Host: "),
    passed("two lines of one name stay two", "RFC 9110 5.3", get(b"Accept: a", b"Accept: b"),
           b"Accept: a\r\nAccept: b\r\n"),
    passed("a WebSocket", "RFC 6455 4.1", get(*WEBSOCKET), b"Connection: Upgrade\r\n",
           b"Upgrade: websocket\r\n", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
    passed("a WebSocket with a length of nothing", "RFC 6455 4.1",
           get(*WEBSOCKET, b"Content-Length: 0"), b"Upgrade: websocket\r\n",
           lacks=(b"Content-Length",)),
    Row("a refused WebSocket is no tunnel", "RFC 9110 7.8", get(*WEBSOCKET) + get(target=b"/two"),
        (200, 200), seen=2, has=(b"GET /two HTTP/1.1\r\n",)),
    *(passed(f"no WebSocket: {name}", "RFC 9110 7.8, RFC 6455 4.1", sent, lacks=(b"Upgrade",))
      for name, sent in NOT_ASKED_FOR.items()),
    Row("no WebSocket in HTTP/1.0", "RFC 9110 7.8",
        get(UPGRADE, b"Upgrade: websocket", version=b"1.0"), is_closed=True, lacks=(b"Upgrade",)),
    passed("dots and slashes that mean nothing", "RFC 3986 3.3, 3.4",
           get(target=b"//a/...//b?c=../d&e=%2e%2e%2f"),
           b"GET //a/...//b?c=../d&e=%2e%2e%2f HTTP/1.1\r\n"),
    passed("encodings in one spelling", "RFC 3986 6.2.2", get(target=b"/%61%7eb%2a%2f%5c"),
           b"GET /a~b%2A%2F%5C HTTP/1.1\r\n"),
    refused("parameters of dots", "RFC 3986 3.3", get(target=b"/a;x=1/..;/b")),
    refused("a backslash", "RFC 3986 3.3", get(target=b"/a\\b")),
    refused("an encoded end of line", "RFC 9112 3", get(target=b"/a%0d%0aB:c")),
]
