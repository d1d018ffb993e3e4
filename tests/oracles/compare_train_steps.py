"""compare_train_steps.py FOLDER: makes the ten steps of write_train_steps in PyTorch, float64, and
compares losses, parameters, velocities and running statistics: the interpreter's in f64 at most 1e-9
apart, native's in f32 at most 1e-4, of the largest element where that is above 1; not of networks
that amplify rounding more."""
import json
import pathlib
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

from torchvision_nets import TORCHVISION, Torchvision

torch.set_default_dtype(torch.float64)
TOLERANCES = {"f64": 1e-9, "native f32": 1e-4}


def read(path):
    """The tensors of a safetensors file, in the order of their data, and its texts."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    texts = header.pop("__metadata__")
    kinds = {"F64": np.float64, "I32": np.int32}
    tensors = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[begin:end], kinds[entry["dtype"]])
        tensors[name] = torch.tensor(values.reshape(entry["shape"]))
    return tensors, texts


class Net:
    """Layers by their names in Pullback; images are [N, C, H, W] here, kernels HWIO there."""

    def __init__(self, start):
        self.weights = {name: value.clone() for name, value in start.items()}
        self.trained = [n for n in start if not n.endswith((".mean", ".variance"))]
        for name in self.trained:
            self.weights[name].requires_grad_(True)

    def layout(self, name, value):
        """The value of a weight as Pullback has it."""
        return value

    def conv_bn(self, name, x, stride=1, padding=1, relu=True):
        w = self.weights
        y = F.conv2d(x, w[name + ".weight"].permute(3, 2, 0, 1), None, stride, padding)
        y = F.batch_norm(y, w[name + ".mean"], w[name + ".variance"], w[name + ".scale"],
                         w[name + ".offset"], training=True, momentum=0.1, eps=1e-5)
        return F.relu(y) if relu else y

    def dense(self, name, x):
        return x @ self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def stage(self, name, x, blocks, stride):
        for k in range(1, blocks + 1):
            block, s = f"{name}.block{k}", stride if k == 1 else 1
            y = self.conv_bn(block + ".conv_bn1", x, s)
            y = self.conv_bn(block + ".conv_bn2", y, relu=False)
            if block + ".conv_bn3.weight" in self.weights:
                x = self.conv_bn(block + ".conv_bn3", x, s, 0, relu=False)
            x = F.relu(x + y)
        return x


def cifar_cnn_bn(net, x):
    for name in ("conv_bn1", "conv_bn2", "pool", "conv_bn3", "conv_bn4", "pool"):
        x = F.max_pool2d(x, 2) if name == "pool" else net.conv_bn(name, x)
    x = x.permute(0, 2, 3, 1).flatten(1)
    return net.dense("dense2", F.relu(net.dense("dense1", x)))


def cifar_resnet20(net, x):
    x = net.conv_bn("conv_bn1", x)
    for k, stride in enumerate((1, 2, 2), 1):
        x = net.stage(f"basic_block{k}", x, 3, stride)
    return net.dense("dense1", x.mean((2, 3)))


def resnet34(net, x):
    x = F.max_pool2d(net.conv_bn("conv_bn1", x, 2, 3), 3, 2, 1)
    for k, (blocks, stride) in enumerate(((3, 1), (4, 2), (6, 2), (3, 2)), 1):
        x = net.stage(f"basic_block{k}", x, blocks, stride)
    return net.dense("dense1", x.mean((2, 3)))


NETWORKS = {"cifar-cnn-bn": cifar_cnn_bn, "cifar-resnet20": cifar_resnet20, "resnet34": resnet34}


def part(tensors, prefix):
    return {n[len(prefix) :]: t for n, t in tensors.items() if n.startswith(prefix)}


def compare(path):
    tensors, texts = read(path)
    name, start = texts["network"], part(tensors, "start/")
    if name in TORCHVISION:
        last = [n for n in start if n.startswith("dense") and n.endswith(".bias")][-1]
        net = Torchvision(start, name, len(start[last]))
        forward = lambda net, x: net.model(x)
    else:
        net, forward = Net(start), NETWORKS[name]
    decays = [net.weights[n] for n in net.trained if net.weights[n].dim() >= 2]
    others = [net.weights[n] for n in net.trained if net.weights[n].dim() < 2]
    optimizer = torch.optim.SGD([{"params": decays, "weight_decay": 5e-4}, {"params": others}],
                                lr=float(texts["rate"]), momentum=0.9)
    worst = dict.fromkeys(TOLERANCES, 0.0)

    def note(kind, found, expected):
        size = 1 if kind == "f64" else max(1, expected.abs().max().item())
        worst[kind] = max(worst[kind], (found - expected).abs().max().item() / size)

    for step, expected in enumerate(tensors["losses"]):
        labels = tensors[f"labels{step}"]
        labels = labels if labels.is_floating_point() else labels.long()
        logits = forward(net, tensors[f"x{step}"].permute(0, 3, 1, 2))
        loss = F.cross_entropy(logits, labels, label_smoothing=float(texts["smoothing"]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        note("f64", loss.detach(), expected)
        note("native f32", tensors["native_losses"][step], loss.detach())
    natively = part(tensors, "native/")
    for name, expected in part(tensors, "end/").items():
        of, _, state = name.partition("$")
        found = net.weights[of].detach()
        if state:
            found = optimizer.state[net.weights[of]]["momentum_buffer"]
        found = net.layout(of, found)
        note("f64", found, expected)
        note("native f32", natively[name], found)
    print(f"{path.stem}: {len(tensors['losses'])} steps, last loss {loss.item():.4f}, largest difference "
          + ", ".join(f"{kind} {value:.1e}" for kind, value in worst.items()), flush=True)
    kinds = TOLERANCES if texts["natively"] == "yes" else ["f64"]
    return all(worst[kind] <= TOLERANCES[kind] for kind in kinds)


files = sorted(pathlib.Path(sys.argv[1]).glob("*.safetensors"))
results = [compare(path) for path in files]
sys.exit(0 if files and all(results) else 1)
