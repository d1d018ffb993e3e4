#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "run/native/kernels/isa.h"

namespace pullback::kernels {

/// Uniform values in [−1, 1), the same on every run.
inline std::vector<float> random_floats(size_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(generator()) / 2147483648.0f - 1.0f;
  return values;
}

/// Each |actual − expected| ≤ factor · 2⁻²⁴ · √terms · max(1, max|expected|).
inline void expect_close(const std::vector<float>& actual, const std::vector<double>& expected,
                         double terms, const std::string& what, double factor = 4) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  double largest = 1;
  for (const double e : expected) largest = std::max(largest, std::fabs(e));
  const double bound = factor * std::ldexp(1.0, -24) * std::sqrt(terms) * largest;
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], bound) << what << ", element " << i;
  }
}

class EveryIsa : public testing::TestWithParam<Isa> {};

}  // namespace pullback::kernels

#define PULLBACK_FOR_EVERY_ISA(suite)                                        \
  INSTANTIATE_TEST_SUITE_P(                                                  \
      Isas, suite, testing::ValuesIn(::pullback::kernels::supported_isas()), \
      [](const auto& test) { return std::string(::pullback::kernels::name(test.param)); })
