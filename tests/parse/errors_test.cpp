#include <gtest/gtest.h>

#include "base/error.h"
#include "parse/stablehlo.h"

namespace pullback {
namespace {

/// What parsing a function with this body says.
std::string message(const std::string& body) {
  try {
    parse_stablehlo(
        "module @m {\n  func.func public @main(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>)"
        " -> tensor<2x3xf32> {\n" +
            body + "\n    return %x : tensor<2x3xf32>\n  }\n}\n",
        "m.mlir");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

struct Mistake {
  const char* body;
  const char* says;
};

TEST(ParseErrors, say_where_and_what) {
  const Mistake mistakes[] = {
      {"    %y = stablehlo.ad %x, %x : tensor<2x3xf32>",
       "m.mlir:3:10: the op 'stablehlo.ad' is not "
       "supported; did you mean 'stablehlo.add'?"},
      {"    %y = \"stablehlo.batch_norm_training\"(%x, %x, %x) <{epsilon = 0.1 : f32, "
       "feature_index = "
       "1 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
       "batch_norm_training has 3 operands and 3 results, not 3 and 1"},
      {"    %y:3 = \"stablehlo.batch_norm_training\"(%x, %x, %x) <{epsilon = 0.1 : f32, "
       "feature_index = 1 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> "
       "(tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>)",
       "scale must be tensor<3xf32>, one number a feature of tensor<2x3xf32>"},
      {"    %y:3 = \"stablehlo.batch_norm_train\"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>",
       "did you mean 'stablehlo.batch_norm_training'?"},
      {"    %y = stablehlo.add %x, %z : tensor<2x3xf32>", "m.mlir:3:28: '%z' is not defined"},
      {"    %y = stablehlo.add %x %x : tensor<2x3xf32>", "m.mlir:3:27: expected ','"},
      {"    %x = stablehlo.abs %x : tensor<2x3xf32>", "'%x' is defined twice"},
      {"    %y = stablehlo.abs %x : tensor<3x2xf32>",
       "operand %x is tensor<2x3xf32>, but "
       "tensor<3x2xf32> is declared"},
      {"    %y = stablehlo.abs %x : tensor<2x3xf33>", "element type 'f33' is not supported"},
      {"    %y = stablehlo.abs %x : tensor<?x3xf32>", "dynamic extents are not supported"},
      {"    %y = stablehlo.abs %x : tensor<2y3xf32>", "expected 'x' after an extent"},
      {"    %y = stablehlo.abs %x", "expected ':'"},
      {"    %y = stablehlo.add %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>",
       "(add_c1)"},
      {"    %y = stablehlo.dot_general %x, %x, contracting_dims = [1] x [0] : (tensor<2x3xf32>, "
       "tensor<2x3xf32>) -> tensor<2x3xf32>",
       "(dot_general_c10)"},
      {"    %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<2x3xf32>, "
       "tensor<3x4xf32>) -> tensor<2x5xf32>",
       "the result is tensor<2x4xf32>, but tensor<2x5xf32> is declared"},
      {"    %y = stablehlo.dot_general %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> "
       "tensor<2x4xf32>",
       "expected ','"},
      {"    %y = stablehlo.compare LESS, %x, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> "
       "tensor<2x3xi1>",
       "expected EQ, NE, GE, GT, LE or LT"},
      {"    %y = stablehlo.compare LT, %x, %x, SIGNED : (tensor<2x3xf32>, tensor<2x3xf32>) -> "
       "tensor<2x3xi1>",
       "m.mlir:3:40: comparison by SIGNED is not supported for elements of type f32; expected "
       "FLOAT "
       "(compare_c3)"},
      {"    %y = stablehlo.constant dense<abc> : tensor<f32>", "expected a number of type f32"},
      {"    %y = stablehlo.constant dense<[1.0, 2.0]> : tensor<3xf32>", "expected ','"},
      {"    %y = stablehlo.constant dense<1.5> : tensor<i32>", "expected a number of type i32"},
      {"    %y = stablehlo.constant dense<2> : tensor<i1>", "expected true or false"},
      {"    %y = stablehlo.constant 3.0 : tensor<f32>", "expected 'dense'"},
      {"    %y = stablehlo.transpose %x, dims = [0, 0] : (tensor<2x3xf32>) -> tensor<2x2xf32>",
       "(transpose_c2)"},
      {"    %y = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<7xf32>", "(reshape_c2)"},
      {"    %y:2 = stablehlo.abs %x : tensor<2x3xf32>", "this op has one result, but 2 are named"},
      {"    %y = stablehlo.iota dim = 99999999999999999999 : tensor<3xi32>",
       "this integer does not fit 64 bits"},
      {"    %y = \"stablehlo.abs", "this string has no end"},
      {"    %y = stablehlo.slice %x [0:2, 0:4] : (tensor<2x3xf32>) -> tensor<2x4xf32>",
       "(slice_c3)"},
      {"    y = stablehlo.abs %x : tensor<2x3xf32>",
       "expected an instruction, which begins with '%', or return"},
      {"    %y = stablehlo.broadcast_in_dim %x, dim = [0, 1] : (tensor<2x3xf32>) -> "
       "tensor<2x3xf32>",
       "expected 'dims'"},
      {"    return %w : tensor<3x4xf32>", "the values returned are not of the function's result"},
  };
  for (const Mistake& mistake : mistakes) {
    std::string text = message(mistake.body);
    EXPECT_NE(text.find(mistake.says), std::string::npos) << mistake.body << "\nsays: " << text;
    EXPECT_NE(text.find("m.mlir:"), std::string::npos) << text;
    EXPECT_NE(text.find("^"), std::string::npos) << text;
  }
}

/// A module whose @main calls @f1, which calls @f2 twice, and so on to @f<depth>.
std::string doubling_calls(int depth, const std::string& last, const std::string& value = "a") {
  const std::string types = " : (tensor<f32>) -> tensor<f32>\n";
  auto function = [](const std::string& name, const std::string& body) {
    return "func.func @" + name + "(%x: tensor<f32>) -> tensor<f32> {\n" + body + "}\n";
  };
  auto call = [&](const std::string& result, int level, const std::string& operand) {
    return "  %" + result + " = call @f" + std::to_string(level) + "(%" + operand + ")" + types;
  };
  const std::string end = "  return %r : tensor<f32>\n";
  std::string text = "module @m {\n" + function("main", call("r", 1, "x") + end);
  for (int i = 1; i < depth; ++i) {
    text +=
        function("f" + std::to_string(i), call(value, i + 1, "x") + call("r", i + 1, value) + end);
  }
  return text + function("f" + std::to_string(depth), last) + "}\n";
}

std::string refusal(const std::string& text) {
  try {
    parse_stablehlo(text, "m.mlir");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

/// Each would take hours or all memory; the test's own time limit shows if one is not refused.
TEST(ParseErrors, name_the_limit_of_calls_that_expand_without_end) {
  const std::string nothing = "  return %x : tensor<f32>\n";
  const std::string negate =
      "  %r = stablehlo.negate %x : tensor<f32>\n  return %r : tensor<f32>\n";
  for (const std::string& text :
       {doubling_calls(50, nothing), doubling_calls(50, negate),
        doubling_calls(50, "// " + std::string(100000, '-') + "\n" + nothing),
        doubling_calls(60, negate, std::string(30000, 'a'))}) {
    std::string said = refusal(text);
    EXPECT_NE(said.find("calls expand to more than 4194304 characters"), std::string::npos) << said;
    EXPECT_TRUE(said.starts_with("m.mlir:")) << said;
  }
  std::string deep = refusal(doubling_calls(70, nothing));
  EXPECT_NE(deep.find("calls are nested more than 64 deep"), std::string::npos) << deep;
  EXPECT_EQ(refusal(doubling_calls(10, negate)), "accepted");
}

TEST(ParseErrors, show_the_line_and_a_caret) {
  EXPECT_EQ(message("    %y = stablehlo.add %x, %z : tensor<2x3xf32>"),
            "m.mlir:3:28: '%z' is not defined\n"
            "      %y = stablehlo.add %x, %z : tensor<2x3xf32>\n"
            "                             ^");
}

}  // namespace
}  // namespace pullback
