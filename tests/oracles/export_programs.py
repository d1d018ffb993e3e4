"""export_programs.py FOLDER: programs that JAX users write, exported as StableHLO, with JAX's values.

For every program NAME, FOLDER/NAME has f64.mlir and f32.mlir, the arguments in.f64/0.npy … and
in.f32/0.npy …, and out/0.npy … with JAX's value and gradients in double precision, and, where the program draws random
numbers, which depend on the precision, out.f32/0.npy … in single precision. FOLDER/programs.txt
has a line per program: its name and the arguments it is differentiated by ("0-3"). Exit status 77
without JAX.
"""

import os
import sys

os.environ.setdefault("JAX_PLATFORMS", "cpu")
try:
    import jax
    import jax.numpy as jnp
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

jax.config.update("jax_enable_x64", True)


def normal(rng, *shape, scale=1.0):
    return scale * rng.standard_normal(shape)


def cross_entropy(logits, labels):
    return -jnp.mean(jnp.sum(labels * jax.nn.log_softmax(logits), axis=-1))


def layer_norm(x, gain, bias):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + 1e-5) * gain + bias


def mlp(rng):
    def loss(w1, b1, w2, b2, x, labels):
        return cross_entropy(jnp.tanh(x @ w1 + b1) @ w2 + b2, labels)

    labels = np.eye(3)[rng.integers(0, 3, 6)]
    arguments = [normal(rng, 4, 8), normal(rng, 8), normal(rng, 8, 3), normal(rng, 3),
                 normal(rng, 6, 4), labels]
    return loss, arguments, range(4)


def mlp_of_labels(rng):
    """Integer labels: one_hot is a comparison with an iota."""

    def loss(w, b, x, labels):
        one_hot = (labels[:, None] == jnp.arange(3, dtype=labels.dtype)).astype(x.dtype)
        return cross_entropy(jax.nn.relu(x @ w + b), one_hot)

    labels = rng.integers(0, 3, 6).astype(np.int32)
    return loss, [normal(rng, 4, 3), normal(rng, 3), normal(rng, 6, 4), labels], range(3)


def convolution(x, k, stride=1):
    return jax.lax.conv_general_dilated(x, k, (stride, stride), "SAME",
                                        dimension_numbers=("NHWC", "HWIO", "NHWC"))


def cnn_with_batch_norm(rng):
    def norm(x, gain, bias):
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * gain + bias

    def loss(k1, g1, b1, k2, w, x, labels):
        h = jax.nn.relu(norm(convolution(x, k1), g1, b1))
        h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        h = jax.nn.relu(convolution(h, k2, 2))
        return cross_entropy(h.mean((1, 2)) @ w, labels)

    labels = np.eye(3)[rng.integers(0, 3, 2)]
    arguments = [normal(rng, 3, 3, 2, 4), normal(rng, 4), normal(rng, 4), normal(rng, 3, 3, 4, 5),
                 normal(rng, 5, 3), normal(rng, 2, 8, 8, 2), labels]
    return loss, arguments, range(5)


def attention(rng):
    """A transformer block with a causal mask."""

    def loss(wq, wk, wv, wo, gain, bias, w1, w2, x):
        h = layer_norm(x, gain, bias)
        q, k, v = ((h @ w).reshape(2, 5, 2, 4).transpose(0, 2, 1, 3) for w in (wq, wk, wv))
        scores = jnp.einsum("bhqd,bhkd->bhqk", q, k) / 2.0
        row, column = jax.lax.iota(jnp.int32, 5)[:, None], jax.lax.iota(jnp.int32, 5)[None, :]
        scores = jnp.where(row >= column, scores, -1e9)
        attended = jnp.einsum("bhqk,bhkd->bhqd", jax.nn.softmax(scores), v)
        x = x + attended.transpose(0, 2, 1, 3).reshape(2, 5, 8) @ wo
        return ((x + jax.nn.gelu(x @ w1, approximate=True) @ w2) ** 2).mean()

    arguments = [*(normal(rng, 8, 8, scale=0.5) for _ in range(4)), normal(rng, 8), normal(rng, 8),
                 normal(rng, 8, 16), normal(rng, 16, 8), normal(rng, 2, 5, 8)]
    return loss, arguments, range(8)


