#include <limits>

#include "tests/ir/op_cases.h"

namespace pullback::test {

namespace {

using Window = std::vector<WindowDimension>;

/// size 2, stride 2: plain pooling.
constexpr WindowDimension pooled{.size = 2, .stride = 2};

struct WindowCase {
  std::string name;
  Shape from;
  Window window;
  Shape to;
};

/// Windows without dilation.
std::vector<WindowCase> plain_windows() {
  return {
      {"pool_2x2", {1, 2, 4, 6}, {{}, {}, pooled, pooled}, {1, 2, 2, 3}},
      {"leaves_a_tail", {7}, {{.size = 2, .stride = 3}}, {2}},
      {"overlapping", {6}, {{.size = 3}}, {4}},
      {"stride_beyond_window", {9}, {{.size = 2, .stride = 4}}, {2}},
      {"stride_beyond_operand", {4}, {{.size = 2, .stride = 9}}, {1}},
      {"padded",
       {5, 4},
       {{.size = 3, .stride = 2, .padding_low = 1, .padding_high = 1}, {}},
       {3, 4}},
      {"asymmetric_padding", {6}, {{.size = 3, .stride = 2, .padding_high = 1}}, {3}},
      {"negative_padding", {8}, {{.size = 2, .padding_low = -2, .padding_high = -1}}, {4}},
      {"mixed_padding", {7}, {{.size = 3, .stride = 2, .padding_low = -1, .padding_high = 2}}, {3}},
      {"stem_of_resnet",
       {1, 7, 8, 2},
       {{},
        {.size = 3, .stride = 2, .padding_low = 1, .padding_high = 1},
        {.size = 3, .stride = 2, .padding_low = 0, .padding_high = 1},
        {}},
       {1, 4, 4, 2}},
      {"three_axes", {3, 2, 4}, {{.size = 2}, {.size = 2, .padding_low = 1}, pooled}, {2, 2, 2}},
      {"cut_to_one", {5}, {{.padding_low = -2, .padding_high = -2}}, {1}},
      {"empty_operand_padded", {0}, {{.size = 2, .padding_low = 3}}, {2}},
      {"size_1", {3, 1}, {{}, {}}, {3, 1}},
      {"size_1_strided", {5}, {{.stride = 2}}, {3}},
      {"only_padding", {4}, {{.size = 2, .stride = 3, .padding_low = 3}}, {2}},
      {"whole", {2, 5}, {{.size = 2}, {.size = 5}}, {1, 1}},
      {"scalar", {}, {}, {}},
      {"window_beyond_operand", {2}, {{.size = 3}}, {0}},
      {"empty_operand", {0, 4}, {{}, {.size = 2}}, {0, 3}},
  };
}

std::vector<WindowCase> dilated_windows() {
  return {
      {"base_dilation", {4}, {{.size = 3, .base_dilation = 2}}, {5}},
      {"window_dilation", {8}, {{.size = 3, .window_dilation = 3}}, {2}},
      {"both_dilations",
       {5, 3},
       {{.size = 3, .stride = 2, .base_dilation = 2, .window_dilation = 2, .padding_low = 1},
        {.size = 2, .window_dilation = 2}},
       {3, 1}},
      {"both_dilations_3d",
       {2, 3, 4},
       {{.padding_high = 1},
        {.size = 2, .window_dilation = 3, .padding_low = 2},
        {.size = 3, .stride = 2, .base_dilation = 3, .padding_high = 2}},
       {3, 2, 5}},
      {"dilated_only_padding",
       {2},
       {{.size = 2, .stride = 4, .window_dilation = 2, .padding_low = 4, .padding_high = 4}},
       {2}},
      {"size_2_dilated", {4}, {{.size = 2, .window_dilation = 2}}, {2}},
      {"dilated_holes", {3}, {{.size = 1, .base_dilation = 3}}, {7}},
      {"dilated_one_by_one", {1}, {{.size = 1, .base_dilation = 5, .window_dilation = 4}}, {1}},
      {"dilated_empty", {0}, {{.size = 2, .window_dilation = 2, .padding_low = 3}}, {1}},
      {"dilated_negative_padding",
       {5},
       {{.size = 3, .stride = 2, .base_dilation = 3, .padding_low = -1, .padding_high = -2}},
       {4}},
  };
}

}  // namespace

std::vector<OpCase> window_cases() {
  std::vector<OpCase> table;
  for (Reduction kind : {Reduction::add, Reduction::max}) {
    std::string stem = "reduce_window_" + std::string(to_string(kind)) + "_";
    auto add = [&](const WindowCase& w) {
      table.push_back({stem + w.name, ReduceWindow{kind, w.window}, {f32(w.from)}, f32(w.to)});
    };
    for (const WindowCase& w : plain_windows()) add(w);
    for (const WindowCase& w : dilated_windows()) add(w);
    table.push_back(
        {stem + "i32", ReduceWindow{kind, {{.size = 3}}}, {i32({6})}, i32({4}), {{-9, 9}}});
  }
  for (const WindowCase& w : plain_windows()) {
    table.push_back({"select_and_scatter_" + w.name,
                     SelectAndScatter{w.window},
                     {f32(w.from), f32(w.to)},
                     f32(w.from)});
  }
  return table;
}

std::vector<Rejection> window_rejections() {
  Type x = f32({4, 6});
  auto reduce = [](WindowDimension second) { return ReduceWindow{Reduction::max, {{}, second}}; };
  auto scatter = [](WindowDimension second) { return SelectAndScatter{{{}, second}}; };
  return {
      {"reduce_window_c4_rejects_missing_dimension",
       ReduceWindow{Reduction::add, {{}}},
       {x},
       "reduce_window_c4",
       "has 1 window dimensions"},
      {"reduce_window_c5_rejects_empty_window",
       reduce({.size = 0}),
       {x},
       "reduce_window_c5",
       "size is 0 in dimension 1"},
      {"reduce_window_c7_rejects_zero_stride",
       reduce({.stride = 0}),
       {x},
       "reduce_window_c7",
       "the stride is 0 in dimension 1"},
      {"reduce_window_c9_rejects_zero_base_dilation",
       reduce({.base_dilation = 0}),
       {x},
       "reduce_window_c9",
       "base_dilation is 0"},
      {"reduce_window_c11_rejects_negative_window_dilation",
       reduce({.window_dilation = -3}),
       {x},
       "reduce_window_c11",
       "window_dilation is -3"},
      {"reduce_window_c15_rejects_huge_result",
       ReduceWindow{Reduction::max, {{.padding_low = 1L << 40}, {.padding_low = 1L << 40}}},
       {x},
       "reduce_window_c15",
       "is too large"},
      {"reduce_window_rejects_extent_beyond_64_bits",
       reduce({.size = 3, .window_dilation = std::numeric_limits<int64_t>::max()}),
       {x},
       "",
       "exceed 2^62"},
      {"reduce_window_rejects_two_operands", reduce({}), {x, x}, "", "takes 1 operands, not 2"},
      {"select_and_scatter_c1_rejects_other_element",
       scatter(pooled),
       {x, i32({4, 3})},
       "select_and_scatter_c1",
       "different element types"},
      {"select_and_scatter_c2_rejects_other_source",
       scatter(pooled),
       {x, f32({4, 4})},
       "select_and_scatter_c2",
       "the source is tensor<4x4xf32>"},
      {"select_and_scatter_c4_rejects_missing_dimension",
       SelectAndScatter{{}},
       {x, x},
       "select_and_scatter_c4",
       "has 0 window dimensions"},
      {"select_and_scatter_c5_rejects_empty_window",
       scatter({.size = -1}),
       {x, x},
       "select_and_scatter_c5",
       "size is -1"},
      {"select_and_scatter_c7_rejects_zero_stride",
       scatter({.stride = 0}),
       {x, x},
       "select_and_scatter_c7",
       "stride is 0"},
      {"select_and_scatter_rejects_dilation",
       scatter({.window_dilation = 2}),
       {x, x},
       "",
       "takes none"},
  };
}

}  // namespace pullback::test
