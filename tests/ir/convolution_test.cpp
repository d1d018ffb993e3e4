#include <gtest/gtest.h>

#include <algorithm>

#include "ir/builder.h"
#include "tests/ir/op_cases.h"

/// Convolution's result on StableHLO's example, its attributes, and its adjoints' instructions.
namespace pullback::test {
namespace {

/// [b, 0, 1, f] x [0, 1, i, o] -> [b, 0, 1, f].
Convolution channels_last(const std::vector<ConvolutionWindow>& window) {
  return {.dimensions = {.input_batch = 0,
                         .input_feature = 3,
                         .input_spatial = {1, 2},
                         .kernel_input_feature = 2,
                         .kernel_output_feature = 3,
                         .kernel_spatial = {0, 1},
                         .output_batch = 0,
                         .output_feature = 3,
                         .output_spatial = {1, 2}},
          .window = window};
}

TEST(Convolution, of_the_specification) {
  Convolution op =
      channels_last({{.stride = 4, .lhs_dilation = 2}, {.stride = 4, .lhs_dilation = 2}});
  Tensor x(Shape{1, 4, 4, 1},
           std::vector<int32_t>{1, 2, 5, 6, 3, 4, 7, 8, 10, 11, 14, 15, 12, 13, 16, 17});
  Tensor w(Shape{3, 3, 1, 1}, std::vector<int32_t>(9, 1));
  const Tensor* operands[] = {&x, &w};
  Type type = op.infer(std::vector<Type>{x.type(), w.type()});
  EXPECT_EQ(op.eval(operands, type),
            Tensor(Shape{1, 2, 2, 1}, std::vector<int32_t>{10, 26, 46, 62}));
}

TEST(Convolution, on_i1_is_an_or_of_ands) {
  Convolution op = channels_last({{}, {}});
  Tensor x(Shape{1, 2, 2, 1}, std::vector<bool>{1, 0, 0, 1});
  Tensor w(Shape{1, 2, 1, 2}, std::vector<bool>{1, 0, 1, 0});
  const Tensor* operands[] = {&x, &w};
  EXPECT_EQ(op.eval(operands, i1({1, 2, 1, 2})),
            Tensor(Shape{1, 2, 1, 2}, std::vector<bool>{1, 0, 1, 0}));
}

TEST(Convolution, of_integers_wraps) {
  Convolution op = channels_last({{}, {}});
  Tensor x(Shape{1, 1, 1, 1}, std::vector<int32_t>{1 << 30});
  Tensor w(Shape{1, 1, 1, 1}, std::vector<int32_t>{6});
  const Tensor* operands[] = {&x, &w};
  EXPECT_EQ(op.eval(operands, x.type()).at(0), -2147483648.0);
}

TEST(Convolution, dimension_numbers_read_as_in_StableHLO) {
  Attributes attributes = channels_last({{}, {}}).attributes();
  Attribute expected{"dimension_numbers", std::string("[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]")};
  EXPECT_NE(std::find(attributes.begin(), attributes.end(), expected), attributes.end());
}

/// The two adjoints of a convolution of [1, 8, 9, 4] by a 3×5 kernel of 6 output features.
std::pair<Convolution, Convolution> adjoints_of(const Convolution& op) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("x", f32({1, 8, 9, 4}));
  Value w = b.argument("w", f32({3, 5, 4, 6}));
  Value ct = b.argument("ct", op.infer(std::vector<Type>{b.type(x), b.type(w)}));
  Value y = b.emit(op, {x, w});
  Values d = op.vjp(b, {{x, w}, y, ct, {true, true}});
  EXPECT_EQ(b.type(d[0]), b.type(x));
  EXPECT_EQ(b.type(d[1]), b.type(w));
  return {std::get<Convolution>(graph.instr(d[0]).op), std::get<Convolution>(graph.instr(d[1]).op)};
}

TEST(Convolution, adjoints_exchange_strides_and_dilations) {
  auto [dx, dw] = adjoints_of(channels_last(
      {{.stride = 2, .padding_low = 1, .padding_high = 1},
       {.stride = 1, .padding_low = -1, .padding_high = 3, .lhs_dilation = 2, .rhs_dilation = 3}}));
  EXPECT_EQ(dx.window,
            (std::vector<ConvolutionWindow>{
                {.padding_low = 1, .padding_high = 2, .lhs_dilation = 2},
                {.stride = 2, .padding_low = 13, .padding_high = 9, .rhs_dilation = 3}}));
  EXPECT_EQ(dw.window,
            (std::vector<ConvolutionWindow>{
                {.padding_low = 1, .padding_high = 0, .rhs_dilation = 2},
                {.stride = 3, .padding_low = -1, .padding_high = 3, .lhs_dilation = 2}}));
}

TEST(Convolution, adjoints_exchange_roles_of_axes) {
  auto [dx, dw] = adjoints_of(channels_last({{}, {}}));
  ConvolutionDimensions n = channels_last({}).dimensions;
  std::swap(n.kernel_input_feature, n.kernel_output_feature);
  EXPECT_EQ(dx.dimensions, n);
  EXPECT_EQ(dw.dimensions, (ConvolutionDimensions{.input_batch = 3,
                                                  .input_feature = 0,
                                                  .input_spatial = {1, 2},
                                                  .kernel_input_feature = 0,
                                                  .kernel_output_feature = 3,
                                                  .kernel_spatial = {1, 2},
                                                  .output_batch = 2,
                                                  .output_feature = 3,
                                                  .output_spatial = {0, 1}}));
}

}  // namespace
}  // namespace pullback::test
