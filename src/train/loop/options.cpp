#include "train/loop/options.h"

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace pullback {

std::string_view to_string(Schedule schedule) {
  return schedule == Schedule::constant ? "constant" : "cosine";
}

Schedule schedule_named(std::string_view name) {
  for (Schedule s : {Schedule::constant, Schedule::cosine}) {
    if (to_string(s) == name) return s;
  }
  throw Error("there is no schedule '" + std::string(name) + "'; choose constant or cosine");
}

float rate_at(Schedule schedule, double rate, int64_t step, int64_t steps) {
  if (schedule == Schedule::constant) return static_cast<float>(rate);
  double progress = static_cast<double>(step) / static_cast<double>(steps);
  return static_cast<float>(rate / 2 * (1 + std::cos(std::numbers::pi * progress)));
}

void check_options(const TrainOptions& options) {
  auto reject = [](const std::string& option, const std::string& value, const char* rule) {
    throw Error(option + " is " + value + "; " + rule);
  };
  if (options.epochs < 1) {
    reject("--epochs", std::to_string(options.epochs), "it must be at least 1");
  }
  if (options.batch < 1) reject("--batch", std::to_string(options.batch), "it must be at least 1");
  if (!std::isfinite(options.rate) || options.rate <= 0) {
    reject("--lr", std::to_string(options.rate), "it must be a positive number, e.g. 0.05");
  }
  if (options.threads < 0 || options.threads > 1024) {
    reject("--threads", std::to_string(options.threads),
           "it must be between 1 and 1024, or 0 for all cores");
  }
  optimizer_named(options.optimizer);
}

TrainOptions default_options(const std::string& net) {
  TrainOptions options;
  options.net = net;
  if (net == "mnist-linear") {
    options.epochs = 10;
    options.rate = 0.01;
  } else if (net == "mnist-mlp") {
    options.epochs = 10;
    options.rate = 0.05;
  } else if (net == "mnist-cnn") {
    options.epochs = 6;
    options.rate = 0.02;
  } else {
    options.rate = 0.02;
  }
  return options;
}

}  // namespace pullback
