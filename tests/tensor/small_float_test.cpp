#include "tensor/small_float.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tensor/tensor.h"

namespace pullback {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
double rounded(double value) {
  return static_cast<double>(T(value));
}

TEST(SmallFloat, half_rounds_to_nearest_even) {
  EXPECT_EQ(rounded<Half>(1 + std::ldexp(1, -11)), 1);  // a tie, to even
  EXPECT_EQ(rounded<Half>(1 + std::ldexp(3, -11)), 1 + std::ldexp(1, -9));
  EXPECT_EQ(rounded<Half>(1 + std::ldexp(1, -11) + std::ldexp(1, -40)), 1 + std::ldexp(1, -10));
  EXPECT_EQ(rounded<Half>(-0.1), -0.0999755859375);
  EXPECT_EQ(rounded<Half>(2047.75), 2048);
}

TEST(SmallFloat, half_overflows_and_underflows) {
  EXPECT_EQ(rounded<Half>(65504), 65504);
  EXPECT_EQ(rounded<Half>(65519.99), 65504);
  EXPECT_EQ(rounded<Half>(65520), infinity);
  EXPECT_EQ(rounded<Half>(-1e300), -infinity);
  EXPECT_EQ(rounded<Half>(std::ldexp(1, -24)), std::ldexp(1, -24));
  EXPECT_EQ(rounded<Half>(std::ldexp(1, -25)), 0);
  EXPECT_EQ(rounded<Half>(std::ldexp(1.5, -25)), std::ldexp(1, -24));
  EXPECT_EQ(rounded<Half>(std::ldexp(1023.75, -24)), std::ldexp(1, -14));
  EXPECT_TRUE(std::signbit(rounded<Half>(-1e-300)));
}

TEST(SmallFloat, bfloat16_rounds_and_overflows) {
  EXPECT_EQ(rounded<BFloat16>(1.00390625), 1);
  EXPECT_EQ(rounded<BFloat16>(1.01171875), 1.015625);
  EXPECT_EQ(rounded<BFloat16>(3.3895313892515355e38), 3.3895313892515355e38);
  EXPECT_EQ(rounded<BFloat16>(3.4e38), infinity);
  EXPECT_EQ(rounded<BFloat16>(std::ldexp(1, -133)), std::ldexp(1, -133));
  EXPECT_EQ(rounded<BFloat16>(std::ldexp(1, -134)), 0);
}

TEST(SmallFloat, keeps_infinities_and_nans) {
  EXPECT_EQ(rounded<Half>(infinity), infinity);
  EXPECT_EQ(rounded<BFloat16>(-infinity), -infinity);
  EXPECT_TRUE(std::isnan(rounded<Half>(std::nan(""))));
  EXPECT_TRUE(std::isnan(rounded<BFloat16>(std::nan(""))));
}

template <class T>
void expect_every_value_reads_back() {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    auto value = __builtin_bit_cast(T, static_cast<uint16_t>(bits));
    double wide = static_cast<double>(value);
    if (std::isnan(wide)) continue;
    ASSERT_EQ(T(wide), value) << bits;
    ASSERT_EQ(static_cast<double>(static_cast<float>(wide)), wide) << bits;
  }
}

TEST(SmallFloat, every_value_reads_back) {
  expect_every_value_reads_back<Half>();
  expect_every_value_reads_back<BFloat16>();
}

TEST(SmallFloat, agrees_with_the_compiler) {
#ifdef __FLT16_MANT_DIG__
  for (double x = 1e-9; x < 1e5; x *= 1.0137) {
    EXPECT_EQ(rounded<Half>(x), static_cast<double>(static_cast<_Float16>(x))) << x;
  }
#else
  GTEST_SKIP() << "this compiler has no _Float16";
#endif
}

TEST(ElementType, has_a_storage_type_of_its_size) {
  for (ElementType e : element_types) {
    dispatch_storage(e, [&]<class T>() {
      EXPECT_EQ(element_of<T>(), e);
      EXPECT_EQ(sizeof(T), byte_size(e));
    });
    EXPECT_EQ(is_float(e) + is_integer(e) + (e == ElementType::i1), 1);
  }
}

TEST(Tensor, converts_between_all_types) {
  for (ElementType from : element_types) {
    for (ElementType to : element_types) {
      Tensor x(Type{from, {2}});
      x.set(1, 1);
      Tensor y = x.convert(to);
      EXPECT_EQ(y.element(), to);
      EXPECT_EQ(y.at(0), 0);
      EXPECT_EQ(y.at(1), 1);
    }
  }
}

TEST(Tensor, converts_integers_modulo_their_range) {
  Tensor x(Shape{3}, std::vector<int64_t>{-1, 300, 0x1234567890});
  EXPECT_EQ(x.convert(ElementType::ui8), Tensor(Shape{3}, std::vector<uint8_t>{255, 44, 0x90}));
  EXPECT_EQ(x.convert(ElementType::i8), Tensor(Shape{3}, std::vector<int8_t>{-1, 44, -112}));
  EXPECT_EQ(x.convert(ElementType::ui64),
            Tensor(Shape{3}, std::vector<uint64_t>{~uint64_t{0}, 300, 0x1234567890}));
}

TEST(Tensor, saturates_floats_outside_of_an_integers_range) {
  Tensor x(Shape{4}, std::vector<double>{-3, 256, 1e30, std::nan("")});
  EXPECT_EQ(x.convert(ElementType::ui8), Tensor(Shape{4}, std::vector<uint8_t>{0, 255, 255, 0}));
  EXPECT_EQ(x.convert(ElementType::ui64),
            Tensor(Shape{4}, std::vector<uint64_t>{0, 256, ~uint64_t{0}, 0}));
}

}  // namespace
}  // namespace pullback
