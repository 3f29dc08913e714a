"""What a back end says before its answer, or instead of a body, or in another protocol."""
from rows_answers import CHUNKED, Row, fine, refused, said

HELLO = b"5\r\nhello\r\n0\r\n\r\n"
ASKED = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13",
         b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
SWITCH, CONTINUE, HINTS = b"101 Switching Protocols", b"100 Continue", b"103 Early Hints"
UPGRADE = b"Connection: Upgrade"
ACCEPT = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="     # of the key in ASKED
SWITCHES = {
    "to nothing": (UPGRADE,), "to an empty name": (UPGRADE, b"Upgrade:"),
    "to h2c": (UPGRADE, b"Upgrade: h2c"), "to TLS": (UPGRADE, b"Upgrade: TLS/1.0"),
    "to a list": (UPGRADE, b"Upgrade: websocket, h2c"),
    "to a version": (UPGRADE, b"Upgrade: websocket/13"),
    "with a length": (UPGRADE, b"Upgrade: websocket", b"Content-Length: 5"),
    "with a coding": (UPGRADE, b"Upgrade: websocket", CHUNKED),
}
UNPROVEN = {
    "none": (), "an empty one": (b"Sec-WebSocket-Accept:",), "of another key": (
        b"Sec-WebSocket-Accept: zwKd5BnoWxQ6GxTxxSmBSHGHX9M=",),
    "the key itself": (b"Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==",),
    "another one first": (b"Sec-WebSocket-Accept: zwKd5BnoWxQ6GxTxxSmBSHGHX9M=", ACCEPT),
    "another one behind": (ACCEPT, b"Sec-WebSocket-Accept: zwKd5BnoWxQ6GxTxxSmBSHGHX9M="),
    "a list": (ACCEPT + b", a",),
}
STATUSES = {"204 No Content": 204, "304 Not Modified": 304}

