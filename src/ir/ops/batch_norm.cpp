#include "ir/ops/batch_norm.h"

#include <cmath>

#include "ir/builder.h"

namespace pullback {

namespace {

/// prefix + suffix; "" for a name that is made.
std::string named(const std::string& prefix, const char* suffix) {
  return prefix.empty() ? "" : prefix + suffix;
}

/// Calls f(element, feature) for every element of `shape`, in order.
template <class F>
void for_each_element(const Shape& shape, int64_t feature_index, F f) {
  int64_t extent = shape[static_cast<size_t>(feature_index)];
  int64_t stride = strides_of(shape)[static_cast<size_t>(feature_index)];
  int64_t count = element_count(shape);
  for (int64_t i = 0; i < count; ++i) {
    f(static_cast<size_t>(i), static_cast<size_t>(i / stride % extent));
  }
}

/// Σ over a feature's elements of the value of an element, divided by their number.
template <class T, class F>
std::vector<T> feature_means(const Shape& shape, int64_t feature_index, F value) {
  std::vector<T> means(static_cast<size_t>(shape[static_cast<size_t>(feature_index)]), T(0));
  for_each_element(shape, feature_index, [&](size_t i, size_t c) { means[c] += value(i, c); });
  T size = static_cast<T>(feature_size(shape, feature_index));
  for (T& mean : means) mean /= size;
  return means;
}

}  // namespace

Attributes BatchNormTraining::attributes() const {
  return {{"feature_index", feature_index}, {"epsilon", std::vector<Decimal>{epsilon}}};
}

Type BatchNormTraining::infer(Types in) const {
  require_operands(in, 3);
  const Type& x = in[0];
  require(is_float(x.element), "",
          [&] { return "is defined for floating-point elements, not for " + x.text(); });
  require(feature_index >= 0 && feature_index < x.rank(), "batch_norm_training_c1", [&] {
    return "feature_index " + std::to_string(feature_index) + " is not an axis of " + x.text();
  });
  Type feature = x.with(Shape{x.shape[static_cast<size_t>(feature_index)]});
  for (size_t k : {1u, 2u}) {
    require(in[k].element == x.element, "batch_norm_training_c2", [&] {
      return "x and its parameters have different element types: " + x.text() + " and " +
             in[k].text();
    });
    require(in[k] == feature, k == 1 ? "batch_norm_training_c3" : "batch_norm_training_c4", [&] {
      return std::string(k == 1 ? "scale" : "offset") + " must be " + feature.text() +
             ", one number a feature of " + x.text() + ", not " + in[k].text();
    });
  }
  require(epsilon.kind == Decimal::Kind::finite && epsilon.mantissa > 0, "", [&] {
    return "epsilon is " + epsilon.text() + "; it must be positive, so that variance + epsilon is";
  });
  return x;
}

Tensor BatchNormTraining::eval(Tensors in, const Type& out) const {
  Tensor y(out);
  const Shape& shape = out.shape;
  dispatch(out.element, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      auto x = in[0]->values<T>();
      auto scale = in[1]->values<T>();
      auto offset = in[2]->values<T>();
      auto to = y.values<T>();
      auto mean = feature_means<T>(shape, feature_index, [&](size_t i, size_t) { return x[i]; });
      auto variance = feature_means<T>(shape, feature_index, [&](size_t i, size_t c) {
        return (x[i] - mean[c]) * (x[i] - mean[c]);
      });
      T eps = static_cast<T>(epsilon.to_double());
      for_each_element(shape, feature_index, [&](size_t i, size_t c) {
        to[i] = (x[i] - mean[c]) / std::sqrt(variance[c] + eps) * scale[c] + offset[c];
      });
    }
  });
  return y;
}

Values BatchNormTraining::vjp(Builder& b, const VjpArgs& a) const {
  Value x = a.operands[0], dy = a.cotangent;
  Axes others = other_axes(b.type(x).rank(), {feature_index});
  auto sum = [&](Value v) { return b.reduce(Reduction::add, v, others); };
  auto spread = [&](Value v) { return b.broadcast(v, b.shape(x), {feature_index}); };
  Value d_x, d_scale, d_offset;
  FeatureNormalised n;
  if (a.needs[0] || a.needs[1]) {
    n = feature_normalised(b, x, feature_index, epsilon);
    d_scale = sum(b.multiply(dy, n.normalised));
  }
  if (a.needs[0] || a.needs[2]) d_offset = sum(dy);
  if (a.needs[0]) {
    // scale / √(v + ε) · (dy - mean dy - h · mean (dy h))
    Value mean = spread(b.divide(d_offset, n.moments.count));
    Value slope = spread(b.divide(d_scale, n.moments.count));
    Value share = b.multiply(n.normalised, slope);
    Value centred = b.subtract(dy, mean);
    Value rest = b.subtract(centred, share);
    Value factor = spread(b.multiply(a.operands[1], n.rstd));
    d_x = b.multiply(factor, rest);
  }
  return {d_x, a.needs[1] ? d_scale : Value{}, a.needs[2] ? d_offset : Value{}};
}

int64_t feature_size(const Shape& shape, int64_t feature_index) {
  Shape others = shape;
  others[static_cast<size_t>(feature_index)] = 1;
  return element_count(others);
}

FeatureMoments feature_moments(Builder& b, Value x, int64_t feature_index,
                               const std::string& prefix) {
  auto name = [&](const char* suffix) { return named(prefix, suffix); };
  Axes others = other_axes(b.type(x).rank(), {feature_index});
  FeatureMoments m;
  m.sum = b.reduce(Reduction::add, x, others, name("sum"));
  m.count = b.constant(b.type(m.sum), feature_size(b.shape(x), feature_index), name("count"));
  m.mean = b.divide(m.sum, m.count, name("mean"));
  Value means = b.broadcast(m.mean, b.shape(x), {feature_index}, name("means"));
  m.centred = b.subtract(x, means, name("centred"));
  Value squares = b.multiply(m.centred, m.centred, name("squares"));
  m.total = b.reduce(Reduction::add, squares, others, name("total"));
  m.variance = b.divide(m.total, m.count, name("variance"));
  return m;
}

FeatureNormalised feature_normalised(Builder& b, Value x, int64_t feature_index,
                                     const Decimal& epsilon, const std::string& prefix) {
  auto name = [&](const char* suffix) { return named(prefix, suffix); };
  FeatureNormalised n;
  n.moments = feature_moments(b, x, feature_index, prefix);
  Value eps = b.constant(b.type(n.moments.variance), epsilon, name("epsilon"));
  Value shifted = b.add(n.moments.variance, eps, name("shifted"));
  n.rstd = b.emit(Rsqrt{}, {shifted}, name("rstd"));
  Value rstds = b.broadcast(n.rstd, b.shape(x), {feature_index}, name("rstds"));
  n.normalised = b.multiply(n.moments.centred, rstds, name("normalised"));
  return n;
}

}  // namespace pullback
