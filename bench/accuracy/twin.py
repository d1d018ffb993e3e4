"""twin.py NET DATA SEED [--epochs N] [--lr RATE]: what `recipe` trains, in PyTorch, float32.
DATA: cifar10:FOLDER of binary files (gzipped or not), or folder:FILE.tar.gz of train/CLASS/NAME.jpg
and test/CLASS/NAME.jpg. Prints the accuracy on the test images after each epoch."""
import argparse
import gzip
import io
import math
import pathlib
import tarfile
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def binary_files(folder):
    def images(pattern):
        records = []
        for path in sorted(pathlib.Path(folder).glob(pattern)):
            data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
            records.append(np.frombuffer(data, np.uint8).reshape(-1, 3073))
        rows = np.concatenate(records)
        return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64)

    return images("data_batch_*.bin*"), images("test_batch.bin*")


def pictures(archive):
    from PIL import Image
    splits = {"train": ([], []), "test": ([], [])}
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            parts = pathlib.PurePath(member.name).parts
            if not member.isfile() or len(parts) < 3 or parts[-3] not in splits:
                continue
            image = Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB")
            splits[parts[-3]][0].append(np.asarray(image).transpose(2, 0, 1))
            splits[parts[-3]][1].append(parts[-2])
    names = sorted(set(splits["train"][1]))
    return [(np.stack(x), np.array([names.index(c) for c in y])) for x, y in splits.values()]


def conv_bn(inputs, outputs, kernel=3, stride=1, padding=1, relu=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU()] if relu else []))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(conv_bn(inputs, outputs, stride=stride),
                                  conv_bn(outputs, outputs, relu=False))
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else conv_bn(inputs, outputs, 1, stride, 0, False)

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def network(name):
    if name == "cifar-cnn-bn":
        return nn.Sequential(conv_bn(3, 32), conv_bn(32, 32), nn.MaxPool2d(2), conv_bn(32, 64),
                             conv_bn(64, 64), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4096, 512),
                             nn.ReLU(), nn.Linear(512, 10))
    blocks, inputs = [conv_bn(3, 16)], 16
    for outputs, stride in ((16, 1), (32, 2), (64, 2)):
        for k in range(3):
            blocks.append(Block(inputs, outputs, stride if k == 0 else 1))
            inputs = outputs
    return nn.Sequential(*blocks, Mean(), nn.Linear(64, 10))


def initialise(net):
    """As Pullback does: normal, of variance 2 / inputs; 1 / inputs for the last layer."""
    layers = [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    for layer in layers:
        inputs = layer.weight[0].numel()
        nn.init.normal_(layer.weight, 0, math.sqrt((1 if layer is layers[-1] else 2) / inputs))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def augmented(images):
    """crop:4 of black pixels, and flip."""
    n = len(images)
    padded = F.pad(images, (4, 4, 4, 4))
    dy, dx = torch.randint(0, 9, (2, n, 1, 1))
    rows = dy + torch.arange(32).view(1, 32, 1)
    columns = dx + torch.arange(32).view(1, 1, 32)
    columns = torch.where(torch.rand(n, 1, 1) < 0.5, columns.flip(2), columns)
    return padded[torch.arange(n).view(n, 1, 1), :, rows, columns].permute(0, 3, 1, 2)


def main():
    usual = {"cifar-cnn-bn": (15, 0.1), "cifar-resnet20": (20, 0.3)}
    parser = argparse.ArgumentParser()
    parser.add_argument("net", choices=usual)
    parser.add_argument("data")
    parser.add_argument("seed", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--lr", type=float)
    given = parser.parse_args()
    epochs, rate = given.epochs or usual[given.net][0], given.lr or usual[given.net][1]
    kind, _, place = given.data.partition(":")
    (x, y), (test_x, test_y) = binary_files(place) if kind == "cifar10" else pictures(place)
    x, y, test_x, test_y = map(torch.tensor, (x, y, test_x, test_y))
    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
    deviation = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)

    torch.manual_seed(given.seed)
    net = network(given.net).to(memory_format=torch.channels_last)
    initialise(net)
    vectors = [p for p in net.parameters() if p.dim() < 2]
    others = [p for p in net.parameters() if p.dim() >= 2]
    optimizer = torch.optim.SGD([{"params": others, "weight_decay": 5e-4}, {"params": vectors}],
                                lr=rate, momentum=0.9, nesterov=True)
    steps = len(x) // 128
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, epochs * steps, cycle_momentum=False)
    start = time.time()
    for epoch in range(epochs):
        net.train()
        order = torch.randperm(len(x))
        for k in range(steps):
            rows = order[128 * k : 128 * (k + 1)]
            images = (augmented(x[rows]).float() / 255 - mean) / deviation
            loss = F.cross_entropy(net(images.contiguous(memory_format=torch.channels_last)), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        net.eval()
        correct = 0
        with torch.no_grad():
            for k in range(0, len(test_x), 500):
                images = (test_x[k : k + 500].float() / 255 - mean) / deviation
                correct += (net(images).argmax(1) == test_y[k : k + 500]).sum().item()
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}, test accuracy {correct / len(test_x):.4f}, "
              f"{time.time() - start:.0f} s", flush=True)


main()
