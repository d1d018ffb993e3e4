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
  /// Of a program that was read from a file: its text, and for each argument as it takes them the
  /// number in `forward`.
  std::string function = {};
  std::vector<size_t> places = {};
};

/// What Coq is asked about the gradient function of a program.
struct GradientClaim {
  Graph forward;               ///< the program, its arguments that are differentiated by first
  size_t parameters = 0;       ///< how many these are
  std::vector<size_t> places;  ///< for each argument as the program takes them, its number there
  std::string function;        ///< the program's text
  std::string gradient;        ///< the gradient function's text, wherever it was made
};
/// The claim about gradient_function(part, wrt), with the texts that Pullback prints.
GradientClaim gradient_claim(const Graph& part, const std::vector<size_t>& wrt);

/// Throws Error that names the first value whose op or element type no certificate can contain.
void require_provable(const Graph& graph);

/// The file `Certificate.v`: the forward graph, the packed text, the theorem that the general one
/// gives for them, the conditions that it leaves open, and its assumptions.
std::string certificate(const Claim& claim);
std::string certificate(const GradientClaim& claim);

/// A file that makes Coq compute where the certificate of `claim` fails.
std::string diagnosis(const Claim& claim);
std::string diagnosis(const GradientClaim& claim);

/// What such files begin with, and their definitions: of `net`, `words`, for a train step `opt`,
/// for a program that was read from a file `order` and `function_words`.
std::string certificate_imports();
std::string certificate_definitions(const Claim& claim);
std::string certificate_definitions(const GradientClaim& claim);

/// "θ' = θ - η g": what is proven of a parameter, and how g comes about if not by the loss alone.
std::vector<std::string> equation(const Optimizer& optimizer);

}  // namespace pullback
