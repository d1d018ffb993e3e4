#pragma once

#include <chrono>

#include "train/loop/trainer.h"

namespace pullback::cli {

/// Shows a run's progress on standard error: on a terminal a bar that redraws itself, else a line
/// per epoch and one every ten seconds.
class ProgressDisplay {
 public:
  ProgressDisplay();
  void show(const Progress& progress);
  /// Removes the bar.
  void clear();

 private:
  void bar(const Progress& progress);
  void line(const Progress& progress);

  bool terminal_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace pullback::cli
