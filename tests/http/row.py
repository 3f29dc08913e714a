"""What a row of the tables says: bytes to kerbgate, its answer, what may reach the back end."""
from dataclasses import dataclass

HOST = b"Host: open.example.com\r\n"


@dataclass(frozen=True)
class Row:
    """`sent` is followed by another request, so that what is left open and what is left over shows.

    statuses: of all answers to `sent`. is_closed: the connection ends behind them, and the request
    that follows is never seen. seen: how many requests of `sent` reach the back end. has, lacks:
    bytes that are, and are not, in what the back end reads.
    """
    name: str
    rfc: str
    sent: bytes
    statuses: tuple = (200,)
    is_closed: bool = False
    seen: int = 1
    has: tuple = ()
    lacks: tuple = ()


def refused(name, rfc, sent, status=400):
    """Answered once, closed, and nothing of it is seen inside."""
    return Row(name, rfc, sent, (status,), True, 0)


def passed(name, rfc, sent, *has, lacks=()):
    return Row(name, rfc, sent, has=has, lacks=lacks)


def get(*lines, target=b"/", version=b"1.1"):
    return (b"GET " + target + b" HTTP/" + version + b"\r\n" + HOST +
            b"".join(line + b"\r\n" for line in lines) + b"\r\n")


def post(*lines, body=b""):
    head = b"POST / HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines)
    return head + b"\r\n" + body


def chunked(body, *lines):
    return post(b"Transfer-Encoding: chunked", *lines, body=body)
