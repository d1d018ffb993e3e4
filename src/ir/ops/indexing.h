#pragma once

#include "ir/ops/op.h"

/// Windows of a tensor at places that a tensor of integers names: gather reads them, scatter writes
/// them. Linear in all but the indices; a gather's adjoint is a scatter that adds, and vice versa.
namespace pullback {

/// How windows lie in an operand: StableHLO's dimension numbers of gather, in scatter's names in
/// brackets. Each element w of the windows' tensor has a place in the operand: along axis d
///   start[d] + w[a],  start[d] = indices[…, k, …] where start_index_map[k] = d, else 0,
/// k along index_vector_dim and the other coordinates from w; a is the axis of w that runs along d,
/// one of offset_dims, or the one that runs along the batch; none along a collapsed axis.
struct WindowNumbers {
  Axes offset_dims;                  ///< [update_window_dims]
  Axes collapsed_slice_dims;         ///< [inserted_window_dims]
  Axes operand_batching_dims;        ///< [input_batching_dims]
  Axes start_indices_batching_dims;  ///< [scatter_indices_batching_dims]
  Axes start_index_map;              ///< [scatter_dims_to_operand_dims]
  int64_t index_vector_dim = 0;      ///< an axis of the indices, or their rank: one index each

  bool operator==(const WindowNumbers&) const = default;
};

/// Operands (operand, start_indices). result[w] = operand[place of w], where the starts are moved
/// to 0 … extent - slice size. Adjoint: a scatter that adds, of zeros.
struct Gather {
  static constexpr OpInfo info{
      .name = "gather", .trick = Trick::linear, .equation = "y[w] = x[place(w)]"};
  WindowNumbers numbers;
  std::vector<int64_t> slice_sizes;
  bool indices_are_sorted = false;  ///< a promise, which only other backends use

  Attributes attributes() const;
  Type infer(Types in) const;  // gather_c1 to c22
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Gather&) const = default;
};

/// What a scatter does with the element that is there: the region of the op.
enum class ScatterUpdate : uint8_t { add, replace };
std::string_view to_string(ScatterUpdate update);

/// Operands (operand, scatter_indices, updates). result = operand, where for each w in bounds
/// result[place of w] += updates[w], or = updates[w] with `replace`, the last one where several
/// meet. Adjoint: for the updates, a gather; for the operand, the cotangent, with `replace` with
/// zeros at all places. That of `replace` holds where no two updates have one place.
struct Scatter {
  static constexpr OpInfo info{
      .name = "scatter", .trick = Trick::linear, .equation = "y[i] = x[i] + Σ_{place(w) = i} u[w]"};
  ScatterUpdate update = ScatterUpdate::add;
  WindowNumbers numbers;
  bool indices_are_sorted = false;  ///< promises, which only other backends use
  bool unique_indices = false;

  Attributes attributes() const;
  Type infer(Types in) const;  // scatter_c1 to c25
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Scatter&) const = default;
};

/// Where the elements of windows lie in an operand.
class WindowPlaces {
 public:
  /// `windows`: the shape of a gather's result or of a scatter's updates.
  WindowPlaces(const WindowNumbers& numbers, const Shape& operand, const Tensor& indices,
               const Shape& windows);
  /// The place of element w, in bounds or not. `room`: the last start along each axis, to which the
  /// starts are moved, or nothing.
  const std::vector<int64_t>& at(const std::vector<int64_t>& w, const Shape* room = nullptr);

 private:
  std::vector<int64_t> window_axis_;  ///< of each axis of the operand, or -1
  std::vector<int64_t> component_;    ///< its place in the index vectors, or -1
  std::vector<int64_t> steps_;        ///< in the indices, along each axis of the windows
  int64_t component_step_ = 0;
  const Tensor& indices_;
  std::vector<int64_t> place_;
};

}  // namespace pullback
