"""The written files against the NumPy runner, on real and on generated pictures."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from letspic_desktop.backbones import numpy_runner, recipes
from letspic_desktop.backbones.architectures import mobilenet_v1, mobilenet_v2
from letspic_desktop.backbones.trial import trial_pictures

DEFAULT = recipes.RECIPES[0].name
# the other two are fetched, and take as long again
NAMES = [
    pytest.param(recipe.name, marks=() if recipe.name == DEFAULT else pytest.mark.slow) for recipe in recipes.RECIPES
]
# {channel: value} of the feature of the third trial picture, from an implementation that was compared with PyTorch
# (torchvision, efficientnet_lite_pytorch, and TF-slim's network restated in PyTorch): 2.3e-5 apart at most
REFERENCE = {
    "efficientnet-lite0": {113: 3.9519, 747: 2.2716, 618: 1.3490, 1155: 0.4453, 827: 0.0126},
    "mobilenet_v1": {184: 6.0, 416: 5.5438, 153: 4.9588, 889: 3.2111, 236: 1.3946},
    "mobilenet_v2": {531: 4.3215, 1179: 3.3531, 672: 2.5926, 966: 1.9614, 1166: 1.2881},
}
INT8 = [NAMES[number] for number, recipe in enumerate(recipes.RECIPES) if "int8" in recipe.precisions]


def recipe_of(name):
    return next(recipe for recipe in recipes.RECIPES if recipe.name == name)


def cosines(left, right):
    return (left * right).sum(1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)


@pytest.mark.parametrize("size", [224, pytest.param(320, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NAMES)
def test_float_file_agrees_with_the_numpy_runner_on_generated_pictures(name, size, network, run, generated):
    net = network(name, size)
    pictures = generated(size)[::2]

    features = run(recipes.convert(recipe_of(name), net, "float32"), pictures)

    assert features.shape == (len(pictures), net.dim)
    assert np.abs(features - numpy_runner.run(net, pictures)).max() < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_features_are_those_of_the_original_network(name, network, run):
    feature = run(recipes.convert(recipe_of(name), network(name, 224), "float32"), trial_pictures(224)[2:3])[0]

    for channel, value in REFERENCE[name].items():
        assert feature[channel] == pytest.approx(value, abs=2e-4)


@pytest.mark.parametrize("name", NAMES)
def test_float_file_agrees_with_the_numpy_runner_on_photos(name, network, run, real_photos):
    net = network(name, 224)
    photos = real_photos("food101", 4, 224)

    features = run(recipes.convert(recipe_of(name), net, "float32"), photos)

    assert np.abs(features - numpy_runner.run(net, photos)).max() < 1e-4


@pytest.mark.parametrize("folder", ["food101", "caltech_faces", "album_photos", "imagenet_samples"])
@pytest.mark.parametrize("name", INT8)
def test_int8_file_is_near_the_float_one_on_photos(name, folder, network, run, real_photos):
    net, recipe = network(name, 224), recipe_of(name)
    photos = real_photos(folder, 20, 224)

    near = cosines(*(run(recipes.convert(recipe, net, precision), photos) for precision in recipe.precisions))

    assert near.mean() > 0.996
    assert near.min() > 0.98


@pytest.mark.parametrize("size", [224, pytest.param(320, marks=pytest.mark.slow)])
def test_default_int8_file_is_near_the_float_one_on_generated_and_blurred_pictures(
    size, network, run, generated, real_photos
):
    recipe = recipe_of("efficientnet-lite0")
    net = network(recipe.name, size)
    for pictures in (generated(size), real_photos("cifar100", 20, size)):
        near = cosines(*(run(recipes.convert(recipe, net, precision), pictures) for precision in recipe.precisions))

        assert near.mean() > 0.99


@pytest.mark.parametrize("name", NAMES)
def test_the_classifier_beside_the_backbone_knows_imagenet(name, network, run, real_photos, photo_data):
    net = network(name, 224)
    with (photo_data / "imagenet_samples" / "manifest.csv").open() as file:
        rows = {row["path"]: json.loads(row["extra"])["imagenet_index"] for row in csv.DictReader(file)}
    files = sorted((photo_data / "imagenet_samples").rglob("*.jpg"))
    truth = np.array([rows[str(file.relative_to(photo_data / "imagenet_samples"))] for file in files[::3][:40]])

    features = run(recipes.convert(recipe_of(name), net, "float32"), real_photos("imagenet_samples", 40, 224))
    logits = features @ net.classifier_weights + net.classifier_bias

    assert logits.shape == (40, 1000)
    assert (logits.argmax(1) == truth).mean() > 0.7


def test_numpy_runner_agrees_with_a_plain_convolution(tiny):
    net = tiny(size=32)
    layer = net.layers[0]
    picture = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype(np.uint8)
    normalised = np.pad((picture[0] - 127.0) / 128.0, ((0, 1), (0, 1), (0, 0)))

    first = numpy_runner._convolve(layer, (picture - 127.0) / 128.0)[0]

    for row, column in ((0, 0), (7, 3), (15, 15)):
        patch = normalised[2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        expected = np.clip((patch[None] * layer.weights).sum((1, 2, 3)) + layer.bias, 0, 6)
        np.testing.assert_allclose(first[row, column], expected, atol=1e-6)


@pytest.mark.slow
def test_architectures_have_the_published_number_of_parameters(network):
    """MobileNet V2 of torchvision has 3,504,872 parameters, 34,112 of them batch normalisation's scales and shifts."""
    for name, assemble, convolutions in (("mobilenet_v2", mobilenet_v2, 52), ("mobilenet_v1", mobilenet_v1, 27)):
        net = network(name, 224)
        assert recipe_of(name).assemble is assemble
        assert sum(hasattr(layer, "weights") for layer in net.layers) == convolutions
    weights = sum(layer.weights.size for layer in network("mobilenet_v2", 224).layers if hasattr(layer, "weights"))
    assert weights + 1280 * 1000 + 1000 + 34_112 == 3_504_872
