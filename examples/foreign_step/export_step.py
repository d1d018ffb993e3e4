"""Writes step.mlir: a train step of a small convolutional network, exported from JAX.

    python export_step.py step.mlir

Arguments: the six parameters, images f32[100, 28, 28, 1], labels i32[100], the learning rate f32;
results: the new parameters, the loss.
"""

import sys

import jax
import jax.numpy as jnp

BATCH = 100
SHAPES = [(5, 5, 1, 8), (8,), (14 * 14 * 8, 32), (32,), (32, 10), (10,)]


def loss(parameters, images, labels):
    filters, b1, w2, b2, w3, b3 = parameters
    h = jax.lax.conv_general_dilated(images, filters, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    h = jnp.maximum(h + b1, 0).reshape(BATCH, -1)
    h = jnp.maximum(h @ w2 + b2, 0)
    return -jnp.mean(jnp.sum(jax.nn.one_hot(labels, 10) * jax.nn.log_softmax(h @ w3 + b3), -1))


def step(*arguments):
    *parameters, images, labels, rate = arguments
    value, gradients = jax.value_and_grad(loss)(parameters, images, labels)
    return *(p - rate * g for p, g in zip(parameters, gradients)), value


if __name__ == "__main__":
    f32 = lambda *shape: jax.ShapeDtypeStruct(shape, jnp.float32)
    labels = jax.ShapeDtypeStruct((BATCH,), jnp.int32)
    arguments = [f32(*shape) for shape in SHAPES] + [f32(BATCH, 28, 28, 1), labels, f32()]
    with open(sys.argv[1], "w") as file:
        file.write(jax.jit(step).lower(*arguments).as_text())
