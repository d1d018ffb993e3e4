#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/ir/op_cases.h"

/// Which instructions a rule emits, in order: proofs/ replicates them one for one.
namespace pullback::test {
namespace {

const OpCase& case_named(const std::string& name) {
  static const std::vector<OpCase> table = op_cases();
  for (const OpCase& c : table) {
    if (c.name == name) return c;
  }
  PULLBACK_CHECK(false, name);
}

/// "reduce transpose -> 1": the ops after the forward instruction; of each result the number of
/// its instruction, or "ct".
std::string emitted(const std::string& name, std::vector<bool> needs = {}) {
  const OpCase& c = case_named(name);
  if (needs.empty()) needs = differentiable(c);
  Graph graph = vjp_graph(c, needs);
  std::string text;
  for (size_t i = 1; i < graph.instrs.size(); ++i) {
    text += std::string(info_of(graph.instrs[i].op).name) + " ";
  }
  std::vector<std::string> results;
  for (Value v : graph.results) {
    int64_t number = v.id - graph.value_of(1).id;
    results.push_back(graph.is_argument(v) ? graph.name_of(v) : std::to_string(number));
  }
  return text + "-> " + join(results, " ");
}

TEST(VjpTemplate, broadcast_in_dim_emits_only_what_changes_something) {
  EXPECT_EQ(emitted("broadcast_in_dim_nothing"), "-> ct");
  EXPECT_EQ(emitted("broadcast_in_dim_scalar"), "reduce -> 0");
  EXPECT_EQ(emitted("broadcast_in_dim_rows"), "reduce -> 0");
  EXPECT_EQ(emitted("broadcast_in_dim_stretch"), "reduce reshape -> 1");
  EXPECT_EQ(emitted("broadcast_in_dim_keeps_size_1"), "-> ct");
  EXPECT_EQ(emitted("broadcast_in_dim_transposing"), "transpose -> 0");
  EXPECT_EQ(emitted("broadcast_in_dim_transposing_into_rank_4"), "reduce transpose -> 1");
  EXPECT_EQ(emitted("broadcast_in_dim_transposing_and_stretching"),
            "reduce transpose reshape -> 2");
}

TEST(VjpTemplate, functions) {
  EXPECT_EQ(emitted("exponential_minus_one_1"), "constant add multiply -> 2");
  EXPECT_EQ(emitted("log_plus_one_1"), "constant add divide -> 2");
  EXPECT_EQ(emitted("cbrt_1"), "multiply constant multiply divide -> 3");
  EXPECT_EQ(emitted("erf_1"),
            "constant atan2 rsqrt broadcast_in_dim multiply negate exponential multiply multiply"
            " -> 8");
  EXPECT_EQ(emitted("remainder_1_1"), "subtract divide multiply negate -> ct 3");
  EXPECT_EQ(emitted("atan2_1_1"),
            "multiply multiply add divide multiply divide multiply negate -> 4 7");
}

TEST(VjpTemplate, activations) {
  EXPECT_EQ(emitted("swish_1"), "logistic constant subtract multiply add multiply -> 5");
  EXPECT_EQ(emitted("gelu_1"),
            "constant rsqrt broadcast_in_dim multiply negate erfc constant multiply multiply negate"
            " exponential constant atan2 constant multiply rsqrt broadcast_in_dim multiply multiply"
            " add multiply -> 20");
  EXPECT_EQ(emitted("gelu_tanh_1"),
            "multiply multiply constant multiply add constant multiply logistic constant subtract"
            " multiply constant multiply add multiply multiply add multiply -> 17");
}

TEST(VjpTemplate, clamp_selects_and_sums_for_scalar_bounds) {
  EXPECT_EQ(emitted("clamp", {false, true, false}),
            "compare select compare constant select select -> 5");
  EXPECT_EQ(emitted("clamp"),
            "compare select compare constant select select select select -> 5 6 7");
  EXPECT_EQ(emitted("clamp_scalars"),
            "broadcast_in_dim broadcast_in_dim compare select compare constant select select"
            " reduce select select reduce -> 8 9 11");
}

TEST(VjpTemplate, moves_are_undone_by_one_move) {
  EXPECT_EQ(emitted("reshape_same"), "reshape -> 0");
  EXPECT_EQ(emitted("transpose_identity"), "transpose -> 0");
  EXPECT_EQ(emitted("reverse_none"), "reverse -> 0");
}

TEST(VjpTemplate, slice_is_undone_by_pad) {
  EXPECT_EQ(emitted("slice_whole"), "constant pad -> 1");
  EXPECT_EQ(emitted("slice_strided"), "constant pad -> 1");
}

TEST(VjpTemplate, pad_is_undone_by_pad_and_slice) {
  EXPECT_EQ(emitted("pad_edges", {true, false}), "constant pad -> 1");
  EXPECT_EQ(emitted("pad_interior", {true, false}), "slice -> 0");
  EXPECT_EQ(emitted("pad_interior_and_edges", {true, false}), "constant pad slice -> 2");
  EXPECT_EQ(emitted("pad_nothing", {true, false}), "-> ct");
  EXPECT_EQ(emitted("pad_edges", {false, true}), "constant pad reduce reduce subtract -> 4");
  EXPECT_EQ(emitted("pad_edges"), "constant pad reduce reduce subtract -> 1 4");
}

TEST(VjpTemplate, concatenate_emits_a_slice_for_each_operand_in_need) {
  EXPECT_EQ(emitted("concatenate_columns"), "slice slice slice -> 0 1 2");
  EXPECT_EQ(emitted("concatenate_columns", {true, false, true}), "slice slice -> 0 1");
}

TEST(VjpTemplate, dynamic_slices_undo_each_other) {
  EXPECT_EQ(emitted("dynamic_slice_middle"), "constant dynamic_update_slice -> 1");
  EXPECT_EQ(emitted("dynamic_update_slice_middle"),
            "constant dynamic_update_slice dynamic_slice -> 1 2");
  EXPECT_EQ(emitted("dynamic_update_slice_middle", {false, true, false, false}),
            "dynamic_slice -> 0");
  EXPECT_EQ(emitted("dynamic_update_slice_middle", {true, false, false, false}),
            "constant dynamic_update_slice -> 1");
}

TEST(VjpTemplate, gather_is_undone_by_a_scatter_at_clamped_indices) {
  EXPECT_EQ(emitted("gather_rows"),
            "constant broadcast_in_dim maximum constant broadcast_in_dim minimum constant scatter"
            " -> 7");
}

TEST(VjpTemplate, scatter_is_undone_by_a_gather_of_the_padded_cotangent) {
  const std::string gathered =
      "constant broadcast_in_dim maximum constant broadcast_in_dim minimum constant"
      " broadcast_in_dim add constant pad gather";
  EXPECT_EQ(emitted("scatter_add_rows"), gathered + " -> ct 11");
  EXPECT_EQ(emitted("scatter_replace_rows"), "constant scatter " + gathered + " -> 1 13");
  EXPECT_EQ(emitted("scatter_add_rows", {true, false, false}), "-> ct");
}

TEST(VjpTemplate, reduce) {
  EXPECT_EQ(emitted("reduce_add_rows"), "broadcast_in_dim -> 0");
  EXPECT_EQ(emitted("reduce_maximum_rows"),
            "broadcast_in_dim compare convert reduce divide broadcast_in_dim constant select -> 7");
}

TEST(VjpTemplate, dot_general_transposes_only_out_of_order_axes) {
  EXPECT_EQ(emitted("dot_general_matmul"), "dot_general dot_general -> 0 1");
  EXPECT_EQ(emitted("dot_general_matmul", {false, true}), "dot_general -> 0");
  EXPECT_EQ(emitted("dot_general_lhs_transposed"), "dot_general transpose dot_general -> 1 2");
  EXPECT_EQ(emitted("dot_general_rhs_transposed"), "dot_general dot_general transpose -> 0 2");
  EXPECT_EQ(emitted("dot_general_batched"), "dot_general dot_general -> 0 1");
  EXPECT_EQ(emitted("dot_general_attention_scores"),
            "dot_general transpose dot_general transpose -> 1 3");
}

TEST(VjpTemplate, convolution_is_two_convolutions) {
  EXPECT_EQ(emitted("convolution_same_3x3"), "reverse convolution convolution -> 1 2");
  EXPECT_EQ(emitted("convolution_same_3x3", {true, false}), "reverse convolution -> 1");
  EXPECT_EQ(emitted("convolution_same_3x3", {false, true}), "convolution -> 0");
  EXPECT_EQ(emitted("convolution_size_1"), "convolution convolution -> 0 1");
  EXPECT_EQ(emitted("convolution_no_spatial_axes"), "convolution convolution -> 0 1");
  EXPECT_EQ(emitted("convolution_valid_reversed"), "convolution convolution reverse -> 0 2");
  EXPECT_EQ(emitted("convolution_empty_batch"), "constant constant -> 0 1");
}

TEST(VjpTemplate, convolution_regroups_by_reshape_transpose_reshape) {
  EXPECT_EQ(emitted("convolution_feature_groups"),
            "reshape transpose reshape reverse convolution convolution -> 4 5");
  EXPECT_EQ(emitted("convolution_depthwise"), "reverse convolution convolution -> 1 2");
  EXPECT_EQ(emitted("convolution_batch_groups"),
            "reshape transpose reshape reverse convolution reshape transpose reshape convolution"
            " -> 7 8");
}

TEST(VjpTemplate, batch_norm_training_has_three_terms) {
  const std::string normalised =
      "reduce constant divide broadcast_in_dim subtract multiply reduce divide constant add rsqrt"
      " broadcast_in_dim multiply multiply reduce";
  EXPECT_EQ(emitted("batch_norm_training_rows"),
            normalised +
                " reduce divide broadcast_in_dim divide broadcast_in_dim multiply subtract"
                " subtract multiply broadcast_in_dim multiply -> 25 14 15");
  EXPECT_EQ(emitted("batch_norm_training_rows", {false, true, true}),
            normalised + " reduce -> 14 15");
  EXPECT_EQ(emitted("batch_norm_training_rows", {false, true, false}), normalised + " -> 14");
  EXPECT_EQ(emitted("batch_norm_training_rows", {false, false, true}), "reduce -> 0");
}

TEST(VjpTemplate, windowed_sum_is_undone_by_pad_and_windowed_sum) {
  EXPECT_EQ(emitted("reduce_window_add_pool_2x2"), "constant pad reduce_window -> 2");
  EXPECT_EQ(emitted("reduce_window_add_size_1_strided"), "constant pad -> 1");
  EXPECT_EQ(emitted("reduce_window_add_size_1"), "-> ct");
  EXPECT_EQ(emitted("reduce_window_add_empty_operand"), "constant -> 0");
}

TEST(VjpTemplate, windowed_maximum_is_undone_by_select_and_scatter_or_unrolled) {
  EXPECT_EQ(emitted("reduce_window_maximum_pool_2x2"), "select_and_scatter -> 0");
  EXPECT_EQ(emitted("reduce_window_maximum_size_2_dilated"),
            "constant slice compare select constant pad slice compare not and select constant pad"
            " add -> 13");
}

}  // namespace
}  // namespace pullback::test
