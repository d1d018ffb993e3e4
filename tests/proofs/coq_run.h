#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

/// Programs and their expected results as terms of proofs/Float/Run.v, to be run by Coq.
namespace pullback::test {

/// A result and what it should be, NaNs being equal; an error of `tolerance` times the expected
/// value, or times 1 if that is larger, is allowed.
struct Expected {
  Value value;
  Tensor tensor;
  double tolerance = 0;
};

/// Whether a result is what it should be.
bool close(const Tensor& actual, const Expected& expected);

/// "Case …": the graph run from these arguments. A constant without NaN is the op Constant, one
/// with NaN is given, as the arguments are.
std::string coq_case(const std::string& title, const Graph& graph,
                     const std::vector<Tensor>& arguments, const std::vector<Expected>& expected);

/// Cases to run by one of the semantics of Run.v.
struct CoqRun {
  std::string meaning;  ///< "plain" or "fast"
  std::vector<std::string> cases;
};

/// A file that runs the cases and prints the outcome of those that fail. Coq rejects it unless
/// these are the `failing` ones, in order.
std::string coq_file(const std::vector<CoqRun>& runs, const std::vector<std::string>& failing = {});

}  // namespace pullback::test
