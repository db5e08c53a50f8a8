"""``letspic-device``: run the device, show a pairing code, say how it is."""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

# One BLAS thread: the same bits on every run, and no second thread's stack on a small board. NumPy reads these
# when it is first imported, which the imports below have not done yet.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from letspic_device import __version__  # noqa: E402 - see above
from letspic_device.control import request  # noqa: E402
from letspic_device.home import DeviceHome  # noqa: E402
from letspic_shared.errors import KnownError  # noqa: E402

log = logging.getLogger(__name__)

DEFAULT_LISTEN = "127.0.0.1:47120"
DEFAULT_WITHHOLD = 3
_LAST_PORT = 65535
_PORT_DIGITS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (0 done, 1 failed, 2 wrong usage)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KnownError as error:
        print(f"letspic-device: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="letspic-device", description="Take part in a LetsPic group with this device's own photos."
    )
    parser.add_argument("--version", action="version", version=f"letspic-device {__version__}")
    home_help = "folder for all state (default: LETSPIC_HOME, else ~/.local/share)"
    parser.add_argument("--home", type=Path, help=home_help)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    home = argparse.ArgumentParser(add_help=False)
    # Without a default of its own, so that the option may stand before the command as well as behind it.
    home.add_argument("--home", type=Path, default=argparse.SUPPRESS, help=home_help)
    run = commands.add_parser("run", parents=[home], help="serve until stopped")
    run.add_argument("--photos", type=Path, help="folder of the owner's own photos; they never leave this device")
    run.add_argument(
        "--listen", type=_listen_address, default=DEFAULT_LISTEN, metavar="HOST:PORT", help=f"default {DEFAULT_LISTEN}"
    )
    run.add_argument("--serial", metavar="PORT", help=argparse.SUPPRESS)
    run.add_argument("--name", default="", help="what people see (default: this machine's name)")
    run.add_argument("--allow-thumbnails", action="store_true", help="let searches show small pictures of own photos")
    run.add_argument(
        "--withhold",
        type=_photo_count,
        default=DEFAULT_WITHHOLD,
        metavar="K",
        help=f"keep back classes with fewer than K own photos (default {DEFAULT_WITHHOLD})",
    )
    run.add_argument("--no-announce", action="store_true", help="do not announce this device on the local network")
    run.add_argument("--verbose", action="store_true", help="log more")
    run.set_defaults(run=_run)
    pair = commands.add_parser("pair", parents=[home], help="open the pairing window and show its code")
    pair.add_argument("--replace", action="store_true", help="give this device to another desktop")
    pair.add_argument("--json", action="store_true", help="answer as JSON")
    pair.set_defaults(run=_pair)
    status = commands.add_parser("status", parents=[home], help="say how the device is")
    status.add_argument("--json", action="store_true", help="answer as JSON")
    status.set_defaults(run=_status)
    unpair = commands.add_parser("unpair", parents=[home], help="leave the group; deletes what was placed here")
    unpair.set_defaults(run=_unpair)
    return parser


def _run(options: argparse.Namespace) -> int:
    from letspic_device.announce import places_of
    from letspic_device.memory import keep_small
    from letspic_device.photos import FolderPhotos, NoOwnPhotos
    from letspic_device.program import DeviceProgram, Options

    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO, format="%(levelname)s %(name)s: %(message)s"
    )
    keep_small()
    if options.serial:
        raise KnownError("Serial links are not part of this version", "Use --listen instead")
    # Also what is made without a mode of its own (locks, sockets) is for this user alone.
    os.umask(0o077)
    host, port = options.listen
    home = DeviceHome(DeviceHome.choose(options.home))
    own = FolderPhotos(options.photos, home) if options.photos else NoOwnPhotos()
    program = DeviceProgram(
        home,
        own,
        Options(
            host=host,
            port=port,
            name=options.name,
            allow_thumbnails=options.allow_thumbnails,
            announce=not options.no_announce,
            withhold=options.withhold,
        ),
    )
    # Only now: a signal before this point simply ends the program, which has nothing to tidy up yet.
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        program.start()
        if program.owner is None and sys.stdout.isatty():
            # A person is looking: show the code at once. Without one, `letspic-device pair` does; a log gets no code.
            window = program.open_pairing()
            _show_code(window.code, places_of(*window.address), round(window.seconds_left))
        elif program.owner is None:
            log.info("not paired yet: run `letspic-device pair` with the same --home to see the code")
        if _is_loopback(program.address[0]):
            log.info("only this machine can reach the device; for others start it with --listen 0.0.0.0:47120")
        # With a bound: a signal that the kernel hands to another thread wakes no wait without one.
        while not stop.wait(1.0):
            pass
    finally:
        program.stop()
    return 0


def _pair(options: argparse.Namespace) -> int:
    answer = request(DeviceHome.choose(options.home).expanduser(), "pair", replace=options.replace)
    if options.json:
        print(json.dumps(answer))  # noqa: T201
        return 0
    places = answer["places"]
    shown = [str(place) for place in places] if isinstance(places, list) else []
    _show_code(str(answer["code"]), shown, int(str(answer["seconds"])))
    return 0


def _show_code(code: str, places: Sequence[str], seconds: int) -> None:
    print(f"Pairing code: {code[:4]} {code[4:]}   (valid {seconds // 60} min {seconds % 60:02d} s)")  # noqa: T201
    for number, place in enumerate(places):
        print(f"{'or' if number else 'On the desktop'}: letspic device pair {place} {code}")  # noqa: T201


def _status(options: argparse.Namespace) -> int:
    answer = request(DeviceHome.choose(options.home).expanduser(), "status")
    if options.json:
        print(json.dumps(answer))  # noqa: T201
        return 0
    group = f"group {answer['group']} of {answer['desktop']}" if answer["group"] else "not paired"
    link = "connected" if answer["connected"] else "not connected"
    lines = [
        f"{answer['name']}: {answer['state']}, {group}, {link}",
        f"address  {answer['address']}",
        f"photos   {answer['own']} own, {answer['placed']} placed by the desktop",
        f"runtime  {answer['runtime']} on {answer['platform']}, {answer['cpus']} CPUs, {answer['memory_mb']} MB memory",
        f"disk     {answer['free_mb']} MB free",
    ]
    if answer["someone_else_tried"]:
        lines.append("warning  somebody else tried to pair with this device")
    print("\n".join(lines))  # noqa: T201
    return 0


def _unpair(options: argparse.Namespace) -> int:
    answer = request(DeviceHome.choose(options.home).expanduser(), "unpair")
    text = "Left the group; the photos that the desktop had placed here are deleted."
    print(text if answer["left"] else "This device was in no group.")  # noqa: T201
    return 0


def _listen_address(text: str) -> tuple[str, int]:
    try:
        return parse_address(text)
    except KnownError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _photo_count(text: str) -> int:
    if not text.isdecimal() or len(text) > _PORT_DIGITS:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of photos")
    return int(text)


def parse_address(text: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT ([HOST]:PORT for IPv6).

    Raises
    ------
    KnownError
        The text is no address.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or len(port) > _PORT_DIGITS or int(port) > _LAST_PORT:
        raise KnownError(f"'{text}' is not an address", "Write it as HOST:PORT, for example 192.168.1.20:47120")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    """Return whether a host can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
