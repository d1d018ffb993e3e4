#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "base/file.h"
#include "tests/ir/op_cases.h"

/// Every constraint of StableHLO's specification on an op of the set is enforced by `infer`, which
/// names its label and has a negative test (rejections()), or is excused here.
namespace pullback::test {
namespace {

/// Clauses without a negative test, by the reason.
const std::map<std::string, std::string> excuses = {
    {"of the result's type, which infer makes and does not take; the parser compares it with the "
     "declared one",
     "abs_c1 abs_c2 batch_norm_training_c5 batch_norm_training_c6 batch_norm_training_c7 "
     "concatenate_c5 concatenate_c6 "
     "convert_c1 convolution_c26 cosine_c1 exponential_c1 log_c1 logistic_c1 negate_c1 not_c1 "
     "reduce_c7 reduce_c8 reduce_window_c16 reverse_c1 rsqrt_c1 select_and_scatter_c11 "
     "select_and_scatter_c12 sine_c1 slice_c1 slice_c5 sqrt_c1 tanh_c1 transpose_c1 transpose_c3 "
     "reshape_c1 broadcast_in_dim_c1 exponential_minus_one_c1 log_plus_one_c1 cbrt_c1 tan_c1 "
     "floor_c1 "
     "ceil_c1 round_nearest_afz_c1 round_nearest_even_c1 sign_c1 is_finite_c1 clamp_c4 "
     "dynamic_slice_c1 dynamic_slice_c5 dynamic_update_slice_c1 if_c3 case_c4 while_c3 "
     "optimization_barrier_c1 rng_bit_generator_c1 all_reduce_c6 all_reduce_c7 gather_c22 "
     "gather_c23 "
     "scatter_c24 scatter_c25"},
    {"one rule for all binary ops, tested on add, multiply and maximum",
     "and_c1 atan2_c1 divide_c1 minimum_c1 or_c1 power_c1 remainder_c1 subtract_c1 xor_c1"},
    {"of quantised types, which do not parse",
     "add_c2 add_c3 add_c4 add_c5 add_c6 add_c7 broadcast_in_dim_c6 convolution_c28 "
     "convolution_c29 convolution_c30 convolution_c31 convolution_c32 convolution_c33 "
     "convolution_c34 dot_general_c14 dot_general_c15 dot_general_c16 dot_general_c17 "
     "dot_general_c18 dot_general_c19 dot_general_c20 reshape_c3 transpose_c4"},
    {"of complex types, which do not parse", "bitcast_convert_c2"},
    {"of hints how to compute, which the parser skips",
     "convolution_c24 dot_general_c11 dot_general_c21 dot_general_c22 dot_general_c23 "
     "dot_general_c24"},
    {"of the text's compare_type, which the IR does not have; tests/parse/errors_test.cpp",
     "compare_c3"},
    {"of groups of replicas, which are one group of all in the IR; the parser checks them",
     "all_reduce_c1 all_reduce_c3 all_reduce_c4"},
    {"of initial values and regions, which the IR does not have; the parser checks them",
     "all_reduce_c5 reduce_c2 reduce_c6 reduce_window_c3 reduce_window_c13 select_and_scatter_c3 "
     "select_and_scatter_c9 select_and_scatter_c10 scatter_c23"},
    {"of several operands, of which the op has one",
     "reduce_c1 reduce_c3 reduce_window_c1 reduce_window_c2 reduce_window_c14 scatter_c1 "
     "scatter_c3 "
     "scatter_c5"},
    {"of the sizes of lists that are one in the IR, an entry per axis; the parser checks them",
     "convolution_c4 convolution_c5 convolution_c7 convolution_c9 reduce_window_c6 "
     "reduce_window_c8 reduce_window_c10 reduce_window_c12 select_and_scatter_c6 "
     "select_and_scatter_c8"},
};

std::set<std::string> excused() {
  std::set<std::string> labels;
  for (const auto& [reason, list] : excuses) {
    std::istringstream words(list);
    for (std::string label; words >> label;) {
      EXPECT_TRUE(labels.insert(label).second) << label << " is excused twice";
    }
  }
  return labels;
}

std::set<std::string> rejected() {
  std::set<std::string> labels;
  for (const Rejection& r : rejections()) labels.insert(r.clause);
  return labels;
}

TEST(Clauses, are_tested_or_excused_but_not_both) {
  std::set<std::string> tested = rejected();
  for (const std::string& label : excused()) {
    EXPECT_FALSE(tested.count(label)) << label << " is excused, but has a negative test";
  }
}

/// The labels of the constraints in the specification's text, "slice_c3", by op.
std::map<std::string, std::vector<std::string>> specified(const std::string& text) {
  static const std::regex heading("^### ([a-z_0-9]+)$"), clause(R"(^\s*\* \(C([0-9]+)\) .*)");
  std::map<std::string, std::vector<std::string>> labels;
  std::istringstream lines(text);
  std::string op;
  for (std::string line; std::getline(lines, line);) {
    std::smatch m;
    if (line.starts_with("### ")) op = std::regex_match(line, m, heading) ? m[1].str() : "";
    if (!op.empty() && std::regex_match(line, m, clause)) {
      labels[op].push_back(op + "_c" + m[1].str());
    }
  }
  return labels;
}

TEST(Clauses, of_the_specification_are_tested_or_excused) {
  const char* tests = std::getenv("PULLBACK_STABLEHLO_TESTS");
  if (!tests) {
    GTEST_SKIP() << "set PULLBACK_STABLEHLO_TESTS to stablehlo/tests/interpret of a checkout of "
                    "openxla/stablehlo, whose docs/spec.md is compared";
  }
  std::string path = std::string(tests) + "/../../../docs/spec.md";
  auto labels = specified(read_file(path));
  ASSERT_GT(labels.size(), 90u) << path;
  std::set<std::string> known = excused();
  known.merge(rejected());
  for (const OpInfo& info : all_ops()) {
    for (const std::string& label : labels[std::string(info.name)]) {
      EXPECT_TRUE(known.count(label)) << label << " has no negative test and no excuse";
    }
  }
}

}  // namespace
}  // namespace pullback::test
