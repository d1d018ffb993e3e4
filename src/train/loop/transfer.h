#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "nn/model.h"
#include "train/loop/checkpoint.h"

namespace pullback {

/// The weights of a safetensors file by the model's names, whether Pullback wrote it or it has
/// torchvision's names of a residual network.
Checkpoint read_weights(const Model& model, const std::string& file);

/// What a weight is in evaluation: the parameter's running average if the file has one.
const Tensor& trained_weight(const Checkpoint& checkpoint, const Parameter& weight,
                             const std::string& file);

/// How the images were normalized with which a file's weights were trained, if it says so.
std::optional<Normalization> normalization_of(const Checkpoint& checkpoint,
                                              const std::string& file);

/// Fine-tuning: puts the weights (parameters, running statistics) of a safetensors file in the
/// place of the starting values of the same name and shape. Those of the last layer that has
/// parameters, the head, may be missing or of another shape, and keep their starting values. Throws
/// Error that names the file and what is missing of the others.
void take_weights(const Model& model, const std::string& file, std::vector<Tensor>& start);

}  // namespace pullback
