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
      {"    %y = stablehlo.constant dense<abc> : tensor<f32>", "expected a number of type f32"},
      {"    %y = stablehlo.constant dense<[1.0, 2.0]> : tensor<3xf32>", "expected ','"},
      {"    %y = stablehlo.constant dense<1.5> : tensor<i32>", "expected a number of type i32"},
      {"    %y = stablehlo.constant dense<2> : tensor<i1>", "expected true or false"},
      {"    %y = stablehlo.constant 3.0 : tensor<f32>", "expected 'dense'"},
      {"    %y = stablehlo.transpose %x, dims = [0, 0] : (tensor<2x3xf32>) -> tensor<2x2xf32>",
       "(transpose_c2)"},
      {"    %y = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<7xf32>", "(reshape_c2)"},
      {"    %y:2 = stablehlo.abs %x : tensor<2x3xf32>", "only a call may have several results"},
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

TEST(ParseErrors, show_the_line_and_a_caret) {
  EXPECT_EQ(message("    %y = stablehlo.add %x, %z : tensor<2x3xf32>"),
            "m.mlir:3:28: '%z' is not defined\n"
            "      %y = stablehlo.add %x, %z : tensor<2x3xf32>\n"
            "                             ^");
}

}  // namespace
}  // namespace pullback
