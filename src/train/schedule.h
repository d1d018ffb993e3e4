#pragma once

#include <cstdint>
#include <string>

namespace pullback {

/// How the learning rate goes from step to step; as text (--schedule) its name and numbers. η is
/// --lr, s the step of S, e the epoch, with its fraction for exponential.
///   constant            η
///   step:E:F            η F^⌊e/E⌋; every 30 epochs a tenth unless it says otherwise
///   cosine              η/2 (1 + cos(π s/S)) (Loshchilov and Hutter, arXiv:1608.03983)
///   exponential:F       η F^e
///   one-cycle:P         from η/25 up to η over the share P of the steps, 0.3 unless it says
///                       otherwise, then down to η/250000, both as a half cosine, as PyTorch's
///                       OneCycleLR (Smith and Topin, arXiv:1708.07120)
struct Schedule {
  enum class Kind : uint8_t { constant, step, cosine, exponential, one_cycle };
  Kind kind = Kind::cosine;
  double epochs = 30, factor = 0.1, peak = 0.3;

  std::string text() const;
  bool operator==(const Schedule&) const = default;
};

/// Throws Error that lists the names, or says which number is wrong.
Schedule parse_schedule(const std::string& text);

/// A step of a run.
struct StepPlace {
  int64_t step = 0, steps = 1, steps_per_epoch = 1;
};

/// The learning rate of a step. The first `warmup` epochs rise linearly to η, (s+1)/W η in W steps;
/// the schedule takes the steps after them.
float rate_at(const Schedule& schedule, double rate, double warmup, const StepPlace& place);

}  // namespace pullback
