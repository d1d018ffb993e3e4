// The strip machine: every instruction is a loop over a strip whose values stay in the first-level
// cache.
#include "run/native/kernels/impl/simd.inl"
#include "run/native/kernels/strip.h"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

/// e^x: x = n ln 2 + r, a polynomial in r, scaled by 2^n in two halves so that subnormal results
/// and overflow come out right. Relative error below 2 units in the last place.
PULLBACK_INLINE V exponential(V x) {
  V clamped = x > splat(89) ? splat(89) : x;
  clamped = clamped < splat(-104) ? splat(-104) : clamped;
  V t = clamped * splat(1.44269504f);
  const V magic = splat(12582912.0f);  // 1.5 · 2^23: adding it rounds to an integer
  V n = (t + magic) - magic;
  V r = clamped - n * splat(0.693359375f);
  r = r - n * splat(-2.12194440e-4f);
  V p = splat(1.9875691500e-4f);
  p = p * r + splat(1.3981999507e-3f);
  p = p * r + splat(8.3334519073e-3f);
  p = p * r + splat(4.1665795894e-2f);
  p = p * r + splat(1.6666665459e-1f);
  p = p * r + splat(5.0000001201e-1f);
  V y = p * (r * r) + r + splat(1);
  I whole = __builtin_convertvector(n, I);
  I half = whole >> 1;
  y = y * bits((half + splat_i(127)) << 23) * bits((whole - half + splat_i(127)) << 23);
  return x == x ? y : x;
}

/// ln x: x = m 2^e with m in [√½, √2), a polynomial in m - 1 (Cephes). Relative error below 2 units
/// in the last place; ln 0 = -∞, NaN below 0.
PULLBACK_INLINE V logarithm(V x) {
  I tiny = x < splat(1.17549435e-38f);
  V scaled = tiny ? x * splat(8388608.0f) : x;
  I e = ((bits(scaled) >> 23) & splat_i(255)) - splat_i(126);
  V m = bits((bits(scaled) & splat_i(0x7fffff)) | splat_i(0x3f000000));  // [½, 1)
  I low = m < splat(0.707106781f);
  e = e + low - (tiny & splat_i(23));
  m = (low ? m + m : m) - splat(1);
  V z = m * m;
  V p = splat(7.0376836292e-2f);
  p = p * m + splat(-1.1514610310e-1f);
  p = p * m + splat(1.1676998740e-1f);
  p = p * m + splat(-1.2420140846e-1f);
  p = p * m + splat(1.4249322787e-1f);
  p = p * m + splat(-1.6668057665e-1f);
  p = p * m + splat(2.0000714765e-1f);
  p = p * m + splat(-2.4999993993e-1f);
  p = p * m + splat(3.3333331174e-1f);
  V fe = __builtin_convertvector(e, V);
  V y = p * m * z + fe * splat(-2.12194440e-4f) - splat(0.5f) * z;
  y = m + y + fe * splat(0.693359375f);
  const V infinity = splat(__builtin_inff());
  y = x == infinity ? infinity : y;
  y = x == zero() ? -infinity : y;
  y = x < zero() ? splat(__builtin_nanf("")) : y;
  return x == x ? y : x;
}

PULLBACK_INLINE V logistic(V x) { return splat(1) / (splat(1) + exponential(-x)); }

/// tanh x: an odd polynomial near 0 (Cephes), else 1 - 2/(e^2|x| + 1).
PULLBACK_INLINE V hyperbolic_tangent(V x) {
  V a = x < zero() ? -x : x;
  V z = x * x;
  V p = splat(-5.70498872745e-3f);
  p = p * z + splat(2.06390887954e-2f);
  p = p * z + splat(-5.37397155531e-2f);
  p = p * z + splat(1.33314422036e-1f);
  p = p * z + splat(-3.33332819422e-1f);
  V small = p * z * x + x;
  V large = splat(1) - splat(2) / (exponential(a + a) + splat(1));
  large = x < zero() ? -large : large;
  V y = a < splat(0.625f) ? small : large;
  return x == x ? y : x;
}

PULLBACK_INLINE V maximum(V a, V b) {
  V most = a > b ? a : b;  // a NaN of b stays
  return a == a ? most : a;
}
PULLBACK_INLINE V minimum(V a, V b) {
  V least = a < b ? a : b;
  return a == a ? least : a;
}
PULLBACK_INLINE V magnitude(V a) { return bits(bits(a) & splat_i(0x7fffffff)); }

