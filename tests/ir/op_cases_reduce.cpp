#include "tests/ir/op_cases.h"

namespace pullback::test {

std::vector<OpCase> reduce_cases() {
  std::vector<OpCase> table;
  for (Reduction kind : {Reduction::add, Reduction::max}) {
    auto reduce = [&](const std::string& name, const Shape& from, const Axes& dimensions,
                      const Shape& to) {
      std::string full = "reduce_" + std::string(to_string(kind)) + "_" + name;
      table.push_back({full, Reduce{kind, dimensions}, {f32(from)}, f32(to)});
    };
    reduce("rows", {3, 4}, {0}, {4});
    reduce("columns", {3, 4}, {1}, {3});
    reduce("all", {3, 4}, {0, 1}, {});
    reduce("all_unordered", {3, 4}, {1, 0}, {});
    reduce("outer_axes", {2, 3, 4}, {0, 2}, {3});
    reduce("outer_axes_unordered", {2, 3, 4}, {2, 0}, {3});
    reduce("no_axis", {2, 3}, {}, {2, 3});
    reduce("scalar", {}, {}, {});
    reduce("size_1", {1, 3}, {0}, {3});
    reduce("empty_axis", {0, 3}, {0}, {3});
    reduce("empty_result", {0, 3}, {1}, {0});
    std::string stem = "reduce_" + std::string(to_string(kind));
    table.push_back({stem + "_i32", Reduce{kind, {0}}, {i32({4, 3})}, i32({3}), {{-9, 9}}});
    table.push_back({stem + "_i1", Reduce{kind, {1}}, {i1({4, 2})}, i1({4})});
  }
  return table;
}

std::vector<Rejection> reduce_rejections() {
  Type x = f32({2, 3});
  return {
      {"reduce_c4_rejects_axis_beyond_rank",
       Reduce{Reduction::add, {0, 2}},
       {x},
       "reduce_c4",
       "dimensions [0, 2] name axis 2, but the tensor's rank is 2"},
      {"reduce_c4_rejects_negative_axis",
       Reduce{Reduction::max, {-1}},
       {x},
       "reduce_c4",
       "name axis -1"},
      {"reduce_c5_rejects_repeated_axis",
       Reduce{Reduction::add, {1, 1}},
       {x},
       "reduce_c5",
       "dimensions [1, 1] name axis 1 twice"},
      {"reduce_rejects_two_operands",
       Reduce{Reduction::add, {0}},
       {x, x},
       "",
       "takes 1 operands, not 2"},
  };
}

}  // namespace pullback::test
