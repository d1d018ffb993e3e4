#include "ir/ops/slice.h"

#include <algorithm>
#include <limits>

#include "ir/builder.h"
#include "ir/ops/axes.h"
#include "tensor/index.h"

namespace pullback {

namespace {

/// Every list has one entry per axis of the operand.
void require_sizes(const std::vector<std::pair<std::string, const std::vector<int64_t>*>>& lists,
                   int64_t rank, std::string_view clause) {
  for (const auto& [name, list] : lists) {
    require(static_cast<int64_t>(list->size()) == rank, clause, [&, name = name, list = list] {
      return name + " " + axes_text(*list) + " have " + std::to_string(list->size()) +
             " entries for an operand of rank " + std::to_string(rank);
    });
  }
}

bool any_nonzero(const std::vector<int64_t>& values) {
  return std::any_of(values.begin(), values.end(), [](int64_t v) { return v != 0; });
}

std::vector<int64_t> negated(std::vector<int64_t> values) {
  for (int64_t& v : values) v = -v;
  return values;
}

}  // namespace

Attributes Slice::attributes() const {
  return {{"start_indices", start_indices}, {"limit_indices", limit_indices}, {"strides", strides}};
}

Type Slice::infer(Types in) const {
  require_operands(in, 1);
  require_sizes(
      {{"start_indices", &start_indices}, {"limit_indices", &limit_indices}, {"strides", &strides}},
      in[0].rank(), "slice_c2");
  Shape shape;
  for (size_t d = 0; d < strides.size(); ++d) {
    int64_t start = start_indices[d], limit = limit_indices[d], extent = in[0].shape[d];
    require(0 <= start && start <= limit && limit <= extent, "slice_c3", [&] {
      return "on axis " + std::to_string(d) + " start " + std::to_string(start) + " and limit " +
             std::to_string(limit) + " must keep 0 <= start <= limit <= " + std::to_string(extent);
    });
    require(strides[d] > 0, "slice_c4", [&] {
      return "the stride on axis " + std::to_string(d) + " is " + std::to_string(strides[d]) +
             "; it must be positive";
    });
    shape.push_back(start == limit ? 0 : (limit - start - 1) / strides[d] + 1);  // slice_c5
  }
  return in[0].with(shape);
}

Tensor Slice::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  Shape steps = strides_of(in[0]->shape());
  int64_t first = position(start_indices, steps);
  for (size_t d = 0; d < steps.size(); ++d) {
    if (out.shape[d] > 1) steps[d] *= strides[d];
  }
  dispatch(out.element, [&]<class T>() {
    auto x = in[0]->values<T>();
    auto y = result.values<T>();
    size_t next = 0;
    for_each_index(out.shape, [&](const Index& i) {
      y[next++] = x[static_cast<size_t>(first + position(i, steps))];
    });
  });
  return result;
}

Values Slice::vjp(Builder& b, const VjpArgs& a) const {
  const Shape operand = b.shape(a.operands[0]);
  const Shape result = b.shape(a.result);
  Pad pad{.edge_padding_low = start_indices, .edge_padding_high = {}, .interior_padding = {}};
  for (size_t d = 0; d < operand.size(); ++d) {
    int64_t interior = strides[d] - 1;
    int64_t end = start_indices[d] + result[d] + std::max<int64_t>(result[d] - 1, 0) * interior;
    pad.interior_padding.push_back(interior);
    pad.edge_padding_high.push_back(operand[d] - end);
  }
  Value zero = b.constant(b.type(a.result).with(Shape{}), 0);
  return {b.emit(pad, {a.cotangent, zero})};
}

Attributes Pad::attributes() const {
  return {{"edge_padding_low", edge_padding_low},
          {"edge_padding_high", edge_padding_high},
          {"interior_padding", interior_padding}};
}

Type Pad::infer(Types in) const {
  require_operands(in, 2);
  require(in[0].element == in[1].element, "pad_c1", [&] {
    return "the operand " + in[0].text() + " and the padding value " + in[1].text() +
           " have different element types";
  });
  require(in[1].rank() == 0, "pad_i2",
          [&] { return "the padding value is " + in[1].text() + "; it must be a scalar"; });
  require_sizes({{"edge_padding_low", &edge_padding_low},
                 {"edge_padding_high", &edge_padding_high},
                 {"interior_padding", &interior_padding}},
                in[0].rank(), "pad_c2");
  Shape shape;
  for (size_t d = 0; d < interior_padding.size(); ++d) {
    int64_t low = edge_padding_low[d], high = edge_padding_high[d], interior = interior_padding[d];
    require(interior >= 0, "pad_c3", [&] {
      return "interior_padding on axis " + std::to_string(d) + " is " + std::to_string(interior) +
             "; it must not be negative";
    });
    int64_t extent = in[0].shape[d];
    int64_t size = 0;
    bool overflow = __builtin_mul_overflow(std::max<int64_t>(extent - 1, 0), interior, &size) ||
                    __builtin_add_overflow(size, extent, &size) ||
                    __builtin_add_overflow(size, low, &size) ||
                    __builtin_add_overflow(size, high, &size);
    bool invertible =
        low > std::numeric_limits<int64_t>::min() && high > std::numeric_limits<int64_t>::min();
    require(!overflow && invertible && size >= 0, "pad_c4", [&] {
      return "on axis " + std::to_string(d) + " an extent of " + std::to_string(extent) +
             " with edges " + std::to_string(low) + " and " + std::to_string(high) +
             " and interior " + std::to_string(interior) +
             (overflow || !invertible ? " is too large"
                                      : " leaves " + std::to_string(size) + " elements");
    });
    shape.push_back(size);
  }
  require_shape(shape, "pad_c4");
  return in[0].with(shape);
}

