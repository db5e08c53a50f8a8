"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# One BLAS thread, as the programs have it: the same bits on every run. NumPy reads these when it is first imported.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


@pytest.fixture(scope="session")
def photo_data() -> Path:
    """Return the folder of real photos that tests may read, or skip where there is none."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LETSPIC_TEST_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"no test photos at {folder} (set LETSPIC_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Backbone:
    """Return the default backbone, built once for all tests."""
    from letspic_desktop.backbones.store import BackboneStore

    return BackboneStore(tmp_path_factory.mktemp("backbones")).build("efficientnet-lite0")
