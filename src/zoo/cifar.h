#pragma once

#include "nn/network.h"

/// Networks for CIFAR-10's 32 × 32 colour images.
namespace pullback {

/// Four convolutions and two dense layers, without batch norm.
Network cifar_cnn();
/// The same with batch norm after every convolution.
Network cifar_cnn_bn();
/// 20 layers in three stages of 16, 32 and 64 channels.
Network cifar_resnet20();

}  // namespace pullback
