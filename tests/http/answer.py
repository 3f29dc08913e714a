"""What a client reads: heads, and bodies by their framing, with nothing forgiven."""
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int
    head: bytes
    interims: list = field(default_factory=list)   # heads before it
    body: bytes = b""
    trailers: bytes = b""
    is_whole: bool = True


def read_head(file):
    """The lines up to the empty one, without it; None at the end of the connection."""
    lines = []
    while (line := file.readline()) != b"\r\n":
        if not line:
            assert not lines, lines
            return None
        assert line.endswith(b"\r\n"), line
        lines.append(line)
    return b"".join(lines)


def value(head, name):
    found = [line.partition(b":")[2].strip() for line in head.split(b"\r\n")
             if line.lower().startswith(name.lower() + b":")]
    assert len(found) < 2, head
    return found[0] if found else None


def read_chunks(file, answer):
    while (line := file.readline()).strip(b"0123456789abcdef") == b"\r\n" and len(line) > 2:
        size = int(line, 16)
        if size == 0:
            answer.trailers = read_head(file)
            answer.is_whole = answer.trailers is not None
            return
        data = file.read(size + 2)
        answer.body += data[:size]
        if len(data) < size + 2:
            break
        assert data.endswith(b"\r\n"), data
    answer.is_whole = False


def read_answer(file, method=b"GET"):
    """The next answer; None: the connection has ended."""
    interims = []
    while (head := read_head(file)):
        assert head.startswith(b"HTTP/1.1 "), head
        status = int(head[9:12])
        if status >= 200 or status == 101:
            break
        interims.append(head)
    if head is None:
        return None
    answer = Answer(status, head, interims)
    length, coding = value(head, b"Content-Length"), value(head, b"Transfer-Encoding")
    assert length is None or coding is None, head
    if method == b"HEAD" or status in (101, 204, 304):
        return answer
    if coding:
        assert coding == b"chunked", head
        read_chunks(file, answer)
    else:
        assert length is not None, head     # or its end could not be told
        answer.body = file.read(int(length))
        answer.is_whole = len(answer.body) == int(length)
    return answer
