// The strip machine: every instruction is a loop over a strip whose values stay in the first-level
// cache.
#include "run/native/kernels/impl/functions.inl"
#include "run/native/kernels/strip.h"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

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

/// The functions that are less common.
void special(StripOp op, float* d, const float* a, int n) {
  switch (op) {
    case StripOp::exponential_minus_one:
      return loop(d, a, n, [](V x) { return exponential_minus_one(x); });
    case StripOp::log_plus_one:
      return loop(d, a, n, [](V x) { return log_plus_one(x); });
    case StripOp::erf:
      return loop(d, a, n, [](V x) { return error_function(x); });
    case StripOp::erfc:
      return loop(d, a, n, [](V x) { return complementary_error_function(x); });
    case StripOp::atan:
      return loop(d, a, n, [](V x) { return arctangent(x); });
    case StripOp::cbrt:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_cbrtf(x); });
    case StripOp::tan:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_tanf(x); });
    case StripOp::asin:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_asinf(x); });
    case StripOp::acos:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_acosf(x); });
    case StripOp::sinh:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_sinhf(x); });
    case StripOp::cosh:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_coshf(x); });
    case StripOp::asinh:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_asinhf(x); });
    case StripOp::acosh:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_acoshf(x); });
    case StripOp::atanh:
      return lanes(d, a, a, n, [](float x, float) { return __builtin_atanhf(x); });
    default:
      return;
  }
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
      return loop(d, a, n, [](V x) { return floor(x); });
    case StripOp::ceil:
      return loop(d, a, n, [](V x) { return -floor(-x); });
    case StripOp::round_afz:
      return loop(d, a, n, [](V x) { return round_afz(x); });
    case StripOp::round_even:
      return loop(d, a, n, [](V x) { return round_even(x); });
    case StripOp::sign:
      return loop(d, a, n, [](V x) {
        V s = x > zero() ? splat(1) : x < zero() ? splat(-1) : x;
        return s;
      });
    default:
      return special(op, d, a, n);
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
    case StripOp::remainder:
      return lanes(d, a, b, n, [](float x, float y) { return __builtin_fmodf(x, y); });
    case StripOp::atan2:
      return lanes(d, a, b, n, [](float x, float y) { return __builtin_atan2f(x, y); });
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
    case StripOp::is_finite:
      return loop(d, a, n, [](V x) { return bits(I(magnitude(x) < splat(__builtin_inff()))); });
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
    case StripOp::clamp:
      return loop(d, a, b, c, n, [](V l, V x, V u) { return minimum(maximum(x, l), u); });
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
      // A pattern that whole strips begin where the first did stays as it was expanded there. One
      // that is longer than a strip does not: strips between have overwritten it.
      bool fixed =
          a.period == 1 || (n <= expanded_ && a.divide == 1 && a.period > 0 &&
                            s_.length % a.period == 0 && first % a.period == s_.begin % a.period);
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

  /// A number's 32 bits in all lanes, whatever their type.
  static V load_lane(const float* at) {
    int32_t lane;
    __builtin_memcpy(&lane, at, 4);
    return bits(splat_i(lane));
  }
  static void fill(float* to, V value, int n) {
    for (int j = 0; j < n; j += kLanes) store(to + j, value);
  }
  /// to[j] = from[(first + j) % period], whole vectors of a pattern at a time.
  static void repeat(float* to, const float* from, int64_t first, int64_t period, int n) {
    int64_t at = first;
    for (int j = 0; j < n; j += kLanes) {
      store(to + j, load(from + at));
      if ((at += kLanes) == period) at = 0;
    }
  }

  /// Argument i's elements for the strip, as 32-bit lanes, into its line.
  void expand(int i, int64_t first, int n) {
    const StripArgument& a = s_.arguments[i];
    float* to = line(i);
    if (a.type != StripType::i1 && a.divide == 1 && n % kLanes == 0) {
      if (a.period == 1) return fill(to, load_lane(static_cast<const float*>(s_.data[i])), n);
      if (a.period > 0 && a.period % kLanes == 0 && first % kLanes == 0) {
        return repeat(to, static_cast<const float*>(s_.data[i]), first % a.period, a.period, n);
      }
    }
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
    if (c.op >= StripOp::select && c.op != StripOp::relu_mask && c.op <= StripOp::clamp) {
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
