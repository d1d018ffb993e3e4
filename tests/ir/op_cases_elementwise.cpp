#include "tests/ir/op_cases.h"

namespace pullback::test {

namespace {

constexpr Range positive{1, 2};

std::string suffix(const Shape& shape) {
  std::string text;
  for (int64_t extent : shape) text += "_" + std::to_string(extent);
  return shape.empty() ? "_scalar" : text;
}

void unary(std::vector<OpCase>& table, const Op& op, Range range = {}) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{2, 3}, Shape{0, 3}}) {
    table.push_back(
        {std::string(info_of(op).name) + suffix(shape), op, {f32(shape)}, f32(shape), {range}});
  }
}

void binary(std::vector<OpCase>& table, const Op& op, Range second = {}, Range first = {}) {
  for (const Shape& shape : {Shape{}, Shape{1, 1}, Shape{3, 2}, Shape{2, 0}}) {
    table.push_back({std::string(info_of(op).name) + suffix(shape),
                     op,
                     {f32(shape), f32(shape)},
                     f32(shape),
                     {first, second}});
  }
}

void integers(std::vector<OpCase>& table, const Op& op, size_t count, Range range = {-9, 9}) {
  table.push_back({std::string(info_of(op).name) + "_i32", op,
                   std::vector<Type>(count, i32({2, 5})), i32({2, 5}),
                   std::vector<Range>(count, range)});
}

void booleans(std::vector<OpCase>& table, const Op& op, size_t count) {
  table.push_back(
      {std::string(info_of(op).name) + "_i1", op, std::vector<Type>(count, i1({7})), i1({7})});
}

/// Elementwise functions of the dialect chlo, roots, rounding: each where it is differentiable.
void add_functions(std::vector<OpCase>& table) {
  for (const Op& op :
       std::vector<Op>{ExponentialMinusOne{}, Tan{}, Sign{}, Erf{}, Erfc{}, Atan{}, Sinh{}, Cosh{},
                       Asinh{}, Floor{}, Ceil{}, Swish{}, Gelu{}, GeluTanh{}}) {
    unary(table, op);
  }
  for (const Op& op : std::vector<Op>{LogPlusOne{}, Cbrt{}}) unary(table, op, positive);
  for (const Op& op : std::vector<Op>{Asin{}, Acos{}, Atanh{}}) unary(table, op, {-0.4, 0.4});
  for (const Op& op : std::vector<Op>{RoundNearestAfz{}, RoundNearestEven{}}) {
    unary(table, op, {-3.5, 3.5});
  }
  unary(table, Acosh{}, {1.5, 2.5});
  unary(table, ErfInv{}, {-0.6, 0.6});
  for (const Op& op : std::vector<Op>{Lgamma{}, Digamma{}}) unary(table, op, {1.5, 3.5});
  binary(table, Polygamma{}, {1.5, 3.5}, {1, 1});
  binary(table, Remainder{}, positive, {-5, 5});
  binary(table, Atan2{}, positive);
  integers(table, Sign{}, 1);
  integers(table, Remainder{}, 2);
  integers(table, Xor{}, 2);
  booleans(table, Xor{}, 2);
  // A half goes away from 0, or to the even integer.
  for (const Op& op : std::vector<Op>{RoundNearestAfz{}, RoundNearestEven{}, Sign{}, Floor{}}) {
    table.push_back({std::string(info_of(op).name) + "_f64", op, {f64({6})}, f64({6}), {{-9, 9}}});
  }
  table.push_back({"is_finite", IsFinite{}, {f32({2, 3})}, i1({2, 3})});
  table.push_back({"is_finite_scalar", IsFinite{}, {f64({})}, i1({})});
}

