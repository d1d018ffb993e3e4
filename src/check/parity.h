#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nn/network.h"
#include "run/executable.h"
#include "train/optimizer.h"

namespace pullback {

/// How far a tensor is from what exact arithmetic would give, nearly: the interpreter in f64.
struct Distance {
  double relative = 0;  ///< the largest |a - b|, relative to `scale`
  double ulps = 0;      ///< the median |a - b| in units of the last place of `scale` in f32
};
/// `scale`: the tensor's largest element, in any of the steps (a loss may vanish in time).
Distance distance(const Tensor& value, const Tensor& reference, double scale);
/// The largest |x|.
double largest(const Tensor& tensor);

/// A backend in a comparison.
struct Contender {
  std::string backend, device;
  std::string problem = {};              ///< why it did not run; "" if it did
  std::vector<Distance> distances = {};  ///< of each result of the step
};

struct ParityOptions {
  int64_t batch = 2, steps = 10;
  uint64_t seed = 1;
  double rate = 1e-3;  ///< small, so that the loss, whose relative error counts, does not vanish
  int threads = 0;
};

/// A train step's results after some steps, by several backends.
struct Parity {
  /// The largest relative error at which backends agree.
  static constexpr double tolerance = 1e-4;
  std::vector<ValueInfo> results;  ///< parameters, optimizer state, loss, metrics
  std::vector<Contender> contenders;
  bool passed() const;  ///< of those that ran
};

/// Runs the printed train step `steps` times from the same parameters on the same batch: by the
/// interpreter in f64, which is the reference, and by each contender. One that throws Error is
/// reported with its message.
Parity compare_backends(const Network& network, const Optimizer& optimizer,
                        std::vector<Contender> contenders, const ParityOptions& options);

}  // namespace pullback
