#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"
#include "run/native/kernels/conv.h"
#include "run/native/kernels/gemm.h"
#include "run/native/kernels/pool.h"

/// Facts about a graph that the planner asks for.
namespace pullback::native {

/// How many operands and results refer to each value, looking through nothing.
std::vector<int> use_counts(const Graph& graph);

/// The value whose memory `v` shares: reshapes are views.
Value storage_of(const Graph& graph, Value v);

/// The single number that all elements of `v` are, if it is a splat constant, however reshaped or
/// broadcast.
std::optional<Decimal> splat_of(const Graph& graph, Value v);

/// Element j of a broadcast is element (j / divide) % period of its operand; period 0: no wrap.
struct Addressing {
  int64_t divide = 1;
  int64_t period = 0;
};
/// The addressing of a broadcast whose operand's axes are one contiguous run of the result's; none
/// otherwise.
std::optional<Addressing> addressing_of(const BroadcastInDim& op, const Shape& operand);

/// A dot_general of two matrices, views of the operands.
std::optional<kernels::Gemm> match_gemm(const DotGeneral& op, const Shape& lhs, const Shape& rhs);

/// A convolution of NHWC images with an HWIO kernel, or one of its two adjoints.
struct ConvMatch {
  kernels::Conv2d conv;
  bool weights_gradient = false;  ///< the kernel's cotangent: lhs the images, rhs the cotangent
  kernels::ConvWeights weights;   ///< otherwise: how the rhs holds the kernel
  Value kernel;                   ///< the rhs, before a reversal that `weights` takes in
};
std::optional<ConvMatch> match_convolution(const Graph& graph, const Instr& instr);

/// A pooling of NHWC images over space only, without base dilation.
std::optional<kernels::Pool2d> match_pool(const std::vector<WindowDimension>& window,
                                          const Shape& operand);

}  // namespace pullback::native
