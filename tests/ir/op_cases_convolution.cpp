#include "tests/ir/op_cases.h"

namespace pullback::test {

namespace {

/// [b, f, 0, …] x [o, i, 0, …] -> [b, f, 0, …].
ConvolutionDimensions channels_first(int64_t spatial) {
  ConvolutionDimensions n{.input_batch = 0,
                          .input_feature = 1,
                          .input_spatial = {},
                          .kernel_input_feature = 1,
                          .kernel_output_feature = 0,
                          .kernel_spatial = {},
                          .output_batch = 0,
                          .output_feature = 1,
                          .output_spatial = {}};
  for (int64_t d = 0; d < spatial; ++d) {
    n.input_spatial.push_back(d + 2);
    n.kernel_spatial.push_back(d + 2);
    n.output_spatial.push_back(d + 2);
  }
  return n;
}

/// [b, 0, 1, f] x [0, 1, i, o] -> [b, 0, 1, f].
ConvolutionDimensions channels_last() {
  return {.input_batch = 0,
          .input_feature = 3,
          .input_spatial = {1, 2},
          .kernel_input_feature = 2,
          .kernel_output_feature = 3,
          .kernel_spatial = {0, 1},
          .output_batch = 0,
          .output_feature = 3,
          .output_spatial = {1, 2}};
}

/// Every axis somewhere else in each tensor.
ConvolutionDimensions scrambled() {
  return {.input_batch = 2,
          .input_feature = 0,
          .input_spatial = {3, 1},
          .kernel_input_feature = 3,
          .kernel_output_feature = 1,
          .kernel_spatial = {0, 2},
          .output_batch = 1,
          .output_feature = 2,
          .output_spatial = {3, 0}};
}

struct Extra {
  int64_t feature_groups = 1, batch_groups = 1;
};

OpCase convolution(const std::string& name, const Shape& lhs, const Shape& rhs,
                   const ConvolutionDimensions& dimensions,
                   const std::vector<ConvolutionWindow>& window, const Shape& to,
                   Extra groups = {}) {
  return {"convolution_" + name,
          Convolution{dimensions, window, groups.feature_groups, groups.batch_groups},
          {f32(lhs), f32(rhs)},
          f32(to)};
}

OpCase one_dimensional(const std::string& name, int64_t input, int64_t kernel,
                       const ConvolutionWindow& window, int64_t output, Extra groups = {}) {
  return convolution(name, {2, 2, input}, {3, 2, kernel}, channels_first(1), {window},
                     {2, 3, output}, groups);
}

ConvolutionWindow same(int64_t padding) {
  return {.padding_low = padding, .padding_high = padding};
}

void add_windows(std::vector<OpCase>& table) {
  for (bool reversal : {false, true}) {
    std::string end = reversal ? "_reversed" : "";
    auto add = [&](const std::string& name, int64_t input, int64_t kernel, ConvolutionWindow window,
                   int64_t output) {
      window.reversal = reversal;
      table.push_back(one_dimensional(name + end, input, kernel, window, output));
    };
    add("valid", 6, 3, {}, 4);
    add("strided", 7, 3, {.stride = 2}, 3);
    add("stride_leaves_a_tail", 8, 3, {.stride = 3}, 2);
    add("stride_beyond_kernel", 9, 2, {.stride = 4}, 2);
    add("stride_beyond_input", 4, 2, {.stride = 7}, 1);
    add("asymmetric_padding", 5, 3, {.padding_low = 2, .padding_high = 1}, 6);
    add("negative_padding", 8, 3, {.padding_low = -2, .padding_high = -1}, 3);
    add("mixed_padding", 6, 3, {.padding_low = 2, .padding_high = -2}, 4);
    add("padding_beyond_kernel", 3, 2, {.padding_low = 4, .padding_high = 3}, 9);
    add("lhs_dilation", 4, 3, {.lhs_dilation = 2}, 5);
    add("rhs_dilation", 8, 3, {.rhs_dilation = 3}, 2);
    add("everything", 5, 3,
        {.stride = 2, .padding_low = 1, .padding_high = -2, .lhs_dilation = 3, .rhs_dilation = 2},
        4);
    add("size_1_kernel", 4, 1, {}, 4);
    add("size_1_kernel_strided", 5, 1, {.stride = 2}, 3);
    add("whole_input", 4, 4, {}, 1);
    add("kernel_beyond_input", 2, 3, {}, 0);
  }
}

}  // namespace

std::vector<OpCase> convolution_cases() {
  std::vector<OpCase> table = {
      convolution("same_3x3", {2, 2, 4, 5}, {3, 2, 3, 3}, channels_first(2), {same(1), same(1)},
                  {2, 3, 4, 5}),
      convolution("channels_last", {2, 5, 4, 3}, {3, 2, 3, 2}, channels_last(),
                  {{.stride = 2, .padding_low = 1}, {}}, {2, 2, 3, 2}),
      convolution("scrambled", {2, 5, 3, 4}, {3, 4, 2, 2}, scrambled(),
                  {{.stride = 1, .padding_low = 1}, {.stride = 2}}, {2, 3, 4, 3}),
      convolution("no_spatial_axes", {2, 3}, {4, 3}, channels_first(0), {}, {2, 4}),
      convolution("three_spatial_axes", {1, 2, 3, 4, 3}, {2, 2, 2, 2, 3}, channels_first(3),
                  {{}, {.stride = 2}, same(1)}, {1, 2, 2, 2, 3}),
      convolution("feature_groups", {2, 4, 5}, {6, 2, 3}, channels_first(1), {{.stride = 2}},
                  {2, 6, 2}, {.feature_groups = 2}),
      convolution("depthwise", {2, 3, 4, 4}, {3, 1, 3, 3}, channels_first(2), {same(1), same(1)},
                  {2, 3, 4, 4}, {.feature_groups = 3}),
      convolution("depthwise_multiplied", {1, 2, 5}, {6, 1, 2}, channels_first(1),
                  {{.rhs_dilation = 2}}, {1, 6, 3}, {.feature_groups = 2}),
      convolution("feature_groups_channels_last", {2, 4, 3, 4}, {2, 2, 2, 4}, channels_last(),
                  {{}, {.padding_high = 1}}, {2, 3, 3, 4}, {.feature_groups = 2}),
      convolution("batch_groups", {4, 2, 5}, {6, 2, 3}, channels_first(1), {same(1)}, {2, 6, 5},
                  {.batch_groups = 2}),
      convolution("batch_groups_strided", {6, 1, 7}, {3, 1, 2}, channels_first(1),
                  {{.stride = 3, .padding_low = 1, .reversal = true}}, {2, 3, 3},
                  {.batch_groups = 3}),
      convolution("one_output_per_group", {1, 4, 3}, {2, 2, 2}, channels_first(1), {{}}, {1, 2, 2},
                  {.feature_groups = 2}),
      convolution("feature_groups_scrambled", {4, 5, 2, 6}, {2, 6, 3, 2}, scrambled(),
                  {{.reversal = true}, {.stride = 2, .padding_low = 1}}, {2, 2, 6, 5},
                  {.feature_groups = 2}),
      convolution("feature_groups_no_spatial_axes", {2, 4}, {6, 2}, channels_first(0), {}, {2, 6},
                  {.feature_groups = 2}),
      convolution("batch_groups_scrambled", {3, 5, 4, 6}, {2, 4, 3, 3}, scrambled(),
                  {{}, {.stride = 2, .padding_low = 1, .reversal = true}}, {2, 2, 4, 5},
                  {.batch_groups = 2}),
      convolution("batch_groups_no_spatial_axes", {4, 3}, {6, 3}, channels_first(0), {}, {2, 6},
                  {.batch_groups = 2}),
      convolution("batch_groups_of_one", {2, 1, 3}, {2, 1, 2}, channels_first(1), {{}}, {1, 2, 2},
                  {.batch_groups = 2}),
      convolution("three_spatial_axes_depthwise", {1, 2, 2, 3, 2}, {2, 1, 2, 1, 3},
                  channels_first(3),
                  {{.padding_high = 1},
                   {.stride = 2, .lhs_dilation = 2},
                   {.padding_low = 2, .padding_high = 3, .rhs_dilation = 2}},
                  {1, 2, 2, 3, 3}, {.feature_groups = 2}),
      convolution("kernel_beyond_padded_side", {1, 2, 2, 2}, {1, 2, 5, 3}, channels_first(2),
                  {same(2), same(1)}, {1, 1, 2, 2}),
      convolution("only_padding", {1, 1, 2}, {1, 1, 2}, channels_first(1),
                  {{.stride = 2, .padding_low = 4}}, {1, 1, 3}),
      convolution("cut_away", {1, 1, 3}, {1, 1, 2}, channels_first(1),
                  {{.padding_low = -4, .padding_high = 3}}, {1, 1, 1}),
      convolution("cut_to_nothing", {1, 1, 3}, {1, 1, 1}, channels_first(1),
                  {{.padding_low = -2, .padding_high = -4}}, {1, 1, 0}),
      convolution("no_outputs", {2, 2, 4}, {0, 2, 2}, channels_first(1), {{}}, {2, 0, 3}),
      convolution("size_1", {1, 1, 1, 1}, {1, 1, 1, 1}, channels_first(2), {{}, {}}, {1, 1, 1, 1}),
      convolution("empty_batch", {0, 2, 4}, {3, 2, 2}, channels_first(1), {{}}, {0, 3, 3}),
      convolution("empty_input_padded", {1, 2, 0}, {3, 2, 2}, channels_first(1), {same(2)},
                  {1, 3, 3}),
      convolution("no_features", {2, 0, 4}, {3, 0, 2}, channels_first(1), {{}}, {2, 3, 3}),
      {"convolution_i32",
       Convolution{channels_first(1), {same(1)}, 1, 1},
       {i32({1, 2, 4}), i32({2, 2, 3})},
       i32({1, 2, 4}),
       {{-9, 9}, {-9, 9}}},
  };
  add_windows(table);
  return table;
}

std::vector<Rejection> convolution_rejections() {
  Type x = f32({4, 4, 6, 6}), w = f32({4, 4, 3, 3});
  std::vector<Rejection> table;
  auto reject = [&](const std::string& name, const std::string& clause, const std::string& message,
                    auto change) {
    Rejection r{name, {}, {x, w}, clause, message};
    Convolution op{channels_first(2), {{}, {}}, 1, 1};
    change(op, r.operands);
    r.op = op;
    table.push_back(r);
  };
  reject("convolution_c1_rejects_other_rank", "convolution_c1", "different ranks",
         [](auto&, auto& in) {
           in[1] = f32({4, 4, 3});
         });
  reject("convolution_c2_rejects_missing_window_dimension", "convolution_c2",
         "has 1 window dimensions", [](auto& op, auto&) { op.window.pop_back(); });
  reject("convolution_c3_rejects_zero_stride", "convolution_c3",
         "the stride is 0 in spatial dimension 1",
         [](auto& op, auto&) { op.window[1].stride = 0; });
  reject("convolution_c6_rejects_zero_lhs_dilation", "convolution_c6", "lhs_dilation is 0",
         [](auto& op, auto&) { op.window[0].lhs_dilation = 0; });
  reject("convolution_c8_rejects_negative_rhs_dilation", "convolution_c8", "rhs_dilation is -1",
         [](auto& op, auto&) { op.window[0].rhs_dilation = -1; });
  reject("convolution_c10_rejects_batch_not_in_groups", "convolution_c10",
         "the batch 4 is not divisible by batch_group_count 3",
         [](auto& op, auto&) { op.batch_group_count = 3; });
  reject("convolution_c11_rejects_features_not_in_groups", "convolution_c11",
         "input features 4 is not divisible by feature_group_count 3",
         [](auto& op, auto&) { op.feature_group_count = 3; });
  reject("convolution_c12_rejects_missing_input_spatial_axis", "convolution_c12",
         "1 spatial dimensions of the input",
         [](auto& op, auto&) { op.dimensions.input_spatial = {2}; });
  reject("convolution_c13_rejects_repeated_input_axis", "convolution_c13",
         "must occur exactly once", [](auto& op, auto&) { op.dimensions.input_batch = 1; });
  reject("convolution_c14_rejects_other_input_features", "convolution_c14",
         "the kernel takes 3 input features", [](auto&, auto& in) {
           in[1] = f32({4, 3, 3, 3});
         });
  reject("convolution_c15_rejects_outputs_not_in_batch_groups", "convolution_c15",
         "output features 3 is not divisible by batch_group_count 2", [](auto& op, auto& in) {
           op.batch_group_count = 2, in[1] = f32({3, 4, 3, 3});
         });
  reject("convolution_c16_rejects_outputs_not_in_feature_groups", "convolution_c16",
         "output features 3 is not divisible by feature_group_count 2", [](auto& op, auto& in) {
           op.feature_group_count = 2, in[1] = f32({3, 2, 3, 3});
         });
  reject("convolution_c17_rejects_missing_kernel_spatial_axis", "convolution_c17",
         "spatial dimensions of the kernel",
         [](auto& op, auto&) { op.dimensions.kernel_spatial = {3}; });
  reject("convolution_c18_rejects_kernel_axis_beyond_rank", "convolution_c18",
         "dimension numbers of the kernel",
         [](auto& op, auto&) { op.dimensions.kernel_input_feature = 4; });
  reject("convolution_c19_rejects_missing_output_spatial_axis", "convolution_c19",
         "spatial dimensions of the output",
         [](auto& op, auto&) { op.dimensions.output_spatial = {}; });
  reject("convolution_c20_rejects_repeated_output_axis", "convolution_c20",
         "dimension numbers of the output",
         [](auto& op, auto&) { op.dimensions.output_feature = 2; });
  reject("convolution_c21_rejects_zero_feature_groups", "convolution_c21",
         "feature_group_count is 0", [](auto& op, auto&) { op.feature_group_count = 0; });
  reject("convolution_c22_rejects_negative_batch_groups", "convolution_c22",
         "batch_group_count is -1", [](auto& op, auto&) { op.batch_group_count = -1; });
  reject("convolution_c23_rejects_both_groups", "convolution_c23", "one must be 1",
         [](auto& op, auto&) { op.feature_group_count = op.batch_group_count = 2; });
  reject("convolution_c25_rejects_empty_kernel", "convolution_c25",
         "the kernel's extent is 0 in spatial dimension 1", [](auto&, auto& in) {
           in[1] = f32({4, 4, 3, 0});
         });
  reject("convolution_c25_rejects_huge_result", "convolution_c25", "is too large",
         [](auto& op, auto&) {
           for (auto& w : op.window) w.padding_low = int64_t{1} << 40;
         });
  reject("convolution_rejects_padding_beyond_64_bits", "", "exceed 2^62", [](auto& op, auto&) {
    op.window[0].padding_low = op.window[0].padding_high = int64_t{1} << 62;
  });
  reject("convolution_rejects_dilation_beyond_64_bits", "", "exceed 2^62",
         [](auto& op, auto&) { op.window[1].rhs_dilation = int64_t{1} << 62; });
  reject("convolution_c1_rejects_vectors", "convolution_c1", "have no batch and feature axes",
         [](auto& op, auto& in) {
           in = {f32({4}), f32({4})};
           op.window.clear();
         });
  reject("convolution_rejects_one_operand", "", "takes 2 operands, not 1",
         [](auto&, auto& in) { in.pop_back(); });
  reject("convolution_c27_rejects_other_element", "convolution_c27", "convert one of them",
         [](auto&, auto& in) {
           in[1] = i32({4, 4, 3, 3});
         });
  return table;
}

}  // namespace pullback::test
