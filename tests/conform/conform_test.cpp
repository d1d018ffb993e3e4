#include "conform/conform.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "conform/checks.h"

namespace pullback {
namespace {

using Outcome = ConformanceTest::Outcome;

std::vector<ConformanceTest> run(const std::string& text) {
  std::vector<ConformanceTest> tests = read_conformance_tests(text, "t.mlir");
  for (ConformanceTest& test : tests) {
    if (test.program) run_conformance_test(test);
  }
  return tests;
}

const std::string two = R"(// RUN: stablehlo-translate --interpret -split-input-file %s

func.func @right() {
  %0 = stablehlo.constant dense<[1, 255]> : tensor<2xui8>
  %1 = stablehlo.add %0, %0 : tensor<2xui8>
  check.expect_eq_const %1, dense<[2, 254]> : tensor<2xui8>
  func.return
}

// -----

func.func @wrong() {
  %0 = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf16>
  %1 = stablehlo.constant dense<[1.0, 2.5]> : tensor<2xf16>
  check.expect_almost_eq %0, %1, tolerance = 0.25 : tensor<2xf16>
  func.return
}

// -----

func.func @right() {
  %0 = stablehlo.constant dense<1.0> : tensor<f8E4M3>
  func.return
}
)";

TEST(Conform, runs_every_function_of_a_file) {
  std::vector<ConformanceTest> tests = run(two);
  ASSERT_EQ(tests.size(), 3u);
  EXPECT_EQ(tests[0].outcome(), Outcome::passed) << tests[0].failure << tests[0].unsupported;
  EXPECT_EQ(tests[1].outcome(), Outcome::failed);
  EXPECT_EQ(tests[1].failure, "line 15: element 1 is 2; expected 2.5");
  EXPECT_EQ(tests[2].name, "right#2");
  EXPECT_EQ(tests[2].unsupported, "element type 'f8E4M3' is not supported");
}

TEST(Conform, calls_and_private_functions) {
  std::vector<ConformanceTest> tests = run(R"(
func.func @main() {
  %0 = stablehlo.constant dense<2.0> : tensor<f64>
  %1 = func.call @twice(%0) : (tensor<f64>) -> tensor<f64>
  check.expect_close %1, %0, max_ulp_difference = 3 : tensor<f64>, tensor<f64>
  func.return
}
func.func private @twice(%x: tensor<f64>) -> tensor<f64> {
  %0 = stablehlo.add %x, %x : tensor<f64>
  func.return %0 : tensor<f64>
})");
  ASSERT_EQ(tests.size(), 1u);
  EXPECT_EQ(tests[0].failure, "line 5: element 0 is 4; expected 2");
}

TEST(Conform, reports_what_cannot_be_read) {
  EXPECT_EQ(run("func.func @f() { return }")[0].outcome(), Outcome::passed);
  EXPECT_EQ(run("func.func @f(%x: tensor<f32>) { return }")[0].unsupported, "it checks nothing");
  EXPECT_EQ(run("func.func @f( {")[0].unsupported, "this bracket is never closed");
  EXPECT_EQ(run(two + "// -----\nfunc.func @g() { check.expect_serialized_eq %x }")[3].unsupported,
            "the assertion 'check.expect_serialized_eq' is not supported");
}

TEST(Conform, assertions_stand_in_tests_only) {
  try {
    parse_stablehlo(two.substr(0, two.find("// -----", 9)), "t.mlir");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("belongs to a test"), std::string::npos);
  }
}

bool holds(Check check, double actual, double expected, ElementType element) {
  Tensor x(Type{element, {}}), y(Type{element, {}});
  x.set(0, actual);
  y.set(0, expected);
  return !contradiction(check, x, y);
}

TEST(Checks, follow_the_reference) {
  constexpr double nan = __builtin_nan(""), infinity = __builtin_inf();
  for (ElementType e : {ElementType::f16, ElementType::bf16, ElementType::f32, ElementType::f64}) {
    Check equal{.kind = Check::Kind::equal}, almost{.kind = Check::Kind::almost_equal};
    Check close{.kind = Check::Kind::close, .max_ulp = 3};
    EXPECT_TRUE(holds(equal, 0.0, -0.0, e));
    EXPECT_FALSE(holds(equal, nan, nan, e));
    EXPECT_TRUE(holds(almost, nan, nan, e));
    EXPECT_FALSE(holds(almost, nan, 0, e));
    EXPECT_TRUE(holds(almost, infinity, infinity, e));
    EXPECT_FALSE(holds(almost, infinity, -infinity, e));
    EXPECT_FALSE(holds(almost, 0, 1e-3, e));
    EXPECT_TRUE(holds(close, nan, nan, e));
    EXPECT_TRUE(holds(close, -0.0, 0.0, e));
    EXPECT_FALSE(holds(close, 1, 2, e));
    EXPECT_FALSE(holds(close, infinity, 1, e));
  }
  Check close{.kind = Check::Kind::close, .max_ulp = 3};
  EXPECT_TRUE(holds(close, 1 + 3 * __DBL_EPSILON__, 1, ElementType::f64));
  EXPECT_FALSE(holds(close, 1 + 4 * __DBL_EPSILON__, 1, ElementType::f64));
  close.min_ulp = 1;
  EXPECT_FALSE(holds(close, 1, 1, ElementType::f64));
}

TEST(Conform, no_function_of_the_real_tests_fails) {
  const char* folder = std::getenv("PULLBACK_STABLEHLO_TESTS");
  if (!folder) {
    GTEST_SKIP()
        << "set PULLBACK_STABLEHLO_TESTS to stablehlo/tests/interpret of openxla/stablehlo";
  }
  int passing = 0;
  for (const std::string& path : conformance_files(folder)) {
    int passed = 0, failed = 0;
    for (const ConformanceTest& test : run(read_file(path))) {
      passed += test.outcome() == Outcome::passed;
      failed += test.outcome() == Outcome::failed;
      EXPECT_EQ(test.failure, "") << path << ": " << test.name;
    }
    passing += passed > 0 && failed == 0;
  }
  EXPECT_GE(passing, 30);
}

}  // namespace
}  // namespace pullback
