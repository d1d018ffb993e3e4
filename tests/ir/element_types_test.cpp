#include <gtest/gtest.h>

#include <limits>

#include "ir/graph.h"

/// Ops of integers of all widths, which wrap, and of floats of 16 bits, which round after every op.
namespace pullback {
namespace {

Tensor run(const Op& op, const std::vector<Tensor>& operands) {
  std::vector<Type> types;
  std::vector<const Tensor*> pointers;
  for (const Tensor& operand : operands) {
    types.push_back(operand.type());
    pointers.push_back(&operand);
  }
  return eval(op, pointers, infer(op, types));
}

/// The op on one element, or on each of two.
template <class T>
T of(const Op& op, T x) {
  return run(op, {Tensor(Shape{}, std::vector<T>{x})}).template values<T>()[0];
}
template <class T>
T of(const Op& op, T x, T y) {
  Tensor a(Shape{}, std::vector<T>{x}), b(Shape{}, std::vector<T>{y});
  return run(op, {a, b}).template values<T>()[0];
}

template <class T>
void expect_wrapping() {
  constexpr T low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  SCOPED_TRACE(to_string(element_of<T>()));
  EXPECT_EQ(of<T>(Add{}, high, 1), low);
  EXPECT_EQ(of<T>(Subtract{}, low, 1), high);
  EXPECT_EQ(of<T>(Multiply{}, high, high), T{1});
  EXPECT_EQ(of<T>(Negate{}, low), low);
  EXPECT_EQ(of<T>(Divide{}, 7, 2), T{3});
  EXPECT_EQ(of<T>(Divide{}, low, static_cast<T>(-1)), low);
  EXPECT_EQ(of<T>(Maximum{}, low, high), high);
  EXPECT_EQ(of<T>(Minimum{}, low, high), low);
  EXPECT_EQ(of<T>(Power{}, 3, 4), T{81});
  EXPECT_EQ(of<T>(Power{}, 2, 200), T{0});
  EXPECT_EQ(of<T>(Not{}, 1), static_cast<T>(~T{1}));
  EXPECT_EQ(of<T>(And{}, high, 5), static_cast<T>(high & 5));
  EXPECT_EQ(of<T>(Or{}, low, 5), static_cast<T>(low | 5));
}

TEST(Integers, wrap) {
  expect_wrapping<int8_t>();
  expect_wrapping<int16_t>();
  expect_wrapping<int32_t>();
  expect_wrapping<int64_t>();
  expect_wrapping<uint8_t>();
  expect_wrapping<uint16_t>();
  expect_wrapping<uint32_t>();
  expect_wrapping<uint64_t>();
}

TEST(Integers, compare_with_their_sign) {
  for (ElementType e : {ElementType::i64, ElementType::ui64}) {
    Tensor ones = Tensor(Shape{}, std::vector<int64_t>{-1}).convert(e);
    Tensor zero(Type{e, {}});
    bool less = run(Compare{.direction = Direction::lt}, {ones, zero}).values<bool>()[0];
    EXPECT_EQ(less, e == ElementType::i64);
  }
}

TEST(Integers, keep_all_64_bits) {
  constexpr int64_t odd = (int64_t{1} << 62) + 1;
  Type type{ElementType::i64, {2}};
  EXPECT_EQ(run(Constant{type, {odd, -odd}}, {}),
            Tensor(Shape{2}, std::vector<int64_t>{odd, -odd}));
  EXPECT_EQ(run(Constant{type.with(ElementType::ui64), {Decimal::of_unsigned(~uint64_t{0})}}, {}),
            Tensor(Shape{2}, std::vector<uint64_t>{~uint64_t{0}, ~uint64_t{0}}));
  Tensor x(Shape{2}, std::vector<int64_t>{odd, 1});
  EXPECT_EQ(run(Reduce{.kind = Reduction::add, .dimensions = {0}}, {x}).values<int64_t>()[0],
            odd + 1);
  EXPECT_EQ(run(Reduce{.kind = Reduction::max, .dimensions = {0}}, {x}).values<int64_t>()[0], odd);
}

TEST(Integers, sums_and_products_wrap) {
  Tensor x(Shape{2}, std::vector<uint8_t>{200, 100});
  EXPECT_EQ(run(Reduce{.kind = Reduction::add, .dimensions = {0}}, {x}).values<uint8_t>()[0], 44);
  DotGeneral dot;
  dot.lhs_contracting_dimensions = dot.rhs_contracting_dimensions = {0};
  EXPECT_EQ(run(dot, {x, x}).values<uint8_t>()[0], uint8_t(200 * 200 + 100 * 100));
}

template <class T>
std::vector<double> small(const Op& op, std::vector<double> x, std::vector<double> y = {}) {
  std::vector<Tensor> operands;
  for (const auto& list : {x, y}) {
    if (list.empty()) continue;
    operands.push_back(
        Tensor(Shape{static_cast<int64_t>(list.size())}, list).convert(element_of<T>()));
  }
  Tensor z = run(op, operands);
  EXPECT_EQ(z.element(), element_of<T>());
  std::vector<double> values;
  for (int64_t i = 0; i < z.count(); ++i) values.push_back(z.at(i));
  return values;
}

TEST(SmallFloats, round_after_every_op) {
  EXPECT_EQ(small<Half>(Add{}, {1, 2048}, {0.0004882, 1}), (std::vector<double>{1, 2048}));
  EXPECT_EQ(small<Half>(Multiply{}, {300}, {300}),
            std::vector<double>{std::numeric_limits<double>::infinity()});
  EXPECT_EQ(small<BFloat16>(Add{}, {256}, {1}), std::vector<double>{256});
  EXPECT_EQ(small<BFloat16>(Exponential{}, {1}), std::vector<double>{2.71875});
  EXPECT_EQ(small<Half>(Sqrt{}, {2}), std::vector<double>{1.4140625});
  EXPECT_EQ(small<Half>(Transpose{.permutation = {0}}, {0.1, 3}),
            (std::vector<double>{0.0999755859375, 3}));
}

TEST(SmallFloats, constants_round_once) {
  Type type{ElementType::f16, {}};
  EXPECT_EQ(run(Constant{type, {Decimal(1, -1)}}, {}).at(0), 0.0999755859375);
  EXPECT_EQ(run(Iota{Type{ElementType::bf16, {3}}, 0}, {}).at(2), 2);
}

TEST(SmallFloats, compare_and_convert) {
  Tensor x = Tensor(Shape{2}, std::vector<double>{1, 2}).convert(ElementType::f16);
  EXPECT_EQ(run(Compare{.direction = Direction::lt}, {x, x.convert(ElementType::f16)}).at(0), 0);
  EXPECT_EQ(run(Convert{.to = ElementType::i64}, {x}),
            Tensor(Shape{2}, std::vector<int64_t>{1, 2}));
  EXPECT_EQ(run(Convert{.to = ElementType::bf16}, {x}).element(), ElementType::bf16);
}

}  // namespace
}  // namespace pullback
