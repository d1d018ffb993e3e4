#!/usr/bin/env python3
"""control_programs.py FOLDER: programs with loops and branches as JAX exports them, in f64, with JAX's values
and gradients. Of each: NAME.mlir; its arguments and results, NAME.in0, NAME.out0, …, raw; and of every argument
that it is differentiated by NAME.grad0, …. Exit status 77 without jax."""
import sys
try:
    import jax
    from jax import lax
    import jax.numpy as jnp
    import numpy as np
except ImportError:
    sys.exit(77)
jax.config.update('jax_enable_x64', True)
PROGRAMS = []


def program(*arguments, wrt=()):
    def add(f):
        PROGRAMS.append((f, [np.asarray(a) for a in arguments], wrt))
        return f
    return add


def values(*shape):
    count = int(np.prod(shape))
    return (np.arange(count) * 7 % 11 / 11.0 - 0.4).reshape(shape)


i32 = np.int32
x3, w33 = values(3), values(3, 3)


@program(2.5, wrt=(0,))
def newton(x):
    """The square root by Newton's method: fori_loop."""
    return lax.fori_loop(i32(0), i32(6), lambda i, y: y - (y * y - x) / (2 * y), x)


@program(x3, w33, wrt=(0, 1))
def recurrence(h, w):
    """The round's number enters the values."""
    def step(i, h):
        return jnp.tanh(h @ w + jnp.float64(0.1) * i)
    return jnp.sum(lax.fori_loop(i32(1), i32(5), step, h) ** 2)


@program(x3, w33, wrt=(0, 1))
def nested(h, w):
    """A loop in a loop, whose bound is the outer one's number."""
    def inner(j, h):
        return jnp.sin(h @ w) + j
    def outer(i, h):
        return lax.while_loop(lambda s: s[0] < i, lambda s: (s[0] + 1, inner(s[0], s[1])), (i32(0), h))[1]
    return jnp.sum(lax.fori_loop(i32(0), i32(4), outer, h))


@program(1.0, -2.0, wrt=(0, 1))
def branch_not_taken(p, x):
    """The other branch's logarithm is NaN, and so is its derivative."""
    return lax.cond(p > 0, lambda x: x * p, lambda x: jnp.log(x) * jnp.sqrt(x), x)


@program(values(4), values(4), wrt=(0, 1))
def cond_of_two(x, y):
    """Two results of one branch, both used, and captured values."""
    a, b = lax.cond(x[0] < y[1], lambda: (x * y, jnp.sum(x)), lambda: (jnp.exp(y), jnp.sum(y * y)))
    return jnp.sum(a) * b


@program(values(3), wrt=(0,))
def loop_in_branch(x):
    def power(x):
        return lax.fori_loop(i32(0), i32(3), lambda _, y: y * x, jnp.ones_like(x))
    return jnp.sum(lax.cond(jnp.sum(x) > 0, power, jnp.cos, x))


@program(values(3), wrt=(0,))
def branch_in_loop(x):
    def step(i, x):
        return lax.cond(i < 2, jnp.sin, lambda x: x * x, x)
    return jnp.sum(lax.fori_loop(i32(0), i32(4), step, x))


@program(3.0)
def halving(x):
    """As often as the data say: a value only."""
    return lax.while_loop(lambda s: s[0] > 1e-3, lambda s: (s[0] * 0.5, s[1] + 1), (x, i32(0)))


@program(2.0, wrt=(0,))
def data_beside(x):
    """A gradient past a loop that stays: it counts."""
    n = lax.while_loop(lambda s: s[0] > 1e-3, lambda s: (s[0] * 0.5, s[1] + 1), (lax.stop_gradient(x), i32(0)))[1]
    return x * x * n


@program(x3, wrt=(0,))
def barrier(x):
    a, b = lax.optimization_barrier((jnp.sin(x), x * x))
    return jnp.sum(a * b)


def gradient(f, k, arguments):
    try:
        return jax.grad(f, argnums=k)(*arguments)
    except ValueError:  # bounds that vary: JAX has the forward mode only
        return jax.jacfwd(f, argnums=k)(*arguments)


def main(folder):
    for f, arguments, wrt in PROGRAMS:
        stem = f'{folder}/{f.__name__}'
        open(stem + '.mlir', 'w').write(jax.jit(f, keep_unused=True).lower(*arguments).as_text())
        results = jax.tree.leaves(f(*arguments))
        for k, a in enumerate(arguments):
            a.tofile(f'{stem}.in{k}')
        for k, r in enumerate(results):
            np.asarray(r).tofile(f'{stem}.out{k}')
        for k in wrt:
            np.asarray(gradient(f, k, arguments)).tofile(f'{stem}.grad{k}')


main(sys.argv[1])
