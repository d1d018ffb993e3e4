#pragma once

#include "nn/network.h"

/// MobileNets, for 1,000 classes of photos of 224 × 224 pixels, and one for CIFAR.
namespace pullback {

/// Inverted residuals with ReLU6: 3,504,872 parameters.
Network mobilenetv2();

/// Found by search, with squeeze-and-excitation and h-swish: 5,483,032 parameters.
Network mobilenetv3_large();

/// mobilenetv2 for images of 32 × 32 pixels: no stride in its first layers, 10 classes; 2,236,682
/// parameters.
Network cifar_mobilenetv2();

}  // namespace pullback
