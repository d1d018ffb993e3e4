#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "run/native/kernels/isa.h"

namespace pullback::kernels {

/// A fused chain of elementwise operations, run strip by strip (a strip is up to `strip_length`
/// elements) so that every intermediate value stays in the first-level cache.
///
/// Element j of the iteration space is a row-major index. Values are 32-bit lanes: f32, i32, or
/// masks (0 or −1).

/// How an argument's memory is addressed: element j is data[(j / divide) % period].
///   divide = 1, period = 0: the full tensor               period = 1: a scalar
///   divide = 1, period = C: a value per channel            divide = C, period = 0: one per row
/// period = 0 means no wrap.
enum class StripType : uint8_t { f32, i32, i1 };  // i1 is a byte, 0 or 1
struct StripArgument {
  StripType type = StripType::f32;
  int64_t divide = 1;
  int64_t period = 0;
  bool operator==(const StripArgument&) const = default;
};

enum class StripOp : uint8_t {
  // dst = f(a)
  copy,
  abs,
  negate,
  exponential,
  log,
  logistic,
  tanh,
  sqrt,
  rsqrt,
  sine,
  cosine,
  sign,
  floor,
  ceil,
  round_afz,   // to the nearest, a half away from 0
  round_even,  // to the nearest, a half to the even one
  exponential_minus_one,
  log_plus_one,
  cbrt,
  tan,
  erf,
  erfc,
  atan,
  asin,
  acos,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  relu,  // max(0, a)
  // dst = f(a, b), f32
  add,
  subtract,
  multiply,
  divide,
  maximum,
  minimum,
  remainder,
  atan2,
  power,
  // dst = f(a, b), i32
  add_i32,
  subtract_i32,
  multiply_i32,
  maximum_i32,
  minimum_i32,
  // mask = a ? b: f32 (ordered but for ne, so comparisons with NaN are as StableHLO says), i32
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  equal_i32,
  not_equal_i32,
  less_i32,
  less_equal_i32,
  greater_i32,
  greater_equal_i32,
  // masks, bitwise
  logical_and,
  logical_or,
  logical_xor,
  logical_not,
  // dst = a ? b : c, of 32-bit lanes
  select,
  // dst = a > 0 ? b : 0: the adjoint of relu
  relu_mask,
  // dst = a·b + c and dst = c − a·b, one rounding where the CPU has it
  multiply_add,
  negate_multiply_add,
  // dst = min(max(b, a), c), f32
  clamp,
  i32_to_f32,
  f32_to_i32 /* toward zero */,
  mask_to_f32,
  mask_to_i32,
  f32_to_mask,
  i32_to_mask,
  is_finite,  // f32 to mask
  // dst[(j / divide) % period] = op(dst[…], a): accumulates into an argument of any addressing
  reduce_add,
  reduce_max,
};

/// Operands ≥ 0 are registers, operands < 0 are arguments: ~operand is its index. An argument as an
/// operand costs no load instruction where it is a full tensor or a scalar of 32 bits. A full
/// argument may be the destination of any operation; an i1 argument holds masks. The same array may
/// be a source and the destination when both are full.
struct StripInstruction {
  StripOp op = StripOp::copy;
  int16_t dst = 0, a = 0, b = 0, c = 0;
  bool operator==(const StripInstruction&) const = default;
};

struct StripProgram {
  std::vector<StripArgument> arguments;
  std::vector<StripInstruction> code;
  int registers = 0;
};

/// A checked program, ready to run; immutable, any number of threads may run it.
class Strip {
 public:
  /// Throws Error when the program is malformed (operand out of range, type does not fit, write to
  /// an argument that is not full, …).
  explicit Strip(StripProgram program, Isa isa = active_isa());

  const StripProgram& program() const { return program_; }
  /// Floats of scratch that a thread's run needs.
  size_t scratch_size() const;
  /// Elements of a strip: a multiple of the arguments' periods where that is possible.
  int64_t strip_length() const { return length_; }
  /// Runs elements begin … end − 1 in order. `data[i]` is the start of argument i's whole array.
  void run(std::span<void* const> data, int64_t begin, int64_t end, float* scratch) const;

 private:
  StripProgram program_;
  Isa isa_;
  int64_t length_ = 0;
};

}  // namespace pullback::kernels
