"""Each row of the tables, whole and in slices of one byte: what kerbgate answers, and what the back
end reads."""
import pytest

import rows_fields
import rows_framing
import rows_head
import rows_methods
from row import HOST

NEXT = b"GET /next HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
ROWS = [*rows_fields.ROWS, *rows_framing.ROWS, *rows_head.ROWS, *rows_methods.ROWS]


def talk(gate, sent, size):
    """All that comes back until the other side closes."""
    received = b""
    with gate.connect() as connection:
        try:
            for at in range(0, len(sent), size):
                connection.sendall(sent[at:at + size])
        except (BrokenPipeError, ConnectionResetError):
            pass        # it has answered, and reads no more
        try:
            while (more := connection.recv(65536)):
                received += more
        except ConnectionResetError:
            pass
    return received


def statuses(received):
    """Of the answers that are there one behind the other, each with its length."""
    found = []
    while received:
        head, end, rest = received.partition(b"\r\n\r\n")
        assert end and head.startswith(b"HTTP/1.1 "), received
        length = int(head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0])
        assert len(rest) >= length, received
        found.append(int(head[9:12]))
        received = rest[length:]
    return tuple(found)


@pytest.mark.parametrize("size", [1 << 20, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_answered_and_passed_on_as_it_says(gate, row, size):
    gate.backend.taken()
    answers = statuses(talk(gate, row.sent + NEXT, size))
    taken = gate.backend.taken()
    assert answers == row.statuses + (() if row.is_closed else (200,)), row.rfc
    assert len(taken) == row.seen + (not row.is_closed), taken
    seen = b"".join(taken[:row.seen])
    for wanted in row.has:
        assert wanted in seen
    for barred in row.lacks:
        assert barred.lower() not in seen.lower()