void add_clamp(std::vector<OpCase>& table) {
  Range low{-0.7, -0.3}, high{0.3, 0.7};
  Type x = f32({4, 5});
  table.push_back({"clamp", Clamp{}, {x, x, x}, x, {low, {}, high}});
  table.push_back({"clamp_scalars", Clamp{}, {f32({}), x, f32({})}, x, {low, {}, high}});
  table.push_back({"clamp_scalar_below", Clamp{}, {f32({}), x, x}, x, {low, {}, high}});
  table.push_back({"clamp_scalar_above", Clamp{}, {x, x, f32({})}, x, {low, {}, high}});
  table.push_back(
      {"clamp_of_scalar", Clamp{}, {f32({}), f32({}), f32({})}, f32({}), {low, {}, high}});
  table.push_back({"clamp_empty", Clamp{}, {f32({}), f32({0, 2}), f32({})}, f32({0, 2})});
  table.push_back({"clamp_crossed", Clamp{}, {x, x, x}, x, {high, {}, low}});
  table.push_back(
      {"clamp_i32", Clamp{}, {i32({}), i32({9}), i32({9})}, i32({9}), {{-3, -1}, {-9, 9}, {1, 3}}});
}

void add_compare(std::vector<OpCase>& table) {
  for (Direction direction :
       {Direction::eq, Direction::ne, Direction::ge, Direction::gt, Direction::le, Direction::lt}) {
    std::string name = "compare_" + std::string(to_string(direction));
    Compare op{.direction = direction};
    table.push_back({name, op, {f32({2, 3}), f32({2, 3})}, i1({2, 3})});
    table.push_back({name + "_i32", op, {i32({9}), i32({9})}, i1({9}), {{0, 2}, {0, 2}}});
  }
  table.push_back({"compare_i1", Compare{}, {i1({4}), i1({4})}, i1({4})});
}

void add_select(std::vector<OpCase>& table) {
  table.push_back({"select", Select{}, {i1({2, 3}), f32({2, 3}), f32({2, 3})}, f32({2, 3})});
  table.push_back({"select_scalar", Select{}, {i1({}), f32({2, 3}), f32({2, 3})}, f32({2, 3})});
  table.push_back({"select_empty", Select{}, {i1({0}), f32({0}), f32({0})}, f32({0})});
  table.push_back(
      {"select_i32", Select{}, {i1({5}), i32({5}), i32({5})}, i32({5}), {{}, {-9, 9}, {-9, 9}}});
}

void add_convert(std::vector<OpCase>& table) {
  auto to = [](ElementType element) { return Convert{.to = element}; };
  table.push_back({"convert_f32_to_f32", to(ElementType::f32), {f32({2, 3})}, f32({2, 3})});
  table.push_back({"convert_f32_to_f64", to(ElementType::f64), {f32({4})}, f64({4})});
  table.push_back({"convert_f64_to_f32", to(ElementType::f32), {f64({4})}, f32({4})});
  table.push_back({"convert_f32_to_i32", to(ElementType::i32), {f32({8})}, i32({8}), {{-9, 9}}});
  table.push_back({"convert_i32_to_f32", to(ElementType::f32), {i32({8})}, f32({8}), {{-9, 9}}});
  table.push_back({"convert_i1_to_f32", to(ElementType::f32), {i1({2, 2})}, f32({2, 2})});
  table.push_back({"convert_i32_to_i1", to(ElementType::i1), {i32({6})}, i1({6}), {{-1, 1}}});
  table.push_back({"convert_scalar", to(ElementType::i32), {i1({})}, i32({})});
}

void add_bitcast_convert(std::vector<OpCase>& table) {
  auto to = [](ElementType element) { return BitcastConvert{.to = element}; };
  Type halves{ElementType::ui16, {3, 2}}, words{ElementType::i64, {3}};
  table.push_back({"bitcast_convert_f32_to_i32", to(ElementType::i32), {f32({2, 3})}, i32({2, 3})});
  table.push_back({"bitcast_convert_to_smaller", to(halves.element), {f32({3})}, halves});
  table.push_back({"bitcast_convert_to_larger", to(words.element), {i32({3, 2})}, words});
  table.push_back({"bitcast_convert_empty", to(ElementType::f32), {i32({0, 2})}, f32({0, 2})});
}

