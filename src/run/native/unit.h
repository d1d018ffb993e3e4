#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "run/native/analysis.h"
#include "run/native/kernels/strip.h"

namespace pullback::native {

/// What one kernel call computes: one instruction, or several that fuse into it.
struct Unit {
  enum class Kind : uint8_t {
    elementwise,   ///< joins strips
    gemm,          ///< dot_general, with what follows it
    conv,          ///< convolution forward or backward data, with bias and ReLU
    conv_weights,  ///< the kernel's gradient, summed over the batch
    max_pool,      ///< keeps each maximum's place
    max_unpool,
    sum_pool,
    channel_sum,  ///< Σ over all axes but the last of a rank-4 tensor
    space_sum,    ///< Σ over the spatial axes of an NHWC tensor
    reduce,
    reference,  ///< any op, by the interpreter's rule
  };
  Kind kind = Kind::reference;
  size_t instr = 0;  ///< the last instruction it covers: its value is the unit's
  Value out;
  Values operands;  ///< values whose memory it reads, in the kernel's order
  Values reads;     ///< the stored values behind them

  // elementwise
  kernels::StripOp strip_op = kernels::StripOp::copy;
  // gemm
  kernels::Gemm gemm;
  Value bias, mask, accumulator, rate;  ///< none: Value{}
  bool relu = false;
  // conv, pool
  ConvMatch conv;
  kernels::Pool2d pool;
  Value pooled;  ///< max_unpool: the max_pool that keeps the places

  bool updates_kept = false;  ///< writes over a kept argument
};

/// The units of a simplified graph and what each value is.
struct Units {
  std::vector<Unit> units;  ///< in program order
  /// Unit that makes each value, or -1: arguments, constants, views, values inside a unit.
  std::vector<int> maker;
  /// Values that are constants: their elements are known when the program is compiled.
  std::vector<bool> constant;
  /// Broadcasts that are never stored: strips address their operand.
  std::vector<bool> virtual_broadcast;
  /// in_place[i]: kept argument i is updated by a unit that writes over it.
  std::vector<bool> in_place;
};

Units make_units(const Graph& graph, size_t kept);

/// Whether kernels work on elements of this type; the interpreter's rules serve the others.
constexpr bool in_strips(ElementType element) {
  return element == ElementType::f32 || element == ElementType::i32 || element == ElementType::i1;
}

/// The strip op for an elementwise instruction, if strips have one for its types.
std::optional<kernels::StripOp> strip_op_of(const Graph& graph, const Instr& instr);

}  // namespace pullback::native
