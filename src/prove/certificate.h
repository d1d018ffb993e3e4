#pragma once

#include <string>
#include <vector>

#include "train/optimizer.h"

namespace pullback {

/// What Coq is asked about one train step.
struct Claim {
  Graph forward;  ///< as make_train_step() takes it
  size_t parameters = 0;
  Optimizer optimizer = Sgd{};
  std::string step;  ///< the step's text, wherever it was made
  size_t statistics = 0;
};

/// The file `Certificate.v`: the forward graph, the packed text, the theorem that the general one
/// gives for them, the conditions that it leaves open, and its assumptions.
std::string certificate(const Claim& claim);

/// A file that makes Coq compute where the certificate of `claim` fails.
std::string diagnosis(const Claim& claim);

/// What such files begin with, and their definitions of `net`, `opt` and `words`.
std::string certificate_imports();
std::string certificate_definitions(const Claim& claim);

/// "θ' = θ - η g": what is proven of a parameter, and how g comes about if not by the loss alone.
std::vector<std::string> equation(const Optimizer& optimizer);

}  // namespace pullback
