"""Steps of pairing over a blocking TLS connection, each with a time limit."""

from __future__ import annotations

import ssl
import time

from letspic_device.pairing_handshake import Header, Inbox, encode

_SEND_SECONDS = 5.0
_READ_BYTES = 4096


class StepChannel:
    """Sends and receives steps; a step is late when its last byte is, however steadily the others drip in."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self._connection = connection
        self._inbox = Inbox()

    def send(self, header: Header) -> None:
        """Send one step.

        Raises
        ------
        OSError
            The other end has gone, or takes no bytes.
        """
        self._connection.settimeout(_SEND_SECONDS)
        self._connection.sendall(encode(header))

    def receive(self, deadline: float) -> Header:
        """Return the next step.

        Parameters
        ----------
        deadline
            In seconds of ``time.monotonic()``.

        Raises
        ------
        OSError
            The deadline has passed (TimeoutError), or the other end has gone.
        ProtocolError
            What came is no step.
        """
        while (step := self._inbox.take()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("it took too long")
            self._connection.settimeout(left)
            data = self._connection.recv(_READ_BYTES)
            if not data:
                raise ConnectionError("it left")
            self._inbox.feed(data)
        return step
