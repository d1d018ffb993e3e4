#include <gtest/gtest.h>

#include "base/error.h"
#include "ir/ops.h"
#include "parse/stablehlo.h"
#include "print/stablehlo.h"

/// Gather and scatter as JAX writes them, and what is wrong with others.
namespace pullback {
namespace {

std::string module(const std::string& instruction) {
  return "func.func @main(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>) -> "
         "tensor<5x3xf32> {\n  " +
         instruction + "\n  return %y : tensor<5x3xf32>\n}\n";
}

std::string scatter(const std::string& region,
                    const std::string& numbers =
                        "update_window_dims = [1], inserted_window_dims = "
                        "[0], scatter_dims_to_operand_dims = [0], "
                        "index_vector_dim = 1") {
  return module(R"(%y = "stablehlo.scatter"(%x, %i, %u) <{indices_are_sorted = true, )"
                R"(scatter_dimension_numbers = #stablehlo.scatter<)" +
                numbers + ">, unique_indices = false}> ({\n    ^bb0(%a: tensor<f32>, %b: " +
                "tensor<f32>):\n      " + region +
                "\n  }) : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>) -> tensor<5x3xf32>");
}

Scatter read(const std::string& text) {
  Graph graph = parse_stablehlo(text, "m.mlir");
  EXPECT_EQ(parse_stablehlo(print_stablehlo(graph), "printed"), graph);
  return std::get<Scatter>(graph.instrs.at(0).op);
}

TEST(Indexing, scatters_add_or_replace_as_their_region_says) {
  const std::string add = "%c = stablehlo.add %a, %b : tensor<f32>\n";
  Scatter adds = read(scatter(add + "stablehlo.return %c : tensor<f32>"));
  EXPECT_EQ(adds.update, ScatterUpdate::add);
  EXPECT_TRUE(adds.indices_are_sorted);
  EXPECT_FALSE(adds.unique_indices);
  EXPECT_EQ(adds.numbers.offset_dims, Axes{1});
  EXPECT_EQ(adds.numbers.index_vector_dim, 1);
  EXPECT_EQ(read(scatter("stablehlo.return %b : tensor<f32>")).update, ScatterUpdate::replace);
  EXPECT_EQ(read(scatter(R"("stablehlo.return"(%b) : (tensor<f32>) -> ())")).update,
            ScatterUpdate::replace);
}

TEST(Indexing, scatters_within_a_branch_are_printed_with_its_indentation) {
  const std::string branch = "%y = \"stablehlo.if\"(%p) ({\n";
  std::string text = scatter("stablehlo.return %b : tensor<f32>");
  text.insert(text.find("%x: "), "%p: tensor<i1>, ");
  text.replace(text.find("%y = "), 5, branch + "    %t = ");
  std::string rest = "\n  return";
  text.insert(text.find(rest),
              "\n    stablehlo.return %t : tensor<5x3xf32>\n  }, {\n    stablehlo.return %x : "
              "tensor<5x3xf32>\n  }) : (tensor<i1>) -> tensor<5x3xf32>");
  Graph graph = parse_stablehlo(text, "m.mlir");
  std::string printed = print_stablehlo(graph);
  EXPECT_EQ(parse_stablehlo(printed, "printed"), graph);
  EXPECT_NE(printed.find("\n      ^bb0(%$x: tensor<f32>, %$y: tensor<f32>):\n"
                         "        stablehlo.return %$y : tensor<f32>\n      }) : "),
            std::string::npos)
      << printed;
}

TEST(Indexing, mistakes_name_the_place_and_the_problem) {
  struct Mistake {
    std::string text, says;
  };
  const std::string good = "stablehlo.return %b : tensor<f32>";
  const std::vector<Mistake> mistakes = {
      {scatter("%c = stablehlo.multiply %a, %b : tensor<f32>\nstablehlo.return %c : tensor<f32>"),
       "m.mlir:4:7: a scatter by 'stablehlo.multiply' is not supported; expected stablehlo.add, or "
       "the return of the update"},
      {scatter("stablehlo.return %a : tensor<f32>"),
       "expected one op on the region's arguments, or the return of the second"},
      {scatter(good, "update_window_dims = [1], inserted_windows = [0]"), "inserted_windows"},
      {scatter(good,
               "update_window_dims = [1], inserted_window_dims = [0], "
               "scatter_dims_to_operand_dims = [0]"),
       "(scatter_c19)"},
      {module("%y = stablehlo.gather %x, %i : (tensor<5x3xf32>, tensor<4x1xi32>) -> "
              "tensor<5x3xf32>"),
       "this op has the generic form only"},
      {module("%y = \"stablehlo.gather\"(%x, %i) <{slice_sizes = array<i64: 1, 3>}> : "
              "(tensor<5x3xf32>, tensor<4x1xi32>) -> tensor<5x3xf32>"),
       "dimension_numbers"},
  };
  for (const Mistake& mistake : mistakes) {
    std::string says = "accepted";
    try {
      parse_stablehlo(mistake.text, "m.mlir");
    } catch (const Error& error) {
      says = error.what();
    }
    EXPECT_NE(says.find(mistake.says), std::string::npos) << mistake.text << "\nsays: " << says;
    EXPECT_NE(says.find("m.mlir:"), std::string::npos) << says;
  }
}

}  // namespace
}  // namespace pullback
