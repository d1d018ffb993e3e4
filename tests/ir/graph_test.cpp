#include "ir/graph.h"

#include <gtest/gtest.h>

#include "ir/builder.h"

namespace pullback {
namespace {

const Type matrix{ElementType::f32, {2, 3}};

/// The message of the Error that f throws.
template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

Graph small_graph() {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("x", matrix);
  b.result(b.exponential(x, "y"));
  return graph;
}

TEST(Builder, error_names_op_value_rule_and_operands) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("image", {ElementType::f32, {128, 784}});
  Value w = b.argument("w", {ElementType::f32, {512, 10}});
  EXPECT_EQ(message_of([&] {
              b.emit(DotGeneral{{}, {}, {1}, {0}}, {x, w}, "dense1");
            }),
            "dot_general 'dense1': contracting sizes differ: axis 1 of lhs is 784, axis 0 of rhs "
            "is 512 (dot_general_c10)\n"
            "  operand 0 'image'  tensor<128x784xf32>\n"
            "  operand 1 'w'  tensor<512x10xf32>");
  EXPECT_EQ(message_of([&] { b.emit(Softmax{5}, {x}); }),
            "softmax: dimension 5 is not an axis of tensor<128x784xf32>\n"
            "  operand 0 'image'  tensor<128x784xf32>");
}

TEST(Builder, a_rejected_instruction_leaves_the_graph_as_it_was) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("x", matrix);
  EXPECT_THROW(b.transpose(x, {0, 0}, "t"), Error);
  EXPECT_TRUE(graph.instrs.empty());
  EXPECT_EQ(b.name(b.transpose(x, {1, 0}, "t")), "t");
}

TEST(Builder, makes_names_unique) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("x", matrix);
  EXPECT_EQ(b.name(b.argument("x", matrix)), "x_1");
  EXPECT_EQ(b.name(b.negate(x)), "negate");
  EXPECT_EQ(b.name(b.negate(x)), "negate_1");
  EXPECT_EQ(b.name(b.negate(x, "negate_1")), "negate_1_1");
  Value y = b.negate(x, "y");
  b.rename(y, "x");
  EXPECT_EQ(b.name(y), "x_2");
  EXPECT_EQ(b.name(b.negate(x, "y")), "y");
  EXPECT_EQ(Builder(graph).name(x), "x");
}

TEST(Builder, continues_a_graph) {
  Graph graph = small_graph();
  Builder b(graph);
  EXPECT_EQ(b.name(b.negate({0}, "y")), "y_1");
  verify(graph);
}

TEST(Builder, shorthands_infer_types) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("x", matrix);
  EXPECT_EQ(b.shape(b.transpose(x, {1, 0})), (Shape{3, 2}));
  EXPECT_EQ(b.shape(b.reduce(Reduction::add, x, {0})), (Shape{3}));
  EXPECT_EQ(b.type(b.compare(Direction::lt, x, x)).element, ElementType::i1);
  EXPECT_EQ(b.type(b.constant(matrix, 1)), matrix);
  EXPECT_EQ(other_axes(4, {2, 0}), (Axes{1, 3}));
  EXPECT_EQ(other_axes(0, {}), Axes{});
}

TEST(Graph, numbers_arguments_first) {
  Graph graph = small_graph();
  EXPECT_EQ(graph.value_count(), 2u);
  EXPECT_TRUE(graph.is_argument({0}));
  EXPECT_EQ(graph.value_of(0).id, 1);
  EXPECT_EQ(graph.find("y").id, 1);
  EXPECT_FALSE(graph.find("z"));
  EXPECT_EQ(graph.name_of({0}), "x");
}

TEST(Verify, accepts_what_the_builder_makes) { verify(small_graph()); }

TEST(Verify, rejects_a_use_before_its_definition) {
  Graph graph = small_graph();
  graph.instrs[0].operands = {Value{1}};
  EXPECT_EQ(message_of([&] { verify(graph); }), "'y' uses a value that is not defined before it");
  graph.instrs[0].operands = {Value{}};
  EXPECT_EQ(message_of([&] { verify(graph); }), "'y' uses a value that is not defined before it");
}

TEST(Verify, rejects_a_wrong_declared_type) {
  Graph graph = small_graph();
  graph.instrs[0].type = matrix.with(Shape{6});
  EXPECT_EQ(message_of([&] { verify(graph); }),
            "exponential 'y': its type is tensor<2x3xf32>, but tensor<6xf32> was declared\n"
            "  operand 0 'x'  tensor<2x3xf32>");
}

TEST(Verify, rejects_a_broken_rule) {
  Graph graph = small_graph();
  graph.instrs[0].op = Transpose{{0, 2}};
  EXPECT_EQ(message_of([&] { verify(graph); }),
            "transpose 'y': permutation [0, 2] is not a permutation of the axes of "
            "tensor<2x3xf32>; each of [0, 1] must occur once (transpose_c2)\n"
            "  operand 0 'x'  tensor<2x3xf32>");
}

TEST(Verify, rejects_bad_names_and_results) {
  Graph graph = small_graph();
  graph.instrs[0].name = "x";
  EXPECT_EQ(message_of([&] { verify(graph); }), "two values are named 'x'");
  graph.instrs[0].name = "";
  EXPECT_EQ(message_of([&] { verify(graph); }), "value 1 has no name");
  graph = small_graph();
  graph.results = {Value{2}};
  EXPECT_EQ(message_of([&] { verify(graph); }), "graph 'main' returns a value that is not defined");
}

TEST(Retype, changes_f32_everywhere_and_nothing_else) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("x", matrix);
  Value labels = b.argument("labels", matrix.with(ElementType::i32));
  Value y = b.convert(labels, ElementType::f32);
  Value one = b.constant(matrix, 1);
  b.result(b.add(b.add(x, y), one));
  b.result(b.convert(x, ElementType::i32));
  Graph wide = retype(graph, ElementType::f64);
  verify(wide);
  EXPECT_EQ(wide.type(x).element, ElementType::f64);
  EXPECT_EQ(wide.type(labels).element, ElementType::i32);
  EXPECT_EQ(wide.type(wide.results[0]).element, ElementType::f64);
  EXPECT_EQ(wide.type(wide.results[1]).element, ElementType::i32);
  EXPECT_EQ(retype(graph, ElementType::f32), graph);
}

}  // namespace
}  // namespace pullback
