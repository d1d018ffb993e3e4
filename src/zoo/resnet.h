#pragma once

#include "nn/network.h"

/// Residual networks for ImageNet (He et al., arXiv:1512.03385, table 1).
namespace pullback {

/// 34 layers of basic blocks: 21,797,672 parameters.
Network resnet34();
/// 50 layers of bottlenecks, the stride in their 3 × 3 convolutions (v1.5): 25,557,032 parameters.
Network resnet50();

}  // namespace pullback
