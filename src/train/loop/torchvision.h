#pragma once

#include "data/dataset.h"
#include "nn/model.h"
#include "train/loop/checkpoint.h"

namespace pullback {

/// The mean and deviation of ImageNet's pictures by which torchvision's networks were trained.
inline constexpr Normalization imagenet_normalization{{0.485f, 0.456f, 0.406f},
                                                      {0.229f, 0.224f, 0.225f}};

/// Torchvision's name of a residual network's weight: of
/// "basic_block2.block1.conv_bn1.weight" "layer2.0.conv1.weight"; "" if it has none.
std::string torchvision_name(const std::string& weight);

/// Whether the file has a residual network's weights by torchvision's names ("conv1.weight",
/// "bn1.running_mean", "layer1.0.conv1.weight", …).
bool has_torchvision_names(const Checkpoint& checkpoint);

/// The file's weights by the model's names and as it takes them, in f32: kernels of shape [out,
/// in, height, width] become [height, width, in, out], the matrix of the head [out, in] becomes
/// [in, out]. What the model has no use for is left out, and what the file lacks is missing.
Checkpoint from_torchvision(const Checkpoint& checkpoint, const Model& model);

}  // namespace pullback
