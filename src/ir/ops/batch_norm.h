#pragma once

#include <string>

#include "ir/ops/op.h"

/// Batch normalisation in training: a composite with a closed VJP; passes/lower expands it to core
/// ops. In evaluation it is affine, made of core ops (nn/normalisation.cpp).
namespace pullback {

/// Operands (x, scale, offset): x has any rank, scale and offset are tensor<C> for the C features
/// on axis `feature_index`. With mean m and variance v (of the whole population) of a feature's n
/// elements, h = (x - m) / √(v + ε) and y = h scale + offset. Rank-1 trick, three terms:
///   d.x = scale / √(v + ε) · (d.y - 1/n Σ d.y - h · 1/n Σ d.y h),
///   d.scale = Σ d.y h,   d.offset = Σ d.y.
struct BatchNormTraining {
  static constexpr OpInfo info{
      .name = "batch_norm_training",
      .trick = Trick::rank1,
      .equation = "y[..c..] = s[c] (x[..c..] - mean(x, c)) / √(variance(x, c) + ε) + o[c]",
      .composite = true};
  int64_t feature_index = 0;
  Decimal epsilon{1, -5};  ///< positive

  Attributes attributes() const;
  Type infer(Types in) const;  // batch_norm_training_c1 to c4
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const BatchNormTraining&) const = default;
};

/// The elements of each feature of x: their sum, count, mean; x - mean; the sum of its squares and
/// the variance, with core ops. Names are prefix + "sum" and so on; without a prefix they are made.
struct FeatureMoments {
  Value sum, count, mean, centred, total, variance;
};
FeatureMoments feature_moments(Builder& b, Value x, int64_t feature_index,
                               const std::string& prefix = "");
/// How many elements each feature of a tensor of this shape has.
int64_t feature_size(const Shape& shape, int64_t feature_index);
/// (x - mean) and 1/√(variance + ε); their product. Names as above.
struct FeatureNormalised {
  FeatureMoments moments;
  Value rstd, normalised;
};
FeatureNormalised feature_normalised(Builder& b, Value x, int64_t feature_index,
                                     const Decimal& epsilon, const std::string& prefix = "");

}  // namespace pullback
