#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/ir/op_cases.h"

/// What `infer` says of the table's uses, and that the table leaves no op out.
namespace pullback::test {
namespace {

template <class Item>
std::string name_of(const testing::TestParamInfo<Item>& info) {
  return info.param.name;
}

class Infer : public testing::TestWithParam<OpCase> {};
INSTANTIATE_TEST_SUITE_P(ops, Infer, testing::ValuesIn(op_cases()), name_of<OpCase>);

TEST_P(Infer, gives_the_result_type) {
  EXPECT_EQ(infer(GetParam().op, GetParam().operands).text(), GetParam().result.text());
}

TEST_P(Infer, eval_gives_a_tensor_of_that_type) {
  std::vector<Tensor> inputs = inputs_of(GetParam());
  std::vector<const Tensor*> pointers;
  for (const Tensor& input : inputs) pointers.push_back(&input);
  EXPECT_EQ(eval(GetParam().op, pointers, GetParam().result).type(), GetParam().result);
}

class Rejects : public testing::TestWithParam<Rejection> {};
INSTANTIATE_TEST_SUITE_P(ops, Rejects, testing::ValuesIn(rejections()), name_of<Rejection>);

TEST_P(Rejects, with_clause_and_message) {
  const Rejection& r = GetParam();
  try {
    Type type = infer(r.op, r.operands);
    FAIL() << "accepted as " << type.text();
  } catch (const TypeError& error) {
    EXPECT_EQ(error.clause, r.clause) << error.what();
    EXPECT_NE(std::string(error.what()).find(r.message), std::string::npos) << error.what();
  }
}

TEST_P(Rejects, is_named_after_its_clause) {
  const Rejection& r = GetParam();
  std::string stem = r.clause.empty() ? std::string(info_of(r.op).name) : r.clause;
  EXPECT_EQ(r.name.rfind(stem + "_rejects_", 0), 0u) << r.name;
}

TEST(OpTable, has_every_op_and_unique_names) {
  std::set<std::string_view> used, rejected;
  std::set<std::string> names;
  for (const OpCase& c : op_cases()) {
    used.insert(info_of(c.op).name);
    EXPECT_TRUE(names.insert(c.name).second) << c.name;
    EXPECT_EQ(c.name.rfind(info_of(c.op).name, 0), 0u) << c.name;
  }
  for (const Rejection& r : rejections()) rejected.insert(info_of(r.op).name);
  std::set<std::string_view> unchecked = {"divide",
                                          "minimum",
                                          "power",
                                          "log",
                                          "logistic",
                                          "tanh",
                                          "sqrt",
                                          "rsqrt",
                                          "sine",
                                          "cosine",
                                          "cbrt",
                                          "tan",
                                          "ceil",
                                          "erfc",
                                          "atan",
                                          "asin",
                                          "acos",
                                          "sinh",
                                          "cosh",
                                          "asinh",
                                          "acosh",
                                          "atanh",
                                          "log_plus_one",
                                          "exponential_minus_one",
                                          "round_nearest_afz",
                                          "round_nearest_even",
                                          "polygamma",
                                          "lgamma",
                                          "digamma",
                                          "erf_inv",
                                          "swish",
                                          "gelu",
                                          "gelu_tanh"};
  for (const OpInfo& info : all_ops()) {
    EXPECT_TRUE(used.count(info.name)) << info.name << " has no case";
    // The rules of elementwise ops are shared; some of them stand for all.
    EXPECT_TRUE(rejected.count(info.name) || unchecked.count(info.name))
        << info.name << " has no rejection";
  }
}

TEST(OpTable, random_floats_are_distinct_and_off_zero) {
  std::set<double> seen = {0};
  for (int part = 0; part < 3; ++part) {
    Tensor t = random_tensor(f64({7, 5}), {-1, 1}, 3, part, 3);
    for (double x : t.values<double>()) {
      EXPECT_TRUE(seen.insert(x).second) << x;
      EXPECT_LT(std::abs(x), 1);
    }
  }
  EXPECT_EQ(random_tensor(f32({9}), {}, 1), random_tensor(f32({9}), {}, 1));
  EXPECT_NE(random_tensor(f32({9}), {}, 1), random_tensor(f32({9}), {}, 2));
}

}  // namespace
}  // namespace pullback::test
