"""What a client of HTTP/1.0 gets: no chunks, no interim answers, and the end of the connection as
the end of a body only where it is one."""
import pytest

from backend import Says
from row import HOST
from rows_answers import CHUNKED, fine, said

ANSWERS = {
    "a length": fine(),
    "chunks": said(CHUNKED, body=b"3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n"),
    "a body up to the end": said(body=b"hello"),
    "interim answers": said(status=b"100 Continue") + said(status=b"103 Early Hints") + fine(),
}
CUT = {
    "chunks without the last": said(CHUNKED, body=b"5\r\nhello\r\n"),
    "a bad chunk": said(CHUNKED, body=b"5\r\nhello\r\nzebra\r\n"),
    "the end within the trailer": said(CHUNKED, body=b"5\r\nhello\r\n0\r\nA: b\r\n"),
}


def ask(gate, says):
    """The connection, on which the answer comes."""
    gate.backend.taken()
    gate.backend.says[:] = [Says(says, ends=True)]
    connection = gate.connect()
    connection.sendall(b"GET /first HTTP/1.0\r\n" + HOST + b"\r\n")
    return connection


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_ends_with_the_connection(gate, name):
    with ask(gate, ANSWERS[name]) as connection:
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and b"\r\nConnection: close" in head
    assert b"Transfer-Encoding" not in head
    assert body == b"hello"


@pytest.mark.parametrize("name", CUT)
def test_an_answer_that_is_cut_has_no_clean_end(gate, name):
    with ask(gate, CUT[name]) as connection, pytest.raises(ConnectionResetError):
        connection.makefile("rb").read()
