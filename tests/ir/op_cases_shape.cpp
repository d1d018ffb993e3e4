#include "tests/ir/op_cases.h"

namespace pullback::test {

std::vector<OpCase> shape_cases() {
  auto broadcast = [](const std::string& name, const Shape& from, const Shape& to,
                      const Axes& dimensions) {
    return OpCase{"broadcast_in_dim_" + name, BroadcastInDim{to, dimensions}, {f32(from)}, f32(to)};
  };
  auto reshape = [](const std::string& name, const Shape& from, const Shape& to) {
    return OpCase{"reshape_" + name, Reshape{to}, {f32(from)}, f32(to)};
  };
  auto transpose = [](const std::string& name, const Shape& from, const Axes& permutation,
                      const Shape& to) {
    return OpCase{"transpose_" + name, Transpose{permutation}, {f32(from)}, f32(to)};
  };
  auto reverse = [](const std::string& name, const Shape& shape, const Axes& dimensions) {
    return OpCase{"reverse_" + name, Reverse{dimensions}, {f32(shape)}, f32(shape)};
  };
  return {
      broadcast("scalar", {}, {2, 3}, {}),
      broadcast("scalar_to_scalar", {}, {}, {}),
      broadcast("rows", {2}, {2, 3}, {0}),
      broadcast("columns", {3}, {2, 3}, {1}),
      broadcast("nothing", {2, 3}, {2, 3}, {0, 1}),
      broadcast("stretch", {2, 1}, {2, 3}, {0, 1}),
      broadcast("stretch_all", {1, 1}, {2, 3}, {0, 1}),
      broadcast("keeps_size_1", {1, 3}, {1, 3}, {0, 1}),
      broadcast("size_1_into_middle", {1, 3}, {2, 1, 3}, {1, 2}),
      broadcast("transposing", {2, 3}, {3, 2}, {1, 0}),
      broadcast("transposing_into_rank_4", {2, 3, 4}, {4, 5, 2, 3}, {2, 3, 0}),
      broadcast("transposing_and_stretching", {2, 1, 4}, {4, 3, 2}, {2, 1, 0}),
      broadcast("transposed_size_1", {3, 1}, {5, 3}, {1, 0}),
      broadcast("to_empty", {1, 2}, {0, 2}, {0, 1}),
      broadcast("from_empty", {0}, {3, 0}, {1}),
      {"broadcast_in_dim_i32", BroadcastInDim{{2, 3}, {1}}, {i32({3})}, i32({2, 3}), {{-9, 9}}},
      {"broadcast_in_dim_i1", BroadcastInDim{{2, 3}, {0}}, {i1({2})}, i1({2, 3})},
      reshape("flatten", {2, 3, 2}, {12}),
      reshape("unflatten", {12}, {3, 4}),
      reshape("same", {2, 3}, {2, 3}),
      reshape("to_scalar", {1, 1}, {}),
      reshape("from_scalar", {}, {1, 1, 1}),
      reshape("empty", {0, 3}, {5, 0}),
      {"reshape_i32", Reshape{{4}}, {i32({2, 2})}, i32({4}), {{-9, 9}}},
      transpose("matrix", {2, 3}, {1, 0}, {3, 2}),
      transpose("identity", {2, 3}, {0, 1}, {2, 3}),
      transpose("cycle", {2, 3, 4}, {2, 0, 1}, {4, 2, 3}),
      transpose("nchw_to_nhwc", {2, 3, 4, 5}, {0, 2, 3, 1}, {2, 4, 5, 3}),
      transpose("size_1", {1, 3, 1}, {2, 1, 0}, {1, 3, 1}),
      transpose("scalar", {}, {}, {}),
      transpose("empty", {0, 3}, {1, 0}, {3, 0}),
      {"transpose_i1", Transpose{{1, 0}}, {i1({2, 3})}, i1({3, 2})},
      reverse("one_axis", {2, 3}, {1}),
      reverse("both_axes_unordered", {2, 3}, {1, 0}),
      reverse("none", {2, 3}, {}),
      reverse("scalar", {}, {}),
      reverse("size_1", {1, 4}, {0}),
      reverse("empty", {0, 2}, {0, 1}),
      {"reverse_i32", Reverse{{0}}, {i32({5})}, i32({5}), {{-9, 9}}},
  };
}

std::vector<Rejection> shape_rejections() {
  Type x = f32({2, 3});
  return {
      {"broadcast_in_dim_c2_rejects_too_few_dimensions",
       BroadcastInDim{{2, 3}, {0}},
       {x},
       "broadcast_in_dim_c2",
       "[0] have 1 entries for the operand's 2 axes"},
      {"broadcast_in_dim_c3_rejects_axis_beyond_rank",
       BroadcastInDim{{2, 3}, {0, 2}},
       {x},
       "broadcast_in_dim_c3",
       "[0, 2] name axis 2, but the tensor's rank is 2"},
      {"broadcast_in_dim_c3_rejects_negative_axis",
       BroadcastInDim{{2, 3}, {-1, 1}},
       {x},
       "broadcast_in_dim_c3",
       "name axis -1"},
      {"broadcast_in_dim_c4_rejects_repeated_axis",
       BroadcastInDim{{2, 3}, {1, 1}},
       {x},
       "broadcast_in_dim_c4",
       "[1, 1] name axis 1 twice"},
      {"broadcast_in_dim_c5_rejects_other_extent",
       BroadcastInDim{{2, 4}, {0, 1}},
       {x},
       "broadcast_in_dim_c5",
       "axis 1 of the operand is 3, neither 1 nor 4"},
      {"broadcast_in_dim_rejects_negative_extent",
       BroadcastInDim{{2, 3, -1}, {0, 1}},
       {x},
       "",
       "negative extent -1"},
      {"broadcast_in_dim_rejects_too_large_result",
       BroadcastInDim{{2, 3, int64_t{1} << 40, int64_t{1} << 40}, {0, 1}},
       {x},
       "",
       "is too large"},
      {"reshape_c2_rejects_other_count",
       Reshape{{7}},
       {x},
       "reshape_c2",
       "has 6 elements, the result's shape [7] has 7"},
      {"reshape_rejects_negative_extent", Reshape{{-2, -3}}, {x}, "", "negative extent -2"},
      {"transpose_c2_rejects_repeated_axis",
       Transpose{{0, 0}},
       {x},
       "transpose_c2",
       "[0, 0] is not a permutation of the axes of tensor<2x3xf32>"},
      {"transpose_c2_rejects_missing_axis",
       Transpose{{0}},
       {x},
       "transpose_c2",
       "each of [0, 1] must occur once"},
      {"transpose_c2_rejects_axis_beyond_rank", Transpose{{0, 2}}, {x}, "transpose_c2", "[0, 2]"},
      {"reverse_c2_rejects_repeated_axis",
       Reverse{{1, 1}},
       {x},
       "reverse_c2",
       "[1, 1] name axis 1 twice"},
      {"reverse_c3_rejects_axis_beyond_rank",
       Reverse{{2}},
       {x},
       "reverse_c3",
       "name axis 2, but the tensor's rank is 2"},
  };
}

}  // namespace pullback::test