Tensor Pad::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  Shape steps = strides_of(out.shape);
  dispatch(out.element, [&]<class T>() {
    auto x = in[0]->values<T>();
    auto y = result.values<T>();
    std::fill(y.begin(), y.end(), in[1]->values<T>()[0]);
    size_t next = 0;
    for_each_index(in[0]->shape(), [&](const Index& i) {
      T value = x[next++];
      int64_t target = 0;
      for (size_t d = 0; d < i.size(); ++d) {
        int64_t at = edge_padding_low[d] + i[d] * (interior_padding[d] + 1);
        if (at < 0 || at >= out.shape[d]) return;  // cut by a negative edge
        target += at * steps[d];
      }
      y[static_cast<size_t>(target)] = value;
    });
  });
  return result;
}

Values Pad::vjp(Builder& b, const VjpArgs& a) const {
  // Operand: undo the edges, then pick every (interior + 1)-th element. Value: what the operand did
  // not get, Σ ct - Σ dx.
  if (!a.needs[0] && !a.needs[1]) return {Value{}, Value{}};
  const size_t rank = interior_padding.size();
  Value dx = a.cotangent;
  if (any_nonzero(edge_padding_low) || any_nonzero(edge_padding_high)) {
    Value zero = b.constant(b.type(a.result).with(Shape{}), 0);
    Pad pad{.edge_padding_low = negated(edge_padding_low),
            .edge_padding_high = negated(edge_padding_high),
            .interior_padding = std::vector<int64_t>(rank, 0)};
    dx = b.emit(pad, {dx, zero});
  }
  if (any_nonzero(interior_padding)) {
    Slice slice{.start_indices = std::vector<int64_t>(rank, 0),
                .limit_indices = b.shape(dx),
                .strides = interior_padding};
    for (int64_t& stride : slice.strides) ++stride;
    dx = b.emit(slice, {dx});
  }
  if (!a.needs[1]) return {dx, Value{}};
  Axes all = consecutive(0, static_cast<int64_t>(rank));
  Value total = b.reduce(Reduction::add, a.cotangent, all);
  Value inside = b.reduce(Reduction::add, dx, all);
  Value dv = b.subtract(total, inside);
  return {a.needs[0] ? dx : Value{}, dv};
}

Attributes Concatenate::attributes() const { return {{"dimension", dimension}}; }

Type Concatenate::infer(Types in) const {
  require(!in.empty(), "concatenate_c3", "needs at least one operand");
  const Type& first = in[0];
  require(dimension >= 0 && dimension < first.rank(), "concatenate_c4", [&] {
    return "dimension " + std::to_string(dimension) + " is not an axis of " + first.text();
  });
  const size_t axis = static_cast<size_t>(dimension);
  Shape shape = first.shape;
  for (size_t k = 1; k < in.size(); ++k) {
    require(in[k].element == first.element, "concatenate_c1", [&] {
      return "operands 0 and " + std::to_string(k) +
             " have different element types: " + first.text() + " and " + in[k].text();
    });
    Shape other = in[k].shape;
    if (other.size() == shape.size()) other[axis] = first.shape[axis];
    require(other == first.shape, "concatenate_c2", [&] {
      return "operands 0 and " + std::to_string(k) + " differ outside of axis " +
             std::to_string(dimension) + ": " + first.text() + " and " + in[k].text();
    });
    shape[axis] += in[k].shape[axis];  // concatenate_c6
  }
  require_shape(shape, "concatenate_c6");
  return first.with(shape);
}

Tensor Concatenate::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  Shape strides = strides_of(out.shape);
  int64_t first = 0;
  dispatch(out.element, [&]<class T>() {
    auto y = result.values<T>();
    for (const Tensor* operand : in) {
      auto x = operand->values<T>();
      size_t next = 0;
      for_each_index(operand->shape(), [&](const Index& i) {
        y[static_cast<size_t>(first + position(i, strides))] = x[next++];
      });
      size_t axis = static_cast<size_t>(dimension);
      first += operand->shape()[axis] * strides[axis];
    }
  });
  return result;
}

Values Concatenate::vjp(Builder& b, const VjpArgs& a) const {
  const size_t axis = static_cast<size_t>(dimension);
  Values result;
  int64_t start = 0;
  for (size_t k = 0; k < a.operands.size(); ++k) {
    int64_t limit = start + b.shape(a.operands[k])[axis];
    Slice slice{.start_indices = std::vector<int64_t>(b.shape(a.result).size(), 0),
                .limit_indices = b.shape(a.result),
                .strides = std::vector<int64_t>(b.shape(a.result).size(), 1)};
    slice.start_indices[axis] = start;
    slice.limit_indices[axis] = limit;
    result.push_back(a.needs[k] ? b.emit(slice, {a.cotangent}) : Value{});
    start = limit;
  }
  return result;
}

}  // namespace pullback
