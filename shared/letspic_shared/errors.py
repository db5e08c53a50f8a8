"""The two kinds of errors: a person's or the environment's (``KnownError``), and ours (anything else)."""

from __future__ import annotations


class KnownError(Exception):
    """Something outside the program is wrong; it is told in one sentence and never with a traceback.

    Parameters
    ----------
    reason
        One sentence that says what is wrong, without a full stop at its end.
    action
        What the person can do about it, in the imperative; may be empty where nothing can be done.
    """

    def __init__(self, reason: str, action: str = "") -> None:
        super().__init__(reason, action)
        self.reason = reason
        self.action = action

    def __str__(self) -> str:
        return f"{self.reason}. {self.action}".rstrip() if self.action else f"{self.reason}."


class ProtocolError(KnownError):
    """The other end sent something that the protocol does not allow."""


class PhotoError(KnownError):
    """A file is not a photo that can be used; ``reason`` is what an import report lists."""
