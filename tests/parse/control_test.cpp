#include <gtest/gtest.h>

#include "interp/interpreter.h"
#include "ir/builder.h"
#include "parse/stablehlo.h"
#include "print/stablehlo.h"
#include "tests/temporary_folder.h"

/// Ops that hold programs, and ops of several results, in text.
namespace pullback {
namespace {

std::string module(const std::string& signature, const std::string& body) {
  return "module @m {\n  func.func public @main(" + signature + " {\n" + body + "  }\n}\n";
}

/// The parsed text, which prints as text that reads back as the same graph.
Graph read(const std::string& text) {
  Graph graph = parse_stablehlo(text, "m.mlir");
  verify(graph);
  std::string printed = print_stablehlo(graph);
  EXPECT_EQ(parse_stablehlo(printed, "printed"), graph) << printed;
  return graph;
}

Tensor i32(int value) { return Tensor(Shape{}, std::vector<int32_t>{value}); }
int64_t run(const Graph& graph, const std::vector<Tensor>& arguments, size_t result = 0) {
  return static_cast<int64_t>(evaluate(graph, arguments)[result].at(0));
}

const std::string loop = module("%n: tensor<i32>) -> (tensor<i32>, tensor<i32>)",
                                R"(    %zero = stablehlo.constant dense<0> : tensor<i32>
    %0:3 = stablehlo.while(%i = %zero, %sum = %zero, %unused = %n) : tensor<i32>, tensor<i32>, tensor<i32>
    cond {
      %1 = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %1 : tensor<i1>
    } do {
      %one = stablehlo.constant dense<1> : tensor<i32>
      %1 = stablehlo.add %sum, %i : tensor<i32>
      %2 = stablehlo.add %i, %one : tensor<i32>
      stablehlo.return %2, %1, %unused : tensor<i32>, tensor<i32>, tensor<i32>
    }
    return %0#1, %0#0 : tensor<i32>, tensor<i32>
)");

TEST(Control, while_is_one_instruction_per_used_result) {
  Graph graph = read(loop);
  ASSERT_EQ(graph.instrs.size(), 3u);
  EXPECT_EQ(graph.instrs[1].name, "0#0");
  EXPECT_EQ(graph.instrs[2].name, "0#1");
  EXPECT_EQ(graph.instrs[1].operands.size(), 4u) << "three carried, one captured";
  EXPECT_EQ(print_stablehlo(graph), loop);
  EXPECT_EQ(run(graph, {i32(5)}), 10);
  EXPECT_EQ(run(graph, {i32(5)}, 1), 5);
  EXPECT_EQ(run(graph, {i32(-3)}), 0);
}

TEST(Control, generic_form_and_results_by_name) {
  Graph graph = read(module("%n: tensor<i32>) -> tensor<i32>",
                            R"(    %a, %b = "stablehlo.while"(%n, %n) ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %zero = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
      %p = "stablehlo.compare"(%x, %zero) {comparison_direction = #stablehlo<comparison_direction GT>} : (tensor<i32>, tensor<i32>) -> tensor<i1>
      "stablehlo.return"(%p) : (tensor<i1>) -> ()
    }, {
    ^bb0(%u: tensor<i32>, %v: tensor<i32>):
      %one = stablehlo.constant dense<1> : tensor<i32>
      %w = stablehlo.subtract %u, %one : tensor<i32>
      %t = stablehlo.add %v, %n : tensor<i32>
      "stablehlo.return"(%w, %t) : (tensor<i32>, tensor<i32>) -> ()
    }) : (tensor<i32>, tensor<i32>) -> (tensor<i32>, tensor<i32>)
    return %b : tensor<i32>
)"));
  EXPECT_EQ(run(graph, {i32(6)}), 42);
}

TEST(Control, case_takes_the_last_branch_for_any_other_index) {
  Graph graph = read(module("%i: tensor<i32>, %x: tensor<i32>) -> tensor<i32>",
                            R"(    %y:2 = "stablehlo.case"(%i) ({
      %0 = stablehlo.add %x, %x : tensor<i32>
      stablehlo.return %0, %x : tensor<i32>, tensor<i32>
    }, {
      stablehlo.return %x, %x : tensor<i32>, tensor<i32>
    }) : (tensor<i32>) -> (tensor<i32>, tensor<i32>)
    return %y#0 : tensor<i32>
)"));
  EXPECT_EQ(run(graph, {i32(0), i32(7)}), 14);
  EXPECT_EQ(run(graph, {i32(1), i32(7)}), 7);
  EXPECT_EQ(run(graph, {i32(-1), i32(7)}), 7);
  EXPECT_EQ(run(graph, {i32(9), i32(7)}), 7);
}

/// An initial value outside of the program that sums from it is absorbed there, too.
TEST(Control, nested_programs_capture_through_and_absorb_identities) {
  Graph graph = read(module("%p: tensor<i1>, %x: tensor<3xf32>) -> tensor<f32>",
                            R"(    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %y = "stablehlo.if"(%p) ({
      %a = "stablehlo.if"(%p) ({
        %s = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
        stablehlo.return %s : tensor<f32>
      }, {
        %c = stablehlo.constant dense<1.0> : tensor<f32>
        stablehlo.return %c : tensor<f32>
      }) : (tensor<i1>) -> tensor<f32>
      stablehlo.return %a : tensor<f32>
    }, {
      %c = stablehlo.constant dense<2.0> : tensor<f32>
      stablehlo.return %c : tensor<f32>
    }) : (tensor<i1>) -> tensor<f32>
    return %y : tensor<f32>
)"));
  ASSERT_EQ(graph.instrs.size(), 1u) << "the zero went";
  EXPECT_EQ(graph.instrs[0].operands, (Values{{0}, {0}, {1}}));
  Tensor x(Shape{3}, std::vector<float>{1, 2, 4});
  EXPECT_EQ(evaluate(graph, {Tensor(Shape{}, std::vector<bool>{1}), x})[0].at(0), 7);
  EXPECT_EQ(evaluate(graph, {Tensor(Shape{}, std::vector<bool>{0}), x})[0].at(0), 2);
}

