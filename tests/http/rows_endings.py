"""How answers are framed, where they end, and what of their heads is for the next hop only."""
from rows_answers import CHUNKED, Row, fine, refused, said

HELLO = b"5\r\nhello\r\n0\r\n\r\n"
CODINGS = {"a comma behind": b"chunked,", "a comma before": b",chunked", "a semicolon": b"chunked;",
           "gzip": b"gzip", "deflate in chunks": b"deflate, chunked", "a suffix": b"chunked-x",
           "a blank inside": b"chun ked", "a no-break space": b"\xa0chunked"}
BEFORE = {"an empty line": b"\r\n", "a bare LF": b"\n", "a blank": b" ", "a NUL": b"\0",
          "what is left of a body": b"hello", "a byte order mark": b"\xef\xbb\xbf"}
CHUNKS = {
    "a size with an underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "2^63": b"8000000000000000\r\nhello\r\n0\r\n\r\n",
    "a blank before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "a NUL in an extension": b"5;a\0\r\nhello\r\n0\r\n\r\n",
    "an extension without an end": b"5;" + b"a" * 80000 + b"\r\nhello\r\n0\r\n\r\n",
    "a trailer without an end": b"0\r\nA: " + b"a" * 80000 + b"\r\n\r\n",
    "too many trailers": b"0\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "a trailer with a NUL": b"0\r\nA: \0\r\n\r\n",
    "a trailer with a blank before the colon": b"0\r\nA : b\r\n\r\n",
    "a trailer without a name": b"0\r\n: b\r\n\r\n",
}
BARRED = ("Content-Length", "Transfer-Encoding", "Connection", "Set-Cookie", "Location", "Upgrade",
          "WWW-Authenticate", "Content-Type", "Content_Length", "Transfer_Encoding")
LISTED = ("Content-Length", "Date", "X-Mine", "x-MINE")
# Cut by a reset in the middle: the end of none.
CUT = {"a body up to the end": said(body=b"hello"),
       "a length": said(b"Content-Length: 9", body=b"hello"),
       "chunks": said(CHUNKED, body=b"5\r\nhello\r\n")}
# While the connection rests.
UNASKED = {"an answer": fine(body=b"poison"), "half an answer": b"HTTP/1.1 200 OK\r\nA: ",
           "one byte": b"H", "an empty line": b"\r\n", "an interim answer": said(status=b"103 x"),
           "a farewell": said(b"Content-Length: 0", b"Connection: close",
                              status=b"408 Request Timeout")}

ROWS = [
    *(refused(f"coding: {name}", "RFC 9112 6.1, 6.3",
              said(b"Transfer-Encoding: " + coding, body=HELLO), ends=name == "gzip")
      for name, coding in CODINGS.items()),
    *(refused(f"before the status line: {name}", "RFC 9112 2.2, 4", before + fine())
      for name, before in BEFORE.items()),
    *(Row(f"chunk: {name}", "RFC 9112 7.1", said(CHUNKED, body=body), is_whole=False)
      for name, body in CHUNKS.items()),
    refused("2^63", "RFC 9110 8.6", said(b"Content-Length: 9223372036854775808")),
    refused("a length in two spellings", "RFC 9112 6.3",
            said(b"Content-Length: 5", b"CONTENT-LENGTH: 5", body=b"hello")),
    refused("a status line without an end", "RFC 9112 4", b"HTTP/1.1 200 " + b"a" * 80000),
    refused("an end within the status line", "RFC 9112 4", b"HTTP/1.1 2", ends=True),
    Row("a coding in capitals", "RFC 9112 7", said(b"TRANSFER-ENCODING: CHUNKED", body=HELLO),
        body=b"hello", is_kept=True),
    Row("leading zeros of a length", "RFC 9110 8.6",
        said(b"Content-Length: 0005", body=b"hello"), body=b"hello", is_kept=True,
        has=(b"content-length: 5\r\n",)),
    Row("blanks around a length", "RFC 9112 5.1",
        said(b"Content-Length: \t5 ", body=b"hello"), body=b"hello", is_kept=True),
    Row("a body that looks like an answer is a body", "RFC 9112 6.3", fine(body=fine()),
        body=fine(), is_kept=True),
    Row("a chunk that looks like an answer is a chunk", "RFC 9112 7.1",
        said(CHUNKED, body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(fine()), fine())), body=fine(),
        is_kept=True),
    Row("a body up to the end that looks like an answer", "RFC 9112 6.3", said(body=fine()),
        body=fine(), ends=True),
    Row("other names that fold to a length", "RFC 9112 6.3",
        fine(b"Content_Length: 50", b"Content.Length: 60"), body=b"hello", is_kept=True),
    Row("other names that fold to a coding", "RFC 9112 6.1",
        fine(b"Transfer_Encoding: chunked", b"Transfer.Encoding: chunked"), body=b"hello",
        is_kept=True, lacks=(b"chunked",)),
    Row("an end where it was announced", "RFC 9112 9.6", fine(b"Connection: close"), body=b"hello",
        ends=True, lacks=(b"connection: close",)),
    Row("two lines of Connection", "RFC 9110 7.6.1",
        fine(b"Connection: keep-alive", b"Connection: close"), body=b"hello"),
    Row("HTTP/1.0 that stays", "RFC 9112 9.3",
        said(b"Content-Length: 5", b"Connection: keep-alive", body=b"hello", version=b"1.0"),
        body=b"hello", is_kept=True),
    Row("a body up to the end in HTTP/1.0", "RFC 9112 6.3",
        said(b"Connection: keep-alive", body=b"hello", version=b"1.0"), body=b"hello", ends=True),
    *(Row(f"a trailer named {name}", "RFC 9110 6.5.1",
          said(CHUNKED, body=b"0\r\n" + name.encode() + b": zebra\r\nX-Sum: 1\r\n\r\n"),
          trailers=b"X-Sum: 1\r\n", is_kept=True) for name in BARRED),
    Row("a trailer that Connection names", "RFC 9110 7.6.1",
        said(CHUNKED, b"Connection: X-Mine",
             body=b"5\r\nhello\r\n0\r\nx-mine: zebra\r\nX-Sum: 1\r\n\r\n"),
        body=b"hello", trailers=b"X-Sum: 1\r\n", is_kept=True),
    *(Row(f"Connection names {name}", "RFC 9110 7.6.1",
          fine(b"Connection: " + name.encode(), b"X-Mine: zebra", b"Date: lion"), body=b"hello",
          is_kept=True, has=(b"content-length: 5\r\n", b"\r\ndate: "),
          lacks=((b"lion",) if name == "Date" else ()) +
          ((b"zebra",) if name.lower() == "x-mine" else ())) for name in LISTED),
    Row("Connection cannot take the coding away", "RFC 9110 7.6.1",
        said(CHUNKED, b"Connection: Transfer-Encoding", body=HELLO), body=b"hello", is_kept=True),
    Row("two cookies stay two", "RFC 9110 5.3", fine(b"Set-Cookie: a=b", b"Set-Cookie: c=d"),
        is_kept=True, has=(b"set-cookie: a=b", b"set-cookie: c=d")),
    *(Row(f"status {status} passes", "RFC 9110 15",
          fine().replace(b"200 OK", b"%d x" % status), status, body=b"hello", is_kept=True)
      for status in (200, 206, 299, 302, 404, 407, 418, 499, 500, 503, 599)),
]