def lstm(rng):
    """An LSTM cell, unrolled over four steps."""

    def loss(w, u, b, x):
        h = c = jnp.zeros((2, 3), x.dtype)
        for t in range(4):
            i, f, g, o = jnp.split(x[:, t] @ w + h @ u + b, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h ** 2).sum()

    return loss, [normal(rng, 5, 12), normal(rng, 3, 12), normal(rng, 12), normal(rng, 2, 4, 5)], range(3)


def image_augmentation(rng):
    """Flip, crop by padding and slicing, brightness and contrast, differentiated by their strength."""

    def loss(brightness, contrast, images):
        flipped = jnp.flip(images, 2)
        padded = jnp.pad(flipped, ((0, 0), (2, 2), (2, 2), (0, 0)))
        cropped = padded[:, 1:9, 3:11, :]
        mean = cropped.mean((1, 2, 3), keepdims=True)
        moved = (cropped - mean) * contrast + mean + brightness
        return (jnp.clip(moved, 0.0, 1.0) ** 2).mean()

    return loss, [np.array(0.1), np.array(1.3), rng.random((3, 8, 8, 3))], range(3)


def variational_autoencoder(rng):
    def loss(we, wm, ws, wd, x, noise):
        h = jax.nn.softplus(x @ we)
        mean, log_variance = h @ wm, h @ ws
        z = mean + jnp.exp(0.5 * log_variance) * noise
        logits = jnp.tanh(z @ wd)
        likelihood = jnp.sum(jnp.logaddexp(0.0, logits) - x * logits, -1)
        divergence = 0.5 * jnp.sum(jnp.exp(log_variance) + mean ** 2 - 1 - log_variance, -1)
        return (likelihood + divergence).mean()

    arguments = [normal(rng, 6, 5), normal(rng, 5, 2), normal(rng, 5, 2, scale=0.1), normal(rng, 2, 6),
                 rng.random((4, 6)), normal(rng, 4, 2)]
    return loss, arguments, range(4)


def pair_potential(rng):
    """A Lennard-Jones energy; its gradient by the positions are forces."""

    def energy(positions, strength):
        difference = positions[:, None] - positions[None, :]
        squares = (difference ** 2).sum(-1) + jnp.eye(7, dtype=positions.dtype)
        inverse = 1.0 / squares ** 3
        pairs = strength * (inverse ** 2 - inverse)
        return 2.0 * (pairs * (1.0 - jnp.eye(7, dtype=positions.dtype))).sum()

    positions = 1.3 * np.stack(np.meshgrid(*3 * [range(2)]), -1).reshape(8, 3)[:7]
    return energy, [positions + normal(rng, 7, 3, scale=0.05), np.array(0.7)], range(2)


def message_passing(rng):
    """A graph network with a dense adjacency matrix and radial features."""

    def energy(w1, w2, w3, positions, adjacency):
        distance = jnp.sqrt(((positions[:, None] - positions[None, :]) ** 2).sum(-1) + 1e-3)
        centres = jnp.linspace(0.0, 3.0, 4, dtype=positions.dtype)
        radial = jnp.exp(-((distance[..., None] - centres) ** 2))
        h = jnp.ones((6, 5), positions.dtype)
        for w in (w1, w2):
            h = jnp.tanh(jnp.einsum("ij,ijr,jf,rfg->ig", adjacency, radial, h, w))
        return (h @ w3).sum()

    upper = np.triu(rng.random((6, 6)) < 0.6, 1).astype(float)
    return energy, [normal(rng, 4, 5, 5, scale=0.5), normal(rng, 4, 5, 5, scale=0.5), normal(rng, 5),
                    normal(rng, 6, 3), upper + upper.T], range(4)


