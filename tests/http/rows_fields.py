"""Fields that say what is only ours to say, in all their spellings, and what Connection and
Expect do."""
from row import HOST, Row, chunked, get, passed, post, refused
from rows_methods import FIVE, request

# Back ends of many kinds take "_" or "." for "-" (CGI, WSGI, PHP).
FOLDED = ("X_Forwarded_Host", "X-Forwarded_Proto", "X.Forwarded.Port", "X_Real_IP", "x.real.ip",
          "Kerbgate.User", "kerbgate_claim_mail", "Remote_User", "REMOTE.USER", "X_Remote_User",
          "X.Original.URL", "X_Original_Host", "Content_Length", "Content.Length",
          "Transfer_Encoding", "Transfer.Encoding", "Proxy_Authorization", "Proxy_Connection",
          "Keep_Alive", "X-Forwarded-", "X-Forwarded")
KEPT_HOST = b"\r\nHost: open.example.com\r\n"
LISTED = ("Accept", "Authorization", "Cookie", "X-Mine", "x-MINE", "Content-Type", "Range")
HIDDEN = b"GET /hidden HTTP/1.1\r\n" + HOST + b"\r\n"

EXPECTATIONS = {
    "in HTTP/1.0": post(b"Expect: 100-continue", FIVE, body=b"hello").replace(b"HTTP/1.1",
                                                                             b"HTTP/1.0"),
    "of a body of nothing in a GET": get(b"Expect: 100-continue"),
    "of something like it": post(b"Expect: 100-continuex", FIVE, body=b"hello"),
    "of a parameter": post(b"Expect: 100-continue=1", FIVE, body=b"hello"),
    "of nothing": post(b"Expect:", FIVE, body=b"hello"),
}

