#pragma once

#include <span>
#include <vector>

#include "ir/ops/op.h"

/// The arithmetic of windows that slide over an input, shared by convolution and pooling.
namespace pullback {

struct Convolution;
struct WindowDimension;

/// One dimension of a sliding window. Output o and window element k meet input element i where
///   o · stride + k · window_dilation - padding_low = i · base_dilation.
/// The equation is symmetric in the three, so the adjoints of what slides also slide.
struct Sliding {
  int64_t input = 1, window = 1;  ///< extents
  int64_t stride = 1, base_dilation = 1, window_dilation = 1;
  int64_t padding_low = 0, padding_high = 0;  ///< around the dilated input; negative ones cut
  bool reversal = false;                      ///< k counts from the window's end

  /// The count of outputs, "num_windows" in StableHLO; throws Error if it does not fit 62 bits.
  int64_t count() const;
  /// The input element at output o, window element k, or -1 for padding and for holes of dilation.
  int64_t input_index(int64_t o, int64_t k) const;
};

/// (extent - 1) · dilation + 1, or 0 for an extent of 0.
int64_t dilated(int64_t extent, int64_t dilation);

/// The window's dimensions, for checked operands.
std::vector<Sliding> slidings(const Convolution& op, const Shape& lhs, const Shape& rhs);
std::vector<Sliding> slidings(const std::vector<WindowDimension>& window, const Shape& operand);

/// A window element and the input element it meets, as offsets into their arrays.
struct Tap {
  int64_t input, window;
};

/// Writes the taps of the output at index `o` to `taps`, row-major by window element; elements that
/// meet padding have none. The strides are the arrays', per dimension.
void taps_at(std::span<const Sliding> sliding, const Shape& input_strides,
             const Shape& window_strides, std::span<const int64_t> o, std::vector<Tap>& taps);

/// Steps `index` to the next of `shape` in row-major order; false (and all 0) after the last.
bool next_index(std::vector<int64_t>& index, const Shape& shape);

}  // namespace pullback