def logistic_regression(rng):
    def loss(w, b, x, y):
        logits = x @ w + b
        return jnp.mean(jnp.maximum(logits, 0) - logits * y + jnp.log(1 + jnp.exp(-jnp.abs(logits)))) \
            + 0.01 * jnp.vdot(w, w)

    return loss, [normal(rng, 5), np.array(0.2), normal(rng, 9, 5),
                  rng.integers(0, 2, 9).astype(float)], range(2)


def physics_informed(rng):
    """The residual of u'' = -sin x, of a network's second derivative in forward mode."""

    def loss(w1, b1, w2, x):
        def u(t):
            return jnp.tanh(t * w1 + b1) @ w2

        def second(t):
            return jax.jvp(lambda s: jax.jvp(u, (s,), (jnp.ones_like(s),))[1], (t,), (jnp.ones_like(t),))[1]

        return ((jax.vmap(second)(x) + jnp.sin(x)) ** 2).mean()

    return loss, [normal(rng, 8), normal(rng, 8), normal(rng, 8), np.linspace(0.1, 3.0, 6)], range(3)


def gaussian_process(rng):
    """A kernel's log-likelihood bound: a quadratic form of an RBF kernel, with conjugate gradients unrolled."""

    def loss(length, noise, x, y):
        squares = ((x[:, None] - x[None, :]) ** 2).sum(-1)
        kernel = jnp.exp(-squares / (2 * length ** 2)) + noise ** 2 * jnp.eye(8, dtype=x.dtype)
        a, r = jnp.zeros_like(y), y
        p, rho = r, r @ r
        for _ in range(4):
            q = kernel @ p
            alpha = rho / (p @ q)
            a, r = a + alpha * p, r - alpha * q
            rho, old = r @ r, rho
            p = r + rho / old * p
        return 0.5 * y @ a

    return loss, [np.array(0.8), np.array(0.5), normal(rng, 8, 2), normal(rng, 8)], range(2)


def neural_ode(rng):
    """Four steps of Runge and Kutta's method through a network's vector field."""

    def loss(w, v, x):
        def field(z):
            return jnp.sin(z @ w) @ v

        for _ in range(4):
            k1 = field(x)
            k2 = field(x + 0.05 * k1)
            k3 = field(x + 0.05 * k2)
            k4 = field(x + 0.1 * k3)
            x = x + 0.1 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return jnp.sqrt((x ** 2).sum())

    return loss, [normal(rng, 3, 6), normal(rng, 6, 3), normal(rng, 4, 3)], range(3)


def embedding(rng):
    """A bag of words: rows of a table by integers, jnp.take."""

    def loss(table, w, tokens):
        return jnp.tanh(jnp.take(table, tokens, axis=0, mode="clip").mean(1) @ w).sum()

    return loss, [normal(rng, 7, 4), normal(rng, 4), rng.integers(0, 7, (3, 5)).astype(np.int32)], range(2)


def token_embedding(rng):
    """Rows by numbers, table[tokens] and jnp.take, some counted from the end and some beyond it, with positions."""

    def loss(table, positions, w, tokens, picked):
        h = table[tokens] + positions[None, :5]
        h = h + jnp.take(table, picked, axis=0, fill_value=0.0)[:, None]
        return (jnp.tanh(h @ w) ** 2).mean()

    return loss, [normal(rng, 7, 4), normal(rng, 6, 4), normal(rng, 4, 3),
                  rng.integers(-7, 7, (3, 5)).astype(np.int32), np.array([2, 9, 2], np.int32)], range(3)


