#include "tests/ir/op_cases.h"

namespace pullback::test {

namespace {

using List = std::vector<int64_t>;

/// The operands, then one start index for each axis, from far below to far above.
OpCase at_starts(std::string name, Op op, std::vector<Type> operands, Type result) {
  OpCase c{std::move(name), std::move(op), std::move(operands), std::move(result)};
  c.ranges.assign(c.operands.size(), Range{-9, 9});
  for (size_t d = 0; d < c.result.shape.size(); ++d) {
    c.operands.push_back(i32({}));
    c.ranges.push_back({-3, 6});
  }
  return c;
}

}  // namespace

std::vector<OpCase> dynamic_cases() {
  auto slice = [](const std::string& name, const Type& from, const List& sizes) {
    return at_starts("dynamic_slice_" + name, DynamicSlice{sizes}, {from}, from.with(sizes));
  };
  auto update = [](const std::string& name, const Type& x, const Shape& u) {
    return at_starts("dynamic_update_slice_" + name, DynamicUpdateSlice{}, {x, x.with(u)}, x);
  };
  return {
      slice("middle", f32({5, 4}), {2, 3}),
      slice("row", f32({6, 3}), {1, 3}),
      slice("whole", f32({2, 3}), {2, 3}),
      slice("rank_3", f32({3, 4, 2}), {2, 2, 1}),
      slice("nothing", f32({5, 2}), {0, 2}),
      slice("empty_operand", f32({0, 2}), {0, 1}),
      slice("scalar", f32({}), {}),
      slice("i32", i32({6}), {2}),
      slice("i1", i1({6}), {4}),
      update("middle", f32({5, 4}), {2, 3}),
      update("row", f32({6, 3}), {1, 3}),
      update("whole", f32({2, 3}), {2, 3}),
      update("rank_3", f32({3, 4, 2}), {2, 2, 1}),
      update("nothing", f32({5, 2}), {0, 2}),
      update("empty_operand", f32({0, 2}), {0, 1}),
      update("scalar", f32({}), {}),
      update("i32", i32({6}), {2}),
      update("i1", i1({6}), {4}),
  };
}

std::vector<Rejection> dynamic_rejections() {
  Type x = f32({5, 4}), u = f32({2, 3}), s = i32({});
  auto slice = [&](const std::string& name, const List& sizes, std::vector<Type> operands,
                   const std::string& clause, const std::string& message) {
    return Rejection{name, DynamicSlice{sizes}, std::move(operands), clause, message};
  };
  auto update = [&](const std::string& name, std::vector<Type> operands, const std::string& clause,
                    const std::string& message) {
    return Rejection{name, DynamicUpdateSlice{}, std::move(operands), clause, message};
  };
  return {
      slice("dynamic_slice_rejects_no_operand", {}, {}, "", "takes an operand"),
      slice("dynamic_slice_c2_rejects_too_few_starts", {2, 3}, {x, s}, "dynamic_slice_c2",
            "there are 1 start indices for an operand of rank 2"),
      slice("dynamic_slice_c2_rejects_too_many_sizes", {2, 3, 1}, {x, s, s}, "dynamic_slice_c2",
            "slice_sizes [2, 3, 1] have 3 entries for an operand of rank 2"),
      slice("dynamic_slice_c3_rejects_starts_of_two_types", {2, 3}, {x, s, f32({})},
            "dynamic_slice_c3", "different types: tensor<i32> and tensor<f32>"),
      slice("dynamic_slice_i2_rejects_a_start_of_floats", {2, 3}, {x, f32({}), f32({})},
            "dynamic_slice_i2", "a start index is tensor<f32>"),
      slice("dynamic_slice_i2_rejects_a_truth_value", {2, 3}, {x, i1({}), i1({})},
            "dynamic_slice_i2", "a start index is tensor<i1>"),
      slice("dynamic_slice_i2_rejects_a_vector_of_starts", {2, 3}, {x, i32({1}), i32({1})},
            "dynamic_slice_i2", "a start index is tensor<1xi32>; it must be a scalar"),
      slice("dynamic_slice_c4_rejects_a_negative_size", {-1, 3}, {x, s, s}, "dynamic_slice_c4",
            "on axis 0 a slice of -1 elements"),
      slice("dynamic_slice_c4_rejects_too_large_a_size", {2, 5}, {x, s, s}, "dynamic_slice_c4",
            "on axis 1 a slice of 5 elements does not fit in an extent of 4"),
      update("dynamic_update_slice_rejects_no_update", {x}, "", "takes an operand, an update"),
      update("dynamic_update_slice_c2_rejects_other_element", {x, i32({2, 3}), s, s},
             "dynamic_update_slice_c2", "different element types"),
      update("dynamic_update_slice_c3_rejects_other_rank", {x, f32({2}), s, s},
             "dynamic_update_slice_c3", "different ranks"),
      update("dynamic_update_slice_c4_rejects_too_many_starts", {x, u, s, s, s},
             "dynamic_update_slice_c4", "there are 3 start indices"),
      update("dynamic_update_slice_c5_rejects_starts_of_two_types", {x, u, s, f32({})},
             "dynamic_update_slice_c5", "different types"),
      update("dynamic_update_slice_i3_rejects_a_start_of_floats", {x, u, f32({}), f32({})},
             "dynamic_update_slice_i3", "a start index is tensor<f32>"),
      update("dynamic_update_slice_c6_rejects_too_large_an_update", {x, f32({2, 5}), s, s},
             "dynamic_update_slice_c6", "on axis 1 an update of 5 elements does not fit"),
  };
}

}  // namespace pullback::test
