#include <gtest/gtest.h>

#include "interp/interpreter.h"
#include "parse/stablehlo.h"
#include "print/stablehlo.h"

/// Ops of the dialect chlo, as JAX prints them among those of StableHLO.
namespace pullback {
namespace {

std::string module_of(const std::string& body) {
  return "module @m {\n  func.func public @main(%arg0: tensor<2xf32>) -> (tensor<2xf32>) {\n" +
         body + "    return %0 : tensor<2xf32>\n  }\n}\n";
}

TEST(Chlo, both_forms_parse_and_the_pretty_one_is_printed) {
  std::string pretty = module_of("    %0 = chlo.erf %arg0 : tensor<2xf32> -> tensor<2xf32>\n");
  std::string generic =
      module_of("    %0 = \"chlo.erf\"(%arg0) : (tensor<2xf32>) -> tensor<2xf32>\n");
  Graph graph = parse_stablehlo(pretty, "text");
  EXPECT_EQ(graph.instrs[0].op, Op(Erf{}));
  EXPECT_EQ(parse_stablehlo(generic, "text"), graph);
  EXPECT_EQ(print_stablehlo(graph), pretty);
}

TEST(Chlo, square_is_a_product) {
  Graph graph = parse_stablehlo(
      module_of("    %0 = chlo.square %arg0 : tensor<2xf32> -> tensor<2xf32>\n"), "text");
  ASSERT_EQ(graph.instrs.size(), 1u);
  EXPECT_EQ(graph.instrs[0].op, Op(Multiply{}));
  Tensor x(Shape{2}, std::vector<float>{-3, 5});
  EXPECT_EQ(evaluate(graph, {x})[0], Tensor(Shape{2}, std::vector<float>{9, 25}));
}

TEST(Chlo, a_name_of_the_other_dialect_is_refused) {
  for (const char* op : {"stablehlo.erf", "chlo.abs", "erf"}) {
    std::string text =
        module_of("    %0 = " + std::string(op) + " %arg0 : tensor<2xf32> -> tensor<2xf32>\n");
    try {
      parse_stablehlo(text, "text");
      FAIL() << op;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("the op '" + std::string(op) + "' is not supported"),
                std::string::npos)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace pullback
