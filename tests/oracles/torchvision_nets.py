"""Torchvision's own networks with Pullback's weights, for compare_train_steps.py."""
import torch
import torchvision

TORCHVISION = {"mobilenetv2": torchvision.models.mobilenet_v2,
               "mobilenetv3-large": torchvision.models.mobilenet_v3_large,
               "efficientnet-b0": torchvision.models.efficientnet_b0}


class Hardsigmoid(torch.nn.Module):
    """PyTorch's own has the slope 1/6 in single precision, 5e-9 off, for doubles too."""

    def forward(self, x):
        return torch.nn.functional.relu6(x + 3) / 6


class Torchvision:
    """A network of torchvision, whose parameters come in the order of Pullback's."""

    def __init__(self, start, network, classes):
        self.model = TORCHVISION[network](num_classes=classes)
        self.trained = [n for n in start if not n.endswith((".mean", ".variance"))]
        statistics = [n for n in start if n not in self.trained]
        buffers = [b for n, b in self.model.named_buffers() if not n.endswith("num_batches_tracked")]
        self.weights = dict(zip(self.trained, self.model.parameters(), strict=True))
        self.weights |= dict(zip(statistics, buffers, strict=True))
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(self.theirs(start[name], weight.shape))
        for module in self.model.modules():  # the test drops nothing
            if isinstance(module, (torch.nn.Dropout, torchvision.ops.StochasticDepth)):
                module.p = 0.0
            if isinstance(getattr(module, "scale_activation", None), torch.nn.Hardsigmoid):
                module.scale_activation = Hardsigmoid()
        self.shapes = {n: v.shape for n, v in start.items()}

    @staticmethod
    def theirs(value, shape):
        value = value.permute(3, 2, 0, 1) if value.dim() == 4 else value.mT if value.dim() == 2 else value
        return value.reshape(shape)  # a dense layer may be a 1 x 1 convolution there

    def layout(self, name, value):
        shape = self.shapes[name]
        if len(shape) == 4:
            return value.permute(2, 3, 1, 0)
        return value.reshape(shape[::-1]).mT if len(shape) == 2 else value
