#pragma once

#include <string>
#include <vector>

#include "train/loop/evaluator.h"

namespace pullback {

/// The confusion matrix as an SVG: true classes down, predicted ones across, shaded by their share
/// of the row; numbers where there are at most 30 classes.
std::string draw_confusion(const std::string& title, const Evaluation& evaluation,
                           const std::vector<std::string>& class_names);

}  // namespace pullback
