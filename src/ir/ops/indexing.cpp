#include "ir/ops/indexing.h"

#include <algorithm>

#include "ir/builder.h"
#include "ir/ops/axes.h"
#include "ir/ops/indexing_check.h"
#include "ir/ops/slice.h"
#include "tensor/index.h"

namespace pullback {

namespace {

/// The row-major position of `place` in a tensor of this shape, or -1 outside.
int64_t position_within(const Shape& shape, const std::vector<int64_t>& place) {
  int64_t result = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (place[d] < 0 || place[d] >= shape[d]) return -1;
    result = result * shape[d] + place[d];
  }
  return result;
}

Attributes attributes_of(const WindowNumbers& n) {
  return {{"offset_dims", n.offset_dims},
          {"collapsed_slice_dims", n.collapsed_slice_dims},
          {"operand_batching_dims", n.operand_batching_dims},
          {"start_indices_batching_dims", n.start_indices_batching_dims},
          {"start_index_map", n.start_index_map},
          {"index_vector_dim", n.index_vector_dim}};
}

/// One number for each component of the index vectors, repeated to the shape of the indices.
Value along_vectors(Builder& b, const WindowNumbers& n, Type indices,
                    const std::vector<int64_t>& components) {
  bool vectors = n.index_vector_dim < indices.rank();
  Axes axis = vectors ? Axes{n.index_vector_dim} : Axes{};
  Type type = indices.with(extents_of(indices.shape, axis));
  std::vector<Decimal> values(components.begin(), components.end());
  Value list = b.emit(Constant{.type = type, .values = values}, {});
  return b.broadcast(list, indices.shape, axis);
}

/// The indices, moved to low … high; as i64 where their own type may not have these numbers.
Value clamped(Builder& b, const WindowNumbers& n, Value indices, const std::vector<int64_t>& low,
              const std::vector<int64_t>& high) {
  const Type own = b.type(indices);
  if (own.element == ElementType::ui64) {  // what i64 does not have is beyond high
    Value bound = along_vectors(b, n, own, high);
    indices = b.emit(Minimum{}, {indices, bound});
  }
  if (is_unsigned(own.element) || byte_size(own.element) < 4) {
    indices = b.convert(indices, ElementType::i64);
  }
  const Type type = b.type(indices);
  Value raised = b.maximum(indices, along_vectors(b, n, type, low));
  Value bound = along_vectors(b, n, type, high);
  return b.emit(Minimum{}, {raised, bound});
}

/// The extents of a window along each axis of the operand.
Shape window_extents(const WindowNumbers& n, const Shape& operand, const Shape& windows) {
  Shape result;
  size_t next = 0;
  for (int64_t d = 0; d < static_cast<int64_t>(operand.size()); ++d) {
    bool one = contains(n.collapsed_slice_dims, d) || contains(n.operand_batching_dims, d);
    result.push_back(one ? 1 : windows[static_cast<size_t>(n.offset_dims[next++])]);
  }
  return result;
}

}  // namespace

WindowPlaces::WindowPlaces(const WindowNumbers& n, const Shape& operand, const Tensor& indices,
                           const Shape& windows)
    : window_axis_(operand.size(), -1),
      component_(operand.size(), -1),
      steps_(windows.size(), 0),
      indices_(indices),
      place_(operand.size(), 0) {
  Axes batch = other_axes(static_cast<int64_t>(windows.size()), n.offset_dims);
  auto batch_axis = [&](int64_t indices_axis) {
    return batch[static_cast<size_t>(indices_axis - (indices_axis < n.index_vector_dim ? 0 : 1))];
  };
  size_t next = 0;
  for (int64_t d = 0; d < static_cast<int64_t>(operand.size()); ++d) {
    auto axis = static_cast<size_t>(d);
    auto batching = std::find(n.operand_batching_dims.begin(), n.operand_batching_dims.end(), d);
    if (batching != n.operand_batching_dims.end()) {
      auto k = static_cast<size_t>(batching - n.operand_batching_dims.begin());
      window_axis_[axis] = batch_axis(n.start_indices_batching_dims[k]);
    } else if (!contains(n.collapsed_slice_dims, d)) {
      window_axis_[axis] = n.offset_dims[next++];
    }
  }
  for (size_t k = 0; k < n.start_index_map.size(); ++k) {
    component_[static_cast<size_t>(n.start_index_map[k])] = static_cast<int64_t>(k);
  }
  Shape strides = strides_of(indices.shape());
  for (int64_t a = 0; a < indices.type().rank(); ++a) {
    int64_t stride = strides[static_cast<size_t>(a)];
    if (a == n.index_vector_dim) {
      component_step_ = stride;
    } else {
      steps_[static_cast<size_t>(batch_axis(a))] = stride;
    }
  }
}

const std::vector<int64_t>& WindowPlaces::at(const std::vector<int64_t>& w, const Shape* room) {
  int64_t first = position(w, steps_);
  for (size_t d = 0; d < place_.size(); ++d) {
    int64_t start = 0;
    if (component_[d] >= 0) {
      start = index_at(indices_, first + component_[d] * component_step_);
      if (room) start = std::clamp<int64_t>(start, 0, (*room)[d]);
    }
    place_[d] = start + (window_axis_[d] < 0 ? 0 : w[static_cast<size_t>(window_axis_[d])]);
  }
  return place_;
}

Attributes Gather::attributes() const {
  Attributes all = attributes_of(numbers);
  all.push_back({"slice_sizes", slice_sizes});
  all.push_back({"indices_are_sorted", indices_are_sorted});
  return all;
}