ROWS = [
    *(refused(f"a switch {name}", "RFC 9110 7.8, 8.6", said(*lines, ACCEPT, status=SWITCH),
              asks=ASKED) for name, lines in SWITCHES.items()),
    *(refused(f"a proof of a WebSocket: {name}", "RFC 6455 4.1",
              said(UPGRADE, b"Upgrade: websocket", *proof, status=SWITCH), asks=ASKED)
      for name, proof in UNPROVEN.items()),
    refused("a switch to what was not asked for", "RFC 9110 7.8",
            said(UPGRADE, b"Upgrade: websocket", ACCEPT, status=SWITCH),
            asks=(UPGRADE, b"Upgrade: h2c", ASKED[3])),
    refused("a switch in HTTP/1.0", "RFC 9110 7.8",
            said(UPGRADE, b"Upgrade: websocket", ACCEPT, status=SWITCH, version=b"1.0"),
            asks=ASKED),
    refused("a switch behind an interim answer", "RFC 9110 7.8",
            said(status=HINTS) + said(UPGRADE, b"Upgrade: websocket", status=SWITCH),
            interims=(103,)),
    Row("no switch though asked for", "RFC 9110 7.8", fine(), asks=ASKED, body=b"hello",
        is_kept=True),
    Row("another protocol is required", "RFC 9110 15.5.22",
        fine(UPGRADE, b"Upgrade: websocket").replace(b"200 OK", b"426 Upgrade Required"), 426,
        body=b"hello", is_kept=True, has=(b"\r\nupgrade: websocket\r\n",
                                          b"\r\nconnection: upgrade\r\n")),
    Row("one of several protocols is required", "RFC 9110 15.5.22, 5.3",
        fine(UPGRADE, b"Upgrade: TLS/1.0", b"Upgrade:", b"Upgrade: websocket, foo").replace(
            b"200 OK", b"426 Upgrade Required"), 426, body=b"hello", is_kept=True,
        has=(b"\r\nupgrade: tls/1.0, websocket, foo\r\n",)),
    Row("another protocol is required, nobody says which", "RFC 9110 15.5.22",
        fine().replace(b"200 OK", b"426 Upgrade Required"), 426, body=b"hello", is_kept=True,
        lacks=(b"upgrade:",)),
    refused("an interim answer with a length", "RFC 9110 8.6",
            said(b"Content-Length: 5", status=HINTS, body=b"hello") + fine()),
    refused("an interim answer in chunks", "RFC 9112 6.1",
            said(CHUNKED, status=HINTS, body=HELLO) + fine()),
    refused("an interim answer in HTTP/1.0", "RFC 9110 15.2",
            said(status=CONTINUE, version=b"1.0") + fine()),
    refused("an interim answer with a folded line", "RFC 9112 5.2",
            said(b"A: b\r\n c", status=HINTS) + fine()),
    refused("an interim answer and the end", "RFC 9112 8", said(status=HINTS), ends=True,
            interims=(103,)),
    refused("an interim answer and no answer", "RFC 9112 4", said(status=HINTS) + b"hello\r\n",
            interims=(103,)),
    Row("an interim answer of a length of nothing", "RFC 9110 8.6",
        said(b"Content-Length: 0", status=HINTS) + fine(), body=b"hello", interims=(103,),
        is_kept=True, lacks=(b"content-length: 0",)),
    Row("an interim answer has its own fields", "RFC 9110 15.2, RFC 8297",
        said(b"Link: </a>; rel=preload", b"Connection: X-Mine", b"X-Mine: zebra",
             b"Keep-Alive: lion", status=HINTS) + fine(), body=b"hello", interims=(103,),
        is_kept=True, has=(b"link: <https://open.example.com/a>; rel=preload",),
        lacks=(b"zebra", b"lion")),
    Row("many interim answers", "RFC 9110 15.2",
        said(status=CONTINUE) * 2 + said(status=HINTS) * 30 + fine(), body=b"hello",
        interims=(100,) * 2 + (103,) * 30, is_kept=True),
    *(Row(f"{name}, in chunks that come", "RFC 9112 6.3",
          said(CHUNKED, status=name.encode(), body=HELLO), status, is_one_piece=True,
          lacks=(b"transfer-encoding", b"content-length"))
      for name, status in STATUSES.items()),
    *(Row(f"{name}, and an answer behind", "RFC 9112 6.3",
          said(status=name.encode()) + fine(body=b"poison"), status, is_one_piece=True)
      for name, status in STATUSES.items()),
    *(refused(f"{name}, of two lengths", "RFC 9112 6.3",
              said(b"Content-Length: 0", b"Content-Length: 5", status=name.encode()))
      for name in STATUSES),
    *(refused(f"{name}, of a length and a coding", "RFC 9112 6.1",
              said(b"Content-Length: 5", CHUNKED, status=name.encode())) for name in STATUSES),
    Row("no content, of a length of nothing", "RFC 9110 8.6",
        said(b"Content-Length: 0", status=b"204 No Content"), 204, is_kept=True,
        lacks=(b"content-length",)),
    Row("a reset, of a length", "RFC 9110 15.3.6, RFC 9112 6.3",
        fine().replace(b"200 OK", b"205 Reset Content"), 205, body=b"hello", is_kept=True),
    Row("HEAD of chunks that come", "RFC 9112 6.3", said(CHUNKED, body=HELLO), method=b"HEAD",
        is_one_piece=True),
    Row("HEAD in HTTP/1.0", "RFC 9112 9.3", said(b"Content-Length: 5", version=b"1.0"),
        method=b"HEAD", has=(b"content-length: 5\r\n",)),
    Row("HEAD and an answer behind", "RFC 9112 6.3",
        said(b"Content-Length: 0") + fine(body=b"poison"), method=b"HEAD", is_one_piece=True),
    *(refused(f"HEAD: {name}", "RFC 9112 6.1, 6.3", said(*lines), method=b"HEAD")
      for name, lines in {"two lengths": (b"Content-Length: 5", b"Content-Length: 6"),
                          "a length and a coding": (b"Content-Length: 5", CHUNKED),
                          "a bad length": (b"Content-Length: 0x5",),
                          "an unknown coding": (b"Transfer-Encoding: gzip",)}.items()),
]
