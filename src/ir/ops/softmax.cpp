#include "ir/ops/softmax.h"

#include <algorithm>
#include <cmath>

#include "ir/builder.h"

namespace pullback {

namespace {

void require_float_axis(Types in, int64_t dimension) {
  require_operands(in, 1);
  require(is_float(in[0].element), "",
          [&] { return "is defined for floating-point elements, not for " + in[0].text(); });
  require(dimension >= 0 && dimension < in[0].rank(), "", [&] {
    return "dimension " + std::to_string(dimension) + " is not an axis of " + in[0].text();
  });
}

/// Calls f(first, stride, extent) for every line of `shape` along `dimension`.
template <class F>
void for_each_line(const Shape& shape, int64_t dimension, F f) {
  int64_t extent = shape[static_cast<size_t>(dimension)];
  int64_t stride = strides_of(shape)[static_cast<size_t>(dimension)];
  int64_t count = element_count(shape);
  for (int64_t i = 0; i < count; ++i) {
    if (i / stride % extent == 0) f(i, stride, extent);
  }
}

/// y = x - max - ln Σ exp(x - max) along a line.
template <class T>
void log_softmax_line(const T* x, T* y, int64_t stride, int64_t extent) {
  T max = x[0];
  for (int64_t j = 1; j < extent; ++j) max = std::max(max, x[j * stride]);
  T sum = 0;
  for (int64_t j = 0; j < extent; ++j) sum += std::exp(x[j * stride] - max);
  T log_sum = std::log(sum);
  for (int64_t j = 0; j < extent; ++j) y[j * stride] = x[j * stride] - max - log_sum;
}

Tensor log_softmax(const Tensor& x, int64_t dimension) {
  Tensor y(x.type());
  dispatch(x.element(), [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      const T* from = x.values<T>().data();
      T* to = y.values<T>().data();
      for_each_line(x.shape(), dimension, [&](int64_t first, int64_t stride, int64_t extent) {
        log_softmax_line(from + first, to + first, stride, extent);
      });
    }
  });
  return y;
}

/// Σ x along `dimension`, broadcast back to x's shape.
Value line_sum(Builder& b, Value x, int64_t dimension) {
  Value sum = b.reduce(Reduction::add, x, {dimension});
  return b.broadcast(sum, b.shape(x), other_axes(b.type(x).rank(), {dimension}));
}

}  // namespace

Attributes Softmax::attributes() const { return {{"dimension", dimension}}; }

Type Softmax::infer(Types in) const {
  require_float_axis(in, dimension);
  return in[0];
}

Tensor Softmax::eval(Tensors in, const Type&) const {
  Tensor y = log_softmax(*in[0], dimension);
  dispatch(y.element(), [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      for (T& value : y.values<T>()) value = std::exp(value);
    }
  });
  return y;
}

Values Softmax::vjp(Builder& b, const VjpArgs& a) const {
  // y · (ct - Σ y · ct)
  Value weighted = b.multiply(a.result, a.cotangent);
  Value mean = line_sum(b, weighted, dimension);
  Value centred = b.subtract(a.cotangent, mean);
  return {b.multiply(a.result, centred)};
}

Attributes LogSoftmax::attributes() const { return {{"dimension", dimension}}; }

Type LogSoftmax::infer(Types in) const {
  require_float_axis(in, dimension);
  return in[0];
}

Tensor LogSoftmax::eval(Tensors in, const Type&) const { return log_softmax(*in[0], dimension); }

Values LogSoftmax::vjp(Builder& b, const VjpArgs& a) const {
  // ct - softmax(x) · Σ ct
  Value probabilities = b.emit(Softmax{.dimension = dimension}, {a.operands[0]});
  Value sum = line_sum(b, a.cotangent, dimension);
  Value share = b.multiply(probabilities, sum);
  return {b.subtract(a.cotangent, share)};
}

Type SoftmaxCrossEntropy::infer(Types in) const {
  require_operands(in, 2);
  require(in[0].rank() == 2 && is_float(in[0].element), "", [&] {
    return "the logits must be a floating-point tensor of shape [rows, classes], not " +
           in[0].text();
  });
  require(in[0] == in[1], "", [&] {
    return "logits and labels have different types: " + in[0].text() + " and " + in[1].text();
  });
  return in[0].with(Shape{in[0].shape[0]});
}

Tensor SoftmaxCrossEntropy::eval(Tensors in, const Type& out) const {
  Tensor log_probabilities = log_softmax(*in[0], 1);
  Tensor loss(out);
  int64_t classes = in[0]->shape()[1];
  dispatch(out.element, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      auto y = log_probabilities.values<T>();
      auto labels = in[1]->values<T>();
      auto rows = loss.values<T>();
      for (size_t i = 0; i < y.size(); ++i) {
        rows[i / static_cast<size_t>(classes)] -= labels[i] * y[i];
      }
    }
  });
  return loss;
}

Values SoftmaxCrossEntropy::vjp(Builder& b, const VjpArgs& a) const {
  Value logits = a.operands[0];
  Value labels = a.operands[1];
  Value ct = b.broadcast(a.cotangent, b.shape(logits), {0});
  Value d_logits, d_labels;
  if (a.needs[0]) {
    // (softmax(x) · Σ l - l) · ct
    Value probabilities = b.emit(Softmax{.dimension = 1}, {logits});
    Value mass = line_sum(b, labels, 1);
    Value expected = b.multiply(probabilities, mass);
    Value excess = b.subtract(expected, labels);
    d_logits = b.multiply(excess, ct);
  }
  if (a.needs[1]) {
    Value log_probabilities = b.emit(LogSoftmax{.dimension = 1}, {logits});
    Value negative = b.negate(log_probabilities);
    d_labels = b.multiply(negative, ct);
  }
  return {d_logits, d_labels};
}

}  // namespace pullback