void add_create(std::vector<OpCase>& table) {
  table.push_back({"constant_splat", Constant{f32({2, 3}), {Decimal(15, -1)}}, {}, f32({2, 3})});
  table.push_back({"constant_scalar", Constant{f32({}), {Decimal(-78125, -7)}}, {}, f32({})});
  table.push_back({"constant_list",
                   Constant{f32({2, 2}), {1, Decimal(1, -1), Decimal(-3, 20), Decimal(7, -30)}},
                   {},
                   f32({2, 2})});
  table.push_back({"constant_special",
                   Constant{f32({2}),
                            {Decimal::special(Decimal::Kind::infinity),
                             Decimal::special(Decimal::Kind::negative_infinity)}},
                   {},
                   f32({2})});
  Decimal negative_zero = Decimal::special(Decimal::Kind::negative_zero);
  table.push_back({"constant_negative_zero", Constant{f32({2}), {negative_zero}}, {}, f32({2})});
  table.push_back({"constant_zeros", Constant{f32({3}), {0, negative_zero, 0}}, {}, f32({3})});
  table.push_back({"constant_i32", Constant{i32({3}), {-2, 0, 2147483647}}, {}, i32({3})});
  table.push_back({"constant_i1", Constant{i1({2}), {1, 0}}, {}, i1({2})});
  table.push_back({"constant_one_element", Constant{f32({1, 1}), {3}}, {}, f32({1, 1})});
  table.push_back({"constant_empty", Constant{f32({0}), {}}, {}, f32({0})});
  table.push_back({"iota_rows", Iota{i32({3, 2}), 0}, {}, i32({3, 2})});
  table.push_back({"iota_columns", Iota{f32({3, 2}), 1}, {}, f32({3, 2})});
  table.push_back({"iota_empty", Iota{i32({2, 0}), 1}, {}, i32({2, 0})});
}

}  // namespace

std::vector<OpCase> elementwise_cases() {
  std::vector<OpCase> table;
  for (const Op& op :
       std::vector<Op>{Abs{}, Negate{}, Exponential{}, Logistic{}, Tanh{}, Sine{}, Cosine{}}) {
    unary(table, op);
  }
  for (const Op& op : std::vector<Op>{Log{}, Sqrt{}, Rsqrt{}}) unary(table, op, positive);
  for (const Op& op : std::vector<Op>{Add{}, Subtract{}, Multiply{}, Maximum{}, Minimum{}}) {
    binary(table, op);
  }
  binary(table, Divide{}, positive);
  binary(table, Power{}, {-2, 2}, positive);
  for (const Op& op : std::vector<Op>{Abs{}, Negate{}, Not{}}) integers(table, op, 1);
  for (const Op& op : std::vector<Op>{Add{}, Subtract{}, Multiply{}, Divide{}, Maximum{}, Minimum{},
                                      And{}, Or{}}) {
    integers(table, op, 2);
  }
  integers(table, Power{}, 2, {-3, 3});
  booleans(table, Not{}, 1);
  for (const Op& op : std::vector<Op>{Add{}, Multiply{}, Maximum{}, Minimum{}, And{}, Or{}}) {
    booleans(table, op, 2);
  }
  add_functions(table);
  add_clamp(table);
  add_compare(table);
  add_select(table);
  add_convert(table);
  add_bitcast_convert(table);
  add_create(table);
  return table;
}

