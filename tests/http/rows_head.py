"""Request line, targets, Host, fields: what is refused, and what is written anew."""
from row import HOST, Row, get, passed, refused

LINES = {
    "an extra blank": (b"GET  / HTTP/1.1", 400), "a blank in the target": (b"GET / x HTTP/1.1",
                                                                           400),
    "a blank behind": (b"GET / HTTP/1.1 ", 400), "a blank before": (b" GET / HTTP/1.1", 400),
    "a tab": (b"GET\t/ HTTP/1.1", 400), "HTTP/0.9": (b"GET /", 400),
    "HTTP/1.2": (b"GET / HTTP/1.2", 400),
    "HTTP/2.0": (b"GET / HTTP/2.0", 400), "HTTP/01.1": (b"GET / HTTP/01.1", 400),
    "a small version": (b"GET / http/1.1", 400), "no minor version": (b"GET / HTTP/1", 400),
    "an unknown method": (b"BREW / HTTP/1.1", 501), "a small method": (b"get / HTTP/1.1", 501),
    "CONNECT": (b"CONNECT evil.example:25 HTTP/1.1", 501),
    "a method with a colon": (b"GE:T / HTTP/1.1", 400),
    "a fragment": (b"GET /#x HTTP/1.1", 400), "a NUL": (b"GET /\0 HTTP/1.1", 400),
    "an encoded NUL": (b"GET /%00 HTTP/1.1", 400), "half an encoding": (b"GET /%2 HTTP/1.1", 400),
    "a false encoding": (b"GET /%zz HTTP/1.1", 400), "8 bits": (b"GET /\xff HTTP/1.1", 400),
    "above the root": (b"GET /../x HTTP/1.1", 400),
    "above it, encoded": (b"GET /%2e%2e/x HTTP/1.1", 400),
    "a hidden slash": (b"GET /a/..%2fx HTTP/1.1", 400), "no slash": (b"GET x HTTP/1.1", 400),
    "a bare LF": (b"GET / HTTP/1.1\nA: b", 400), "a bare CR": (b"GET / HTTP/1.1\rA: b", 400),
}
FIELDS = {
    "a blank before the colon": b"A : b", "a tab before the colon": b"A\t: b",
    "a blank in the name": b"A B: c",
    "no colon": b"A", "no name": b": b", "a folded line": b"A: b\r\n c",
    "a tab-folded line": b"A: b\r\n\tc",
    "a NUL in a value": b"A: \0", "a NUL in a name": b"A\0: b", "a bare CR": b"A: b\rC: d",
    "a bare LF": b"A: b\nC: d", "8 bits in a name": b"\xc4: b", "DEL in a value": b"A: \x7f",
    "ESC in a value": b"A: \x1b", "brackets in a name": b"(A): b", "a slash in a name": b"A/B: c",
    "two CRs": b"A: b\r",
}
HOSTS = {
    "no host": b"", "two hosts": HOST + HOST, "another host": HOST + b"Host: evil.example\r\n",
    "an empty host": b"Host:\r\n", "a host with a path": b"Host: open.example.com/x\r\n",
    "a host with a user": b"Host: a@open.example.com\r\n",
    "a list of hosts": b"Host: open.example.com, evil.example\r\n",
    "a blank in a host": b"Host: open.example.com evil\r\n",
    "a port that is none": b"Host: open.example.com:x\r\n",
    "two dots behind a host": b"Host: open.example.com..\r\n",
    "a dot behind an address": b"Host: 127.0.0.1.\r\n",
    "a folded host": b"Host:\r\n open.example.com\r\n",
    "a NUL in a host": b"Host: open.example.com\0\r\n",
}
DROPPED = ["X-Forwarded-For", "X_Forwarded_For", "x.forwarded.for", "X-Forwarded-Host",
           "Forwarded", "X-Original-URL", "X_Rewrite_URL", "Proxy", "Remote-User", "kerbgate-user",
           "KERBGATE_USER", "Keep-Alive", "Proxy-Connection", "TE"]

