#include "ir/ops/special.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace pullback {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <size_t N>
double polynomial(const double (&coefficients)[N], double x) {
  double y = 0;
  for (double c : coefficients) y = y * x + c;
  return y;
}

/// Giles, "Approximating the erfinv function" (2010): single precision.
double first_guess(double x) {
  constexpr double middle[] = {2.81022636e-08,  3.43273939e-07, -3.5233877e-06,
                               -4.39150654e-06, 0.00021858087,  -0.00125372503,
                               -0.00417768164,  0.246640727,    1.50140941};
  constexpr double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322,
                             -0.00367342844,  0.00573950773,  -0.0076224613,
                             0.00943887047,   1.00167406,     2.83297682};
  double w = -std::log((1 - x) * (1 + x));
  return x * (w < 5 ? polynomial(middle, w - 2.5) : polynomial(tail, std::sqrt(w) - 3));
}

/// Σ (q + k)^-s over k = 0, 1, …, for an integer s > 1: the first terms, then Euler and Maclaurin's
/// formula; its coefficients are (2j)!/B_2j.
double hurwitz_zeta(double s, double q) {
  constexpr double coefficients[] = {12.0,
                                     -720.0,
                                     30240.0,
                                     -1209600.0,
                                     47900160.0,
                                     -1.8924375803183791606e9,
                                     7.47242496e10,
                                     -2.950130727918164224e12,
                                     1.1646782814350067249e14,
                                     -4.5979787224074726105e15,
                                     1.8152105401943546773e17,
                                     -7.1661652561756670113e18};
  double sum = 0;
  for (; q < 12; q += 1) sum += std::pow(q, -s);
  double power = std::pow(q, -s);
  sum += power * q / (s - 1) + power / 2;
  double factor = 1;
  double k = 0;
  for (double c : coefficients) {
    factor *= s + k;
    power /= q;
    sum += factor * power / c;
    factor *= s + k + 1;
    power /= q;
    k += 2;
  }
  return sum;
}

bool is_whole(double x) { return x == std::floor(x); }

}  // namespace

double inverse_error_function(double x) {
  if (!(std::abs(x) < 1)) return std::abs(x) == 1 ? x * infinity : nan;
  if (x == 0) return x;
  double a = std::abs(x), y = first_guess(a);
  for (int step = 0; step < 3; ++step) {  // Halley's method
    double error = a < 0.5 ? std::erf(y) - a : (1 - a) - std::erfc(y);
    double move = error / (2 / std::sqrt(std::numbers::pi) * std::exp(-y * y));
    y -= move / (1 + y * move);
  }
  return std::copysign(y, x);
}

double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

double digamma(double x) {
  if (std::isnan(x) || x == infinity) return x;
  if (x <= 0) {
    if (is_whole(x)) return nan;
    double rest = x - std::floor(x);  // the cotangent has period 1
    return digamma(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * rest);
  }
  double sum = 0;
  for (; x < 12; x += 1) sum -= 1 / x;
  // ln x - 1/(2x) - Σ B_2j / (2j x^2j)
  constexpr double series[] = {1.0 / 12,  -691.0 / 32760, 1.0 / 132, -1.0 / 240,
                               1.0 / 252, -1.0 / 120,     1.0 / 12,  0};
  return sum + std::log(x) - 0.5 / x - polynomial(series, 1 / (x * x));
}

double polygamma(double n, double x) {
  if (!(n >= 0) || !is_whole(n) || std::isnan(x)) return nan;
  if (n == 0) return digamma(x);
  if (x <= 0 && is_whole(x)) return infinity;
  if (x < -10000) return nan;
  double sign = std::fmod(n, 2) == 0 ? -1 : 1;
  return sign * std::exp(log_gamma(n + 1)) * hurwitz_zeta(n + 1, x);
}

}  // namespace pullback
