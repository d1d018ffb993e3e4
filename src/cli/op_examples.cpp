#include "cli/explain.h"
#include "ir/builder.h"

namespace pullback::cli {

namespace {

const Type vector{ElementType::f32, {4}};
const Type matrix{ElementType::f32, {2, 3}};
const Type scalar{ElementType::f32, {}};
const Type index{ElementType::i32, {}};
const Type bits{ElementType::i1, {4}};

/// A window of 2 × 2 with stride 2 over images.
const std::vector<WindowDimension> halves{
    {}, {.size = 2, .stride = 2}, {.size = 2, .stride = 2}, {}};
const Type image{ElementType::f32, {1, 4, 4, 3}};

// One overload per op; an op without one does not compile.
template <class T>
requires std::is_base_of_v<UnaryOp<T>, T> OpExample example(T op) {
  return {op, {vector}, {"x", "y"}};
}
template <class T>
requires std::is_base_of_v<BinaryOp<T>, T> OpExample example(T op) {
  return {op, {vector, vector}, {"x", "y", "z"}};
}
OpExample example(Not op) { return {op, {bits}, {"x", "y"}}; }
OpExample example(And op) { return {op, {bits, bits}, {"x", "y", "z"}}; }
OpExample example(Or op) { return {op, {bits, bits}, {"x", "y", "z"}}; }
OpExample example(Xor op) { return {op, {bits, bits}, {"x", "y", "z"}}; }
OpExample example(Compare op) {
  op.direction = Direction::lt;
  return {op, {vector, vector}, {"x", "y", "z"}};
}
OpExample example(Select op) { return {op, {bits, vector, vector}, {"p", "x", "y", "z"}}; }
OpExample example(Convert op) {
  op.to = ElementType::f64;
  return {op, {vector}, {"x", "y"}};
}
OpExample example(BitcastConvert op) {
  op.to = ElementType::i32;
  return {op, {vector}, {"x", "y"}};
}
OpExample example(Clamp op) { return {op, {scalar, vector, vector}, {"l", "x", "u", "z"}}; }
OpExample example(IsFinite op) { return {op, {vector}, {"x", "y"}}; }
OpExample example(Constant) { return {Constant{.type = vector, .values = {1}}, {}, {"y"}}; }
OpExample example(Iota) { return {Iota{.type = vector, .dimension = 0}, {}, {"y"}}; }
OpExample example(BroadcastInDim) {
  return {BroadcastInDim{.shape = {2, 4}, .broadcast_dimensions = {1}}, {vector}, {"x", "y"}};
}
OpExample example(Reshape) { return {Reshape{.shape = {6}}, {matrix}, {"x", "y"}}; }
OpExample example(Transpose) { return {Transpose{.permutation = {1, 0}}, {matrix}, {"x", "y"}}; }
OpExample example(Reverse) { return {Reverse{.dimensions = {0}}, {vector}, {"x", "y"}}; }
OpExample example(Slice) {
  return {Slice{.start_indices = {1}, .limit_indices = {4}, .strides = {2}}, {vector}, {"x", "y"}};
}
OpExample example(Pad) {
  return {Pad{.edge_padding_low = {1}, .edge_padding_high = {0}, .interior_padding = {1}},
          {vector, scalar},
          {"x", "v", "y"}};
}
OpExample example(Concatenate) {
  return {Concatenate{.dimension = 0}, {vector, vector}, {"x1", "x2", "y"}};
}
OpExample example(DynamicSlice) {
  return {DynamicSlice{.slice_sizes = {2}}, {vector, index}, {"x", "start", "y"}};
}
OpExample example(DynamicUpdateSlice op) {
  return {op, {vector, {ElementType::f32, {2}}, index}, {"x", "u", "start", "y"}};
}
/// Rows of a matrix, by number.
const WindowNumbers rows{.offset_dims = {1},
                         .collapsed_slice_dims = {0},
                         .operand_batching_dims = {},
                         .start_indices_batching_dims = {},
                         .start_index_map = {0},
                         .index_vector_dim = 1};
const Type row_numbers{ElementType::i32, {4}};
OpExample example(Gather) {
  return {Gather{.numbers = rows, .slice_sizes = {1, 3}}, {matrix, row_numbers}, {"x", "i", "y"}};
}
OpExample example(Scatter) {
  return {Scatter{.numbers = rows},
          {matrix, row_numbers, {ElementType::f32, {4, 3}}},
          {"x", "i", "u", "y"}};
}
OpExample example(Reduce) {
  return {Reduce{.kind = Reduction::add, .dimensions = {1}}, {matrix}, {"x", "y"}};
}
OpExample example(DotGeneral) {
  return {DotGeneral{.lhs_batching_dimensions = {},
                     .rhs_batching_dimensions = {},
                     .lhs_contracting_dimensions = {1},
                     .rhs_contracting_dimensions = {0}},
          {matrix, {ElementType::f32, {3, 5}}},
          {"x", "y", "z"}};
}
OpExample example(Convolution) {
  ConvolutionDimensions nhwc{.input_batch = 0,
                             .input_feature = 3,
                             .input_spatial = {1, 2},
                             .kernel_input_feature = 2,
                             .kernel_output_feature = 3,
                             .kernel_spatial = {0, 1},
                             .output_batch = 0,
                             .output_feature = 3,
                             .output_spatial = {1, 2}};
  ConvolutionWindow same{.padding_low = 1, .padding_high = 1};
  return {Convolution{.dimensions = nhwc, .window = {same, same}},
          {image, {ElementType::f32, {3, 3, 3, 8}}},
          {"x", "w", "z"}};
}
OpExample example(ReduceWindow) {
  return {ReduceWindow{.kind = Reduction::max, .window = halves}, {image}, {"x", "y"}};
}
OpExample example(SelectAndScatter) {
  return {SelectAndScatter{.window = halves},
          {image, {ElementType::f32, {1, 2, 2, 3}}},
          {"x", "ct", "y"}};
}
OpExample example(AllReduce) { return {AllReduce{.replicas = 2}, {vector}, {"x", "y"}}; }
OpExample example(Softmax) { return {Softmax{.dimension = 1}, {matrix}, {"x", "y"}}; }
OpExample example(LogSoftmax) { return {LogSoftmax{.dimension = 1}, {matrix}, {"x", "y"}}; }
OpExample example(SoftmaxCrossEntropy op) { return {op, {matrix, matrix}, {"x", "l", "y"}}; }
OpExample example(BatchNormTraining op) {
  Type feature{ElementType::f32, {matrix.shape[1]}};
  op.feature_index = 1;
  return {op, {matrix, feature, feature}, {"x", "scale", "offset", "y"}};
}

/// x -> op(x), a branch.
Subgraph branch(const Op& op) {
  Graph graph;
  Builder b(graph);
  b.result(b.emit(op, {b.argument("x", vector)}, "z"));
  return graph;
}
OpExample example(If) {
  return {If{.true_branch = branch(Sine{}), .false_branch = branch(Exponential{})},
          {{ElementType::i1, {}}, vector},
          {"p", "x", "y"}};
}
OpExample example(Case) {
  return {Case{.branches = {branch(Sine{}), branch(Exponential{})}},
          {{ElementType::i32, {}}, vector},
          {"i", "x", "y"}};
}
/// Doubles x until it is at least n.
OpExample example(While) {
  const Type number{ElementType::i32, {}};
  Graph condition, body;
  Builder c(condition), b(body);
  Value x = c.argument("x", number), n = c.argument("n", number);
  c.result(c.compare(Direction::lt, x, n, "more"));
  x = b.argument("x", number);
  b.argument("n", number);
  b.result(b.add(x, x, "twice"));
  return {While{.condition = condition, .body = body}, {number, number}, {"start", "n", "y"}};
}
OpExample example(RngBitGenerator op) {
  op.algorithm = RngAlgorithm::three_fry;
  op.type = {ElementType::ui32, {4}};
  op.result = 1;
  return {op, {{ElementType::ui64, {2}}}, {"state", "y"}};
}
OpExample example(OptimizationBarrier op) { return {op, {vector}, {"x", "y"}}; }

template <size_t... I>
std::vector<OpExample> all(std::index_sequence<I...>) {
  return {example(std::variant_alternative_t<I, Op>{})...};
}

}  // namespace

std::vector<OpExample> op_examples() {
  return all(std::make_index_sequence<std::variant_size_v<Op>>{});
}

}  // namespace pullback::cli
