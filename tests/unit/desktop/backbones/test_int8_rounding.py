"""Rounding to int8, the correction of the bias, and the sharing of channel ranges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from letspic_desktop.backbones import numpy_runner
from letspic_desktop.backbones.emit_int8 import emit_int8
from letspic_desktop.backbones.equalise import equalise_channels, equalised_layers
from letspic_desktop.backbones.graph import BatchNorm, Convolution, fold_batch_norm
from letspic_desktop.backbones.rounding import average_response, mean_outputs, round_weights


@given(arrays(np.float64, (3, 3, 3, 2), elements=st.floats(-120, 120, width=32)))
def test_the_errors_of_a_kernels_taps_nearly_cancel(steps):
    rounded = round_weights(steps)

    assert rounded.dtype == np.int8
    assert np.abs(rounded - steps).max() <= 1.5
    assert np.abs((rounded - steps).sum(axis=(1, 2))).max() <= 0.5 + 1e-9


@given(arrays(np.float64, (2, 3, 3, 1), elements=st.floats(-127, 127)))
def test_rounded_weights_stay_symmetric_int8(steps):
    assert np.abs(round_weights(steps).astype(int)).max() <= 127


def test_single_taps_are_rounded_to_the_nearest_step():
    steps = np.array([0.4, -0.6, 126.7, -3.2]).reshape(2, 1, 1, 2)

    assert round_weights(steps).ravel().tolist() == [0, -1, 127, -3]


def test_mean_of_a_clipped_layer_is_that_of_sampled_normals(tiny):
    layer = replace(tiny().layers[0], centre=np.linspace(-3, 8, 8, dtype=np.float32))
    layer = replace(layer, spread=np.linspace(0.2, 4, 8, dtype=np.float32))
    net = replace(tiny(), layers=(layer,))
    samples = np.random.default_rng(0).normal(layer.centre, layer.spread, (200_000, 8))

    np.testing.assert_allclose(mean_outputs(net)[0], np.clip(samples, 0, 6).mean(0), atol=0.03)


@pytest.mark.parametrize("depthwise", [False, True])
def test_average_response_is_the_convolution_of_a_flat_picture(depthwise, tiny):
    weights = np.random.default_rng(1).normal(size=(1, 3, 3, 5) if depthwise else (4, 3, 3, 5))
    means = np.arange(5.0)
    flat = np.broadcast_to(means, (1, 9, 9, 5))
    channels = 5 if depthwise else 4
    zeros = np.zeros(channels, np.float32)
    layer = Convolution(
        source=0, weights=weights, bias=zeros, centre=zeros, spread=zeros, depthwise=depthwise, relu6=False
    )

    response = average_response(weights, means, depthwise=depthwise)

    np.testing.assert_allclose(numpy_runner._convolve(layer, flat)[0, 4, 4], response, atol=1e-9)


def test_equalised_network_computes_the_same_where_no_ceiling_is_reached(tiny, generated):
    net = tiny()
    low = tuple(
        replace(layer, centre=np.full(layer.channels, 0.1, np.float32), spread=np.full(layer.channels, 0.7, np.float32))
        if isinstance(layer, Convolution)
        else layer
        for layer in net.layers
    )  # ceilings of 5: above what these weights reach on most pixels, below 6
    net = replace(net, layers=low)
    dim_pictures = generated(64) // 4 + 96

    scaled = equalise_channels(net)

    assert equalised_layers(net) == {0, 1, 3, 4}
    assert not np.array_equal(scaled.layers[0].weights, net.layers[0].weights)
    np.testing.assert_allclose(
        numpy_runner.run(scaled, dim_pictures), numpy_runner.run(net, dim_pictures), rtol=0.02, atol=0.01
    )


def test_folded_convolution_equals_convolution_and_batch_norm():
    random = np.random.default_rng(2)
    weights = random.normal(size=(4, 1, 1, 3)).astype(np.float32)
    gamma, beta, mean = (random.normal(size=4).astype(np.float32) for _ in range(3))
    variance = random.random(4).astype(np.float32)
    pixel = random.normal(size=3)
    plain = weights[:, 0, 0] @ pixel

    norm = BatchNorm(gamma=gamma, beta=beta, mean=mean, variance=variance, epsilon=1e-3)
    folded = fold_batch_norm(weights, norm, channel_axis=0)

    expected = gamma * (plain - mean) / np.sqrt(variance + 1e-3) + beta
    np.testing.assert_allclose(folded.weights[:, 0, 0] @ pixel + folded.bias, expected, rtol=1e-5, atol=1e-6)
    assert (folded.spread >= 0).all()


@pytest.mark.parametrize(("mean", "leading"), [(127.0, False), (127.5, True)])
def test_int8_file_of_a_small_network_follows_the_runner(mean, leading, tiny, run, generated):
    net = tiny(mean=mean, leading=leading)
    pictures = generated(64)
    ranges = dict.fromkeys(range(len(net.layers) - 1), (-6.0, 6.0))

    features, expected = run(emit_int8(net, ranges), pictures), numpy_runner.run(net, pictures)

    norms = np.linalg.norm(features, axis=1) * np.linalg.norm(expected, axis=1)
    assert ((features * expected).sum(1) / norms).min() > 0.995
