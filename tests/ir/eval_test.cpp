#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ir/graph.h"

/// Results worked out by hand.
namespace pullback {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr int32_t lowest = std::numeric_limits<int32_t>::min();
constexpr int32_t highest = std::numeric_limits<int32_t>::max();

Tensor floats(const Shape& shape, const std::vector<float>& values) { return {shape, values}; }
Tensor ints(const Shape& shape, const std::vector<int32_t>& values) { return {shape, values}; }
Tensor bools(const Shape& shape, const std::vector<bool>& values) { return {shape, values}; }

/// 1, 2, 3, … in row-major order.
Tensor counting(const Shape& shape) {
  Tensor t(Type{ElementType::f32, shape});
  for (int64_t i = 0; i < t.count(); ++i) t.set(i, static_cast<double>(i + 1));
  return t;
}

Tensor run(const Op& op, const std::vector<Tensor>& operands) {
  std::vector<Type> types;
  std::vector<const Tensor*> pointers;
  for (const Tensor& operand : operands) {
    types.push_back(operand.type());
    pointers.push_back(&operand);
  }
  return eval(op, pointers, infer(op, types));
}

std::vector<float> values(const Tensor& t) {
  auto span = t.values<float>();
  return {span.begin(), span.end()};
}

using List = std::vector<float>;

TEST(Eval, integers_wrap) {
  EXPECT_EQ(run(Add{}, {ints({2}, {highest, -5}), ints({2}, {1, 3})}), ints({2}, {lowest, -2}));
  EXPECT_EQ(run(Multiply{}, {ints({}, {lowest}), ints({}, {-1})}), ints({}, {lowest}));
  EXPECT_EQ(run(Negate{}, {ints({}, {lowest})}), ints({}, {lowest}));
  EXPECT_EQ(run(Abs{}, {ints({2}, {lowest, -3})}), ints({2}, {lowest, 3}));
}

TEST(Eval, integer_division_truncates_and_has_no_trap) {
  EXPECT_EQ(run(Divide{}, {ints({4}, {7, -7, 7, lowest}), ints({4}, {2, 2, 0, -1})}),
            ints({4}, {3, -3, -1, lowest}));
}

TEST(Eval, integer_power_of_a_negative_exponent) {
  EXPECT_EQ(run(Power{}, {ints({5}, {2, 2, 1, -1, -1}), ints({5}, {10, -1, -3, -3, -4})}),
            ints({5}, {1024, 0, 1, -1, 1}));
}

TEST(Eval, booleans_add_as_or_and_multiply_as_and) {
  Tensor x = bools({4}, {0, 0, 1, 1}), y = bools({4}, {0, 1, 0, 1});
  EXPECT_EQ(run(Add{}, {x, y}), bools({4}, {0, 1, 1, 1}));
  EXPECT_EQ(run(Maximum{}, {x, y}), bools({4}, {0, 1, 1, 1}));
  EXPECT_EQ(run(Multiply{}, {x, y}), bools({4}, {0, 0, 0, 1}));
  EXPECT_EQ(run(Minimum{}, {x, y}), bools({4}, {0, 0, 0, 1}));
  EXPECT_EQ(run(Not{}, {x}), bools({4}, {1, 1, 0, 0}));
  EXPECT_EQ(run(Not{}, {ints({2}, {0, -6})}), ints({2}, {-1, 5}));
}

TEST(Eval, nan_passes_through_maximum_and_minimum) {
  float nan = std::nanf("");
  for (const Op& op : {Op(Maximum{}), Op(Minimum{})}) {
    for (float y : values(run(op, {floats({2}, {nan, 1}), floats({2}, {1, nan})}))) {
      EXPECT_TRUE(std::isnan(y));
    }
  }
}

TEST(Eval, compare_with_nan_holds_for_ne_alone) {
  Tensor nan = floats({}, {std::nanf("")});
  for (Direction d : {Direction::eq, Direction::ge, Direction::gt, Direction::le, Direction::lt}) {
    EXPECT_EQ(run(Compare{d}, {nan, nan}), bools({}, {0})) << to_string(d);
  }
  EXPECT_EQ(run(Compare{Direction::ne}, {nan, nan}), bools({}, {1}));
}

TEST(Eval, logistic_saturates_without_nan) {
  EXPECT_EQ(values(run(Logistic{}, {floats({3}, {-1000, 0, 1000})})), (List{0, 0.5f, 1}));
}

TEST(Eval, rounding_of_halves) {
  Tensor x = floats({6}, {-2.5f, -0.5f, 0.5f, 1.5f, 2.5f, -1.25f});
  EXPECT_EQ(values(run(RoundNearestAfz{}, {x})), (List{-3, -1, 1, 2, 3, -1}));
  EXPECT_EQ(values(run(RoundNearestEven{}, {x})), (List{-2, 0, 0, 2, 2, -1}));
  EXPECT_EQ(values(run(Floor{}, {x})), (List{-3, -1, 0, 1, 2, -2}));
  EXPECT_EQ(values(run(Ceil{}, {x})), (List{-2, 0, 1, 2, 3, -1}));
}

TEST(Eval, remainder_has_the_dividends_sign) {
  EXPECT_EQ(values(run(Remainder{}, {floats({4}, {7, -7, 7, -7}), floats({4}, {4, 4, -4, -4})})),
            (List{3, -3, 3, -3}));
  EXPECT_EQ(run(Remainder{}, {ints({5}, {17, -17, 17, lowest, 5}), ints({5}, {3, 3, -3, -1, 0})}),
            ints({5}, {2, -2, 2, 0, 5}));
}

TEST(Eval, small_arguments_keep_their_digits) {
  EXPECT_EQ(values(run(ExponentialMinusOne{}, {floats({1}, {1e-10f})})), (List{1e-10f}));
  EXPECT_EQ(values(run(LogPlusOne{}, {floats({1}, {1e-10f})})), (List{1e-10f}));
  EXPECT_GT(values(run(Erfc{}, {floats({1}, {9})}))[0], 0);
}

TEST(Eval, clamp_by_scalars_and_by_element) {
  Tensor x = counting({4});
  EXPECT_EQ(values(run(Clamp{}, {floats({}, {2}), x, floats({}, {3})})), (List{2, 2, 3, 3}));
  EXPECT_EQ(values(run(Clamp{}, {floats({4}, {0, 0, 5, 5}), x, floats({4}, {9, 1, 9, 4})})),
            (List{1, 1, 5, 4}));
  float nan = std::nanf("");
  EXPECT_TRUE(
      std::isnan(values(run(Clamp{}, {floats({}, {0}), floats({1}, {nan}), floats({}, {1})}))[0]));
}

TEST(Eval, is_finite_of_infinities_and_nan) {
  EXPECT_EQ(run(IsFinite{}, {floats({4}, {1, infinity, -infinity, std::nanf("")})}),
            bools({4}, {1, 0, 0, 0}));
}

TEST(Eval, bitcast_convert_reads_bits_from_the_lowest) {
  Tensor x({2}, std::vector<uint16_t>{0x3C00, 0x0102});
  Tensor halves = run(BitcastConvert{ElementType::f16}, {x});
  EXPECT_EQ(halves.at(0), 1);
  EXPECT_EQ(run(BitcastConvert{ElementType::ui16}, {halves}), x);
  Tensor bytes = run(BitcastConvert{ElementType::ui8}, {x});
  EXPECT_EQ(bytes, Tensor({2, 2}, std::vector<uint8_t>{0x00, 0x3C, 0x02, 0x01}));
  EXPECT_EQ(run(BitcastConvert{ElementType::ui16}, {bytes}), x);
  Tensor bits = run(BitcastConvert{ElementType::i1}, {bytes});
  EXPECT_EQ(bits.shape(), (Shape{2, 2, 8}));
  EXPECT_EQ(bits.at(10), 1);
  EXPECT_EQ(bits.at(9), 0);
  EXPECT_EQ(run(BitcastConvert{ElementType::ui8}, {bits}), bytes);
}

TEST(Eval, select_by_scalar_and_by_element) {
  Tensor x = counting({3}), y = floats({3}, {-1, -2, -3});
  EXPECT_EQ(values(run(Select{}, {bools({}, {0}), x, y})), (List{-1, -2, -3}));
  EXPECT_EQ(values(run(Select{}, {bools({3}, {1, 0, 1}), x, y})), (List{1, -2, 3}));
}

TEST(Eval, iota_counts_along_its_dimension) {
  EXPECT_EQ(run(Iota{{ElementType::i32, {2, 3}}, 0}, {}), ints({2, 3}, {0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(run(Iota{{ElementType::i32, {2, 3}}, 1}, {}), ints({2, 3}, {0, 1, 2, 0, 1, 2}));
}

TEST(Eval, broadcast_in_dim) {
  Tensor x = counting({2});
  EXPECT_EQ(values(run(BroadcastInDim{{2, 3}, {0}}, {x})), (List{1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(values(run(BroadcastInDim{{3, 2}, {1}}, {x})), (List{1, 2, 1, 2, 1, 2}));
  EXPECT_EQ(values(run(BroadcastInDim{{3, 2}, {1, 0}}, {counting({2, 3})})),
            (List{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(values(run(BroadcastInDim{{2, 2}, {1, 0}}, {counting({1, 2})})), (List{1, 1, 2, 2}));
}

TEST(Eval, transpose) {
  EXPECT_EQ(values(run(Transpose{{1, 0}}, {counting({2, 3})})), (List{1, 4, 2, 5, 3, 6}));
  // result[i, j, k] = operand[j, k, i]
  EXPECT_EQ(values(run(Transpose{{2, 0, 1}}, {counting({2, 1, 3})})), (List{1, 4, 2, 5, 3, 6}));
}

TEST(Eval, reshape_keeps_the_row_major_order) {
  EXPECT_EQ(run(Reshape{{3, 2}}, {counting({2, 3})}), counting({3, 2}));
}

TEST(Eval, reverse) {
  EXPECT_EQ(values(run(Reverse{{1}}, {counting({2, 3})})), (List{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(values(run(Reverse{{0, 1}}, {counting({2, 3})})), (List{6, 5, 4, 3, 2, 1}));
}

TEST(Eval, slice) {
  // The example of the StableHLO specification.
  Tensor x = ints({3, 4}, {0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1});
  EXPECT_EQ(run(Slice{{1, 2}, {3, 4}, {1, 1}}, {x}), ints({2, 2}, {1, 1, 1, 1}));
  EXPECT_EQ(values(run(Slice{{1}, {8}, {3}}, {counting({9})})), (List{2, 5, 8}));
}

TEST(Eval, pad) {
  // The example of the StableHLO specification.
  Tensor x = ints({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(run(Pad{{0, 1}, {2, 1}, {1, 2}}, {x, ints({}, {0})}),
            ints({5, 9}, {0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 5,
                          0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  Tensor zero = floats({}, {0});
  EXPECT_EQ(values(run(Pad{{-1}, {2}, {0}}, {counting({3}), zero})), (List{2, 3, 0, 0}));
  EXPECT_EQ(values(run(Pad{{-1}, {-1}, {2}}, {counting({3}), zero})), (List{0, 0, 2, 0, 0}));
}

TEST(Eval, concatenate) {
  Tensor x = counting({2, 2}), y = floats({2, 1}, {-1, -2});
  EXPECT_EQ(values(run(Concatenate{1}, {x, y})), (List{1, 2, -1, 3, 4, -2}));
}

TEST(Eval, reduce) {
  Tensor x = counting({2, 3});
  EXPECT_EQ(values(run(Reduce{Reduction::add, {0}}, {x})), (List{5, 7, 9}));
  EXPECT_EQ(values(run(Reduce{Reduction::add, {1}}, {x})), (List{6, 15}));
  EXPECT_EQ(values(run(Reduce{Reduction::max, {1, 0}}, {x})), (List{6}));
  EXPECT_EQ(run(Reduce{Reduction::add, {0}}, {bools({3}, {0, 1, 1})}), bools({}, {1}));
  EXPECT_EQ(run(Reduce{Reduction::add, {0}}, {ints({2}, {highest, 1})}), ints({}, {lowest}));
}

TEST(Eval, reduce_of_nothing_is_the_identity) {
  Tensor none(Type{ElementType::f32, {0, 2}});
  EXPECT_EQ(values(run(Reduce{Reduction::add, {0}}, {none})), (List{0, 0}));
  EXPECT_EQ(values(run(Reduce{Reduction::max, {0}}, {none})), (List{-infinity, -infinity}));
  EXPECT_EQ(run(Reduce{Reduction::max, {0}}, {ints({0}, {})}), ints({}, {lowest}));
  EXPECT_EQ(run(Reduce{Reduction::max, {0}}, {bools({0}, {})}), bools({}, {0}));
}

TEST(Eval, reduce_keeps_nan) {
  Tensor x = floats({3}, {1, std::nanf(""), 2});
  EXPECT_TRUE(std::isnan(values(run(Reduce{Reduction::max, {0}}, {x}))[0]));
}

TEST(Eval, dot_general) {
  Tensor x = counting({2, 3}), y = counting({3, 2});
  EXPECT_EQ(values(run(DotGeneral{{}, {}, {1}, {0}}, {x, y})), (List{22, 28, 49, 64}));
  EXPECT_EQ(values(run(DotGeneral{{}, {}, {0}, {1}}, {x, y})),
            (List{9, 19, 29, 12, 26, 40, 15, 33, 51}));
  EXPECT_EQ(values(run(DotGeneral{{0}, {0}, {1}, {1}}, {x, counting({2, 3})})), (List{14, 77}));
  EXPECT_EQ(values(run(DotGeneral{{}, {}, {}, {}}, {counting({2}), counting({2})})),
            (List{1, 2, 2, 4}));
  EXPECT_EQ(run(DotGeneral{{}, {}, {0}, {0}}, {bools({2}, {1, 0}), bools({2}, {1, 1})}),
            bools({}, {1}));
}

/// One batch, one feature in and out: [1, 1, n] x [1, 1, k].
Tensor convolve(const std::vector<float>& x, const std::vector<float>& w,
                const ConvolutionWindow& window) {
  Convolution op{.dimensions = {.input_feature = 1,
                                .input_spatial = {2},
                                .kernel_input_feature = 1,
                                .kernel_spatial = {2},
                                .output_feature = 1,
                                .output_spatial = {2}},
                 .window = {window}};
  return run(op, {floats({1, 1, static_cast<int64_t>(x.size())}, x),
                  floats({1, 1, static_cast<int64_t>(w.size())}, w)});
}

TEST(Eval, convolution) {
  EXPECT_EQ(values(convolve({1, 2, 3, 4}, {1, 10}, {})), (List{21, 32, 43}));
  EXPECT_EQ(values(convolve({1, 2, 3, 4}, {1, 10}, {.reversal = true})), (List{12, 23, 34}));
  EXPECT_EQ(values(convolve({1, 2, 3, 4}, {1, 10}, {.stride = 2})), (List{21, 43}));
  EXPECT_EQ(values(convolve({1, 2, 3}, {1, 10}, {.padding_low = 1, .padding_high = -1})),
            (List{10, 21}));
  EXPECT_EQ(values(convolve({1, 2}, {1, 10}, {.lhs_dilation = 2})), (List{1, 20}));
  EXPECT_EQ(values(convolve({1, 2, 3}, {1, 10}, {.rhs_dilation = 2})), (List{31}));
}

TEST(Eval, reduce_window) {
  Tensor x = counting({4, 4});
  std::vector<WindowDimension> pool(2, {.size = 2, .stride = 2});
  EXPECT_EQ(values(run(ReduceWindow{Reduction::max, pool}, {x})), (List{6, 8, 14, 16}));
  EXPECT_EQ(values(run(ReduceWindow{Reduction::add, pool}, {x})), (List{14, 22, 46, 54}));
  Tensor line = floats({3}, {-1, -5, -2});
  EXPECT_EQ(
      values(run(ReduceWindow{Reduction::max, {{.size = 2, .padding_low = 1, .padding_high = 2}}},
                 {line})),
      (List{-1, -1, -2, -2, -infinity}));
  EXPECT_EQ(values(run(ReduceWindow{Reduction::add, {{.size = 2, .base_dilation = 2}}}, {line})),
            (List{-1, -5, -5, -2}));
}

TEST(Eval, select_and_scatter_gives_to_the_first_maximum) {
  SelectAndScatter op{{{.size = 3, .stride = 2}}};
  Tensor x = floats({5}, {1, 7, 7, 7, 0});
  EXPECT_EQ(values(run(op, {x, floats({2}, {10, 20})})), (List{0, 10, 20, 0, 0}));
  EXPECT_EQ(values(run(op, {floats({5}, {1, 2, 9, 2, 1}), floats({2}, {10, 20})})),
            (List{0, 0, 30, 0, 0}));
}

TEST(Eval, softmax_is_stable) {
  Tensor x = floats({1, 2}, {1000, 1000});
  EXPECT_EQ(values(run(LogSoftmax{1}, {x})), (List{-std::log(2.0f), -std::log(2.0f)}));
  for (float y : values(run(Softmax{1}, {x}))) EXPECT_FLOAT_EQ(y, 0.5f);
  EXPECT_EQ(values(run(SoftmaxCrossEntropy{}, {floats({1, 2}, {0, 2000}), floats({1, 2}, {1, 0})})),
            (List{2000}));
}

}  // namespace
}  // namespace pullback