TEST(Control, functions_are_called_from_programs) {
  Graph graph = read(
      "module @m {\n  func.func public @main(%p: tensor<i1>, %x: tensor<i32>) -> tensor<i32> {\n"
      R"(    %y = "stablehlo.if"(%p) ({
      %0:2 = func.call @f(%x) : (tensor<i32>) -> (tensor<i32>, tensor<i32>)
      stablehlo.return %0#1 : tensor<i32>
    }, {
      stablehlo.return %x : tensor<i32>
    }) : (tensor<i1>) -> tensor<i32>
    return %y : tensor<i32>
  }
  func.func private @f(%a: tensor<i32>) -> (tensor<i32>, tensor<i32>) {
    %0 = stablehlo.add %a, %a : tensor<i32>
    return %a, %0 : tensor<i32>, tensor<i32>
  }
}
)");
  EXPECT_EQ(run(graph, {Tensor(Shape{}, std::vector<bool>{1}), i32(4)}), 8);
}

TEST(Control, barrier_in_both_forms) {
  Graph graph =
      read(module("%x: tensor<i32>, %y: tensor<2xf32>) -> (tensor<i32>, tensor<2xf32>)",
                  R"(    %a, %b = stablehlo.optimization_barrier %x, %y : tensor<i32>, tensor<2xf32>
    %c:2 = "stablehlo.optimization_barrier"(%a, %b) : (tensor<i32>, tensor<2xf32>) -> (tensor<i32>, tensor<2xf32>)
    return %c#0, %c#1 : tensor<i32>, tensor<2xf32>
)"));
  EXPECT_EQ(graph.instrs.size(), 4u);
  EXPECT_EQ(run(graph, {i32(3), Tensor(Type{ElementType::f32, {2}})}), 3);
}

/// Passes may give programs names that are taken outside: the builder and the printer make them
/// different.
TEST(Control, names_of_programs_never_clash_with_those_around_them) {
  Type type{ElementType::f32, {}};
  Graph branch;
  {
    Builder b(branch);
    Value x = b.argument("a", type);
    b.result(b.emit(Sine{}, {x}, "p"));
  }
  Graph graph;
  Builder b(graph);
  Value p = b.argument("p", {ElementType::i1, {}}), x = b.argument("x", type);
  Value y = b.emit(If{.true_branch = branch, .false_branch = branch}, {p, x}, "y");
  b.result(y);
  EXPECT_EQ(parse_stablehlo(print_stablehlo(graph), "text"), graph) << print_stablehlo(graph);
  const auto& op = std::get<If>(graph.instr(y).op);
  EXPECT_EQ(op.true_branch->arguments[0].name, "x");
  EXPECT_NE(op.true_branch->instrs[0].name, "p");
}

std::string nested(int depth) {
  std::string text = "stablehlo.return %x : tensor<i32>\n";
  for (int k = 0; k < depth; ++k) {
    std::string y = "%y" + std::to_string(k);
    text = y + " = \"stablehlo.if\"(%p) ({\n" + text + "}, {\nstablehlo.return %x : tensor<i32>\n" +
           "}) : (tensor<i1>) -> tensor<i32>\nstablehlo.return " + y + " : tensor<i32>\n";
  }
  size_t at = text.rfind("stablehlo.return");
  return module("%p: tensor<i1>, %x: tensor<i32>) -> tensor<i32>",
                text.substr(0, at) + text.substr(at + std::string("stablehlo.").size()));
}

TEST(Control, nesting_has_a_limit) {
  read(nested(30));
  expect_error([] { parse_stablehlo(nested(40), "m.mlir"); }, "nested more than 32 deep");
  expect_error([] { parse_stablehlo(nested(20000), "m.mlir"); }, "nested more than 32 deep");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Control, mistakes_are_told) {
  struct Mistake {
    const char *from, *to, *says;
  };
  const Mistake mistakes[] = {
      {"%0:3", "%0:2", "m.mlir:4:5: the op has 3 results, but 2 are named"},
      {"%unused = %n", "%unused = %m", "m.mlir:4:64: '%m' is not defined"},
      {"%sum = %zero", "%i = %zero", "'%i' is defined twice"},
      {"%2 = stablehlo.add", "%n = stablehlo.add", "'%n' is defined twice"},
      {"return %1 : tensor<i1>", "return %i : tensor<i32>", "(while_c1)"},
      {"return %2, %1, %unused : tensor<i32>, tensor<i32>, tensor<i32>",
       "return %2, %1 : tensor<i32>, tensor<i32>", "returns 2 values, but the loop carries 3"},
      {"stablehlo.return %2", "return %2",
       "expected an instruction, which begins with '%', or "
       "stablehlo.return"},
      {"} do {", "} od {", "expected 'do'"},
      {"tensor<i32>, tensor<i32>, tensor<i32>\n", "tensor<i32>, tensor<i32>\n",
       "there are 3 values, but 2 types"},
      {"tensor<i32>, tensor<i32>, tensor<i32>\n", "tensor<i32>, tensor<i32>, tensor<i64>\n", ""},
      {"    return %0#1", "    return %1", "'%1' is not defined"},
      {"%0:3 = ", "%0:99999999 = ", "between 1 and 65536 results"}};
  for (const Mistake& m : mistakes) {
    std::string text = replaced(loop, m.from, m.to);
    expect_error([&] { parse_stablehlo(text, "m.mlir"); }, m.says);
  }
}

TEST(Control, a_custom_call_is_refused_by_its_target) {
  auto says = [](const std::string& line) {
    return error_of([&] {
      parse_stablehlo(module("%x: tensor<i32>) -> tensor<i32>",
                             "    " + line + "\n    return %x : tensor<i32>\n"),
                      "m.mlir");
    });
  };
  EXPECT_NE(says("%y = stablehlo.custom_call @lapack_dgetrf(%x) {api_version = 4 : i32} : "
                 "(tensor<i32>) -> tensor<i32>")
                .find("the custom call of 'lapack_dgetrf' cannot be read"),
            std::string::npos);
  EXPECT_NE(says("stablehlo.custom_call @print(%x) : (tensor<i32>) -> ()").find("'print'"),
            std::string::npos);
  EXPECT_NE(says("%y = \"stablehlo.custom_call\"(%x) <{call_target_name = \"cu\"}> : "
                 "(tensor<i32>) -> tensor<i32>")
                .find("'cu'"),
            std::string::npos);
}

}  // namespace
}  // namespace pullback