template <class F>
PULLBACK_INLINE void loop(float* d, const float* a, int n, F f) {
  for (int i = 0; i < n; i += kLanes) store(d + i, f(load(a + i)));
}
template <class F>
PULLBACK_INLINE void loop(float* d, const float* a, const float* b, int n, F f) {
  for (int i = 0; i < n; i += kLanes) store(d + i, f(load(a + i), load(b + i)));
}
template <class F>
PULLBACK_INLINE void loop(float* d, const float* a, const float* b, const float* c, int n, F f) {
  for (int i = 0; i < n; i += kLanes) store(d + i, f(load(a + i), load(b + i), load(c + i)));
}
template <class F>
PULLBACK_INLINE void loop_i(float* d, const float* a, const float* b, int n, F f) {
  for (int i = 0; i < n; i += kLanes) {
    store_i(d + i, f(bits(load(a + i)), bits(load(b + i))));
  }
}
/// One scalar function a lane.
template <class F>
PULLBACK_INLINE void lanes(float* d, const float* a, const float* b, int n, F f) {
  for (int i = 0; i < n; ++i) d[i] = f(a[i], b[i]);
}

void float_unary(StripOp op, float* d, const float* a, int n) {
  switch (op) {
    case StripOp::copy:
      return loop(d, a, n, [](V x) { return x; });
    case StripOp::abs:
      return loop(d, a, n, [](V x) { return magnitude(x); });
    case StripOp::negate:
      return loop(d, a, n, [](V x) { return -x; });
    case StripOp::exponential:
      return loop(d, a, n, [](V x) { return exponential(x); });
    case StripOp::log:
      return loop(d, a, n, [](V x) { return logarithm(x); });
    case StripOp::logistic:
      return loop(d, a, n, [](V x) { return logistic(x); });
    case StripOp::tanh:
      return loop(d, a, n, [](V x) { return hyperbolic_tangent(x); });
    case StripOp::relu:
      return loop(d, a, n, [](V x) { return relu(x); });
    case StripOp::sqrt:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_sqrtf(x); });
    case StripOp::rsqrt:
      return lanes(d, a, a, n, [](float x, float) { return 1 / __builtin_sqrtf(x); });
    case StripOp::sine:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_sinf(x); });
    case StripOp::cosine:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_cosf(x); });
    case StripOp::floor:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_floorf(x); });
    case StripOp::sign:
      return loop(d, a, n, [](V x) {
        V s = x > zero() ? splat(1) : x < zero() ? splat(-1) : x;
        return s;
      });
    default:
      return;
  }
}

void float_binary(StripOp op, float* d, const float* a, const float* b, int n) {
  switch (op) {
    case StripOp::add:
      return loop(d, a, b, n, [](V x, V y) { return x + y; });
    case StripOp::subtract:
      return loop(d, a, b, n, [](V x, V y) { return x - y; });
    case StripOp::multiply:
      return loop(d, a, b, n, [](V x, V y) { return x * y; });
    case StripOp::divide:
      return loop(d, a, b, n, [](V x, V y) { return x / y; });
    case StripOp::maximum:
      return loop(d, a, b, n, [](V x, V y) { return maximum(x, y); });
    case StripOp::minimum:
      return loop(d, a, b, n, [](V x, V y) { return minimum(x, y); });
    case StripOp::power:
      return lanes(d, a, b, n, [](float x, float y) { return __builtin_powf(x, y); });
    case StripOp::equal:
      return loop(d, a, b, n, [](V x, V y) { return bits(I(x == y)); });
    case StripOp::not_equal:
      return loop(d, a, b, n, [](V x, V y) { return bits(I(x != y)); });
    case StripOp::less:
      return loop(d, a, b, n, [](V x, V y) { return bits(I(x < y)); });
    case StripOp::less_equal:
      return loop(d, a, b, n, [](V x, V y) { return bits(I(x <= y)); });
    case StripOp::greater:
      return loop(d, a, b, n, [](V x, V y) { return bits(I(x > y)); });
    case StripOp::greater_equal:
      return loop(d, a, b, n, [](V x, V y) { return bits(I(x >= y)); });
    case StripOp::relu_mask:
      return loop(d, a, b, n, [](V x, V y) { return x > zero() ? y : zero(); });
    default:
      return;
  }
}

