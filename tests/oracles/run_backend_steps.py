#!/usr/bin/env python3
"""run_backend_steps.py FOLDER: for each network that write_backend_steps wrote, makes the same ten SGD steps
by JAX's value_and_grad and by PyTorch's autograd, from the network's file alone, and compares losses and
parameters. Exit status 1 if any differs by more than 1e-4 relative to the largest element."""
import os, sys, tomllib
import numpy as np
import jax, jax.numpy as jnp
try:
    import torch
except ImportError:
    torch = None

STEPS, RATE, TOLERANCE = 10, 0.01, 1e-4


def read(path, shape, dtype=np.float32):
    return np.fromfile(path, dtype).reshape(shape)


def in_jax(layers, parameters, x):
    p = iter(parameters)
    for layer in layers:
        kind = layer['kind']
        if kind == 'flatten':
            x = x.reshape(x.shape[0], -1)
        elif kind == 'dense':
            x = x @ next(p) + next(p)
        elif kind == 'relu':
            x = jnp.maximum(x, 0)
        elif kind == 'conv':
            s = layer.get('stride', 1)
            x = jax.lax.conv_general_dilated(x, next(p), (s, s), 'SAME',
                                             dimension_numbers=('NHWC', 'HWIO', 'NHWC')) + next(p)
        elif kind == 'max_pool':
            w = (1, layer['window'], layer['window'], 1)
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, w, w, 'VALID')
        else:
            raise SystemExit(f'no layer {kind} here')
    return x


def in_torch(layers, parameters, x):
    f, p = torch.nn.functional, iter(parameters)
    for layer in layers:
        kind = layer['kind']
        if kind == 'flatten':
            x = x.reshape(x.shape[0], -1)
        elif kind == 'dense':
            x = x @ next(p) + next(p)
        elif kind == 'relu':
            x = f.relu(x)
        elif kind == 'conv':
            w, b = next(p), next(p)
            x = f.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), b, padding='same').permute(0, 2, 3, 1)
        elif kind == 'max_pool':
            x = f.max_pool2d(x.permute(0, 3, 1, 2), layer['window']).permute(0, 2, 3, 1)
    return x


def steps_of_jax(layers, start, x, labels):
    def loss(parameters):
        logits = in_jax(layers, parameters, x)
        return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(len(labels)), labels])
    step = jax.jit(jax.value_and_grad(loss))
    parameters, losses = [jnp.array(a) for a in start], []
    for _ in range(STEPS):
        value, gradients = step(parameters)
        losses.append(float(value))
        parameters = [p - RATE * g for p, g in zip(parameters, gradients)]
    return [np.array(losses, np.float32)] + [np.array(p) for p in parameters]


def steps_of_torch(layers, start, x, labels):
    parameters, losses = [torch.tensor(a, requires_grad=True) for a in start], []
    x, labels = torch.tensor(x), torch.tensor(labels, dtype=torch.long)
    for _ in range(STEPS):
        loss = torch.nn.functional.cross_entropy(in_torch(layers, parameters, x), labels)
        gradients = torch.autograd.grad(loss, parameters)
        losses.append(float(loss.detach()))
        parameters = [(p - RATE * g).detach().requires_grad_() for p, g in zip(parameters, gradients)]
    return [np.array(losses, np.float32)] + [p.detach().numpy() for p in parameters]


def compare(folder):
    with open(f'{folder}/network.toml', 'rb') as file:
        network = tomllib.load(file)
    layers, image = network['layer'], network['input']
    order = [line.split() for line in open(f'{folder}/order')]
    shapes = [tuple(map(int, words[1:])) for words in order]
    start = [read(f'{folder}/start{i}', s) for i, s in enumerate(shapes)]
    labels = read(f'{folder}/labels', -1, np.int32)
    x = read(f'{folder}/x', (len(labels), *image))
    peers = {'JAX': steps_of_jax(layers, start, x, labels)}
    if torch:
        peers['PyTorch'] = steps_of_torch(layers, start, x, labels)
    wrong = 0
    for backend in sorted(d for d in os.listdir(folder) if os.path.isdir(f'{folder}/{d}')):
        own = [read(f'{folder}/{backend}/losses', STEPS)]
        own += [read(f'{folder}/{backend}/{i}', s) for i, s in enumerate(shapes)]
        for peer, theirs in peers.items():
            errors = [np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-30) for a, b in zip(own, theirs)]
            good = max(errors) <= TOLERANCE
            wrong += not good
            print(f'{os.path.basename(folder)}: {backend} against {peer}, {STEPS} steps: losses '
                  f'{errors[0]:.1e}, parameters {max(errors[1:]):.1e}' + ('' if good else '  WRONG'))
    return wrong


if __name__ == '__main__':
    folders = sorted(f.path for f in os.scandir(sys.argv[1]) if f.is_dir())
    sys.exit(1 if sum(map(compare, folders)) else 0)
