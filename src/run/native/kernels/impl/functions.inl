// Functions of vectors of f32. Every one keeps a NaN.
#pragma once

#include "run/native/kernels/impl/simd.inl"

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
PULLBACK_INLINE V with_sign_of(V magnitude_, V x) {
  return bits(bits(magnitude_) | (bits(x) & splat_i(static_cast<int32_t>(0x80000000))));
}

// ---- rounding: from 2^23 on every number is whole ----
/// |x| without its fraction, |x| < 2^23.
PULLBACK_INLINE V whole_part(V x) {
  V a = magnitude(x);
  V small = a < splat(8388608.0f) ? a : zero();
  V t = __builtin_convertvector(__builtin_convertvector(small, I), V);
  return a < splat(8388608.0f) ? t : a;
}
PULLBACK_INLINE V floor(V x) {
  V t = with_sign_of(whole_part(x), x);
  V y = t > x ? t - splat(1) : t;
  return x == x ? y : x;
}
/// To the nearest, a half away from 0.
PULLBACK_INLINE V round_afz(V x) {
  V t = whole_part(x);
  V rest = magnitude(x) - t;
  V y = with_sign_of(rest >= splat(0.5f) ? t + splat(1) : t, x);
  return magnitude(x) < splat(8388608.0f) ? y : x;
}
/// To the nearest, a half to the even one: what adding 2^23 does.
PULLBACK_INLINE V round_even(V x) {
  V t = (magnitude(x) + splat(8388608.0f)) - splat(8388608.0f);
  return magnitude(x) < splat(8388608.0f) ? with_sign_of(t, x) : x;
}

/// e^x - 1: x = n ln 2 + r, 2 (2^(n-1) p + (2^(n-1) - 1/2)) with p = e^r - 1 by its series.
PULLBACK_INLINE V exponential_minus_one(V x) {
  V clamped = x > splat(89) ? splat(89) : x;
  clamped = clamped < splat(-20) ? splat(-20) : clamped;
  V n = round_even(clamped * splat(1.44269504f));
  V r = clamped - n * splat(0.693359375f);
  r = r - n * splat(-2.12194440e-4f);
  V p = splat(2.4801587e-5f);
  p = p * r + splat(1.9841270e-4f);
  p = p * r + splat(1.3888889e-3f);
  p = p * r + splat(8.3333333e-3f);
  p = p * r + splat(4.1666667e-2f);
  p = p * r + splat(1.6666667e-1f);
  p = p * r + splat(0.5f);
  p = p * (r * r) + r;
  V half = bits((__builtin_convertvector(n, I) + splat_i(126)) << 23);
  V y = splat(2) * (half * p + (half - splat(0.5f)));
  y = x == zero() ? x : y;
  return x == x ? y : x;
}

/// ln (1 + x) = ln u + (x - (u - 1)) / u, where u is 1 + x rounded.
PULLBACK_INLINE V log_plus_one(V x) {
  V u = splat(1) + x;
  V lost = x - (u - splat(1));
  V y = logarithm(u) + lost / u;
  const V infinity = splat(__builtin_inff());
  y = u == zero() ? -infinity : y;
  y = x == infinity ? infinity : y;
  y = x == zero() ? x : y;
  return x == x ? y : x;
}

/// erf x: an odd polynomial near 0, else 1 - exp(a polynomial).
PULLBACK_INLINE V error_function(V x) {
  V a = magnitude(x);
  V s = x * x;
  V p = splat(-5.96761703e-4f);
  p = p * s + splat(4.99119423e-3f);
  p = p * s + splat(-2.67681349e-2f);
  p = p * s + splat(1.12819925e-1f);
  p = p * s + splat(-3.76125336e-1f);
  p = p * s + splat(1.28379166e-1f);
  V small = p * x + x;
  V t = a < splat(4) ? a : splat(4);
  V q = splat(-1.72853470e-5f) * t + splat(3.83197126e-4f);
  q = q * t + splat(-3.88396438e-3f);
  q = q * t + splat(2.42546219e-2f);
  q = q * t + splat(-1.06777877e-1f);
  q = q * t + splat(-6.34846687e-1f);
  q = q * t + splat(-1.28717512e-1f);
  q = q * t - t;
  V large = with_sign_of(splat(1) - exponential(q), x);
  V y = a < splat(0.927734375f) ? small : large;
  return x == x ? y : x;
}

/// erfc x = exp(-a²) f(a), a = |x|, or 2 minus it; f = (1 + p)/(1 + 2a) with a polynomial p in
/// (a - 2)/(a + 2). The square is taken in two parts, for exp magnifies its rounding.
PULLBACK_INLINE V complementary_error_function(V x) {
  V a = magnitude(x);
  a = a < splat(11) ? a : splat(11);
  V q = (a - splat(2)) / (a + splat(2));
  V p = splat(-0x1.a4a000p-12f);
  p = p * q + splat(-0x1.42a260p-10f);
  p = p * q + splat(0x1.585714p-10f);
  p = p * q + splat(0x1.1adcc4p-07f);
  p = p * q + splat(-0x1.081b82p-07f);
  p = p * q + splat(-0x1.bc0b6ap-05f);
  p = p * q + splat(0x1.4ffc46p-03f);
  p = p * q + splat(-0x1.540840p-03f);
  p = p * q + splat(-0x1.7bf616p-04f);
  p = p * q + splat(0x1.1ba03ap-02f);
  V f = (splat(1) + p) / (splat(1) + splat(2) * a);
  V high = bits(bits(a) & splat_i(static_cast<int32_t>(0xfffff000)));  // its square is exact
  V rest = (a - high) * (a + high);
  V y = exponential(-(high * high)) * (exponential_minus_one(-rest) * f + f);
  y = magnitude(x) > splat(10.0546875f) ? zero() : y;
  y = x < zero() ? splat(2) - y : y;
  return x == x ? y : x;
}

/// arctan x (Cephes): reduced to |x| <= tan(π/8) by arctan x = π/2 + arctan(-1/x) and
/// arctan x = π/4 + arctan((x - 1)/(x + 1)).
PULLBACK_INLINE V arctangent(V x) {
  V a = magnitude(x);
  I steep = a > splat(2.414213562f);
  I middle = I(a > splat(0.4142135624f)) & ~steep;
  V top = steep ? splat(-1) : middle ? a - splat(1) : a;
  V bottom = steep ? a : middle ? a + splat(1) : splat(1);
  V t = top / bottom;
  V z = t * t;
  V p = splat(8.05374449538e-2f);
  p = p * z + splat(-1.38776856032e-1f);
  p = p * z + splat(1.99777106478e-1f);
  p = p * z + splat(-3.33329491539e-1f);
  V y = p * z * t + t;
  y = steep ? y + splat(1.57079637f) : middle ? y + splat(0.785398185f) : y;
  y = with_sign_of(y, x);
  return x == x ? y : x;
}

}  // namespace
}  // namespace pullback::kernels::PULLBACK_SIMD
