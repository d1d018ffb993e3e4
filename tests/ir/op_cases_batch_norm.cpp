#include "tests/ir/op_cases.h"

namespace pullback::test {

std::vector<OpCase> batch_norm_cases() {
  auto norm = [](int64_t feature, Decimal epsilon = {1, -3}) {
    return BatchNormTraining{.feature_index = feature, .epsilon = epsilon};
  };
  auto use = [&](const std::string& name, const Op& op, const Shape& shape, int64_t features) {
    return OpCase{"batch_norm_training_" + name,
                  op,
                  {f32(shape), f32({features}), f32({features})},
                  f32(shape),
                  {{-2, 2}, {0.5, 2}, {-1, 1}}};
  };
  return {use("rows", norm(1), {5, 3}, 3),         use("columns", norm(0), {3, 5}, 3),
          use("images", norm(3), {2, 3, 2, 4}, 4), use("channels_first", norm(1), {3, 2, 2, 2}, 2),
          use("one_feature", norm(1), {6, 1}, 1),  use("one_element_a_feature", norm(1), {1, 4}, 4),
          use("vector", norm(0, {1, -1}), {3}, 3), use("no_elements", norm(1), {0, 3}, 3),
          use("no_features", norm(1), {3, 0}, 0),  use("large_epsilon", norm(1, {2}), {4, 2}, 2)};
}

std::vector<Rejection> batch_norm_rejections() {
  auto norm = [](int64_t feature, Decimal epsilon = {1, -5}) {
    return BatchNormTraining{.feature_index = feature, .epsilon = epsilon};
  };
  Type x = f32({2, 3}), three = f32({3});
  return {
      {"batch_norm_training_c1_rejects_a_missing_axis",
       norm(2),
       {x, three, three},
       "batch_norm_training_c1",
       "feature_index 2 is not an axis of tensor<2x3xf32>"},
      {"batch_norm_training_c1_rejects_a_negative_axis",
       norm(-1),
       {x, three, three},
       "batch_norm_training_c1",
       "feature_index -1"},
      {"batch_norm_training_c2_rejects_another_element_type",
       norm(1),
       {x, f64({3}), three},
       "batch_norm_training_c2",
       "tensor<2x3xf32> and tensor<3xf64>"},
      {"batch_norm_training_c3_rejects_another_count_of_scales",
       norm(1),
       {x, f32({2}), three},
       "batch_norm_training_c3",
       "scale must be tensor<3xf32>"},
      {"batch_norm_training_c4_rejects_another_count_of_offsets",
       norm(1),
       {x, three, f32({3, 1})},
       "batch_norm_training_c4",
       "offset must be tensor<3xf32>"},
      {"batch_norm_training_rejects_integers",
       norm(0),
       {i32({2}), i32({2}), i32({2})},
       "",
       "tensor<2xi32>"},
      {"batch_norm_training_rejects_epsilon_0",
       norm(1, {0}),
       {x, three, three},
       "",
       "epsilon is 0.0; it must be positive"},
  };
}

}  // namespace pullback::test
