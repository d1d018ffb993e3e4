"""Writes energy.mlir: the energy of 32 atoms under a message-passing potential, exported from JAX.

    python export_energy.py energy.mlir

Positions f32[32, 3] (in Å, no periodic images) are the only argument; the weights, fixed random
numbers here, are constants of the program.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

ATOMS, FEATURES, RADIAL, CUTOFF = 32, 16, 8, 5.0
rng = np.random.default_rng(0)


def weight(*shape):
    return jnp.asarray(rng.normal(size=shape) / np.sqrt(shape[0]), jnp.float32)


EMBED = weight(1, FEATURES)
LAYERS = [(weight(RADIAL, FEATURES), weight(FEATURES, FEATURES), weight(FEATURES, FEATURES)) for _ in range(2)]
READOUT = (weight(FEATURES, FEATURES), weight(FEATURES, 1))


def energy(positions):
    away = 1.0 - jnp.eye(ATOMS)
    offsets = positions[:, None, :] - positions[None, :, :]
    # the identity keeps the square root away from 0 for an atom and itself
    distances = jnp.sqrt(jnp.sum(offsets**2, -1) + jnp.eye(ATOMS))
    envelope = away * jnp.where(distances < CUTOFF, 0.5 * (jnp.cos(jnp.pi * distances / CUTOFF) + 1.0), 0.0)
    centres = jnp.linspace(0.5, CUTOFF, RADIAL)
    radial = jnp.exp(-4.0 * (distances[:, :, None] - centres) ** 2) * envelope[:, :, None]
    h = jnp.broadcast_to(EMBED, (ATOMS, FEATURES))
    for filters, message, update in LAYERS:
        passed = jnp.einsum("ijr,rf,jf->if", radial, filters, h @ message)
        h = h + jnp.tanh(passed @ update)
    repulsion = jnp.sum(envelope * jnp.exp(-2.0 * (distances - 1.5)))
    return jnp.sum(jnp.tanh(h @ READOUT[0]) @ READOUT[1]) + 0.5 * repulsion


if __name__ == "__main__":
    shape = jax.ShapeDtypeStruct((ATOMS, 3), jnp.float32)
    with open(sys.argv[1], "w") as file:
        file.write(jax.jit(energy).lower(shape).as_text())