ROWS = [
    *(passed(f"dropped: {name}", "RFC 9110 5.1, 7.6", get(name.encode() + b": zebra"),
             lacks=(b"zebra",)) for name in FOLDED),
    *(passed(f"a name of its own: {name}", "RFC 9110 5.1", get(name.encode() + b": zebra"),
             b"\r\n" + name.encode() + b": zebra\r\n")
      for name in ("X_Mine", "X.Mine", "X-Forwardedness", "Forwarded2", "!#$%&'*+-.^_`|~")),
    *(passed(f"two lines of {name}", "RFC 9110 5.3",
             get(name.encode() + b": zebra", name.lower().encode() + b": 203.0.113.9"),
             b"\r\nX-Forwarded-For: 127.", lacks=(b"zebra", b"203.0.113.9"))
      for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded",
                   "X-Real-IP")),
    *(passed(f"a length that is none: {name}", "RFC 9112 6.3",
             post(b"Content-Length: 5", name + b": 50", body=b"hello"), b"Content-Length: 5\r\n",
             b"\r\n\r\nhello", lacks=(b"50",))
      for name in (b"Content_Length", b"Content.Length", b"content_length")),
    *(passed(f"a coding that is none: {name}", "RFC 9112 6.1",
             post(name + b": chunked", FIVE, body=b"hello"), b"\r\n\r\nhello", lacks=(b"chunked",))
      for name in (b"Transfer_Encoding", b"Transfer.Encoding")),
    refused("a length and a listed coding", "RFC 9112 6.1",
            chunked(b"0\r\n\r\n", FIVE, b"Connection: Transfer-Encoding")),
    refused("a listed length and a coding", "RFC 9112 6.1",
            chunked(b"0\r\n\r\n", FIVE, b"Connection: Content-Length")),
    *(passed(f"listed in Connection: {name}", "RFC 9110 7.6.1",
             get(b"Connection: a,, \t" + name.encode() + b"\t,", name.encode() + b": zebra"),
             KEPT_HOST, lacks=(b"zebra",)) for name in LISTED),
    passed("listed in a second line", "RFC 9110 7.6.1",
           get(b"Connection: a", b"X-Mine: zebra", b"Connection: X-Mine"), lacks=(b"zebra",)),
    passed("listed, but another", "RFC 9110 7.6.1",
           get(b"Connection: X-Mi, Mine, X-Mine2", b"X-Mine: zebra"), b"X-Mine: zebra\r\n"),
    passed("a trailer that is listed in Connection", "RFC 9110 7.6.1",
           chunked(b"0\r\nX-Mine: zebra\r\nX-Sum: 1\r\n\r\n", b"Connection: a, x-mine"),
           b"X-Sum: 1\r\n", lacks=(b"zebra",)),
    passed("quoted in Connection", "RFC 9110 7.6.1", get(b'Connection: "Host"'), KEPT_HOST),
    Row("Connection: close wins", "RFC 9112 9.6", get(b"Connection: keep-alive, Close"),
        is_closed=True, lacks=(b"\r\nConnection",)),
    Row("Connection: close in a second line", "RFC 9112 9.6",
        get(b"Connection: keep-alive", b"Connection: close"), is_closed=True),
    *(passed(f"an expectation {name}", "RFC 9110 10.1.1", sent, lacks=(b"Expect",))
      if b"HTTP/1.0" not in sent else
      Row(f"an expectation {name}", "RFC 9110 10.1.1", sent, is_closed=True, lacks=(b"Expect",),
          has=(b"\r\n\r\nhello",)) for name, sent in EXPECTATIONS.items()),
    passed("one expectation, twice", "RFC 9110 10.1.1",
           post(b"Expect: 100-continue", b"Expect: 100-continue", FIVE, body=b"hello"),
           b"Expect: 100-continue\r\n", b"\r\n\r\nhello", lacks=(b"continue\r\nExpect",)),
    passed("an expectation among others", "RFC 9110 10.1.1",
           post(b"Expect: zebra, 100-continue", FIVE, body=b"hello"), b"Expect: 100-continue\r\n",
           lacks=(b"zebra",)),
    refused("an expectation with a blank before the colon", "RFC 9112 5.1",
            post(b"Expect : 100-continue", FIVE, body=b"hello")),
    refused("a folded expectation", "RFC 9112 5.2",
            post(b"Expect:", b" 100-continue", FIVE, body=b"hello")),
    passed("an expected body that is a request", "RFC 9112 6.3",
           post(b"Expect: 100-continue", b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
           b"\r\n\r\n" + HIDDEN),
    *(passed(f"{method.decode()} with a body that is a request", "RFC 9110 9.3, RFC 9112 6.3",
             request(method, b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
             b"Content-Length: %d\r\n" % len(HIDDEN), b"\r\n\r\n" + HIDDEN)
      for method in (b"DELETE", b"OPTIONS", b"GET")),
    refused("a method that is refused with a body that is a request", "RFC 9110 9.3.8",
            request(b"TRACE", b"Content-Length: %d" % len(HIDDEN), body=HIDDEN), 405),
    passed("https in absolute form", "RFC 9112 3.2.2",
           get(target=b"HTTPS://Other.Example.COM:443/x?y"), b"GET /x?y HTTP/1.1\r\n",
           b"\r\nHost: other.example.com\r\n", lacks=(b"open.example.com",)),
    passed("absolute form without a path", "RFC 9112 3.2.1",
           get(target=b"http://other.example.com"), b"GET / HTTP/1.1\r\n",
           b"\r\nHost: other.example.com\r\n"),
    passed("absolute form with nothing but a query", "RFC 9112 3.2.1",
           get(target=b"http://other.example.com?x"), b"GET /?x HTTP/1.1\r\n"),
    Row("absolute form of nobody's host", "RFC 9112 3.2.2", get(target=b"http://evil.example/"),
        (404,), seen=0),
    refused("absolute form and two hosts", "RFC 9112 3.2",
            get(b"Host: open.example.com", target=b"http://open.example.com/")),
    refused("absolute form and no host", "RFC 9112 3.2",
            b"GET http://open.example.com/ HTTP/1.1\r\n\r\n"),
    Row("a hundred in a row", "RFC 9112 9.3.2",
        b"".join(get(target=b"/%d" % number) for number in range(100)), (200,) * 100, seen=100,
        has=(b"GET /0 ", b"GET /99 ")),
    Row("what follows a refused one is not read", "RFC 9112 9.3",
        get(target=b"/one") + get(b"A : b") + HIDDEN, (200, 400), True, 1, lacks=(b"hidden",)),
    Row("what follows a last one is not read", "RFC 9112 9.6",
        get(target=b"/one") + get(b"Connection: close", target=b"/two") + HIDDEN, (200, 200), True,
        2, lacks=(b"hidden",)),
]
