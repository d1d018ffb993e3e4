#include "autodiff/gradient.h"

#include <gtest/gtest.h>

#include "interp/interpreter.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

const Type scalar{ElementType::f64, {}};
const Type three{ElementType::f64, {3}};

/// y = Σ a·x² of f64, and the products; `labels` are integers, `idle` is not used.
Graph weighted_squares() {
  Graph graph;
  graph.name = "weighted";
  Builder b(graph);
  Value a = b.argument("a", three);
  b.argument("labels", {ElementType::i32, {3}});
  Value x = b.argument("x", three);
  b.argument("idle", three);
  Value square = b.multiply(x, x, "square");
  Value product = b.multiply(a, square, "product");
  b.multiply(a, a, "unused");
  b.result(product);
  b.result(b.reduce(Reduction::add, product, {0}, "y"));
  return graph;
}

std::vector<Tensor> arguments() {
  return {Tensor({3}, std::vector<double>{1, 2, 3}), Tensor({3}, std::vector<int32_t>{0, 0, 0}),
          Tensor({3}, std::vector<double>{4, 5, 6}), Tensor({3}, std::vector<double>{7, 8, 9})};
}

TEST(Gradient, returns_value_gradients_and_other_results) {
  Graph part = differentiated_part(weighted_squares(), 1, true);
  Graph gradient = gradient_function(part, {0, 2, 3});
  verify(gradient);
  std::vector<Tensor> results = evaluate(gradient, arguments());
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0], Tensor({}, std::vector<double>{16 + 50 + 108}));
  EXPECT_EQ(results[1], Tensor({3}, std::vector<double>{16, 25, 36}));
  EXPECT_EQ(results[2], Tensor({3}, std::vector<double>{8, 20, 36}));
  EXPECT_EQ(results[3], Tensor({3}, std::vector<double>{0, 0, 0}));
  EXPECT_EQ(results[4], Tensor({3}, std::vector<double>{16, 50, 108}));
}

TEST(Gradient, is_by_the_wanted_arguments_alone) {
  Graph gradient = gradient_function(differentiated_part(weighted_squares(), 1, false), {2});
  EXPECT_EQ(gradient.results.size(), 2u);
  EXPECT_EQ(gradient.arguments, weighted_squares().arguments);
  EXPECT_FALSE(gradient.find("d.a"));
  EXPECT_FALSE(gradient.find("unused"));
}

TEST(Gradient, is_the_same_with_the_arguments_in_another_order) {
  Graph part = differentiated_part(weighted_squares(), 1, true);
  Graph moved = with_first(part, {2, 3});
  EXPECT_EQ(places_with_first(part, {2, 3}), (std::vector<size_t>{2, 3, 0, 1}));
  verify(moved);
  std::vector<Tensor> in = arguments();
  EXPECT_EQ(evaluate(gradient_function(moved, {0, 1}), {in[2], in[3], in[0], in[1]}),
            evaluate(gradient_function(part, {2, 3}), in));
}

TEST(Gradient, of_a_gradient_has_names_of_its_own) {
  Graph gradient = gradient_function(differentiated_part(weighted_squares(), 1, false), {2});
  Builder b(gradient);
  gradient.results = {b.reduce(Reduction::add, gradient.results[1], {0}, "total")};
  Graph part = differentiated_part(gradient, 0, false);
  EXPECT_TRUE(part.find("d_square"));
  Graph second = gradient_function(part, {2});
  verify(second);
  EXPECT_EQ(evaluate(second, arguments())[1], Tensor({3}, std::vector<double>{2, 4, 6}));
}

TEST(Gradient, part_has_no_maximum_with_minus_infinity) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("step", three);
  Value low = b.constant(scalar, Decimal::special(Decimal::Kind::negative_infinity), "low");
  Value most = b.maximum(b.broadcast(low, {3}, {}, "lows"), x, "most");
  b.result(b.reduce(Reduction::add, most, {0}, "y"));
  Graph part = differentiated_part(graph, 0, false, {"step"});
  EXPECT_EQ(part.instrs.size(), 1u);
  EXPECT_EQ(part.instrs[0].operands, Values{Value{0}});
  EXPECT_EQ(part.arguments[0].name, "step_2");
}

TEST(Gradient, does_not_flow_through_bits) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("x", {ElementType::f32, {}}), k = b.argument("k", {ElementType::i32, {}});
  Value bits = b.emit(BitcastConvert{.to = ElementType::i32}, {x}, "bits");
  Value sign = b.compare(Direction::lt, bits, k, "sign");
  b.result(b.select(sign, x, b.multiply(x, x)));  // of a comparison alone: as it should be
  Value moved = b.add(bits, k, "moved");
  Value y = b.emit(BitcastConvert{.to = ElementType::f32}, {moved}, "y");
  b.result(b.multiply(x, y));
  Value z = b.emit(BitcastConvert{.to = ElementType::f32}, {k}, "z");
  b.result(b.multiply(x, z));
  check_gradient(graph, 0, {0});
  check_gradient(graph, 2, {0});
  try {
    check_gradient(graph, 1, {0});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("through 'y': this bitcast_convert makes a float of "
                        "the bits of 'moved'"),
              std::string::npos)
        << error.what();
  }
}

/// The graph's memory moves as it grows, at every instruction of some template.
TEST(Gradient, of_a_scatter_after_any_number_of_instructions) {
  for (int count = 0; count < 70; ++count) {
    Graph graph;
    Builder b(graph);
    Value x = b.argument("x", {ElementType::f64, {4, 6}});
    Value i = b.argument("i", {ElementType::i32, {4, 1}});
    for (int k = 0; k < count; ++k) x = b.negate(x);
    Value zeros = b.constant({ElementType::f64, {2, 6}}, 0);
    Scatter add{.numbers = {.offset_dims = {1},
                            .collapsed_slice_dims = {0},
                            .operand_batching_dims = {},
                            .start_indices_batching_dims = {},
                            .start_index_map = {0},
                            .index_vector_dim = 1}};
    b.result(b.reduce(Reduction::add, b.emit(add, {zeros, i, x}), {0, 1}));
    verify(gradient_function(graph, {0}));
  }
}

TEST(Gradient, of_what_has_none_names_the_mistake) {
  Graph graph = weighted_squares();
  EXPECT_EQ(
      error_of([&] { check_gradient(graph, 0, {0}); }),
      "result 0 'product' is tensor<3xf64>, but a gradient is of a floating-point scalar, e.g. "
      "tensor<f32>; the function's results: 0 tensor<3xf64>, 1 tensor<f64>");
  EXPECT_EQ(error_of([&] { check_gradient(graph, 2, {0}); }),
            "there is no result 2; the function's results: 0 tensor<3xf64>, 1 tensor<f64>");
  EXPECT_EQ(error_of([&] { check_gradient(graph, 1, {1}); }),
            "argument 1 'labels' is tensor<3xi32>: there are gradients of floating-point arguments "
            "alone");
  EXPECT_EQ(error_of([&] {
              check_gradient(graph, 1, {0, 4});
            }),
            "there is no argument 4; the function has 4, numbered from 0");
  EXPECT_EQ(error_of([&] { check_gradient(graph, 1, {}); }),
            "the function has no floating-point argument");
}

}  // namespace
}  // namespace pullback
