#pragma once

#include "nn/network.h"

/// EfficientNets, for 1,000 classes of photos of 224 × 224 pixels.
namespace pullback {

/// The network that the others scale up: 5,288,548 parameters.
Network efficientnet_b0();

}  // namespace pullback