ABSOLUTE = {
    "no host": b"http:///x", "a user": b"http://a@open.example.com/",
    "another scheme": b"ftp://open.example.com/", "no scheme": b"//open.example.com/x y",
    "an opaque one": b"mailto:a@open.example.com", "a port that is none": b"http://open:x/",
    "a blank": b"http://open.example.com /", "a backslash": b"http:\\\\open.example.com\\",
}

ROWS = [
    *(refused(f"request line: {name}", "RFC 9112 3", line + b"\r\n" + HOST + b"\r\n", status)
      for name, (line, status) in LINES.items()),
    *(refused(f"field: {name}", "RFC 9112 5, RFC 9110 5.5", get(line)) for name,
      line in FIELDS.items()),
    *(refused(f"host: {name}", "RFC 9112 3.2, RFC 9110 7.2",
              b"GET / HTTP/1.1\r\n" + lines + b"\r\n") for name, lines in HOSTS.items()),
    *(passed(f"dropped: {name}", "RFC 9110 7.6", get(name.encode() + b": zebra"), lacks=(b"zebra",))
      for name in DROPPED),
    *(passed(f"listed in Connection: {name}", "RFC 9110 7.6.1",
             get(b"Connection: " + name.encode(), name.encode() + b": 0"),
             lacks=(name.encode() + b": 0",))
      for name in ("X-Mine", "Upgrade")),
    *(passed(f"a host in another spelling: {host.decode()}", "RFC 9110 4.2.3, RFC 1034 3.1",
             b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
             b"\r\nHost: open.example.com\r\n")
      for host in (b"open.example.com:", b"open.example.com.", b"OPEN.example.com.:443")),
    passed("Host cannot be stripped", "RFC 9110 7.6.1", get(b"Connection: Host"), b"\r\nHost: "),
    passed("an empty line before", "RFC 9112 2.2", b"\r\n" + get()),
    passed("8 bits in a value", "RFC 9110 5.5", get(b"A: \xff"), b"A: \xff\r\n"),
    passed("blanks around a value", "RFC 9112 5.1", get(b"A: \t b \t"), b"A: b\r\n"),
    passed("an empty value", "RFC 9110 5.5", get(b"A:"), b"A: \r\n"),
    passed("absolute form wins over Host", "RFC 9112 3.2.2",
           b"GET http://other.example.com/x HTTP/1.1\r\nHost: open.example.com\r\n\r\n",
           b"GET /x HTTP/1.1\r\nHost: other.example.com\r\n",
           lacks=(b"open.example.com",)),
    *(refused(f"absolute form beside {name}", "RFC 9112 3.2",
              b"GET http://open.example.com/x HTTP/1.1\r\n" + lines + b"\r\n")
      for name, lines in HOSTS.items()),
    *(refused(f"absolute form: {name}", "RFC 9112 3.2.2, RFC 9110 4.2",
              b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n")
      for name, target in ABSOLUTE.items()),
    passed("dot segments", "RFC 3986 5.2.4", get(target=b"/a/./b/../c"), b"GET /a/c HTTP/1.1\r\n"),
    passed("encoded dot segments", "RFC 3986 6.2.2", get(target=b"/a/%2e%2e/c"),
           b"GET /c HTTP/1.1\r\n"),
    passed("Upgrade to h2c", "RFC 9110 7.8",
           get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
               b"HTTP2-Settings: AAMAAABkAAQ"),
           lacks=(b"h2c", b"HTTP2-Settings", b"Upgrade")),
    passed("Upgrade to TLS", "RFC 2817", get(b"Connection: Upgrade", b"Upgrade: TLS/1.0"),
           lacks=(b"TLS/1.0",)),
    Row("two requests in a row", "RFC 9112 9.3.2", get(target=b"/one") + get(target=b"/two"),
        (200, 200), seen=2, has=(b"GET /one ", b"GET /two ")),
    Row("Connection: close", "RFC 9112 9.6", get(b"Connection: close"), is_closed=True),
    Row("HTTP/1.0 closes", "RFC 9112 9.3", get(version=b"1.0"), is_closed=True),
    Row("a host of nobody's", "RFC 9110 7.4", b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        (404,), seen=0),
]
