"""Who decides about a request's body, before it is there: what a client that waits is told, and
that nothing of a body that comes late is a request to anybody."""
import pytest

from answer import read_answer
from backend import FINE, Says
from frames import END_HEADERS, Client, data, headers, request
from row import HOST, get, post

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EXPECTS = post(b"Expect: 100-continue", b"Content-Length: 5")


def test_a_client_that_waits_gets_the_back_ends_leave(gate):
    gate.backend.taken()
    gate.backend.early[:] = [Says(CONTINUE, goes_on=True)]
    with gate.connect() as connection:
        file = connection.makefile("rb")
        connection.sendall(EXPECTS)
        assert file.readline() == b"HTTP/1.1 100 Continue\r\n" and file.readline() == b"\r\n"
        connection.sendall(b"hello")
        assert read_answer(file).status == 200
    assert [request[-5:] for request in gate.backend.taken()] == [b"hello"]


FORM = b"/.kerbgate/sign-in"


def test_who_fills_in_a_form_of_ours_has_our_leave(gate):
    with gate.connect() as connection:
        file = connection.makefile("rb")
        connection.sendall(EXPECTS.replace(b" / ", b" " + FORM + b" "))
        assert file.readline() == b"HTTP/1.1 100 Continue\r\n" and file.readline() == b"\r\n"
        connection.sendall(b"hello")
        assert read_answer(file).status >= 400


@pytest.mark.parametrize("path, early", [(FORM, []), (b"/", [Says(CONTINUE, goes_on=True)])],
                         ids=["ours", "the back end's"])
def test_a_client_of_http2_that_waits_gets_leave(secure, path, early):
    secure.backend.taken()
    secure.backend.early[:] = early
    with Client(secure) as client:
        expects = request((b"expect", b"100-continue"), method=b"POST", path=path)
        client.send(headers(expects, flags=END_HEADERS))
        client.until(lambda seen: seen.interims)
        assert client.seen.interims == [(1, 100)] and not client.seen.over
        client.send(data(b"hello"))
        seen = client.until(lambda seen: 1 in seen.over)
    assert seen.streams[1] == 200 if early else seen.streams[1] >= 400
    assert seen.interims == [(1, 100)]
    assert len(secure.backend.taken()) == len(early)


@pytest.mark.parametrize("before", [b"", CONTINUE], ids=["at once", "behind its leave"])
@pytest.mark.parametrize("status", [b"417 Expectation Failed", b"403 Forbidden", b"200 OK"])
def test_a_client_that_waits_gets_the_back_ends_refusal_without_having_sent(gate, status, before):
    """The request is not whole, so that nothing may follow it."""
    gate.backend.taken()
    gate.backend.early[:] = [Says(before + FINE.replace(b"200 OK", status))]
    with gate.connect() as connection:
        file = connection.makefile("rb")
        connection.sendall(EXPECTS)
        answer = read_answer(file)
        assert answer.status == int(status[:3]) and answer.body == b"ok"
        assert b"connection: close" in answer.head.lower()
        assert read_answer(file) is None


def test_an_early_answer_ends_a_body_that_is_still_being_sent(gate):
    gate.backend.taken()
    gate.backend.early[:] = [Says(FINE.replace(b"200 OK", b"413 Content Too Large"), ends=True)]
    with gate.connect() as connection:
        connection.sendall(post(b"Content-Length: 1000000", body=b"a" * 1000))
        answer = read_answer(connection.makefile("rb"))
        assert answer.status == 413 and answer.body == b"ok"


HIDDEN = b"GET /hidden HTTP/1.1\r\n" + HOST + b"\r\n"
LATE = b"Content-Length: %d" % len(HIDDEN)
HEADS = {"POST": post(LATE), "GET": get(LATE), "Expect": post(b"Expect: 100-continue", LATE)}


@pytest.mark.parametrize("name", HEADS)
def test_a_body_behind_an_early_answer_is_nobodys_request(gate, name):
    """Both connections end: the back end would take what comes next for that body, or that body
    for what comes next."""
    gate.backend.taken()
    gate.backend.early[:] = [Says(FINE)]
    with gate.connect() as connection:
        file = connection.makefile("rb")
        connection.sendall(HEADS[name])
        assert read_answer(file).status == 200
        connection.sendall(HIDDEN)
        assert read_answer(file) is None
    with gate.connect() as connection:
        connection.sendall(get(target=b"/next"))
        assert read_answer(connection.makefile("rb")).status == 200
    (first, _), (second, request) = gate.backend.taken_with_connections()
    assert first != second and request.startswith(b"GET /next ")


def test_leave_that_is_given_twice_is_not_the_answer(gate):
    """What the back end says more often is passed on, and is not the answer."""
    gate.backend.taken()
    gate.backend.early[:] = [Says(CONTINUE, goes_on=True)]
    gate.backend.says[:] = [Says(CONTINUE + FINE)]
    with gate.connect() as connection:
        file = connection.makefile("rb")
        connection.sendall(EXPECTS)
        assert file.readline() == b"HTTP/1.1 100 Continue\r\n" and file.readline() == b"\r\n"
        connection.sendall(b"hello" + get(b"Connection: close", target=b"/next"))
        answers = [read_answer(file), read_answer(file)]
    assert [answer.status for answer in answers] == [200, 200]
    assert [request[-5:] for request in gate.backend.taken()][0] == b"hello"
