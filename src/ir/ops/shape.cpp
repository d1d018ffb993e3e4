#include "ir/ops/shape.h"

#include <algorithm>

#include "ir/builder.h"
#include "ir/ops/axes.h"
#include "tensor/index.h"

namespace pullback {

namespace {

/// result[i] = operand[source(i)], for any element type; source gives a row-major position.
template <class Source>
Tensor move_elements(const Tensor& operand, const Type& out, Source source) {
  Tensor result(out);
  dispatch(out.element, [&]<class T>() {
    auto from = operand.values<T>();
    auto to = result.values<T>();
    size_t next = 0;
    for_each_index(out.shape,
                   [&](const Index& i) { to[next++] = from[static_cast<size_t>(source(i))]; });
  });
  return result;
}

}  // namespace

Attributes BroadcastInDim::attributes() const {
  return {{"shape", shape}, {"broadcast_dimensions", broadcast_dimensions}};
}

Type BroadcastInDim::infer(Types in) const {
  require_operands(in, 1);
  const Shape& operand = in[0].shape;
  require(broadcast_dimensions.size() == operand.size(), "broadcast_in_dim_c2", [&] {
    return "broadcast_dimensions " + axes_text(broadcast_dimensions) + " have " +
           std::to_string(broadcast_dimensions.size()) + " entries for the operand's " +
           std::to_string(operand.size()) + " axes; name one result axis for each";
  });
  require_in_range(broadcast_dimensions, static_cast<int64_t>(shape.size()), "broadcast_in_dim_c3",
                   "broadcast_dimensions");
  require_unique(broadcast_dimensions, "broadcast_in_dim_c4", "broadcast_dimensions");
  require_shape(shape, "");
  for (size_t d = 0; d < operand.size(); ++d) {
    int64_t wanted = shape[static_cast<size_t>(broadcast_dimensions[d])];
    require(operand[d] == 1 || operand[d] == wanted, "broadcast_in_dim_c5", [&] {
      return "axis " + std::to_string(d) + " of the operand is " + std::to_string(operand[d]) +
             ", neither 1 nor " + std::to_string(wanted) + ", the extent of result axis " +
             std::to_string(broadcast_dimensions[d]);
    });
  }
  return in[0].with(shape);
}

Tensor BroadcastInDim::eval(Tensors in, const Type& out) const {
  const Shape& operand = in[0]->shape();
  Shape strides = strides_of(operand);
  return move_elements(*in[0], out, [&](const Index& i) {
    int64_t sum = 0;
    for (size_t d = 0; d < operand.size(); ++d) {
      if (operand[d] != 1) sum += strides[d] * i[static_cast<size_t>(broadcast_dimensions[d])];
    }
    return sum;
  });
}

Values BroadcastInDim::vjp(Builder& b, const VjpArgs& a) const {
  // reduce over the added and stretched axes; transpose; reshape: each only if it changes something
  const Shape operand = b.shape(a.operands[0]);
  Axes summed = other_axes(static_cast<int64_t>(shape.size()), broadcast_dimensions);
  for (size_t d = 0; d < operand.size(); ++d) {
    int64_t axis = broadcast_dimensions[d];
    if (operand[d] == 1 && shape[static_cast<size_t>(axis)] != 1) summed.push_back(axis);
  }
  Value dx = a.cotangent;
  if (!summed.empty()) dx = b.reduce(Reduction::add, dx, ascending(summed));
  Axes kept = other_axes(static_cast<int64_t>(shape.size()), summed);
  Axes permutation;  // operand's kept axes, by their place among the kept result axes
  for (int64_t axis : broadcast_dimensions) {
    auto place = std::find(kept.begin(), kept.end(), axis);
    if (place != kept.end()) permutation.push_back(place - kept.begin());
  }
  dx = transpose_unless_identity(b, dx, permutation);
  return {b.shape(dx) == operand ? dx : b.reshape(dx, operand)};
}

Attributes Reshape::attributes() const { return {{"shape", shape}}; }

Type Reshape::infer(Types in) const {
  require_operands(in, 1);
  require_shape(shape, "");
  require(in[0].count() == element_count(shape), "reshape_c2", [&] {
    return "the operand " + in[0].text() + " has " + std::to_string(in[0].count()) +
           " elements, the result's shape " + axes_text(shape) + " has " +
           std::to_string(element_count(shape));
  });
  return in[0].with(shape);
}

Tensor Reshape::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  std::copy_n(in[0]->bytes().begin(), out.bytes(), result.bytes().begin());
  return result;
}

Values Reshape::vjp(Builder& b, const VjpArgs& a) const {
  return {b.reshape(a.cotangent, b.shape(a.operands[0]))};
}

Attributes Transpose::attributes() const { return {{"permutation", permutation}}; }

Type Transpose::infer(Types in) const {
  require_operands(in, 1);
  require(ascending(permutation) == consecutive(0, in[0].rank()), "transpose_c2", [&] {
    return "permutation " + axes_text(permutation) + " is not a permutation of the axes of " +
           in[0].text() + "; each of " + axes_text(consecutive(0, in[0].rank())) +
           " must occur once";
  });
  return in[0].with(extents_of(in[0].shape, permutation));  // transpose_c3
}

Tensor Transpose::eval(Tensors in, const Type& out) const {
  Shape strides = extents_of(strides_of(in[0]->shape()), permutation);
  return move_elements(*in[0], out, [&](const Index& i) { return position(i, strides); });
}

Values Transpose::vjp(Builder& b, const VjpArgs& a) const {
  return {b.transpose(a.cotangent, inverse_permutation(permutation))};
}

Attributes Reverse::attributes() const { return {{"dimensions", dimensions}}; }

Type Reverse::infer(Types in) const {
  require_operands(in, 1);
  require_unique(dimensions, "reverse_c2", "dimensions");
  require_in_range(dimensions, in[0].rank(), "reverse_c3", "dimensions");
  return in[0];
}

Tensor Reverse::eval(Tensors in, const Type& out) const {
  Shape strides = strides_of(out.shape);
  int64_t first = 0;  // where result[0, …, 0] comes from
  for (int64_t axis : dimensions) {
    size_t d = static_cast<size_t>(axis);
    first += (out.shape[d] - 1) * strides[d];
    strides[d] = -strides[d];
  }
  return move_elements(*in[0], out, [&](const Index& i) { return first + position(i, strides); });
}

Values Reverse::vjp(Builder& b, const VjpArgs& a) const {
  return {b.reverse(a.cotangent, dimensions)};
}

}  // namespace pullback
