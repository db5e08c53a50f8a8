"""The options of every command. The commands themselves are imported when they run, so ``--help`` is quick."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from typing import Any

from letspic_desktop.commands import values
from letspic_desktop.commands.arguments_organise import add_album_order, add_organising

Commands = Any
METHODS = ("standard", "closed-form", "gradient", "paper")


def common() -> argparse.ArgumentParser:
    """Return the options that may stand before and after every command."""
    # Without defaults of their own: those of a sub-command would overwrite what stood before it.
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument(
        "--home",
        type=values.path,
        metavar="DIR",
        help="folder of all state (default: LETSPIC_HOME, else your data folder)",
    )
    options.add_argument("--verbose", action="store_true", help="log more")
    return options


def add_all(commands: Commands) -> None:
    """Add every command to the parser of ``letspic``."""
    for add in (_demo, _import, _album, _photo, _group, _device, _finetune, _search, _evaluate, _backbone):
        add(commands)
    add_organising(commands, _command, _branch)


def _lazy(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        found = getattr(importlib.import_module(f"letspic_desktop.commands.{module}"), function)
        return int(found(options) or 0)

    return run


def _command(commands: Commands, name: str, target: str, help_text: str) -> Any:
    module, function = target.split(".")
    found = commands.add_parser(name, parents=[common()], help=help_text, description=help_text, allow_abbrev=False)
    found.set_defaults(run=_lazy(module, function))
    return found


def _branch(commands: Commands, name: str, help_text: str) -> Commands:
    branch = commands.add_parser(name, parents=[common()], help=help_text, description=help_text, allow_abbrev=False)
    return branch.add_subparsers(metavar="COMMAND", required=True)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", type=values.path, metavar="FILE", help='also write the figures as JSON ("-": print them)'
    )


def _demo(commands: Commands) -> None:
    demo = _command(commands, "demo", "demo.run", "the whole job on this machine, with real device processes")
    demo.add_argument("--devices", type=values.at_least(1), metavar="N", default=5, help="how many (5)")
    demo.add_argument(
        "--photos", type=values.path, metavar="DIR", help="one sub-folder per album (default: sample photos)"
    )
    demo.add_argument("--headless", action="store_true", help="no window at the end")
    demo.add_argument("--seed", type=values.at_least(0), metavar="N", default=0, help="of everything drawn (0)")
    demo.add_argument("--sheet", type=values.path, metavar="FILE", help="where the contact sheet goes (demo-out/)")
    _json(demo)
    _training(demo, method="standard")


def _import(commands: Commands) -> None:
    command = _command(commands, "import", "library.import_photos", "add photos to the library")
    command.add_argument("sources", nargs="+", type=values.path, metavar="DIR", help="folders or files")
    how = command.add_mutually_exclusive_group()
    how.add_argument("--albums-from-folders", action="store_true", help="each sub-folder becomes an album")
    how.add_argument("--album", metavar="NAME", help="put all of them into this album")
    _json(command)


def _album(commands: Commands) -> None:
    album = _branch(commands, "album", "look after albums")
    _json(_command(album, "list", "library.list_albums", "list the albums"))
    create = _command(album, "create", "library.create_album", "make an album")
    create.add_argument("name")
    create.add_argument("photos", nargs="*", metavar="PHOTO", help="library photos: SHA-256 (or its start) or file")
    for name, text in (("add", "put photos into an album"), ("remove", "take photos out of an album")):
        command = _command(album, name, f"library.{name}_to_album", text)
        command.add_argument("name")
        command.add_argument("photos", nargs="+", metavar="PHOTO")
    rename = _command(album, "rename", "library.rename_album", "rename an album")
    rename.add_argument("name")
    rename.add_argument("new_name")
    merge = _command(album, "merge", "library.merge_albums", "put one album into another")
    merge.add_argument("name")
    merge.add_argument("into")
    delete = _command(album, "delete", "library.delete_album", "delete an album (its photos stay)")
    delete.add_argument("name")
    add_album_order(album, _command)


def _photo(commands: Commands) -> None:
    photo = _branch(commands, "photo", "look at photos")
    listing = _command(photo, "list", "library.list_photos", "list the photos")
    listing.add_argument("--album", metavar="NAME")
    _json(listing)
    show = _command(photo, "show", "library.show_photo", "show what is known of a photo")
    show.add_argument("photo", metavar="PHOTO")
    _json(show)
    _command(photo, "failures", "library.list_failures", "list the files that could not be imported")


def _group(commands: Commands) -> None:
    group = _branch(commands, "group", "look after groups")
    create = _command(group, "create", "groups.create", "make a group; shares all albums unless told which")
    create.add_argument("name")
    create.add_argument("--album", action="append", metavar="NAME", help="share this album (may be given again)")
    create.add_argument("--backbone", metavar="NAME")
    _json(_command(group, "list", "groups.list_groups", "list the groups"))
    for name, text in (("share", "share an album with a group"), ("unshare", "stop sharing an album")):
        command = _command(group, name, f"groups.{name}", text)
        command.add_argument("group")
        command.add_argument("albums", metavar="ALBUM", nargs="*" if name == "share" else "+")
        if name == "share":
            command.add_argument("--all", action="store_true", help="every album of the library")
            command.add_argument("--search-only", action="store_true", help="do not learn it as a category")
    backbone = _command(group, "backbone", "groups.change_backbone", "use another backbone in a group")
    backbone.add_argument("group")
    backbone.add_argument("backbone")
    join = _command(group, "join", "groups.join", "serve in another desktop's group until stopped")
    join.add_argument("--listen", type=values.address, default=("127.0.0.1", 0), metavar="HOST:PORT")
    join.add_argument("--replace", action="store_true", help="leave the group that this desktop serves in now")
    join.add_argument("--allow-thumbnails", action="store_true", help="let searches show small pictures of your photos")
    rename = _command(group, "rename", "groups.rename", "rename a group")
    rename.add_argument("group")
    rename.add_argument("name")
    files = _command(
        group, "files", "distributed.files", "say which photo is on which device, and which has too few copies"
    )
    files.add_argument("group", nargs="?")
    files.add_argument("--replicas", type=values.at_least(1), metavar="N", default=1, help="copies wanted (1)")
    files.add_argument("--photos", action="store_true", help="list every photo, not only those with too few copies")
    files.add_argument("--offline", action="store_true", help="as it is known; do not ask the devices")
    _json(files)
    leave = _command(group, "leave", "groups.leave", "leave a group; deletes what was placed on its devices")
    leave.add_argument("group")
    heads = _command(group, "heads", "groups.heads", "list the heads that a group has trained")
    heads.add_argument("group")
    _json(heads)
    runs = _command(group, "runs", "groups.runs", "list the runs of fine-tuning")
    runs.add_argument("group")
    _json(runs)
    back = _command(group, "go-back", "groups.go_back", "use an earlier head (0: before any fine-tuning)")
    back.add_argument("group")
    back.add_argument("version", type=values.at_least(0), metavar="VERSION")


def _device(commands: Commands) -> None:
    device = _branch(commands, "device", "look after devices")
    pair = _command(device, "pair", "devices.pair_device", "take a device into a group by its code")
    pair.add_argument("address", type=values.address, metavar="HOST:PORT", help="as the device shows it")
    pair.add_argument("code", nargs="+", help="8 digits, as the device shows them (with or without a space)")
    pair.add_argument("--group", metavar="NAME")
    pair.add_argument("--name", help="what to call it")
    find = _command(device, "find", "devices.find", "look for devices on the local network")
    find.add_argument("--seconds", type=values.above(0), metavar="X", default=3.0)
    find.add_argument("--interface", action="append", metavar="ADDRESS", help="look there too (default: loopback)")
    for name, target, text in (
        ("list", "devices.list_devices", "list the devices and how they are"),
        ("photos", "devices.photos", "say which device holds how many photos"),
    ):
        command = _command(device, name, target, text)
        command.add_argument("--group", metavar="NAME")
        _json(command)
    distribute = _command(device, "distribute", "devices.distribute", "hand labelled photos out to devices")
    distribute.add_argument("--group", metavar="NAME")
    distribute.add_argument(
        "--replicas", type=values.at_least(1), metavar="N", default=1, help="devices that hold each photo"
    )
    labels = _command(device, "labels", "devices.labels", "say which album a device's own folder is")
    labels.add_argument("device")
    labels.add_argument(
        "pairs", nargs="+", type=values.folder_label, metavar="FOLDER=ALBUM", help='"FOLDER=" takes the label away'
    )
    bench = _command(device, "bench", "devices.bench", "have a device measure how fast it is")
    bench.add_argument("device")
    _json(bench)
    rename = _command(device, "rename", "devices.rename", "rename a device")
    rename.add_argument("device")
    rename.add_argument("name")
    for name, target, text in (
        ("format", "devices.format_device", "delete what was placed on a device, never its own photos"),
        ("remove", "devices.remove", "let a device go"),
    ):
        _command(device, name, target, text).add_argument("device")


def _finetune(commands: Commands) -> None:
    command = _command(commands, "finetune", "training.finetune", "fine-tune with the devices of a group")
    command.add_argument("--group", metavar="NAME")
    paused = command.add_mutually_exclusive_group()
    paused.add_argument("--resume", action="store_true", help="go on with the paused run, with the options that it has")
    paused.add_argument("--discard", action="store_true", help="give the paused run up")
    command.add_argument(
        "--device", action="append", metavar="NAME", help="only this device takes part (may be given again)"
    )
    command.add_argument("--wait-for-all", action="store_true", help="never go on without a device that is connected")
    command.add_argument(
        "--quorum",
        type=values.above(0, most=1),
        metavar="X",
        default=0.5,
        help="share of the devices that must answer (0.5)",
    )
    command.add_argument("--no-distribute", action="store_true", help="use the photos that are on the devices already")
    command.add_argument("--seed", type=values.at_least(0), metavar="N", default=0, help="of everything drawn (0)")
    command.add_argument(
        "--withhold",
        type=values.at_least(0),
        metavar="N",
        default=3,
        help="devices keep back classes of fewer own photos (3)",
    )
    _json(command)
    _training(command, method="standard")


def _search(commands: Commands) -> None:
    command = _command(commands, "search", "search.run", "find the most similar photos")
    command.add_argument("photo", metavar="PHOTO", help="a photo file, or the SHA-256 of a library photo")
    command.add_argument("--group", metavar="NAME")
    command.add_argument("--top", type=values.at_least(1), metavar="N", default=20, help="how many results (20)")
    command.add_argument("--offset", type=values.at_least(0), metavar="N", default=0, help="skip so many results")
    for mark, text in (("good", "are"), ("bad", "are not")):
        command.add_argument(
            f"--{mark}", nargs="+", default=[], metavar="PHOTO", help=f"library photos that {text} what is looked for"
        )
    _json(command)


def _evaluate(commands: Commands) -> None:
    command = _command(commands, "evaluate", "evaluate.run", "measure retrieval before and after fine-tuning")
    command.add_argument("--photos", type=values.path, required=True, metavar="DIR", help="one sub-folder per album")
    command.add_argument(
        "--labelled-per-album", type=values.at_least(1), metavar="N", default=10, help="on the devices (10)"
    )
    command.add_argument("--albums", type=values.at_least(1), metavar="N", help="draw so many albums by seed")
    command.add_argument(
        "--unseen-albums", type=values.at_least(0), metavar="N", default=0, help="give so many albums no label at all"
    )
    command.add_argument("--devices", type=values.at_least(1), metavar="N", default=5, help="how many (5)")
    command.add_argument(
        "--split", choices=("even", "by-album"), default="even", help="how photos are dealt to devices (even)"
    )
    command.add_argument("--backbone", metavar="NAME|FILE", help="see letspic backbone list (efficientnet-lite0)")
    command.add_argument(
        "--seeds", type=values.at_least(1), metavar="N", default=3, help="repetitions with other draws (3)"
    )
    command.add_argument("--processes", action="store_true", help="real device processes over TLS")
    command.add_argument("--save-embeddings", type=values.path, metavar="FILE.npz", help="of the first seed")
    _json(command)
    _training(command, method="standard")


def _backbone(commands: Commands) -> None:
    backbone = _branch(commands, "backbone", "the networks that turn photos into features")
    _json(_command(backbone, "list", "backbones.list_backbones", "list the backbones"))
    build = _command(backbone, "build", "backbones.build", "build one from package weights")
    build.add_argument("name", help="efficientnet-lite0, mobilenet_v1 or mobilenet_v2")
    build.add_argument("--precision", choices=("int8", "float32"))
    build.add_argument(
        "--size", type=values.at_least(1), metavar="N", default=224, help="input width and height in pixels (224)"
    )
    add = _command(backbone, "add", "backbones.add", "add a .tflite file")
    add.add_argument("file", type=values.path)


def _training(parser: argparse.ArgumentParser, *, method: str) -> None:
    options = parser.add_argument_group("training")
    options.add_argument("--method", choices=METHODS, default=method, help=f"({method})")
    options.add_argument("--unlabelled", action="store_true", help="photos without a label take part too")
    options.add_argument(
        "--epochs", type=values.at_least(1), metavar="N", default=3, help="exchanges of the paper's method (3)"
    )
    options.add_argument(
        "--iterations", type=values.at_least(1), metavar="N", default=11, help="its SGD steps between exchanges (11)"
    )
    options.add_argument(
        "--rounds", type=values.at_least(0), metavar="N", help="gradient exchanges (standard 10, gradient 50)"
    )
    options.add_argument(
        "--local-steps",
        type=values.at_least(1),
        metavar="N",
        default=1,
        help="SGD steps on each device between them (1)",
    )
    options.add_argument(
        "--batch-size", type=values.at_least(1), metavar="N", default=15, help="photos a local step (15)"
    )
    options.add_argument(
        "--learning-rate", type=values.above(0), metavar="X", help="default: one that suits the method"
    )
