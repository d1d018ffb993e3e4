#pragma once

#include <cstdint>
#include <string>

#include "nn/network.h"
#include "train/optimizer.h"

namespace pullback {

/// How the learning rate goes from its first value over all steps.
enum class Schedule : uint8_t { constant, cosine };
std::string_view to_string(Schedule schedule);
/// Throws Error that lists the names.
Schedule schedule_named(std::string_view name);

/// The learning rate of step `step` of `steps`: cosine falls to 0, η/2 (1 + cos(π step/steps))
/// (Loshchilov and Hutter, arXiv:1608.03983).
float rate_at(Schedule schedule, double rate, int64_t step, int64_t steps);

/// Everything that determines a run.
struct TrainOptions {
  std::string net;  ///< as given: a name of the zoo or a file
  int64_t epochs = 10;
  int64_t batch = 128;
  double rate = 0.05;
  Schedule schedule = Schedule::cosine;
  std::string optimizer = "momentum";
  uint64_t seed = 1;
  int threads = 0;
  std::string backend = "native";
  std::string data;    ///< folder of the data set
  std::string folder;  ///< of the run
};

/// Throws Error naming the first option that cannot be, with what it may be.
void check_options(const TrainOptions& options);

/// The settings with which a network of the zoo reaches its accuracy; for others sensible ones.
TrainOptions default_options(const std::string& net);

}  // namespace pullback
