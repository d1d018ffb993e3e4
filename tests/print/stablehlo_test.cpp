#include <gtest/gtest.h>

#include "ir/builder.h"
#include "print/stablehlo.h"

namespace pullback {
namespace {

Type f32(Shape shape) { return {ElementType::f32, std::move(shape)}; }

Graph named(const std::string& name) {
  Graph graph;
  graph.name = name;
  return graph;
}

/// The line of the text that defines the last value of a graph.
std::string last_line(const Graph& graph) {
  std::string text = print_stablehlo(graph);
  size_t end = text.find("\n    return");
  size_t begin = text.rfind('\n', end - 1) + 1;
  return text.substr(begin, end - begin);
}

std::string error_of(const Graph& graph) {
  try {
    return print_stablehlo(graph);
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(PrintStablehlo, a_dense_layer_with_max_pooling) {
  Graph g = named("mnist-mlp");
  Builder b(g);
  Value x = b.argument("x", f32({2, 3}));
  Value w = b.argument("dense1.weight", f32({3, 4}));
  Value y = b.emit(DotGeneral{{}, {}, {1}, {0}}, {x, w}, "dense1");
  Value p = b.emit(ReduceWindow{.kind = Reduction::max, .window = {{}, {.size = 2, .stride = 2}}},
                   {y}, "pool");
  Value s = b.emit(SelectAndScatter{.window = {{}, {.size = 2, .stride = 2}}}, {y, p}, "d.dense1");
  Value total = b.reduce(Reduction::add, s, {0, 1}, "loss");
  b.result(p);
  b.result(total);
  EXPECT_EQ(print_stablehlo(g), R"(module @mnist_mlp {
  func.func public @main(%x: tensor<2x3xf32>, %dense1.weight: tensor<3x4xf32>) -> (tensor<2x2xf32>, tensor<f32>) {
    %$add.f32 = stablehlo.constant dense<0.0> : tensor<f32>
    %$max.f32 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %dense1 = stablehlo.dot_general %x, %dense1.weight, contracting_dims = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    %pool = "stablehlo.reduce_window"(%dense1, %$max.f32) <{base_dilations = array<i64: 1, 1>, padding = dense<[[0, 0], [0, 0]]> : tensor<2x2xi64>, window_dilations = array<i64: 1, 1>, window_dimensions = array<i64: 1, 2>, window_strides = array<i64: 1, 2>}> ({
    ^bb0(%$x: tensor<f32>, %$y: tensor<f32>):
      %$z = stablehlo.maximum %$x, %$y : tensor<f32>
      stablehlo.return %$z : tensor<f32>
    }) : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x2xf32>
    %d.dense1 = "stablehlo.select_and_scatter"(%dense1, %pool, %$add.f32) <{padding = dense<[[0, 0], [0, 0]]> : tensor<2x2xi64>, window_dimensions = array<i64: 1, 2>, window_strides = array<i64: 1, 2>}> ({
    ^bb0(%$x: tensor<f32>, %$y: tensor<f32>):
      %$z = stablehlo.compare GE, %$x, %$y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %$z : tensor<i1>
    }, {
    ^bb0(%$x: tensor<f32>, %$y: tensor<f32>):
      %$z = stablehlo.add %$x, %$y : tensor<f32>
      stablehlo.return %$z : tensor<f32>
    }) : (tensor<2x4xf32>, tensor<2x2xf32>, tensor<f32>) -> tensor<2x4xf32>
    %loss = stablehlo.reduce(%d.dense1 init: %$add.f32) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<f32>
    return %pool, %loss : tensor<2x2xf32>, tensor<f32>
  }
}
)");
}

TEST(PrintStablehlo, a_convolution) {
  Graph g;
  Builder b(g);
  Value x = b.argument("x", f32({2, 8, 8, 4}));
  Value w = b.argument("w", f32({3, 3, 2, 6}));
  Convolution op{.dimensions = {.input_batch = 0,
                                .input_feature = 3,
                                .input_spatial = {1, 2},
                                .kernel_input_feature = 2,
                                .kernel_output_feature = 3,
                                .kernel_spatial = {0, 1},
                                .output_batch = 0,
                                .output_feature = 1,
                                .output_spatial = {2, 3}},
                 .window = {{.stride = 2, .padding_low = 1}, {.padding_high = -1}},
                 .feature_group_count = 2};
  op.window[1].reversal = true;
  b.emit(op, {x, w}, "y");
  EXPECT_EQ(last_line(g),
            "    %y = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->"
            "[b, f, 0, 1], window = {stride = [2, 1], pad = [[1, 0], [0, -1]], lhs_dilate = [1, "
            "1], rhs_dilate = [1, 1], reverse = [false, true]} {batch_group_count = 1 : i64, "
            "feature_group_count = 2 : i64} : (tensor<2x8x8x4xf32>, tensor<3x3x2x6xf32>) -> "
            "tensor<2x6x4x5xf32>");
}

TEST(PrintStablehlo, names_that_mlir_forbids_get_a_dollar) {
  EXPECT_EQ(print_name("dense1.weight"), "%dense1.weight");
  EXPECT_EQ(print_name("d.x$2"), "%d.x$2");
  EXPECT_EQ(print_name("12"), "%12");
  EXPECT_EQ(print_name("3x3-conv"), "%$3x3-conv");
  EXPECT_EQ(print_name("$x"), "%$$x");
  EXPECT_THROW(print_name("two words"), Error);
  EXPECT_THROW(print_name("größe"), Error);
  EXPECT_THROW(print_name(""), Error);
}

TEST(PrintStablehlo, the_modules_name_is_an_identifier) {
  for (auto [name, printed] : {std::pair{"mnist-mlp", "@mnist_mlp "},
                               std::pair{"2d.net", "@_2d_net "}, std::pair{"", "@_ "}}) {
    EXPECT_NE(print_stablehlo(named(name)).find(printed), std::string::npos) << name;
  }
}

TEST(PrintStablehlo, rejects_a_composite_op) {
  Graph g;
  Builder b(g);
  b.emit(Softmax{.dimension = 1}, {b.argument("x", f32({2, 3}))}, "probabilities");
  EXPECT_EQ(error_of(g),
            "'probabilities' is a softmax, which StableHLO does not have; lower the graph before "
            "printing it");
}

}  // namespace
}  // namespace pullback
