"""HTTP byte by byte: what no well-behaved client library would send."""

import dataclasses
import socket
import time


@dataclasses.dataclass
class WireAnswer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


def request(target: str = "/livez", *headers: str, method: str = "GET", body: bytes = b"", host: str = "kiki.test") -> bytes:
    """A request with the given header lines after Host; the body's length is left to the caller."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Wire:
    """One connection."""

    # Called with what was asked and each answer that came: the check against the contract.
    observers: list = []

    def __init__(self, service, timeout: float = 10, source: str = "", receive_buffer: int = 0) -> None:
        """`source` is the client's address, and with a small buffer it is a slow reader."""
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", service.port))
        self.received = b""
        self.opened = time.monotonic()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _more(self) -> bool:
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self.received += data
        return bool(data)

    def answer(self, head: bool = False) -> WireAnswer | None:
        """The next answer, None when the connection was closed instead. Interim answers are passed over."""
        while b"\r\n\r\n" not in self.received:
            if not self._more():
                return None
        start, _, self.received = self.received.partition(b"\r\n\r\n")
        line, *fields = start.decode("latin-1").split("\r\n")
        status = int(line.split()[1])
        headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
        if status < 200:
            return self.answer(head)
        length = 0 if head or status in (204, 304) else int(headers.get("content-length", 0))
        while len(self.received) < length and self._more():
            pass
        body, self.received = self.received[:length], self.received[length:]
        return WireAnswer(status, headers, body)

    def ask(self, data: bytes, head: bool = False) -> WireAnswer | None:
        self.send(data)
        answer = self.answer(head)
        for observe in self.observers if answer else []:
            observe(data, answer)
        return answer

    def closed(self) -> bool:
        """Whether the service closes the connection without saying more."""
        while self._more():
            pass
        return not self.received

    def drip(self, first: bytes, piece: bytes, seconds: float) -> float | None:
        """Sends `first` and then `piece` again and again; the seconds after which the connection was closed, or None."""
        begin = time.monotonic()
        self.socket.settimeout(0.2)
        try:
            self.send(first)
            while time.monotonic() - begin < seconds:
                try:
                    if not self.socket.recv(1 << 16):
                        return time.monotonic() - begin
                except TimeoutError:
                    self.send(piece)
        except OSError:
            return time.monotonic() - begin
        return None