Type Gather::infer(Types in) const {
  require_operands(in, 2);
  return in[0].with(check_gather(numbers, slice_sizes, in[0].shape, in[1]));  // gather_c23
}

Tensor Gather::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  const Shape& operand = in[0]->shape();
  WindowPlaces places(numbers, operand, *in[1], out.shape);
  Shape room = operand;
  for (size_t d = 0; d < room.size(); ++d) room[d] -= slice_sizes[d];
  dispatch(out.element, [&]<class T>() {
    auto x = in[0]->values<T>();
    auto y = result.values<T>();
    size_t next = 0;
    for_each_index(out.shape, [&](const Index& w) {
      y[next++] = x[static_cast<size_t>(position_within(operand, places.at(w, &room)))];
    });
  });
  return result;
}

Values Gather::vjp(Builder& b, const VjpArgs& a) const {
  const Type operand = b.type(a.operands[0]);
  std::vector<int64_t> low, high;
  for (int64_t axis : numbers.start_index_map) {
    auto d = static_cast<size_t>(axis);
    low.push_back(0);
    high.push_back(operand.shape[d] - slice_sizes[d]);
  }
  // A scatter leaves out what is out of bounds, where a gather moves it.
  Value indices = clamped(b, numbers, a.operands[1], low, high);
  Value zeros = b.constant(operand, 0);
  Scatter scatter{.update = ScatterUpdate::add,
                  .numbers = numbers,
                  .indices_are_sorted = indices_are_sorted,
                  .unique_indices = false};
  return {b.emit(scatter, {zeros, indices, a.cotangent}), Value{}};
}

std::string_view to_string(ScatterUpdate update) {
  return update == ScatterUpdate::add ? "add" : "replace";
}

Attributes Scatter::attributes() const {
  Attributes all{{"update", std::string(to_string(update))}};
  constexpr const char* names[] = {"update_window_dims",           "inserted_window_dims",
                                   "input_batching_dims",          "scatter_indices_batching_dims",
                                   "scatter_dims_to_operand_dims", "index_vector_dim"};
  size_t next = 0;
  for (Attribute& attribute : attributes_of(numbers)) {
    all.push_back({names[next++], std::move(attribute.value)});
  }
  all.push_back({"indices_are_sorted", indices_are_sorted});
  all.push_back({"unique_indices", unique_indices});
  return all;
}

Type Scatter::infer(Types in) const {
  require_operands(in, 3);
  require(in[2].element == in[0].element, "scatter_c6", [&] {
    return "the operand " + in[0].text() + " and the updates " + in[2].text() +
           " have different element types";
  });
  check_scatter(numbers, in[0].shape, in[1], in[2].shape);
  return in[0];  // scatter_c24, c25
}

Tensor Scatter::eval(Tensors in, const Type& out) const {
  Tensor result = *in[0];
  WindowPlaces places(numbers, out.shape, *in[1], in[2]->shape());
  dispatch(out.element, [&]<class T>() {
    auto u = in[2]->values<T>();
    auto y = result.values<T>();
    size_t next = 0;
    for_each_index(in[2]->shape(), [&](const Index& w) {
      T value = u[next++];
      int64_t at = position_within(out.shape, places.at(w));
      if (at < 0) return;
      T& element = y[static_cast<size_t>(at)];
      if (update == ScatterUpdate::replace) {
        element = value;
      } else if constexpr (std::is_same_v<T, bool>) {
        element = element | value;  // of truth values
      } else if constexpr (std::is_integral_v<T>) {
        using Bits = std::make_unsigned_t<T>;
        element = static_cast<T>(static_cast<Bits>(element) + static_cast<Bits>(value));
      } else {
        element += value;
      }
    });
  });
  return result;
}

namespace {

/// What a scatter's updates get: the cotangent at their places, 0 where these are out of bounds. It
/// is gathered from a copy with room for a window on either side.
Value gathered_updates(Builder& b, const WindowNumbers& n, const VjpArgs& a) {
  const Type updates = b.type(a.operands[2]);
  const Shape operand = b.shape(a.operands[0]);
  if (element_count(operand) == 0) return b.constant(updates, 0);
  Shape window = window_extents(n, operand, updates.shape);
  std::vector<int64_t> edges(operand.size(), 0), low, high, shift;
  for (int64_t axis : n.start_index_map) {
    auto d = static_cast<size_t>(axis);
    edges[d] = window[d];
    low.push_back(-window[d]);
    high.push_back(operand[d]);
    shift.push_back(window[d]);
  }
  Value moved = clamped(b, n, a.operands[1], low, high);
  Value starts = b.add(moved, along_vectors(b, n, b.type(moved), shift));
  Value zero = b.constant(updates.with(Shape{}), 0);
  Pad pad{.edge_padding_low = edges,
          .edge_padding_high = edges,
          .interior_padding = std::vector<int64_t>(edges.size(), 0)};
  Value padded = b.emit(pad, {a.cotangent, zero});
  return b.emit(Gather{.numbers = n, .slice_sizes = window}, {padded, starts});
}

}  // namespace

Values Scatter::vjp(Builder& b, const VjpArgs& a) const {
  Value operand, updates;
  if (a.needs[0]) {
    operand = a.cotangent;
    if (update == ScatterUpdate::replace) {
      Value zeros = b.constant(b.type(a.operands[2]), 0);
      operand = b.emit(*this, {a.cotangent, a.operands[1], zeros});
    }
  }
  if (a.needs[2]) updates = gathered_updates(b, numbers, a);
  return {operand, Value{}, updates};
}

}  // namespace pullback