std::vector<Rejection> elementwise_rejections() {
  Type x = f32({2, 3});
  return {
      {"abs_rejects_two_operands", Abs{}, {x, x}, "", "takes 1 operands, not 2"},
      {"add_rejects_one_operand", Add{}, {x}, "", "takes 2 operands, not 1"},
      {"add_c1_rejects_other_shape",
       Add{},
       {x, f32({3, 2})},
       "add_c1",
       "tensor<2x3xf32> and tensor<3x2xf32>; broadcast or convert"},
      {"maximum_c1_rejects_scalar", Maximum{}, {f32({}), x}, "maximum_c1", "tensor<f32>"},
      {"multiply_c1_rejects_other_element",
       Multiply{},
       {x, f64({2, 3})},
       "multiply_c1",
       "tensor<2x3xf64>"},
      {"exponential_i1_rejects_integers", Exponential{}, {i32({2})}, "exponential_i1", "i32"},
      {"abs_i1_rejects_unsigned", Abs{}, {{ElementType::ui8, {2}}}, "abs_i1", "ui8"},
      {"negate_i1_rejects_booleans", Negate{}, {i1({2})}, "negate_i1", "i1"},
      {"not_i1_rejects_floats", Not{}, {x}, "not_i1", "f32"},
      {"subtract_i1_rejects_booleans", Subtract{}, {i1({2}), i1({2})}, "subtract_i1", "i1"},
      {"and_i1_rejects_floats", And{}, {x, x}, "and_i1", "f32"},
      {"or_i1_rejects_floats", Or{}, {x, x}, "or_i1", "f32"},
      {"compare_c1_rejects_other_element",
       Compare{},
       {x, i32({2, 3})},
       "compare_c1",
       "tensor<2x3xi32>"},
      {"compare_c2_rejects_other_shape",
       Compare{},
       {x, f32({2})},
       "compare_c2",
       "tensor<2x3xf32> and tensor<2xf32>"},
      {"select_i1_rejects_integer_predicate",
       Select{},
       {i32({2, 3}), x, x},
       "select_i1",
       "must be i1"},
      {"select_c1_rejects_other_shape",
       Select{},
       {i1({2}), x, x},
       "select_c1",
       "tensor<2xi1> is neither a scalar nor"},
      {"select_c2_rejects_different_branches",
       Select{},
       {i1({}), x, f32({3})},
       "select_c2",
       "tensor<2x3xf32> and tensor<3xf32>"},
      {"xor_i1_rejects_floats", Xor{}, {x, x}, "xor_i1", "f32"},
      {"atan2_i1_rejects_integers", Atan2{}, {i32({2}), i32({2})}, "atan2_i1", "i32"},
      {"remainder_i1_rejects_booleans", Remainder{}, {i1({2}), i1({2})}, "remainder_i1", "i1"},
      {"sign_i1_rejects_booleans", Sign{}, {i1({2})}, "sign_i1", "i1"},
      {"floor_i1_rejects_integers", Floor{}, {i32({2})}, "floor_i1", "i32"},
      {"erf_i1_rejects_integers", Erf{}, {i32({2})}, "erf_i1", "i32"},
      {"is_finite_i1_rejects_integers", IsFinite{}, {i32({2})}, "is_finite_i1", "i32"},
      {"clamp_rejects_two_operands", Clamp{}, {x, x}, "", "takes 3 operands, not 2"},
      {"clamp_c1_rejects_other_shape",
       Clamp{},
       {f32({3}), x, x},
       "clamp_c1",
       "tensor<3xf32> is neither a scalar nor of the shape of tensor<2x3xf32>"},
      {"clamp_c2_rejects_other_shape", Clamp{}, {x, x, f32({1})}, "clamp_c2", "tensor<1xf32>"},
      {"clamp_c3_rejects_other_element",
       Clamp{},
       {f64({}), x, x},
       "clamp_c3",
       "tensor<f64> has not the element type of tensor<2x3xf32>"},
      {"bitcast_convert_c1_rejects_an_axis_of_another_size",
       BitcastConvert{.to = ElementType::f64},
       {x},
       "bitcast_convert_c1",
       "makes a f64 of 2 f32, which must be the last axis; the operand is tensor<2x3xf32>"},
      {"bitcast_convert_c1_rejects_a_scalar",
       BitcastConvert{.to = ElementType::f64},
       {i32({})},
       "bitcast_convert_c1",
       "of 2 i32"},
      {"convert_rejects_two_operands", Convert{}, {x, x}, "", "takes 1 operands"},
      {"constant_c1_rejects_too_few_values",
       Constant{f32({3}), {1, 2}},
       {},
       "constant_c1",
       "has 2 values for the type tensor<3xf32>"},
      {"constant_c1_rejects_fraction_as_integer",
       Constant{i32({}), {Decimal(5, -1)}},
       {},
       "constant_c1",
       "not a whole number"},
      {"constant_c1_rejects_two_as_boolean", Constant{i1({}), {2}}, {}, "constant_c1", "of i1"},
      {"constant_c1_rejects_integer_beyond_its_type",
       Constant{{ElementType::i8, {}}, {128}},
       {},
       "constant_c1",
       "128.0 is not a whole number in the range of i8"},
      {"iota_c1_rejects_missing_axis",
       Iota{i32({3}), 1},
       {},
       "iota_c1",
       "dimension 1 is not an axis of tensor<3xi32>"},
      {"iota_c1_rejects_negative_axis", Iota{i32({3}), -1}, {}, "iota_c1", "dimension -1"},
  };
}

}  // namespace pullback::test
