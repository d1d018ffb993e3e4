#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "ir/ops.h"
#include "parse/stablehlo.h"
#include "print/stablehlo.h"

/// Reductions that are read as a maximum of what is turned around.
namespace pullback {
namespace {

/// The value of a function of %x, after its text has been printed and read again.
template <class T>
std::vector<T> value(const std::string& result, const std::string& body, const Tensor& x) {
  std::string text = "func.func @main(%x: " + x.type().text() + ") -> " + result + " {\n" + body +
                     "\n  return %y : " + result + "\n}\n";
  Graph read = parse_stablehlo(text, "m.mlir");
  Graph graph = parse_stablehlo(print_stablehlo(read), "printed");
  EXPECT_EQ(graph, read);
  EXPECT_EQ(graph.name_of(graph.results[0]), "y");
  std::vector<Tensor> values{x};
  for (const Instr& instr : graph.instrs) {
    std::vector<const Tensor*> operands;
    for (Value v : instr.operands) operands.push_back(&values[static_cast<size_t>(v.id)]);
    values.push_back(eval(instr.op, operands, instr.type));
  }
  auto all = values[static_cast<size_t>(graph.results[0].id)].template values<T>();
  return {all.begin(), all.end()};
}

/// "%z", and %y, the rows' reduction by `op`.
std::string rows(const std::string& op, const std::string& init, const std::string& element) {
  return "  %z = stablehlo.constant dense<" + init + "> : tensor<" + element +
         ">\n  %y = stablehlo.reduce(%x init: %z) applies stablehlo." + op +
         " across dimensions = [1] : (tensor<2x3x" + element + ">, tensor<" + element +
         ">) -> tensor<2x" + element + ">";
}

const Tensor floats(Shape{2, 3}, std::vector<float>{3, -1, 2, 7, 5, 6});
const Tensor wholes(Shape{2, 3}, std::vector<int32_t>{3, -2147483647 - 1, 2, 2147483647, 5, 6});
const Tensor bytes(Shape{2, 3}, std::vector<uint8_t>{3, 255, 200, 7, 0, 6});

TEST(Reductions, by_minimum) {
  EXPECT_EQ(value<float>("tensor<2xf32>", rows("minimum", "0x7F800000", "f32"), floats),
            (std::vector<float>{-1, 5}));
  EXPECT_EQ(value<int32_t>("tensor<2xi32>", rows("minimum", "2147483647", "i32"), wholes),
            (std::vector<int32_t>{-2147483647 - 1, 5}));
  EXPECT_EQ(value<uint8_t>("tensor<2xui8>", rows("minimum", "255", "ui8"), bytes),
            (std::vector<uint8_t>{3, 0}));
}

TEST(Reductions, by_minimum_from_some_value) {
  EXPECT_EQ(value<float>("tensor<2xf32>", rows("minimum", "4.0", "f32"), floats),
            (std::vector<float>{-1, 4}));
  EXPECT_EQ(value<int32_t>("tensor<2xi32>", rows("minimum", "4", "i32"), wholes),
            (std::vector<int32_t>{-2147483647 - 1, 4}));
}

TEST(Reductions, by_and_or_of_truth_values) {
  Tensor truths({ElementType::i1, {2, 3}});
  for (int64_t i : {0, 1, 2, 4}) truths.set(i, 1);
  auto reduced = [&](const std::string& op, const std::string& init) {
    return value<bool>("tensor<2xi1>", rows(op, init, "i1"), truths);
  };
  EXPECT_EQ(reduced("and", "true"), (std::vector<bool>{true, false}));
  EXPECT_EQ(reduced("and", "false"), (std::vector<bool>{false, false}));
  EXPECT_EQ(reduced("or", "false"), (std::vector<bool>{true, true}));
}

TEST(Reductions, by_minimum_of_windows_whose_padding_is_the_initial_value) {
  auto windows = [&](const std::string& init) {
    return value<float>("tensor<2x3xf32>",
                        R"(  %z = stablehlo.constant dense<)" + init +
                            R"(> : tensor<f32>
  %y = "stablehlo.reduce_window"(%x, %z) <{padding = dense<[[0, 0], [0, 1]]> : tensor<2x2xi64>, window_dimensions = array<i64: 1, 2>}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %c = "stablehlo.minimum"(%a, %b) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%c) : (tensor<f32>) -> ()
  }) : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>)",
                        floats);
  };
  EXPECT_EQ(windows("0x7F800000"), (std::vector<float>{-1, -1, 2, 5, 5, 6}));
  EXPECT_EQ(windows("5.5"), (std::vector<float>{-1, -1, 2, 5, 5, 5.5}));
}

TEST(Reductions, by_other_ops_are_refused_by_name) {
  for (std::string op : {"divide", "and"}) {
    try {
      value<float>("tensor<2xf32>", rows(op, "1.0", "f32"), floats);
      ADD_FAILURE() << op << " was accepted";
    } catch (const Error& error) {
      std::string says = error.what();
      EXPECT_NE(says.find("a reduction by 'stablehlo." + op + "' is not supported"),
                std::string::npos)
          << says;
    }
  }
}

}  // namespace
}  // namespace pullback
