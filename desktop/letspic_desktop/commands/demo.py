"""``letspic demo``."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from letspic_desktop.application import Application
from letspic_desktop.commands.common import run_config
from letspic_desktop.commands.training import tell_event
from letspic_desktop.console import Bars, complain, has_display, megabytes, require_writable, say, table, write_json
from letspic_desktop.demo import DemoOptions, DemoResult, render_demo_samples, running_demo
from letspic_desktop.library.importer import NoPhotoError
from letspic_shared.errors import KnownError

_SHEET = Path("demo-out") / "contact-sheet.png"


def run(options: argparse.Namespace) -> int:
    """Do the whole job and show it."""
    with ExitStack() as stack:
        home = options.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="letspic-demo-")))
        app = stack.enter_context(Application.open(home))
        app.subscribe(tell_event)
        with Bars() as bars:
            config = run_config(options, seed=options.seed)
            sheet = _place_of_sheet(options.sheet or _SHEET)
            photos = options.photos
            if photos is None:
                say("No --photos given: using sample photos that LetsPic draws itself.")
                photos = render_demo_samples(app.home.root, options.seed)
            demo = DemoOptions(photos=photos, devices=options.devices, seed=options.seed, config=config, sheet=sheet)
            try:
                result = stack.enter_context(running_demo(app, demo, bars.progress))
            except NoPhotoError as error:
                for failure in error.report.failed:
                    complain(f"not imported: {failure.path}: {failure.reason}")
                raise KnownError(
                    error.reason, "Choose a folder with photos, sorted into one sub-folder an album"
                ) from error
        tell(result)
        write_json(options.json, content(result, options))
        if not options.headless and has_display():
            from letspic_desktop.ui.app import run_window

            return run_window(app, example=result.typical)
    return 0


def _place_of_sheet(file: Path) -> Path:
    """Return where the sheet goes; that it cannot go there is told before the work, not after it."""
    file = file.expanduser().absolute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KnownError(
            f"{file.parent} cannot be made ({error.strerror})", "Choose another place with --sheet"
        ) from error
    if file.exists() and not file.is_file():
        raise KnownError(f"{file} is no file that a picture could replace", "Choose another place with --sheet")
    require_writable(file)
    return file


def tell(result: DemoResult) -> None:
    """Print the figures of a demo."""
    for failure in result.imported.failed:
        complain(f"not imported: {failure.path}: {failure.reason}")
    for name in result.left_out:
        complain(f"left out: {name}")
    finetuned = result.finetuned
    say(
        f"{result.labelled} labelled photos of {result.albums} albums on {len(result.pids)} device processes; "
        f"{result.queries} other photos are queries and gallery."
    )
    gain = result.map_after / result.map_before if result.map_before else 0.0
    rows = [["", "before", "after", "ratio"]]
    rows.append(["mAP", f"{result.map_before:.3f}", f"{result.map_after:.3f}", f"{gain:.2f}"])
    p10 = result.p10_after / result.p10_before if result.p10_before else 0.0
    rows.append(["P@10", f"{result.p10_before:.3f}", f"{result.p10_after:.3f}", f"{p10:.2f}"])
    say(table(rows))
    say()
    say(table([["phase", "seconds"], *([phase, f"{value:.2f}"] for phase, value in result.seconds.items())]))
    start = sum(finetuned.seconds.values())
    say(f"  from Start to a searchable index: {start:.2f} s ({finetuned.chosen}, {finetuned.rounds} rounds)")
    say()
    by_device = sorted(finetuned.bytes_by_device.items())
    say(table([["device", "bytes in rounds"], *([name, megabytes(count)] for name, count in by_device)]))
    if result.sheet is not None:
        say(f"Contact sheet: {result.sheet}")


def content(result: DemoResult, options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of a demo as JSON has them."""
    finetuned = result.finetuned
    seed = {
        "seed": options.seed,
        "p10_before": result.p10_before,
        "p10_after": result.p10_after,
        "map_before": result.map_before,
        "map_after": result.map_after,
        "seconds": {
            # As `evaluate` has them: features here and on the devices, the rounds, and the index; then by phase.
            "extract": result.seconds["features"] + finetuned.seconds["prepare"],
            "train": finetuned.seconds["train"],
            "index": finetuned.seconds["index"],
            **result.seconds,
        },
        "round_ms_median": finetuned.round_ms_median,
        "bytes_up": finetuned.bytes_up,
        "bytes_down": finetuned.bytes_down,
        "rounds": finetuned.rounds,
    }
    config = {
        "photos": str(options.photos) if options.photos else "samples",
        "devices": options.devices,
        "device_pids": list(result.pids.values()),
        "method": options.method,
        "chosen": finetuned.chosen,
        "labelled_per_album": result.labelled_per_album,
        "albums": result.albums,
        "sheet": str(result.sheet) if result.sheet else None,
        "bytes_by_device": finetuned.bytes_by_device,
    }
    mean = {name: value for name, value in seed.items() if name != "seed"}
    return {"config": config, "seeds": [seed], "mean": mean}
