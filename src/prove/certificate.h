#pragma once

#include <string>

#include "train/optimizer.h"

namespace pullback {

/// What Coq is asked about one train step.
struct Claim {
  Graph
      forward;  ///< its first `parameters` arguments are the parameters, its first result the loss
  size_t parameters = 0;
  Optimizer optimizer;
  std::string step;  ///< the step's text, wherever it was made
};

/// The file `Certificate.v`: the forward graph, the packed text, the theorem that the general one
/// gives for them, the conditions that it leaves open, and its assumptions.
std::string certificate(const Claim& claim);

/// A file that makes Coq compute where the certificate of `claim` fails.
std::string diagnosis(const Claim& claim);

/// What such files begin with, and their definitions of `net`, `opt` and `words`.
std::string certificate_imports();
std::string certificate_definitions(const Claim& claim);

/// "θ' = θ - η g": what is proven of a parameter.
std::string equation(const Optimizer& optimizer);

}  // namespace pullback
