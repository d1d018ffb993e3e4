#include "tests/ir/op_cases.h"

namespace pullback::test {

std::vector<OpCase> softmax_cases() {
  std::vector<OpCase> table;
  for (const Shape& shape : {Shape{3, 5}, Shape{1, 1}, Shape{0, 4}, Shape{2, 3, 4}}) {
    std::string suffix;
    for (int64_t extent : shape) suffix += "_" + std::to_string(extent);
    for (int64_t axis : {int64_t{0}, static_cast<int64_t>(shape.size()) - 1}) {
      std::string name = suffix + "_axis_" + std::to_string(axis);
      table.push_back({"softmax" + name, Softmax{axis}, {f32(shape)}, f32(shape), {{-2, 2}}});
      table.push_back(
          {"log_softmax" + name, LogSoftmax{axis}, {f32(shape)}, f32(shape), {{-2, 2}}});
    }
    if (shape.size() != 2) continue;
    table.push_back({"softmax_cross_entropy" + suffix,
                     SoftmaxCrossEntropy{},
                     {f32(shape), f32(shape)},
                     f32({shape[0]}),
                     {{-2, 2}, {0, 1}}});
  }
  return table;
}

std::vector<Rejection> softmax_rejections() {
  Type x = f32({2, 3});
  return {
      {"softmax_rejects_missing_axis", Softmax{2}, {x}, "", "dimension 2 is not an axis"},
      {"softmax_rejects_integers", Softmax{0}, {i32({2})}, "", "tensor<2xi32>"},
      {"log_softmax_rejects_negative_axis", LogSoftmax{-1}, {x}, "", "dimension -1"},
      {"softmax_cross_entropy_rejects_rank_1",
       SoftmaxCrossEntropy{},
       {f32({3}), f32({3})},
       "",
       "shape [rows, classes]"},
      {"softmax_cross_entropy_rejects_other_labels",
       SoftmaxCrossEntropy{},
       {x, f32({2, 4})},
       "",
       "tensor<2x3xf32> and tensor<2x4xf32>"},
  };
}

}  // namespace pullback::test