def graph_convolution(rng):
    """Messages along edges: gathered by source, added up by target, x.at[…].add; two nodes are replaced."""

    def loss(x, w, held, source, target, places):
        h = x
        for _ in range(2):
            messages = jnp.tanh(h @ w)[source]
            h = h.at[target].add(messages).at[places].set(held)
        return (h ** 2).sum() + (x[1:, 2] * h[target[:5], 0]).sum()

    return loss, [normal(rng, 6, 3), normal(rng, 3, 3), normal(rng, 2, 3),
                  rng.integers(0, 6, 11).astype(np.int32), rng.integers(0, 6, 11).astype(np.int32),
                  np.array([4, 1], np.int32)], range(3)


def gelu_exact(rng):
    def loss(w, x):
        return jax.nn.gelu(x @ w, approximate=False).sum()

    return loss, [normal(rng, 4, 3), normal(rng, 5, 4)], range(2)


def scanned_rnn(rng):
    """lax.scan: a while loop of a static trip count."""

    def loss(w, u, x):
        def cell(h, x):
            h = jnp.tanh(x @ w + h @ u)
            return h, None

        h, _ = jax.lax.scan(cell, jnp.zeros((2, 4), x.dtype), x)
        return (h ** 2).sum()

    return loss, [normal(rng, 3, 4), normal(rng, 4, 4), normal(rng, 5, 2, 3)], range(2)


def sorted_loss(rng):
    """A sliced Wasserstein distance: it sorts."""

    def loss(x, y):
        return ((jnp.sort(x) - jnp.sort(y)) ** 2).mean()

    return loss, [normal(rng, 9), normal(rng, 9)], range(2)


def swiglu(rng):
    """A gated layer after a root mean square norm."""

    def loss(gain, w, v, out, x):
        h = x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-6) * gain
        y = (jax.nn.silu(h @ w) * (h @ v)) @ out
        return (y * y).mean()

    return loss, [normal(rng, 6), normal(rng, 6, 9), normal(rng, 6, 9), normal(rng, 9, 6),
                  normal(rng, 4, 6)], range(4)


