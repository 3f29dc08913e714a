"""A client of HTTP/2 that forgives nothing: what RFC 9113 does not allow is an error."""
import select
import socket
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings


class Refused(Exception):
    """The server says that it has not begun with the request, which may be sent again."""


class Reset(Exception):
    pass


class Connection(h2.connection.H2Connection):
    """The library takes the first GOAWAY for the end, which it need not be (RFC 9113 6.8)."""

    def _receive_goaway_frame(self, frame):
        event = h2.events.ConnectionTerminated()
        event.error_code, event.last_stream_id = frame.error_code, frame.last_stream_id
        return [], [event]


class Stream:
    def __init__(self):
        self.status, self.headers, self.body = None, [], b""
        self.pieces, self.is_over, self.error = [], False, None

    def values(self, name):
        return [value for key, value in self.headers if key == name]

    def take(self):
        """The bytes that have come since the last call."""
        taken, self.pieces = b"".join(self.pieces), []
        return taken


class Http2:
    """One connection; `forget`: bodies are counted, not kept; `window`: bytes that the server may
    send before they are asked for; `pair`: the client's certificate and key."""

    def __init__(self, gateway, host, forget=False, window=1 << 20, pair=None):
        context = ssl.create_default_context(cafile=str(gateway.lab.ca.pem))
        if pair:
            context.load_cert_chain(*map(str, pair))
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection((gateway.address, 443), timeout=30)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(raw, server_hostname=host)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.host, self.forget, self.streams, self.count = host, forget, {}, 0
        self.is_leaving, self.settings = False, {}
        self.h2 = Connection(h2.config.H2Configuration(
            header_encoding="utf-8", validate_outbound_headers=False))
        self.h2.local_settings = h2.settings.Settings(initial_values={
            h2.settings.SettingCodes.ENABLE_PUSH: 0,
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(window)
        self.flush()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.socket.sendall(data)

    def begin(self, method, path, headers=(), ends=True):
        """Sends a head and answers its Stream."""
        number = self.h2.get_next_available_stream_id()
        stream = self.streams[number] = Stream()
        stream.number = number
        self.h2.send_headers(number, [(":method", method), (":scheme", "https"),
                                      (":authority", self.host), (":path", path), *headers],
                             end_stream=ends)
        self.flush()
        return stream

    def send(self, stream, data, ends=False):
        """As fast as the windows allow."""
        view = memoryview(data)
        while view or ends:
            room = min(self.h2.local_flow_control_window(stream.number),
                       self.h2.max_outbound_frame_size)
            if room == 0 and view:
                self.receive()
                continue
            piece, view = view[:room], view[room:]
            is_last = ends and not view
            self.h2.send_data(stream.number, bytes(piece), end_stream=is_last)
            self.flush()
            if is_last:
                break
            while select.select([self.socket], [], [], 0)[0]:
                self.receive()

    def receive(self):
        data = self.socket.recv(1 << 16)
        if not data:
            for stream in self.streams.values():
                if not stream.is_over:
                    stream.error = stream.error or ConnectionError("closed in an answer")
            self.is_leaving = True
            raise ConnectionError("the connection was closed")
        for event in self.h2.receive_data(data):
            self.happened(event)
        self.flush()

    def happened(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ResponseReceived):
            stream.headers = event.headers
            stream.status = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            self.count += len(event.data)
            if not self.forget:
                stream.body += event.data
                stream.pieces.append(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            stream.is_over = True
        elif isinstance(event, h2.events.StreamReset):
            is_refused = event.error_code == h2.errors.ErrorCodes.REFUSED_STREAM
            stream.error = Refused() if is_refused else Reset(event.error_code)
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            self.settings |= {key: value.new_value
                              for key, value in event.changed_settings.items()}
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.leave(event)

    def leave(self, event):
        """GOAWAY: what is above the last stream was not begun (RFC 9113 6.8)."""
        self.is_leaving = True
        assert event.error_code == 0, event.error_code
        for number, stream in self.streams.items():
            if number > event.last_stream_id:
                stream.error = stream.error or Refused()

    def finish(self, stream):
        while not stream.is_over and not stream.error:
            self.receive()
        del self.streams[stream.number]
        if stream.error:
            raise stream.error
        return stream

    def get(self, path, headers=()):
        return self.finish(self.begin("GET", path, headers))

    def post(self, path, data, headers=()):
        stream = self.begin("POST", path, headers, ends=False)
        self.send(stream, data, ends=True)
        return self.finish(stream)

    def close(self):
        self.socket.close()