void integer_ops(StripOp op, float* d, const float* a, const float* b, int n) {
  typedef uint32_t U __attribute__((vector_size(kLanes * 4)));
  auto wrap = [](auto f) { return [f](I x, I y) { return I(f(U(x), U(y))); }; };
  switch (op) {
    case StripOp::add_i32:
      return loop_i(d, a, b, n, wrap([](U x, U y) { return x + y; }));
    case StripOp::subtract_i32:
      return loop_i(d, a, b, n, wrap([](U x, U y) { return x - y; }));
    case StripOp::multiply_i32:
      return loop_i(d, a, b, n, wrap([](U x, U y) { return x * y; }));
    case StripOp::maximum_i32:
      return loop_i(d, a, b, n, [](I x, I y) { return x > y ? x : y; });
    case StripOp::minimum_i32:
      return loop_i(d, a, b, n, [](I x, I y) { return x < y ? x : y; });
    case StripOp::equal_i32:
      return loop_i(d, a, b, n, [](I x, I y) { return I(x == y); });
    case StripOp::not_equal_i32:
      return loop_i(d, a, b, n, [](I x, I y) { return I(x != y); });
    case StripOp::less_i32:
      return loop_i(d, a, b, n, [](I x, I y) { return I(x < y); });
    case StripOp::less_equal_i32:
      return loop_i(d, a, b, n, [](I x, I y) { return I(x <= y); });
    case StripOp::greater_i32:
      return loop_i(d, a, b, n, [](I x, I y) { return I(x > y); });
    case StripOp::greater_equal_i32:
      return loop_i(d, a, b, n, [](I x, I y) { return I(x >= y); });
    case StripOp::logical_and:
      return loop_i(d, a, b, n, [](I x, I y) { return x & y; });
    case StripOp::logical_or:
      return loop_i(d, a, b, n, [](I x, I y) { return x | y; });
    case StripOp::logical_xor:
      return loop_i(d, a, b, n, [](I x, I y) { return x ^ y; });
    case StripOp::logical_not:
      return loop_i(d, a, a, n, [](I x, I) { return ~x; });
    default:
      return;
  }
}

void conversions(StripOp op, float* d, const float* a, int n) {
  switch (op) {
    case StripOp::i32_to_f32:
      return loop(d, a, n, [](V x) { return __builtin_convertvector(bits(x), V); });
    case StripOp::f32_to_i32:
      return loop(d, a, n, [](V x) { return bits(__builtin_convertvector(x, I)); });
    case StripOp::mask_to_f32:
      return loop(d, a, n, [](V x) { return bits(x) != splat_i(0) ? splat(1) : zero(); });
    case StripOp::mask_to_i32:
      return loop(d, a, n, [](V x) { return bits(bits(x) & splat_i(1)); });
    case StripOp::f32_to_mask:
      return loop(d, a, n, [](V x) { return bits(I(x != zero())); });
    case StripOp::i32_to_mask:
      return loop(d, a, n, [](V x) { return bits(I(bits(x) != splat_i(0))); });
    default:
      return;
  }
}

void ternary(StripOp op, float* d, const float* a, const float* b, const float* c, int n) {
  switch (op) {
    case StripOp::select:
      return loop(d, a, b, c, n, [](V x, V y, V z) { return bits(x) != splat_i(0) ? y : z; });
    case StripOp::multiply_add:
      return loop(d, a, b, c, n, [](V x, V y, V z) { return x * y + z; });
    case StripOp::negate_multiply_add:
      return loop(d, a, b, c, n, [](V x, V y, V z) { return z - x * y; });
    default:
      return;
  }
}

/// One strip of `n` elements from `first` on. Where `staged`, n is less than a vector and no full
/// argument is touched beyond it.
class StripRun {
 public:
  StripRun(const StripCall& call) : s_(call) {
    lines_ = s_.scratch + static_cast<int64_t>(s_.registers) * s_.length;
    for (int i = 0; i < s_.argument_count; ++i) {
      if (s_.arguments[i].period == 1) expand(i, 0, s_.length);
    }
  }

  void strip(int64_t first, int n, bool staged) {
    first_ = first;
    n_ = n;
    staged_ = staged;
    int width = staged ? kLanes : n;
    for (int i = 0; i < s_.argument_count; ++i) {
      const StripArgument& a = s_.arguments[i];
      bool in_place = a.divide == 1 && a.period == 0 && a.type != StripType::i1 && !staged;
      // A pattern that begins where it began in the first strip stays as it was expanded.
      bool fixed = a.period == 1 || (n <= expanded_ && a.divide == 1 && a.period > 0 &&
                                     first % a.period == s_.begin % a.period);
      if (!in_place && !fixed) expand(i, first, n);
    }
    if (expanded_ == 0) expanded_ = n;
    for (int k = 0; k < s_.code_count; ++k) run(s_.code[k], width);
  }

