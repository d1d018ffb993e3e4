#include <gtest/gtest.h>

#include "base/error.h"
#include "interp/interpreter.h"
#include "parse/stablehlo.h"
#include "print/stablehlo.h"

/// Maps, which are their programs' ops on tensors; tuples and tokens, which are not in the graph.
namespace pullback {
namespace {

Graph read(const std::string& body) {
  Graph graph = parse_stablehlo(
      "func.func @main(%x: tensor<2x2xf32>, %y: tensor<2x2xf32>) -> tensor<2x2xf32> {\n" + body +
          "}\n",
      "m.mlir");
  verify(graph);
  std::string printed = print_stablehlo(graph);
  EXPECT_EQ(parse_stablehlo(printed, "printed"), graph) << printed;
  return graph;
}

std::vector<float> run(const Graph& graph) {
  Tensor x(Shape{2, 2}, std::vector<float>{1, -2, 3, -4}),
      y(Shape{2, 2}, std::vector<float>(4, 10));
  Tensor result = evaluate(graph, {x, y})[0];
  auto values = result.values<float>();
  return {values.begin(), values.end()};
}

std::string message(const std::string& body) {
  try {
    read(body);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}
void expect_message(const std::string& body, const std::string& part) {
  EXPECT_NE(message(body).find(part), std::string::npos) << message(body);
}

std::string map(const std::string& program, const std::string& dimensions = "0, 1") {
  return "%c = stablehlo.constant dense<2.0> : tensor<f32>\n"
         "%z = \"stablehlo.map\"(%x, %y) <{dimensions = array<i64: " +
         dimensions + ">}> ({\n^bb0(%a: tensor<f32>, %b: tensor<f32>):\n" + program +
         "}) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>\n"
         "return %z : tensor<2x2xf32>\n";
}

TEST(Map, is_its_program_on_tensors) {
  Graph graph =
      read(map("%0 = stablehlo.constant dense<0.0> : tensor<f32>\n"
               "%1 = stablehlo.compare LT, %a, %0 : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
               "%2 = stablehlo.multiply %a, %c : tensor<f32>\n"
               "%3 = stablehlo.select %1, %b, %2 : tensor<i1>, tensor<f32>\n"
               "stablehlo.return %3 : tensor<f32>\n"));
  EXPECT_EQ(run(graph), (std::vector<float>{2, 10, 6, 10}));
  EXPECT_EQ(graph.name_of(graph.results[0]), "z");
  EXPECT_EQ(run(read(map("stablehlo.return %b : tensor<f32>\n"))), std::vector<float>(4, 10));
}

TEST(Map, rejects_what_is_no_map) {
  std::string returns = "stablehlo.return %a : tensor<f32>\n";
  expect_message(map(returns, "1, 0"), "(map_c3)");
  expect_message(map("stablehlo.return %a, %b : tensor<f32>, tensor<f32>\n"), "(map_c4)");
  expect_message(map("%0 = stablehlo.reshape %a : (tensor<f32>) -> tensor<1xf32>\n" + returns),
                 "elementwise ops only, not 'reshape'");
  expect_message(
      map("%0 = stablehlo.bitcast_convert %a : (tensor<f32>) -> tensor<2xf16>\n" + returns),
      "changes shapes at '%0'");
  expect_message(
      map("%0 = stablehlo.slice %x [0:1, 0:1] : (tensor<2x2xf32>) -> tensor<1x1xf32>\n" + returns),
      "uses '%x', which is no scalar");
}

TEST(Tuple, elements_are_what_they_were) {
  std::string types = "tuple<tensor<2x2xf32>, tuple<tensor<2x2xf32>, !stablehlo.token>>";
  Graph graph = read(
      "%t = stablehlo.create_token : !stablehlo.token\n"
      "%u = stablehlo.after_all %t, %t : !stablehlo.token\n"
      "%p = stablehlo.tuple %y, %u : tuple<tensor<2x2xf32>, !stablehlo.token>\n"
      "%q = \"stablehlo.tuple\"(%x, %p) : (tensor<2x2xf32>, tuple<tensor<2x2xf32>, "
      "!stablehlo.token>) -> " +
      types +
      "\n"
      "%r = stablehlo.get_tuple_element %q[1] : (" +
      types +
      ") -> tuple<tensor<2x2xf32>, "
      "!stablehlo.token>\n"
      "%z = \"stablehlo.get_tuple_element\"(%r) <{index = 0 : i32}> : (tuple<tensor<2x2xf32>, "
      "!stablehlo.token>) -> tensor<2x2xf32>\n"
      "%w = stablehlo.add %x, %z : tensor<2x2xf32>\n"
      "return %w : tensor<2x2xf32>\n");
  EXPECT_EQ(graph.instrs.size(), 1u);
  EXPECT_EQ(run(graph), (std::vector<float>{11, 8, 13, 6}));
}

TEST(Tuple, mistakes_are_named) {
  std::string tuple = "%p = stablehlo.tuple %x : tuple<tensor<2x2xf32>>\n";
  expect_message(tuple + "return %p : tensor<2x2xf32>\n", "'%p' is a tuple or a token");
  expect_message(tuple + "%z = stablehlo.get_tuple_element %p[1]", "(get_tuple_element_c1)");
  expect_message(tuple + "%z = stablehlo.get_tuple_element %x[0]", "this is no tuple");
  expect_message(tuple + "%z = stablehlo.get_tuple_element %p[0] : (tuple<tensor<f32>>)",
                 "the value is tensor<2x2xf32>, but tensor<f32> is declared");
  expect_message(tuple + "%p = stablehlo.tuple : tuple<>\n", "'%p' is defined twice");
  expect_message("%t = stablehlo.after_all %x : !stablehlo.token\n", "takes tokens only");
  std::string deep = "%p0 = stablehlo.tuple : tuple<>\n", type = "tuple<>";
  for (int k = 1; k < 70; ++k) {
    type = "tuple<" + type + ">";
    deep += "%p" + std::to_string(k) + " = stablehlo.tuple %p" + std::to_string(k - 1) + " : " +
            type + "\n";
  }
  expect_message(deep, "nested more than 64 deep");
}

}  // namespace
}  // namespace pullback
