"""``letspic backbone``."""

from __future__ import annotations

import argparse

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.commands.common import opened_backbones
from letspic_desktop.console import say, write_json


def list_backbones(options: argparse.Namespace) -> None:
    """List the backbones."""
    with opened_backbones(options) as (store, _):
        found = store.list()
    for one in found:
        say(_line(one))
    if not found:
        say("None is built yet; the default one (efficientnet-lite0) is built when it is first needed.")
    write_json(options.json, [{**vars(one)} for one in found])


def build(options: argparse.Namespace) -> None:
    """Build one from package weights."""
    with opened_backbones(options) as (store, progress):
        built = store.build(options.name, precision=options.precision, size=options.size, progress=progress)
    say(_line(built))


def add(options: argparse.Namespace) -> None:
    """Add a .tflite file."""
    with opened_backbones(options) as (store, _):
        added = store.add(options.file)
    say(_line(added))


def _line(one: Backbone) -> str:
    paper = "" if one.classifier else ", no classifier (not for the paper's method)"
    return f"{one.name} {one.precision}: {one.size} px -> {one.dim} numbers, {one.sha256[:16]}{paper}"