 private:
  float* line(int argument) const { return lines_ + static_cast<int64_t>(argument) * s_.length; }

  static int64_t place(const StripArgument& a, int64_t j) {
    int64_t k = a.divide == 1 ? j : j / a.divide;
    return a.period == 0 ? k : k % a.period;
  }

  /// Argument i's elements for the strip, as 32-bit lanes, into its line.
  void expand(int i, int64_t first, int n) {
    const StripArgument& a = s_.arguments[i];
    float* to = line(i);
    int64_t at = place(a, first);
    int64_t left = a.divide - first % a.divide;  // before `at` moves on
    for (int j = 0; j < n; ++j) {
      if (a.type == StripType::i1) {
        int32_t mask = static_cast<const uint8_t*>(s_.data[i])[at] ? -1 : 0;
        __builtin_memcpy(to + j, &mask, 4);
      } else {
        to[j] = static_cast<const float*>(s_.data[i])[at];
      }
      if (--left > 0) continue;
      left = a.divide;
      if (++at == a.period) at = 0;
    }
    for (int j = n; j < kLanes; ++j) to[j] = 0;
  }

  const float* source(int16_t operand) const {
    if (operand >= 0) return s_.scratch + static_cast<int64_t>(operand) * s_.length;
    int i = ~operand;
    const StripArgument& a = s_.arguments[i];
    bool in_place = a.divide == 1 && a.period == 0 && a.type != StripType::i1 && !staged_;
    return in_place ? static_cast<const float*>(s_.data[i]) + first_ : line(i);
  }

  void run(const StripInstruction& c, int width) {
    if (c.op == StripOp::reduce_add || c.op == StripOp::reduce_max) return reduce(c);
    float* d = const_cast<float*>(source(c.dst));
    const float *a = source(c.a), *b = source(c.b);
    if (c.op >= StripOp::select && c.op != StripOp::relu_mask &&
        c.op <= StripOp::negate_multiply_add) {
      ternary(c.op, d, a, b, source(c.c), width);
    } else if (c.op <= StripOp::relu) {
      float_unary(c.op, d, a, width);
    } else if (c.op <= StripOp::power || c.op == StripOp::relu_mask ||
               (c.op >= StripOp::equal && c.op <= StripOp::greater_equal)) {
      float_binary(c.op, d, a, b, width);
    } else if (c.op >= StripOp::i32_to_f32) {
      conversions(c.op, d, a, width);
    } else {
      integer_ops(c.op, d, a, b, width);
    }
    if (c.dst < 0) write_back(~c.dst, d);
  }

  /// Brings what was computed in an argument's line to its memory.
  void write_back(int i, const float* d) {
    const StripArgument& a = s_.arguments[i];
    if (a.type == StripType::i1) {
      uint8_t* to = static_cast<uint8_t*>(s_.data[i]) + first_;
      for (int j = 0; j < n_; ++j) {
        int32_t mask;
        __builtin_memcpy(&mask, d + j, 4);
        to[j] = mask != 0;
      }
    } else if (staged_) {
      __builtin_memcpy(static_cast<float*>(s_.data[i]) + first_, d,
                       static_cast<size_t>(n_) * sizeof(float));
    }
  }

  void reduce(const StripInstruction& c) {
    const StripArgument& to = s_.arguments[~c.dst];
    float* sums = static_cast<float*>(s_.data[~c.dst]);
    const float* a = source(c.a);
    for (int j = 0; j < n_; ++j) {
      float& sum = sums[place(to, first_ + j)];
      if (c.op == StripOp::reduce_add) {
        sum += a[j];
      } else {
        sum = sum != sum || sum > a[j] ? sum : a[j];
      }
    }
  }

  const StripCall& s_;
  float* lines_;
  int64_t first_ = 0;
  int n_ = 0;
  int expanded_ = 0;  // elements of the first strip
  bool staged_ = false;
};

void run(const StripCall& call) {
  StripRun strips(call);
  int64_t j = call.begin;
  while (call.end - j >= kLanes) {
    int64_t left = (call.end - j) / kLanes * kLanes;
    int n = static_cast<int>(left < call.length ? left : call.length);
    strips.strip(j, n, false);
    j += n;
  }
  if (j < call.end) strips.strip(j, static_cast<int>(call.end - j), true);
}

}  // namespace

const StripTable strip_table{run};

}  // namespace pullback::kernels::PULLBACK_SIMD
