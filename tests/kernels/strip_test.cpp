#include "run/native/kernels/strip.h"

#include <cmath>
#include <functional>

#include "tests/kernels/support.h"

/// The strip machine's functions against those of double precision.
namespace pullback::kernels {
namespace {

/// y = op(x), or op(x, x2).
std::vector<float> run(StripOp op, std::vector<float> x, std::vector<float> x2, Isa isa) {
  StripProgram program;
  program.arguments.resize(3);
  program.code = {{.op = op, .dst = ~2, .a = ~0, .b = ~1}};
  Strip strip(program, isa);
  std::vector<float> y(x.size()), scratch(strip.scratch_size());
  if (x2.empty()) x2 = x;
  void* data[] = {x.data(), x2.data(), y.data()};
  strip.run(data, 0, static_cast<int64_t>(x.size()), scratch.data());
  return y;
}

/// |actual - expected| in units of the expected float's last place.
double ulps(float actual, double expected) {
  if (std::isnan(expected)) return std::isnan(actual) ? 0 : INFINITY;
  if (std::abs(expected) > std::numeric_limits<float>::max()) {
    return actual == static_cast<float>(expected) ? 0 : INFINITY;
  }
  int exponent = std::max(std::ilogb(expected == 0 ? 1e-45 : expected), -126);
  return std::abs(actual - expected) / std::ldexp(1.0, exponent - 23);
}

struct Case {
  StripOp op;
  const char* name;
  std::function<double(double)> f;
  double low, high;
  double bound;  ///< in ulp, measured and rounded up
};

const std::vector<Case>& cases() {
  using O = StripOp;
  auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  static const std::vector<Case> table{
      {O::exponential, "exponential", [](double x) { return std::exp(x); }, -87, 88, 2},
      {O::log, "log", [](double x) { return std::log(x); }, 1e-30, 1e6, 2},
      {O::logistic, "logistic", logistic, -20, 20, 4},
      {O::tanh, "tanh", [](double x) { return std::tanh(x); }, -9, 9, 4},
      {O::floor, "floor", [](double x) { return std::floor(x); }, -1e3, 1e3, 0},
      {O::ceil, "ceil", [](double x) { return std::ceil(x); }, -1e3, 1e3, 0},
      {O::round_afz, "round_afz", [](double x) { return std::round(x); }, -1e3, 1e3, 0},
      {O::round_even, "round_even", [](double x) { return std::nearbyint(x); }, -1e3, 1e3, 0},
      {O::exponential_minus_one, "expm1", [](double x) { return std::expm1(x); }, -25, 88, 2},
      {O::exponential_minus_one, "expm1 near 0", [](double x) { return std::expm1(x); }, -1, 1, 2},
      {O::log_plus_one, "log1p", [](double x) { return std::log1p(x); }, -0.999, 1e6, 3},
      {O::log_plus_one, "log1p near 0", [](double x) { return std::log1p(x); }, -0.5, 0.5, 3},
      {O::erf, "erf", [](double x) { return std::erf(x); }, -5, 5, 2},
      {O::erfc, "erfc", [](double x) { return std::erfc(x); }, -5, 9, 8},
      {O::atan, "atan", [](double x) { return std::atan(x); }, -10, 10, 3},
      {O::cbrt, "cbrt", [](double x) { return std::cbrt(x); }, -1e3, 1e3, 1},
      {O::tan, "tan", [](double x) { return std::tan(x); }, -10, 10, 1},
      {O::asin, "asin", [](double x) { return std::asin(x); }, -1, 1, 1},
      {O::acos, "acos", [](double x) { return std::acos(x); }, -1, 1, 1},
      {O::sinh, "sinh", [](double x) { return std::sinh(x); }, -50, 50, 2},
      {O::cosh, "cosh", [](double x) { return std::cosh(x); }, -50, 50, 2},
      {O::asinh, "asinh", [](double x) { return std::asinh(x); }, -50, 50, 2},
      {O::acosh, "acosh", [](double x) { return std::acosh(x); }, 1, 50, 2},
      {O::atanh, "atanh", [](double x) { return std::atanh(x); }, -1, 1, 3}};
  return table;
}

class StripFunctions : public EveryIsa {};
PULLBACK_FOR_EVERY_ISA(StripFunctions);

TEST_P(StripFunctions, are_within_their_bounds) {
  std::vector<float> unit = random_floats(20000, 5);
  for (const Case& c : cases()) {
    std::vector<float> x;
    for (size_t i = 0; i < unit.size(); ++i) {
      double t = (unit[i] + 1) / 2;
      double value = c.low + (c.high - c.low) * t;
      // Half of the points crowd at 0.
      if (i % 2 == 1 && c.low < 0 && c.high > 0) value = value * std::pow(10.0, -8 * t);
      x.push_back(static_cast<float>(value));
    }
    std::vector<float> y = run(c.op, x, {}, GetParam());
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      double error = ulps(y[i], c.f(x[i]));
      if (error > worst) worst = error, at = i;
    }
    EXPECT_LE(worst, c.bound) << c.name << " of " << x[at] << " is " << y[at];
    RecordProperty(c.name, std::to_string(worst));
  }
}

TEST_P(StripFunctions, keep_nan_and_the_limits) {
  const float inf = INFINITY;
  std::vector<float> x{NAN, inf, -inf, 0.0f, -0.0f, -1, 1, 3e38f, -3e38f, 1e-40f, 89, -104};
  for (const Case& c : cases()) {
    std::vector<float> y = run(c.op, x, {}, GetParam());
    for (size_t i = 0; i < x.size(); ++i) {
      double expected = c.f(x[i]);
      // exp's subnormal results and the like: by the size of the smallest normal number.
      double error = std::abs(y[i] - expected) < 1e-37 ? 0 : ulps(y[i], expected);
      EXPECT_LE(error, std::max(c.bound, 3.0)) << c.name << " of " << x[i] << " is " << y[i];
    }
  }
}

TEST_P(StripFunctions, round_halves_and_large_numbers) {
  std::vector<float> x{-2.5f, -0.5f, 0.5f, 1.5f, 2.5f, 8388607.5f, 8388609, 1e30f, -4194304.5f};
  std::vector<float> afz = run(StripOp::round_afz, x, {}, GetParam());
  std::vector<float> even = run(StripOp::round_even, x, {}, GetParam());
  std::vector<float> down = run(StripOp::floor, x, {}, GetParam());
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(afz[i], std::round(x[i])) << x[i];
    EXPECT_EQ(even[i], std::nearbyint(x[i])) << x[i];
    EXPECT_EQ(down[i], std::floor(x[i])) << x[i];
    EXPECT_EQ(std::signbit(even[i]), std::signbit(std::nearbyint(x[i]))) << x[i];
  }
}

