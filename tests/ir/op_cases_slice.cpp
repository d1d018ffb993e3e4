#include <limits>

#include "tests/ir/op_cases.h"

namespace pullback::test {

namespace {
using List = std::vector<int64_t>;
}  // namespace

std::vector<OpCase> slice_cases() {
  auto slice = [](const std::string& name, const Shape& from, const List& start, const List& limit,
                  const List& strides, const Shape& to) {
    return OpCase{"slice_" + name, Slice{start, limit, strides}, {f32(from)}, f32(to)};
  };
  auto pad = [](const std::string& name, const Shape& from, const List& low, const List& high,
                const List& interior, const Shape& to) {
    return OpCase{"pad_" + name, Pad{low, high, interior}, {f32(from), f32({})}, f32(to)};
  };
  auto concatenate = [](const std::string& name, const std::vector<Shape>& from, int64_t dimension,
                        const Shape& to) {
    std::vector<Type> operands;
    for (const Shape& shape : from) operands.push_back(f32(shape));
    return OpCase{"concatenate_" + name, Concatenate{dimension}, operands, f32(to)};
  };
  return {
      slice("middle", {5, 4}, {1, 0}, {4, 3}, {1, 1}, {3, 3}),
      slice("whole", {2, 3}, {0, 0}, {2, 3}, {1, 1}, {2, 3}),
      slice("strided", {7, 5}, {1, 0}, {7, 5}, {2, 3}, {3, 2}),
      slice("stride_leaves_a_tail", {10}, {1}, {10}, {4}, {3}),
      slice("stride_beyond_extent", {5}, {2}, {5}, {9}, {1}),
      slice("huge_stride", {5}, {2}, {5}, {std::numeric_limits<int64_t>::max()}, {1}),
      slice("nothing", {5, 2}, {3, 0}, {3, 2}, {2, 1}, {0, 2}),
      slice("nothing_at_the_end", {5}, {5}, {5}, {1}, {0}),
      slice("empty_operand", {0, 2}, {0, 1}, {0, 2}, {1, 1}, {0, 1}),
      slice("scalar", {}, {}, {}, {}, {}),
      {"slice_i32", Slice{{1}, {6}, {2}}, {i32({6})}, i32({3}), {{-9, 9}}},
      {"slice_i1", Slice{{1}, {3}, {1}}, {i1({4})}, i1({2})},
      pad("edges", {2, 3}, {1, 0}, {2, 1}, {0, 0}, {5, 4}),
      pad("nothing", {2, 3}, {0, 0}, {0, 0}, {0, 0}, {2, 3}),
      pad("interior", {3, 2}, {0, 0}, {0, 0}, {2, 1}, {7, 3}),
      pad("interior_and_edges", {3, 2}, {1, 2}, {0, 1}, {1, 0}, {6, 5}),
      pad("negative_low", {5}, {-2}, {0}, {0}, {3}),
      pad("negative_high", {5}, {1}, {-3}, {0}, {3}),
      pad("negative_cuts_interior", {3, 2}, {-1, 1}, {-2, -1}, {2, 1}, {4, 3}),
      pad("negative_cuts_everything", {3}, {-2}, {-1}, {0}, {0}),
      pad("cuts_beyond_the_operand", {3}, {5}, {-7}, {0}, {1}),
      pad("interior_of_one_element", {1}, {1}, {1}, {5}, {3}),
      pad("huge_interior_of_one_element", {1}, {0}, {0}, {std::numeric_limits<int64_t>::max() - 1},
          {1}),
      pad("empty_operand", {0, 2}, {1, 0}, {2, 0}, {3, 1}, {3, 3}),
      pad("scalar", {}, {}, {}, {}, {}),
      {"pad_i32", Pad{{1}, {-1}, {1}}, {i32({3}), i32({})}, i32({5}), {{-9, 9}, {-9, 9}}},
      concatenate("rows", {{2, 3}, {1, 3}}, 0, {3, 3}),
      concatenate("columns", {{2, 1}, {2, 3}, {2, 2}}, 1, {2, 6}),
      concatenate("one", {{2, 3}}, 1, {2, 3}),
      concatenate("with_empty", {{2, 2}, {2, 0}, {2, 1}}, 1, {2, 3}),
      concatenate("all_empty", {{0}, {0}}, 0, {0}),
      concatenate("middle_axis", {{2, 1, 2}, {2, 2, 2}}, 1, {2, 3, 2}),
      {"concatenate_i32", Concatenate{0}, {i32({2}), i32({3})}, i32({5}), {{-9, 9}, {-9, 9}}},
      {"concatenate_i1", Concatenate{0}, {i1({2}), i1({3})}, i1({5})},
  };
}

std::vector<Rejection> slice_rejections() {
  Type x = f32({5, 4}), v = f32({});
  constexpr int64_t max = std::numeric_limits<int64_t>::max();
  constexpr int64_t min = std::numeric_limits<int64_t>::min();
  return {
      {"slice_c2_rejects_too_few_starts",
       Slice{{0}, {5, 4}, {1, 1}},
       {x},
       "slice_c2",
       "start_indices [0] have 1 entries for an operand of rank 2"},
      {"slice_c2_rejects_too_many_limits",
       Slice{{0, 0}, {5, 4, 1}, {1, 1}},
       {x},
       "slice_c2",
       "limit_indices [5, 4, 1] have 3"},
      {"slice_c2_rejects_missing_strides",
       Slice{{0, 0}, {5, 4}, {}},
       {x},
       "slice_c2",
       "strides [] have 0"},
      {"slice_c3_rejects_negative_start",
       Slice{{-1, 0}, {5, 4}, {1, 1}},
       {x},
       "slice_c3",
       "on axis 0 start -1 and limit 5"},
      {"slice_c3_rejects_limit_before_start",
       Slice{{0, 3}, {5, 2}, {1, 1}},
       {x},
       "slice_c3",
       "on axis 1 start 3 and limit 2"},
      {"slice_c3_rejects_limit_beyond_extent",
       Slice{{0, 0}, {5, 5}, {1, 1}},
       {x},
       "slice_c3",
       "0 <= start <= limit <= 4"},
      {"slice_c4_rejects_zero_stride",
       Slice{{0, 0}, {5, 4}, {1, 0}},
       {x},
       "slice_c4",
       "the stride on axis 1 is 0; it must be positive"},
      {"slice_c4_rejects_negative_stride",
       Slice{{0, 0}, {5, 4}, {-2, 1}},
       {x},
       "slice_c4",
       "axis 0 is -2"},
      {"pad_c1_rejects_other_element",
       Pad{{0, 0}, {0, 0}, {0, 0}},
       {x, i32({})},
       "pad_c1",
       "different element types"},
      {"pad_i2_rejects_tensor_as_value",
       Pad{{0, 0}, {0, 0}, {0, 0}},
       {x, f32({1})},
       "pad_i2",
       "tensor<1xf32>; it must be a scalar"},
      {"pad_c2_rejects_too_few_edges",
       Pad{{0}, {0, 0}, {0, 0}},
       {x, v},
       "pad_c2",
       "edge_padding_low [0] have 1"},
      {"pad_c3_rejects_negative_interior",
       Pad{{0, 0}, {0, 0}, {0, -1}},
       {x, v},
       "pad_c3",
       "interior_padding on axis 1 is -1"},
      {"pad_c4_rejects_negative_size",
       Pad{{-3, 0}, {-3, 0}, {0, 0}},
       {x, v},
       "pad_c4",
       "leaves -1 elements"},
      {"pad_c4_rejects_overflow", Pad{{0, 0}, {0, 0}, {max, 0}}, {x, v}, "pad_c4", "is too large"},
      {"pad_c4_rejects_edge_without_opposite",
       Pad{{min, 0}, {max, 0}, {0, 0}},
       {x, v},
       "pad_c4",
       "is too large"},
      {"pad_c4_rejects_too_large_result",
       Pad{{max / 8, max / 8}, {0, 0}, {0, 0}},
       {x, v},
       "pad_c4",
       "is too large"},
      {"concatenate_c1_rejects_other_element",
       Concatenate{0},
       {x, i32({5, 4})},
       "concatenate_c1",
       "operands 0 and 1 have different element types"},
      {"concatenate_c2_rejects_other_extent",
       Concatenate{0},
       {x, x, f32({5, 3})},
       "concatenate_c2",
       "operands 0 and 2 differ outside of axis 0"},
      {"concatenate_c2_rejects_other_rank",
       Concatenate{0},
       {x, f32({5})},
       "concatenate_c2",
       "tensor<5x4xf32> and tensor<5xf32>"},
      {"concatenate_c3_rejects_no_operand",
       Concatenate{0},
       {},
       "concatenate_c3",
       "at least one operand"},
      {"concatenate_c4_rejects_axis_beyond_rank",
       Concatenate{2},
       {x, x},
       "concatenate_c4",
       "dimension 2 is not an axis of tensor<5x4xf32>"},
  };
}

}  // namespace pullback::test
