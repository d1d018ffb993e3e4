#pragma once

#include <string>
#include <vector>

#include "nn/model.h"

namespace pullback {

/// Fine-tuning: puts the weights (parameters, running statistics) of a safetensors file in the
/// place of the starting values of the same name and shape. Those of the last layer that has
/// parameters, the head, may be missing or of another shape, and keep their starting values. Throws
/// Error that names the file and what is missing of the others.
void take_weights(const Model& model, const std::string& file, std::vector<Tensor>& start);

}  // namespace pullback
