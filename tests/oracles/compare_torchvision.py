"""compare_torchvision.py write FOLDER: networks of torchvision with random weights and statistics,
with images and the logits of the networks in float64: `<network>.safetensors`, the weights by
torchvision's names, and `<network>.images`, "images" [N, H, W, C] and "logits".
compare_torchvision.py compare FOLDER: the logits that write_torchvision_logits found,
`<network>.logits`, beside them: "f64" at most 1e-9 apart, "f32" 1e-4, of the largest."""
import json
import pathlib
import struct
import sys

import numpy as np
import torch
import torchvision

NETWORKS = {"resnet34": 64, "resnet50": 32}
TOLERANCES = {"f64": 1e-9, "f32": 1e-4}
KINDS = {"F64": np.float64, "F32": np.float32, "I64": np.int64}


def write(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().contiguous().numpy()
        kind = next(k for k, v in KINDS.items() if v == values.dtype)
        offsets = [len(data), len(data) + values.nbytes]
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": offsets}
        data += values.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], KINDS[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_all(folder):
    folder.mkdir(parents=True)
    for name, size in NETWORKS.items():
        torch.manual_seed(1)
        network = getattr(torchvision.models, name)(weights=None).eval()
        for key, value in network.state_dict().items():
            if key.endswith("running_mean"):
                value.normal_(0, 0.1)
            elif key.endswith("running_var"):
                value.uniform_(0.5, 1.5)
            elif "bn" in key or "downsample.1" in key:
                value.add_(0.2 * torch.randn(value.shape)) if value.is_floating_point() else None
        write(folder / f"{name}.safetensors", network.state_dict())
        images = torch.randn(2, size, size, 3)
        with torch.no_grad():
            logits = network.double()(images.double().permute(0, 3, 1, 2))
        write(folder / f"{name}.images", {"images": images, "logits": logits})


def compare_all(folder):
    passed = True
    for name in NETWORKS:
        wanted = read(folder / f"{name}.images")["logits"]
        found = read(folder / f"{name}.logits")
        for kind, tolerance in TOLERANCES.items():
            error = np.abs(found[kind] - wanted).max() / np.abs(wanted).max()
            print(f"{name} {kind}: largest difference {error:.1e} of the largest logit")
            passed = passed and error <= tolerance
    return passed


folder = pathlib.Path(sys.argv[2])
if sys.argv[1] == "write":
    write_all(folder)
else:
    sys.exit(0 if compare_all(folder) else 1)
