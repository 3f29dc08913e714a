"""Each row of what a back end says, whole and in slices of one byte: what the client gets, and
whether that connection to the back end is used again."""
import pytest

from answer import read_answer
from backend import Says
from row import HOST
import rows_answers
import rows_bodiless
import rows_endings

# With it, a client's connection has connections to the back end of its own.
OWN = b"Authorization: Basic YTpi\r\n"
NEXT = b"GET /next HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
WHOLE = 1 << 20
ROWS = [*rows_answers.ROWS, *rows_bodiless.ROWS, *rows_endings.ROWS]
CASES = [(row, size) for row in ROWS for size in ([WHOLE] if row.is_one_piece else [WHOLE, 1])]


def ask(gate, method, lines):
    """The answers to a request, and to the next one on the same connection."""
    with gate.connect() as connection:
        file = connection.makefile("rb")
        connection.sendall(method + b" /first HTTP/1.1\r\n" + HOST + OWN +
                           b"".join(line + b"\r\n" for line in lines) + b"\r\n")
        first = read_answer(file, method)
        if not first or not first.is_whole:
            return first, read_answer(file)
        connection.sendall(NEXT)
        return first, read_answer(file)


def check(row, answer):
    heads = b"".join([*answer.interims, answer.head]).lower()
    assert answer.status == row.status, (row.rfc, answer)
    assert answer.is_whole == row.is_whole, (row.rfc, answer)
    assert tuple(int(head[9:12]) for head in answer.interims) == row.interims
    assert row.body is None or answer.body == row.body
    assert answer.trailers == row.trailers
    for wanted in row.has:
        assert wanted in heads
    for barred in row.lacks:
        assert barred not in heads


@pytest.mark.parametrize("row, size", CASES, ids=lambda value: getattr(
    value, "name", "whole" if value == WHOLE else "byte by byte"))
def test_what_a_back_end_says_reaches_the_client_as_the_row_says(gate, row, size):
    if len(row.says) > 10000 and size == 1:
        size = 4096     # thousands of slices show no more
    gate.backend.taken()
    gate.backend.says[:] = [Says(row.says, size, row.ends)]
    first, second = ask(gate, row.method, row.asks)
    taken = gate.backend.taken_with_connections()
    if first or row.is_whole:
        check(row, first)
    if not row.is_whole:
        assert second is None and len(taken) == 1
        return
    assert second.status == 200 and second.body == b"ok"
    assert [request.split(b" ")[1] for _, request in taken] == [b"/first", b"/next"]
    assert (taken[0][0] == taken[1][0]) == row.is_kept


@pytest.mark.parametrize("name", rows_endings.UNASKED)
def test_what_nobody_asked_for_is_not_the_next_answer(gate, name):
    """It comes while the connection rests: that is the end of it."""
    gate.backend.taken()
    with gate.connect() as connection:
        file = connection.makefile("rb")
        connection.sendall(b"GET /first HTTP/1.1\r\n" + HOST + b"\r\n")
        assert read_answer(file).body == b"ok"
        gate.backend.say_unasked(rows_endings.UNASKED[name])
        connection.sendall(NEXT)
        assert read_answer(file).body == b"ok"
    (first, _), (second, _) = gate.backend.taken_with_connections()
    assert first != second


@pytest.mark.parametrize("name", rows_endings.CUT)
def test_an_answer_that_a_reset_cuts_is_not_whole(gate, name):
    """Some of it has arrived by then, or the client would be told why there is none."""
    gate.backend.may_reset.clear()
    gate.backend.says[:] = [Says(rows_endings.CUT[name], resets=True)]
    with gate.connect() as connection:
        file = connection.makefile("rb")
        connection.sendall(b"GET /first HTTP/1.1\r\n" + HOST + b"\r\n")
        assert file.peek(1)
        gate.backend.may_reset.set()
        answer = read_answer(file)
        assert answer.status == 200 and not answer.is_whole
    gate.backend.taken()
