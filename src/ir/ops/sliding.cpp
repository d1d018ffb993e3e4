#include "ir/ops/sliding.h"

namespace pullback {

namespace {

int64_t in_range(bool overflow, int64_t value) {
  constexpr int64_t limit = int64_t{1} << 62;
  require(!overflow && value <= limit && value >= -limit, "",
          "the window's extents, dilations and padding exceed 2^62");
  return value;
}
int64_t times(int64_t x, int64_t y) {
  int64_t result = 0;
  bool overflow = __builtin_mul_overflow(x, y, &result);
  return in_range(overflow, result);
}
int64_t plus(int64_t x, int64_t y) {
  int64_t result = 0;
  bool overflow = __builtin_add_overflow(x, y, &result);
  return in_range(overflow, result);
}

}  // namespace

int64_t dilated(int64_t extent, int64_t dilation) {
  return extent == 0 ? 0 : plus(times(extent - 1, dilation), 1);
}

int64_t Sliding::count() const {
  int64_t padded = plus(plus(padding_low, dilated(input, base_dilation)), padding_high);
  int64_t reach = dilated(window, window_dilation);
  if (padded == 0 || reach > padded) return 0;
  return (padded - reach) / stride + 1;
}

int64_t Sliding::input_index(int64_t o, int64_t k) const {
  int64_t element = reversal ? window - 1 - k : k;
  int64_t position = o * stride + element * window_dilation - padding_low;
  if (position < 0 || position % base_dilation != 0) return -1;
  int64_t i = position / base_dilation;
  return i < input ? i : -1;
}

void taps_at(std::span<const Sliding> sliding, const Shape& input_strides,
             const Shape& window_strides, std::span<const int64_t> o, std::vector<Tap>& taps) {
  taps.assign(1, Tap{0, 0});
  size_t begin = 0;  // the taps of the dimensions so far are taps[begin, end)
  for (size_t d = 0; d < sliding.size(); ++d) {
    size_t end = taps.size();
    for (size_t t = begin; t < end; ++t) {
      for (int64_t k = 0; k < sliding[d].window; ++k) {
        int64_t i = sliding[d].input_index(o[d], k);
        if (i < 0) continue;
        taps.push_back(
            {taps[t].input + i * input_strides[d], taps[t].window + k * window_strides[d]});
      }
    }
    begin = end;
  }
  taps.erase(taps.begin(), taps.begin() + static_cast<std::ptrdiff_t>(begin));
}

bool next_index(std::vector<int64_t>& index, const Shape& shape) {
  for (size_t d = shape.size(); d-- > 0;) {
    if (++index[d] < shape[d]) return true;
    index[d] = 0;
  }
  return false;
}

}  // namespace pullback
