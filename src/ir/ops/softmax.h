#pragma once

#include "ir/ops/op.h"

/// Composites over one axis with closed-form VJPs; passes/lower expands them to core ops.
namespace pullback {

/// y = exp(x) / Σ exp(x) along `dimension`. Rank-1 trick: d.x = y · (d.y - Σ y · d.y).
struct Softmax {
  static constexpr OpInfo info{.name = "softmax",
                               .trick = Trick::rank1,
                               .equation = "y[i] = exp(x[i]) / Σ_j exp(x[j])",
                               .composite = true};
  int64_t dimension = 0;

  Attributes attributes() const;
  Type infer(Types in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Softmax&) const = default;
};

/// y = x - ln Σ exp(x) along `dimension`. Rank-1 trick: d.x = d.y - softmax(x) · Σ d.y.
struct LogSoftmax {
  static constexpr OpInfo info{.name = "log_softmax",
                               .trick = Trick::rank1,
                               .equation = "y[i] = x[i] - ln Σ_j exp(x[j])",
                               .composite = true};
  int64_t dimension = 0;

  Attributes attributes() const;
  Type infer(Types in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const LogSoftmax&) const = default;
};

/// Operands (logits, labels) of shape [rows, classes]; result[n] = -Σ_j labels[n, j] ·
/// log_softmax(logits)[n, j]. d.logits = (softmax(logits) · Σ labels - labels) · d.loss.
struct SoftmaxCrossEntropy {
  static constexpr OpInfo info{.name = "softmax_cross_entropy",
                               .trick = Trick::rank1,
                               .equation = "y[n] = -Σ_j l[n, j] · ln softmax(x[n])[j]",
                               .composite = true};

  Attributes attributes() const { return {}; }
  Type infer(Types in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const SoftmaxCrossEntropy&) const = default;
};

}  // namespace pullback
