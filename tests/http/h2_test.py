"""Each row of frames, whole and in slices of one byte: the answers, and what the back end reads."""
import pytest

from frames import MARK, MARK_STREAM, NO_ERROR, PING, PREFACE, Client, frame, headers, request
from rows_h2 import ROWS


def mark(client):
    client.send(headers(request(path=b"/mark"), MARK_STREAM))
    assert client.until(lambda seen: MARK_STREAM in seen.over).streams[MARK_STREAM] == 200


def settle(gate, client, row):
    """Until all is answered; then another request, which must be, too, on this connection or,
    after its end, on the next. What the back end has read before that."""
    client.until(lambda seen: seen.goaway is not None or
                 (seen.is_marked and set(row.streams) <= seen.over))
    if client.seen.goaway is None:
        mark(client)
    else:
        with Client(gate) as another:
            mark(another)
    taken = gate.backend.taken()
    assert taken.pop().startswith(b"GET /mark ")
    return taken


@pytest.mark.parametrize("size", [1 << 20, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_frames_are_answered_and_passed_on_as_the_row_says(secure, row, size):
    secure.backend.taken()
    if len(row.sent) > 10000 and size == 1:
        size = 1000     # thousands of slices show no more
    with Client(secure) as client:
        client.send(row.sent + frame(PING, payload=MARK), size)
        taken, seen = settle(secure, client, row), client.seen
    assert seen.goaway is not None or not row.ends, (row.rfc, seen)
    answers = {stream: answer for stream, answer in seen.streams.items() if stream < MARK_STREAM}
    if seen.goaway is None:
        assert set(answers) == set(row.streams), (row.rfc, seen)
        assert row.streams, (row.rfc, seen)
    else:
        assert seen.goaway in row.goaway, (row.rfc, seen)
    for stream, answer in answers.items():
        assert answer in row.streams.get(stream, ()), (row.rfc, seen)
    assert row.seen is None or len(taken) == row.seen or (seen.goaway and len(taken) < row.seen), \
        taken
    for wanted in row.has:
        assert wanted in b"".join(taken)
    for barred in row.lacks:
        assert barred not in b"".join(taken)


@pytest.mark.parametrize("preface", [b"GET / HTTP/1.1\r\nHost: open.example.com\r\n\r\n",
                                     b"\0" * 24, PREFACE[:-1] + b"x",
                                     PREFACE.replace(b"2.0", b"2.1")])
def test_another_preface_is_the_end(secure, preface):
    with Client(secure, preface=preface) as client:
        seen = client.until(lambda seen: seen.is_closed)
    assert seen.goaway != NO_ERROR and not seen.streams
