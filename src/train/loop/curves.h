#pragma once

#include <string>
#include <vector>

#include "train/loop/log.h"

namespace pullback {

/// An SVG of loss (logarithmic) and accuracy over the epochs: training as a line, the test after
/// each epoch as a line with dots.
std::string draw_curves(const std::string& title, const std::vector<LogEntry>& entries);

/// A run for a comparison.
struct NamedLog {
  std::string name;
  std::vector<LogEntry> entries;
};

/// An SVG of the test accuracy over the epochs, a colour per run.
std::string draw_comparison(const std::vector<NamedLog>& runs);

}  // namespace pullback