TEST_P(StripFunctions, of_two_operands) {
  std::vector<float> x = random_floats(999, 1), y = random_floats(999, 2);
  std::vector<float> angle = run(StripOp::atan2, x, y, GetParam());
  std::vector<float> rest = run(StripOp::remainder, x, y, GetParam());
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_LE(ulps(angle[i], std::atan2(double{x[i]}, double{y[i]})), 2);
    EXPECT_EQ(rest[i], std::fmod(x[i], y[i]));
  }
}

/// x[j] · y[j mod C], for channel counts around a strip's length.
TEST_P(StripFunctions, a_value_per_channel_is_found_in_every_strip) {
  for (int64_t channels : {3, 16, 96, 127, 128, 192, 256, 384, 400, 448, 512, 640, 1024, 2048}) {
    int64_t count = 23 * channels;
    StripProgram program;
    program.arguments = {{}, {.period = channels}, {}};
    program.code = {{StripOp::multiply, ~2, ~0, ~1}};
    Strip strip(program, GetParam());
    auto size = static_cast<size_t>(count);
    std::vector<float> x = random_floats(size, 1);
    std::vector<float> y = random_floats(static_cast<size_t>(channels), 2);
    std::vector<float> z(size), scratch(strip.scratch_size());
    std::vector<void*> data{x.data(), y.data(), z.data()};
    for (int64_t begin : {int64_t{0}, channels, int64_t{5}}) {
      strip.run(data, begin, count, scratch.data());
      for (int64_t j = begin; j < count; ++j) {
        auto at = static_cast<size_t>(j);
        ASSERT_EQ(z[at], x[at] * y[static_cast<size_t>(j % channels)])
            << channels << " channels, element " << j << ", from " << begin;
      }
    }
  }
}

}  // namespace
}  // namespace pullback::kernels
