#include "tests/ir/op_cases.h"

namespace pullback::test {

namespace {

using List = std::vector<int64_t>;

/// Rows of a matrix by number: the indices are the batch, one number each.
WindowNumbers rows(int64_t batch_rank) {
  return {.offset_dims = {batch_rank},
          .collapsed_slice_dims = {0},
          .operand_batching_dims = {},
          .start_indices_batching_dims = {},
          .start_index_map = {0},
          .index_vector_dim = batch_rank};
}
/// The specification's example: windows of 2 x 2 in planes of 4 x 2, a batch of operands.
const WindowNumbers batched{.offset_dims = {3, 4},
                            .collapsed_slice_dims = {1},
                            .operand_batching_dims = {0},
                            .start_indices_batching_dims = {1},
                            .start_index_map = {2, 1},
                            .index_vector_dim = 3};
/// Windows of a matrix whose first axis comes last, the vectors along axis 0 of the indices.
const WindowNumbers windows{.offset_dims = {0, 2},
                            .collapsed_slice_dims = {},
                            .operand_batching_dims = {},
                            .start_indices_batching_dims = {},
                            .start_index_map = {1, 0},
                            .index_vector_dim = 0};
/// One window, no index: a slice from 0.
const WindowNumbers fixed{.offset_dims = {0, 1},
                          .collapsed_slice_dims = {},
                          .operand_batching_dims = {},
                          .start_indices_batching_dims = {},
                          .start_index_map = {},
                          .index_vector_dim = 0};

}  // namespace

std::vector<OpCase> indexing_cases() {
  auto gather = [](const std::string& name, const WindowNumbers& n, const List& sizes,
                   const Type& x, const Shape& indices, const Shape& y) {
    return OpCase{"gather_" + name,
                  Gather{.numbers = n, .slice_sizes = sizes},
                  {x, i32(indices)},
                  x.with(y),
                  {{-9, 9}, {-2, 6}}};
  };
  auto scatter = [](const std::string& name, ScatterUpdate update, const WindowNumbers& n,
                    const Type& x, const Shape& indices, const Shape& u, Range starts) {
    return OpCase{"scatter_" + std::string(to_string(update)) + "_" + name,
                  Scatter{.update = update, .numbers = n},
                  {x, i32(indices), x.with(u)},
                  x,
                  {{-9, 9}, starts, {-9, 9}}};
  };
  constexpr auto add = ScatterUpdate::add, replace = ScatterUpdate::replace;
  return {
      gather("rows", rows(1), {1, 3}, f32({5, 3}), {4}, {4, 3}),
      gather("rows_of_a_batch", rows(2), {1, 3}, f32({5, 3}), {2, 3}, {2, 3, 3}),
      gather("batched", batched, {1, 1, 2, 2}, f32({2, 3, 4, 2}), {2, 2, 3, 2}, {2, 2, 3, 2, 2}),
      gather("windows", windows, {2, 3}, f32({4, 5}), {2, 3}, {2, 3, 3}),
      gather("empty_windows", windows, {0, 3}, f32({4, 5}), {2, 3}, {0, 3, 3}),
      gather("without_index", fixed, {2, 1}, f32({3, 2}), {0}, {2, 1}),
      gather("no_rows", rows(1), {1, 3}, f32({5, 3}), {0}, {0, 3}),
      gather("many_rows", rows(1), {1, 1}, f32({31, 1}), {2}, {2, 1}),
      gather("i32", rows(1), {1, 3}, i32({5, 3}), {4}, {4, 3}),
      gather("i1", rows(1), {1, 3}, i1({5, 3}), {4}, {4, 3}),
      scatter("rows", add, rows(1), f32({5, 3}), {4}, {4, 3}, {-2, 6}),
      scatter("rows_of_a_batch", add, rows(2), f32({5, 3}), {2, 3}, {2, 3, 3}, {-2, 6}),
      scatter("batched", add, batched, f32({2, 3, 4, 2}), {2, 2, 3, 2}, {2, 2, 3, 2, 2}, {-2, 5}),
      scatter("windows", add, windows, f32({4, 5}), {2, 3}, {2, 3, 3}, {-3, 6}),
      scatter("empty_windows", add, windows, f32({4, 5}), {2, 3}, {0, 3, 3}, {-2, 6}),
      scatter("without_index", add, fixed, f32({3, 2}), {0}, {2, 1}, {0, 0}),
      scatter("no_rows", add, rows(1), f32({5, 3}), {0}, {0, 3}, {-2, 6}),
      scatter("into_nothing", add, rows(1), f32({0, 3}), {2}, {2, 3}, {-2, 6}),
      scatter("i32", add, rows(1), i32({5, 3}), {4}, {4, 3}, {-2, 6}),
      scatter("i1", add, rows(1), i1({5, 3}), {4}, {4, 3}, {-2, 6}),
      // One window each: no two updates of one element.
      scatter("rows", replace, rows(1), f32({5, 3}), {1}, {1, 3}, {1, 3}),
      scatter("outside", replace, rows(1), f32({5, 3}), {1}, {1, 3}, {5, 6}),
      scatter("windows", replace, windows, f32({4, 5}), {2, 1}, {2, 1, 3}, {-1, 3}),
      scatter("without_index", replace, fixed, f32({3, 2}), {0}, {2, 1}, {0, 0}),
      scatter("i32", replace, rows(1), i32({5, 3}), {4}, {4, 3}, {-2, 6}),
      scatter("i1", replace, rows(1), i1({5, 3}), {4}, {4, 3}, {-2, 6}),
  };
}

std::vector<Rejection> indexing_rejections() {
  std::vector<Rejection> all;
  auto gather = [&](const std::string& clause, const std::string& what, const std::string& message,
                    auto change) {
    Gather op{.numbers = batched, .slice_sizes = {1, 1, 2, 2}};
    std::vector<Type> in{f32({2, 3, 4, 2}), i32({2, 2, 3, 2})};
    change(op, in);
    all.push_back({"gather_" + clause + "_rejects_" + what, op, in, "gather_" + clause, message});
  };
  auto scatter = [&](const std::string& clause, const std::string& what, const std::string& message,
                     auto change) {
    Scatter op{.numbers = batched};
    std::vector<Type> in{f32({2, 3, 4, 2}), i32({2, 2, 3, 2}), f32({2, 2, 3, 2, 2})};
    change(op, in);
    all.push_back({"scatter_" + clause + "_rejects_" + what, op, in, "scatter_" + clause, message});
  };
  auto shared = [&](const std::string& clause, const std::string& other, const std::string& what,
                    const std::string& message, auto change) {
    gather(clause, what, message, [&](Gather& op, auto& in) { change(op.numbers, in); });
    scatter(other, what, message, [&](Scatter& op, auto& in) { change(op.numbers, in); });
  };
  using N = WindowNumbers;
  using In = std::vector<Type>;
  shared("i2", "i2", "float_indices", "must be of an integer type", [](N&, In& in) {
    in[1] = f32({2, 2, 3, 2});
  });
  shared("c1", "c2", "too_few_axes", "name 3 axes of an operand of rank 4",
         [](N& n, In&) { n.offset_dims = {3}; });
  shared("c2", "c22", "vector_dim_beyond_rank", "index_vector_dim 5 is neither an axis",
         [](N& n, In&) { n.index_vector_dim = 5; });
  shared("c3", "c19", "too_short_a_map", "have 1 entries for index vectors of 2",
         [](N& n, In&) { n.start_index_map = {2}; });
  shared("c4", "c7", "descending_offsets", "[4, 3] must ascend", [](N& n, In&) {
    n.offset_dims = {4, 3};
  });
  shared("c5", "c8", "offset_beyond_rank", "name axis 5", [](N& n, In&) {
    n.offset_dims = {3, 5};
  });
  shared("c6", "c9", "a_batching_axis_collapsed", "name axis 0 twice",
         [](N& n, In&) { n.collapsed_slice_dims = {0}; });
  shared("c7", "c10", "descending_collapsed", "[3, 1] must ascend", [](N& n, In&) {
    n.offset_dims = {3};
    n.collapsed_slice_dims = {3, 1};
  });
  shared("c10", "c12", "descending_batching", "[1, 0] must ascend", [](N& n, In&) {
    n.collapsed_slice_dims = {};
    n.operand_batching_dims = {1, 0};
  });
  shared("c13", "c14", "an_indices_batching_axis_twice", "name axis 1 twice", [](N& n, In&) {
    n.start_indices_batching_dims = {1, 1};
  });
  shared("c8", "c11", "collapsed_beyond_rank", "name axis 4",
         [](N& n, In&) { n.collapsed_slice_dims = {4}; });
  shared("c11", "c13", "batching_beyond_rank", "name axis 4",
         [](N& n, In&) { n.operand_batching_dims = {4}; });
  shared("c14", "c15", "indices_batching_beyond_rank", "name axis 4",
         [](N& n, In&) { n.start_indices_batching_dims = {4}; });
  shared("c15", "c16", "the_vector_dim_as_batching", "index_vector_dim 3 is among",
         [](N& n, In&) { n.start_indices_batching_dims = {3}; });
  shared("c16", "c17", "more_indices_batching", "are not as many", [](N& n, In&) {
    n.start_indices_batching_dims = {1, 0};
  });
  shared("c17", "c18", "other_batching_extent", "axis 0 of the operand has 2 elements, axis 2",
         [](N& n, In&) { n.start_indices_batching_dims = {2}; });
  shared("c18", "c20", "a_batching_axis_in_the_map", "name axis 0 twice", [](N& n, In&) {
    n.start_index_map = {2, 0};
  });
  shared("c19", "c21", "map_beyond_rank", "name axis 4", [](N& n, In&) {
    n.start_index_map = {2, 4};
  });
  gather("c9", "collapsed_size", "it must have 1", [](Gather& op, In&) {
    op.slice_sizes = {1, 2, 2, 2};
  });
  gather("c12", "batching_size", "it must have at most 1", [](Gather& op, In&) {
    op.slice_sizes = {2, 1, 2, 2};
  });
  gather("c20", "too_few_sizes", "have 3 entries", [](Gather& op, In&) {
    op.slice_sizes = {1, 1, 2};
  });
  gather("c21", "too_large_a_slice", "a slice of 5 elements", [](Gather& op, In&) {
    op.slice_sizes = {1, 1, 5, 2};
  });
  scatter("c4", "other_batch", "are not the batch of the indices", [](Scatter&, In& in) {
    in[2] = f32({2, 2, 4, 2, 2});
  });
  scatter("c4", "too_large_a_window", "are not the batch of the indices", [](Scatter&, In& in) {
    in[2] = f32({2, 2, 3, 5, 2});
  });
  scatter("c6", "other_element", "different element types", [](Scatter&, In& in) {
    in[2] = i32({2, 2, 3, 2, 2});
  });
  return all;
}

}  // namespace pullback::test
