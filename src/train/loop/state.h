#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "train/loop/checkpoint.h"

namespace pullback {

/// Loss and accuracy summed over some steps.
struct Sums {
  double loss = 0;
  int64_t correct = 0, steps = 0;
  double seconds = 0;

  void add(double step_loss, int64_t step_correct, double step_seconds) {
    loss += step_loss;
    correct += step_correct;
    ++steps;
    seconds += step_seconds;
  }
  double mean_loss() const { return loss / static_cast<double>(steps); }
  double accuracy(int64_t batch) const {
    return static_cast<double>(correct) / static_cast<double>(steps * batch);
  }
};

/// Where a run is, beside its tensors.
struct RunState {
  int64_t step = 0;          ///< steps done
  double seconds = 0;        ///< spent in steps
  Sums line, epoch;          ///< since the last line of the log, and since the epoch began
  double best_accuracy = 0;  ///< of the evaluations; the first of equals
  int64_t best_step = 0;     ///< 0: there was none
  int64_t since_best = 0;    ///< evaluations after it
};

/// The state as metadata of a checkpoint, exact to the last bit, and back. Reading throws Error
/// that names `file` for what is missing or no number.
void add_state(const RunState& state, std::map<std::string, std::string>& metadata);
RunState read_state(const Checkpoint& checkpoint, const std::string& file);

}  // namespace pullback