def separable_convolutions(rng):
    """A depthwise and a pointwise convolution, average pooling, a residual connection."""

    def loss(depthwise, pointwise, x):
        h = jax.lax.conv_general_dilated(x, depthwise, (1, 1), "SAME", feature_group_count=4,
                                         dimension_numbers=("NHWC", "HWIO", "NHWC"))
        h = x + jnp.tanh(convolution(h, pointwise))
        pooled = jax.lax.reduce_window(h, 0.0, jax.lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4
        return (pooled * pooled).sum()

    return loss, [normal(rng, 3, 3, 1, 4), normal(rng, 1, 1, 4, 4), normal(rng, 2, 6, 6, 4)], range(3)


def denoising(rng):
    """Total variation: absolute differences of neighbours."""

    def loss(image, noisy):
        smooth = jnp.abs(image[1:] - image[:-1]).sum() + jnp.abs(image[:, 1:] - image[:, :-1]).sum()
        return ((image - noisy) * (image - noisy)).sum() + 0.3 * smooth

    return loss, [normal(rng, 7, 6), normal(rng, 7, 6)], range(2)


def quantile_regression(rng):
    """Pinball and Huber losses of a network's two outputs."""

    def loss(w, v, x, y):
        low, middle = jnp.split(jnp.sin(x @ w) @ v, 2, axis=1)
        pinball = jnp.maximum(0.1 * (y - low), 0.9 * (low - y))
        error = jnp.abs(y - middle)
        huber = jnp.where(error < 0.5, error * error, error - 0.25)
        return (pinball + huber).mean()

    return loss, [normal(rng, 3, 6), normal(rng, 6, 2), normal(rng, 9, 3), normal(rng, 9, 1)], range(2)


def contrastive(rng):
    """Cosine similarities of two views, with a temperature."""

    def loss(w, log_temperature, a, b):
        def view(x):
            h = x @ w
            return h / jnp.sqrt((h * h).sum(-1, keepdims=True))

        logits = view(a) @ view(b).T * jnp.exp(log_temperature)
        diagonal = (jax.lax.iota(jnp.int32, 5)[:, None] == jax.lax.iota(jnp.int32, 5)[None, :])
        labels = diagonal.astype(a.dtype)
        return cross_entropy(logits, labels) + cross_entropy(logits.T, labels)

    return loss, [normal(rng, 6, 3), np.array(0.5), normal(rng, 5, 6), normal(rng, 5, 6)], range(2)


def log_cosh(rng):
    """A robust regression with log1p and expm1."""

    def loss(w, x, y):
        residual = x @ w - y
        return jnp.sum(jnp.abs(residual) + jnp.log1p(jnp.exp(-2 * jnp.abs(residual))) + jnp.expm1(0.01 * w).sum())

    return loss, [normal(rng, 4), normal(rng, 6, 4), normal(rng, 6)], range(1)


def scanned_lstm(rng):
    """An LSTM layer by lax.scan, with a state of two parts and an output of each step."""

    def loss(w, u, b, x):
        def cell(state, x):
            h, c = state
            i, f, g, o = jnp.split(x @ w + h @ u + b, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zero = jnp.zeros((2, 3), x.dtype)
        (_, c), outputs = jax.lax.scan(cell, (zero, zero), x)
        return (outputs ** 2).mean() + (c ** 2).sum()

    return loss, [normal(rng, 5, 12), normal(rng, 3, 12), normal(rng, 12), normal(rng, 6, 2, 5)], range(4)


def switched_experts(rng):
    """lax.switch: one of three experts by a number, and a choice that the data make."""

    def loss(w, v, x, number):
        experts = [lambda x: jnp.tanh(x @ w), lambda x: jax.nn.relu(x @ v), lambda x: x @ (w + v)]
        h = jax.lax.switch(number, experts, x)
        chosen = jax.lax.switch((x[0, 0] > 0).astype(jnp.int32), experts[:2], h)
        return (h * chosen).sum()

    return loss, [normal(rng, 4, 4), normal(rng, 4, 4), normal(rng, 3, 4), np.array(1, np.int32)], range(3)


def noisy_autoencoder(rng):
    """jax.random.normal: the noise of a reparametrised sample, by threefry."""

    def loss(we, wm, ws, wd, x, key):
        h = jnp.tanh(x @ we)
        mean, scale = h @ wm, jnp.exp(h @ ws)
        z = mean + scale * jax.random.normal(jax.random.wrap_key_data(key), mean.shape, mean.dtype)
        return ((z @ wd - x) ** 2).mean() + (scale ** 2 + mean ** 2 - 2 * jnp.log(scale)).mean()

    key = np.array([3, 9], np.uint32)
    return loss, [normal(rng, 6, 5), normal(rng, 5, 2), normal(rng, 5, 2, scale=0.1), normal(rng, 2, 6),
                  normal(rng, 4, 6), key], range(4)


def dropout(rng):
    """Masks by jax.random.bernoulli, one key split into two."""

    def loss(w, v, x, key):
        first, second = jax.random.split(jax.random.wrap_key_data(key))

        def dropped(h, key):
            return jnp.where(jax.random.bernoulli(key, 0.7, h.shape), h / 0.7, 0.0)

        h = dropped(jax.nn.relu(x @ w), first)
        return (dropped(h @ v, second) ** 2).sum()

    return loss, [normal(rng, 5, 8), normal(rng, 8, 3), normal(rng, 4, 5), np.array([0, 42], np.uint32)], range(2)


def causal_attention(rng):
    """Scores masked by -inf before a softmax."""

    def loss(wq, wk, wv, x):
        scores = (x @ wq) @ (x @ wk).T / 2.0
        scores = jnp.where(jnp.tril(jnp.ones((5, 5), bool)), scores, -jnp.inf)
        return ((jax.nn.softmax(scores) @ (x @ wv)) ** 2).sum()

    return loss, [normal(rng, 4, 4), normal(rng, 4, 4), normal(rng, 4, 3), normal(rng, 5, 4)], range(4)


def language_model(rng):
    """Cross entropy by integer labels, take_along_axis, and a mask of the padding."""

    def loss(table, w, tokens, targets):
        logits = jnp.tanh(table[tokens]) @ w
        picked = jnp.take_along_axis(jax.nn.log_softmax(logits), targets[..., None], axis=-1)[..., 0]
        kept = (targets != 0).astype(table.dtype)
        return -(picked * kept).sum() / kept.sum()

    return loss, [normal(rng, 9, 4), normal(rng, 4, 9), rng.integers(0, 9, (2, 6)).astype(np.int32),
                  rng.integers(0, 9, (2, 6)).astype(np.int32)], range(2)


def survival(rng):
    """Cox's partial likelihood: a cumulative sum of risks."""

    def loss(w, x, observed):
        risk = x @ w
        return -jnp.sum(observed * (risk - jnp.log(jnp.cumsum(jnp.exp(risk)))))

    return loss, [normal(rng, 4), normal(rng, 8, 4), rng.integers(0, 2, 8).astype(float)], range(1)


def interpolated_product(rng):
    """A likelihood as a product, jnp.prod, of a table's interpolation: comparisons by total order."""

    def loss(values, x, scale):
        grid = jnp.linspace(-2.0, 2.0, 5, dtype=x.dtype)
        return jnp.prod(1.5 + jnp.tanh(jnp.interp(x * scale, grid, values))).sum()

    return loss, [normal(rng, 5), normal(rng, 7, scale=0.8), np.array(0.9)], range(3)


PROGRAMS = [mlp, mlp_of_labels, cnn_with_batch_norm, attention, lstm, image_augmentation,
            variational_autoencoder, pair_potential, message_passing, logistic_regression,
            physics_informed, gaussian_process, neural_ode, embedding, token_embedding,
            graph_convolution, gelu_exact, scanned_rnn, sorted_loss, swiglu, separable_convolutions,
            denoising, quantile_regression, contrastive, log_cosh, scanned_lstm, switched_experts,
            noisy_autoencoder, dropout, causal_attention, language_model, survival,
            interpolated_product]


def save(folder, arrays):
    os.makedirs(folder, exist_ok=True)
    for number, array in enumerate(arrays):
        np.save(f"{folder}/{number}.npy", np.asarray(array))


def single(array):
    return array.astype(np.float32) if array.dtype == np.float64 else array


def export(program, folder):
    loss, arguments, wrt = program(np.random.default_rng(1))
    arguments = [np.asarray(a) for a in arguments]
    value, gradients = jax.value_and_grad(loss, argnums=tuple(wrt))(*arguments)
    save(f"{folder}/out", [value, *gradients])
    for name, typed in (("f64", arguments), ("f32", [single(a) for a in arguments])):
        save(f"{folder}/in.{name}", typed)
        jax.config.update("jax_enable_x64", name == "f64")
        text = jax.jit(loss, keep_unused=True).lower(*typed).as_text()
        if name == "f32" and any(a.dtype == np.uint32 for a in typed):  # random numbers of their own
            value, gradients = jax.value_and_grad(loss, argnums=tuple(wrt))(*typed)
            save(f"{folder}/out.f32", [value, *gradients])
        jax.config.update("jax_enable_x64", True)
        with open(f"{folder}/{name}.mlir", "w") as file:
            file.write(text)
    return f"{program.__name__} {wrt[0]}-{wrt[-1]}"


def main():
    folder = sys.argv[1]
    lines = []
    for program in PROGRAMS:
        lines.append(export(program, f"{folder}/{program.__name__}"))
    with open(f"{folder}/programs.txt", "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
