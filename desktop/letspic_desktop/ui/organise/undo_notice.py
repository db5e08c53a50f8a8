"""Changes of the library with a quiet message that offers to take them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from letspic_desktop.library.history import LibraryChange
from letspic_desktop.ui.runner import Operation
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import tr

Result = TypeVar("Result")


def change_and_tell(
    shell: Shell,
    operation: Operation[LibraryChange[Result]],
    text: str | Callable[[Result], str],
    *,
    nothing: str = "",
    done: Callable[[Result], None] | None = None,
) -> None:
    """Make a change, say what it was, and offer to undo it for as long as it is the newest one.

    Parameters
    ----------
    text
        What to say, or what makes that of the result.
    nothing
        Said instead where everything was so already.
    """
    changes, messages = shell.services.changes, shell.messages
    made_any = False

    def note(changed: bool) -> None:
        nonlocal made_any
        made_any = changed

    def tell(result: Result) -> None:
        if made_any:
            step = changes.stack.index()
            words = text if isinstance(text, str) else text(result)
            newest = lambda: changes.stack.index() == step  # noqa: E731
            messages.say(words, action=tr("Undo"), act=changes.undo, holds=newest, brief=True)
        elif nothing:
            messages.say(nothing, brief=True)
        if done is not None:
            done(result)

    changes.make(operation, done=tell, made_any=note)
