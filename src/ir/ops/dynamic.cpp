#include "ir/ops/dynamic.h"

#include <algorithm>

#include "ir/builder.h"
#include "ir/ops/axes.h"
#include "ir/ops/slice.h"
#include "tensor/index.h"

namespace pullback {

namespace {

/// One start index for each axis, all scalars of one integer type.
void require_starts(Types starts, int64_t rank, std::string_view count_clause,
                    std::string_view type_clause, std::string_view input_clause) {
  require(static_cast<int64_t>(starts.size()) == rank, count_clause, [&] {
    return "there are " + std::to_string(starts.size()) + " start indices for an operand of rank " +
           std::to_string(rank);
  });
  for (const Type& start : starts) {
    require(start == starts[0], type_clause, [&] {
      return "the start indices have different types: " + starts[0].text() + " and " + start.text();
    });
    require(start.rank() == 0 && is_index(start.element), input_clause, [&] {
      return "a start index is " + start.text() + "; it must be a scalar of an integer type";
    });
  }
}

/// The window begins where the operand has room for it.
std::vector<int64_t> clamped_starts(Tensors starts, const Shape& operand, const Shape& window) {
  std::vector<int64_t> result;
  for (size_t d = 0; d < window.size(); ++d) {
    result.push_back(std::clamp<int64_t>(index_at(*starts[d], 0), 0, operand[d] - window[d]));
  }
  return result;
}

/// first, second, then the start indices of an op's operands.
Values with_starts(Values first, const Values& operands, size_t begin) {
  first.insert(first.end(), operands.begin() + static_cast<int64_t>(begin), operands.end());
  return first;
}

}  // namespace

Attributes DynamicSlice::attributes() const { return {{"slice_sizes", slice_sizes}}; }

Type DynamicSlice::infer(Types in) const {
  require(!in.empty(), "", "takes an operand and a start index for each of its axes");
  const Type& operand = in[0];
  require_starts(in.subspan(1), operand.rank(), "dynamic_slice_c2", "dynamic_slice_c3",
                 "dynamic_slice_i2");
  require(static_cast<int64_t>(slice_sizes.size()) == operand.rank(), "dynamic_slice_c2", [&] {
    return "slice_sizes " + axes_text(slice_sizes) + " have " + std::to_string(slice_sizes.size()) +
           " entries for an operand of rank " + std::to_string(operand.rank());
  });
  for (size_t d = 0; d < slice_sizes.size(); ++d) {
    require(0 <= slice_sizes[d] && slice_sizes[d] <= operand.shape[d], "dynamic_slice_c4", [&] {
      return "on axis " + std::to_string(d) + " a slice of " + std::to_string(slice_sizes[d]) +
             " elements does not fit in an extent of " + std::to_string(operand.shape[d]);
    });
  }
  return operand.with(slice_sizes);  // dynamic_slice_c1, c5
}

Tensor DynamicSlice::eval(Tensors in, const Type& out) const {
  Slice slice{.start_indices = clamped_starts(in.subspan(1), in[0]->shape(), slice_sizes),
              .limit_indices = {},
              .strides = std::vector<int64_t>(slice_sizes.size(), 1)};
  return slice.eval(in.first(1), out);
}

Values DynamicSlice::vjp(Builder& b, const VjpArgs& a) const {
  Values result(a.operands.size());
  Value zeros = b.constant(b.type(a.operands[0]), 0);
  result[0] = b.emit(DynamicUpdateSlice{}, with_starts({zeros, a.cotangent}, a.operands, 1));
  return result;
}

Type DynamicUpdateSlice::infer(Types in) const {
  require(in.size() >= 2, "",
          "takes an operand, an update and a start index for each of their axes");
  const Type &operand = in[0], &update = in[1];
  require(update.element == operand.element, "dynamic_update_slice_c2", [&] {
    return "the operand " + operand.text() + " and the update " + update.text() +
           " have different element types";
  });
  require(update.rank() == operand.rank(), "dynamic_update_slice_c3", [&] {
    return "the operand " + operand.text() + " and the update " + update.text() +
           " have different ranks";
  });
  require_starts(in.subspan(2), operand.rank(), "dynamic_update_slice_c4",
                 "dynamic_update_slice_c5", "dynamic_update_slice_i3");
  for (size_t d = 0; d < operand.shape.size(); ++d) {
    require(update.shape[d] <= operand.shape[d], "dynamic_update_slice_c6", [&] {
      return "on axis " + std::to_string(d) + " an update of " + std::to_string(update.shape[d]) +
             " elements does not fit in an extent of " + std::to_string(operand.shape[d]);
    });
  }
  return operand;  // dynamic_update_slice_c1
}

Tensor DynamicUpdateSlice::eval(Tensors in, const Type& out) const {
  Tensor result = *in[0];
  Shape strides = strides_of(out.shape);
  int64_t first = position(clamped_starts(in.subspan(2), out.shape, in[1]->shape()), strides);
  dispatch(out.element, [&]<class T>() {
    auto update = in[1]->values<T>();
    auto y = result.values<T>();
    size_t next = 0;
    for_each_index(in[1]->shape(), [&](const Index& i) {
      y[static_cast<size_t>(first + position(i, strides))] = update[next++];
    });
  });
  return result;
}

Values DynamicUpdateSlice::vjp(Builder& b, const VjpArgs& a) const {
  Values result(a.operands.size());
  if (a.needs[0]) {
    Value zeros = b.constant(b.type(a.operands[1]), 0);
    result[0] = b.emit(DynamicUpdateSlice{}, with_starts({a.cotangent, zeros}, a.operands, 2));
  }
  if (a.needs[1]) {
    DynamicSlice slice{.slice_sizes = b.shape(a.operands[1])};
    result[1] = b.emit(slice, with_starts({a.cotangent}, a.operands, 2));
  }
  return result;
}

}  // namespace pullback
