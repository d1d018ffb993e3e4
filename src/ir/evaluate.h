#pragma once

#include <vector>

#include "ir/graph.h"

namespace pullback {

/// The reference evaluation of a program, also of those inside ops: each instruction by its eval,
/// those of one op of several results together.
class Evaluation {
 public:
  /// Runs `graph` on arguments of its arguments' types, which must outlive this. Without
  /// `keep_all`, values other than the results go when nothing needs them any more.
  Evaluation(const Graph& graph, Tensors arguments, bool keep_all);

  const Tensor& value(Value v) const;
  /// The value, taken out of here where it is not an argument.
  Tensor take(Value v);

 private:
  void step(size_t begin, size_t end);

  const Graph& graph_;
  Tensors arguments_;
  std::vector<Tensor> computed_;  ///< by instruction
};

/// The results of a program at these arguments.
std::vector<Tensor> run_region(const Graph& graph, Tensors arguments);

}  // namespace pullback
