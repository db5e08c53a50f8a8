"""``letspic finetune``."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import asdict

from letspic_desktop.application import AppEvent, RunChanged
from letspic_desktop.commands.common import opened, run_config
from letspic_desktop.commands.devices import tell_distributed
from letspic_desktop.console import complain, megabytes, say, table, write_json
from letspic_desktop.fleet.events import DeviceDropped, Waiting
from letspic_desktop.operations.devices import Distribute
from letspic_desktop.operations.finetune import FinetuneReport, StartFinetuning, missing_for_finetuning
from letspic_desktop.operations.paused_runs import DiscardRun, PausedRun, ResumeFinetuning, paused_run
from letspic_desktop.retrieval.held_out import FIVE_FOLD

# Methods that train no second heads on parts of the photos to measure themselves.
_UNMEASURED = ("gradient", "paper")


def finetune(options: argparse.Namespace) -> None:
    """Fine-tune with the devices of a group."""
    config = run_config(
        options,
        seed=options.seed,
        quorum=options.quorum,
        wait_for_all=options.wait_for_all,
        withhold=options.withhold,
    )
    with opened(options) as (app, progress):
        app.subscribe(tell_event)
        group = app.owned_group(options.group)
        if options.discard:
            given_up = DiscardRun(group=group.name).run(app, progress)
            say(f"The paused run of {group.name} is discarded{_reached(given_up)}. Its head in use is as before.")
            return
        if options.resume:
            resumed = ResumeFinetuning(group=group.name).run(app, progress)
            tell_finetuned(resumed, app.catalog.runs.results(group.id)[0].method)
            write_json(options.json, asdict(resumed))
            return
        problems = missing_for_finetuning(app, group)
        if problems:
            raise problems[0]
        devices = tuple(options.device or ())
        paused = paused_run(app, group)
        if paused is not None:
            complain(f"The paused run of {group.name}{_reached(paused)} is given up for this one.")
        if not options.no_distribute:
            report = Distribute(group=group.name, devices=devices).run(app, progress)
            if report.placed or report.failed or report.refused:
                tell_distributed(report)
        finetuned = StartFinetuning(group=group.name, config=config, devices=devices).run(app, progress)
    tell_finetuned(finetuned, options.method)
    write_json(options.json, asdict(finetuned))


def _reached(run: PausedRun) -> str:
    return f" (round {run.rounds} of {run.total})" if run.total else ""


def tell_event(event: AppEvent) -> None:
    """Print what goes wrong with a device during a run."""
    if not isinstance(event, RunChanged):
        return
    happened = event.event
    if isinstance(happened, DeviceDropped):
        what = "takes no further part" if happened.marked else "is left out of this round"
        complain(f"{happened.device} {what}: {happened.reason}")
    elif isinstance(happened, Waiting):
        complain(happened.reason)


def tell_finetuned(report: FinetuneReport, method: str) -> None:
    """Print what a run of a method gave."""
    say(f"Head {report.version} ({report.chosen}) from {report.photos} photos on {len(report.devices)} devices.")
    if report.held_out is not None:
        found = report.held_out
        rows = [["", "before", "after"]]
        rows.append(["mAP", f"{found.map_before:.3f}", f"{found.map_after:.3f}"])
        rows.append(["P@10", f"{found.p10_before:.3f}", f"{found.p10_after:.3f}"])
        say(table(rows))
        if found.basis == FIVE_FOLD:
            say(f"  (5-fold on {found.queries} labelled photos: a photo that trained a head never scores it)")
        else:
            say(f"  (on {found.queries} photos of the group's albums that took no part in the run)")
    elif method in _UNMEASURED:
        say(f"  The method {method} learns from every labelled photo, and none is left to measure it honestly.")
        say("  letspic evaluate measures it on photos that it keeps apart.")
    else:
        say("  There are too few labelled photos in this library to say how much better the head is.")
    if report.withheld:
        complain(f"{report.withheld} own photos were kept back: their album has too few photos on its device.")
    for name, count in report.unlabelled_own.items():
        say(
            f"{name} has {count} own photos without a label, which did not train. Its folders: letspic device photos; "
            f"then: letspic device labels {shlex.quote(name)} FOLDER=ALBUM"
        )
    for name in report.offline:
        complain(f"{name} is offline and took no part.")
    seconds = ", ".join(f"{phase} {value:.2f} s" for phase, value in report.seconds.items())
    traffic = f"{megabytes(report.bytes_up)} up, {megabytes(report.bytes_down)} down"
    if report.replayed:
        say(f"  {report.replayed} of the rounds were done before the interruption.")
    say(f"  {report.rounds} rounds, median {report.round_ms_median:.1f} ms; {traffic}; {seconds}")
