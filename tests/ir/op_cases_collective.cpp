#include "tests/ir/op_cases.h"

namespace pullback::test {

std::vector<OpCase> collective_cases() {
  return {{"all_reduce_matrix", AllReduce{}, {f32({2, 3})}, f32({2, 3})},
          {"all_reduce_scalar", AllReduce{}, {f32({})}, f32({})},
          {"all_reduce_empty", AllReduce{}, {f32({0, 2})}, f32({0, 2})},
          {"all_reduce_i32", AllReduce{}, {i32({3})}, i32({3}), {{-9, 9}}}};
}

std::vector<Rejection> collective_rejections() {
  Type x = f32({2, 3});
  return {{"all_reduce_c2_rejects_no_replica",
           AllReduce{.replicas = 0},
           {x},
           "all_reduce_c2",
           "there are 0 replicas, not at least one"},
          {"all_reduce_rejects_two_operands", AllReduce{}, {x, x}, "", "takes 1 operands, not 2"}};
}

}  // namespace pullback::test
