#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "tensor/index.h"

namespace pullback {
namespace {

TEST(Type, writes_itself_as_stablehlo_does) {
  EXPECT_EQ((Type{ElementType::f32, {2, 3}}.text()), "tensor<2x3xf32>");
  EXPECT_EQ((Type{ElementType::i1, {}}.text()), "tensor<i1>");
  EXPECT_EQ((Type{ElementType::f64, {0}}.text()), "tensor<0xf64>");
  EXPECT_EQ(to_string(ElementType::i32), "i32");
}

TEST(Type, counts_elements_and_bytes) {
  EXPECT_EQ((Type{ElementType::f64, {2, 3}}.bytes()), 48u);
  EXPECT_EQ((Type{ElementType::i1, {5}}.bytes()), 5u);
  EXPECT_EQ((Type{ElementType::f32, {}}.count()), 1);
  EXPECT_EQ(element_count({3, 0, int64_t{1} << 62}), 0);
  EXPECT_EQ(strides_of({2, 3, 4}), (Shape{12, 4, 1}));
  EXPECT_EQ(strides_of({}), Shape{});
}

TEST(Type, rejects_too_many_elements) {
  EXPECT_THROW(element_count({int64_t{1} << 40, int64_t{1} << 40}), Error);
  EXPECT_THROW(element_count({2, -1}), Error);
}

TEST(Tensor, starts_with_zeros) {
  Tensor t(Type{ElementType::i32, {2, 2}});
  for (int32_t x : t.values<int32_t>()) EXPECT_EQ(x, 0);
  EXPECT_EQ(Tensor().count(), 1);
}

TEST(Tensor, reads_and_writes_as_double) {
  Tensor t(Shape{3}, std::vector<float>{1, 2.5f, -3});
  EXPECT_EQ(t.at(1), 2.5);
  t.set(1, 7);
  EXPECT_EQ(t, Tensor(Shape{3}, std::vector<float>{1, 7, -3}));
}

TEST(Tensor, converts_floats_to_integers_by_truncation) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Tensor x(Shape{7}, std::vector<double>{1.9, -1.9, 1e20, -1e20, infinity, std::nan(""), 0.4});
  constexpr int32_t max = std::numeric_limits<int32_t>::max();
  constexpr int32_t min = std::numeric_limits<int32_t>::min();
  EXPECT_EQ(x.convert(ElementType::i32),
            Tensor(Shape{7}, std::vector<int32_t>{1, -1, max, min, max, 0, 0}));
  EXPECT_EQ(x.convert(ElementType::i1), Tensor(Shape{7}, std::vector<bool>{1, 1, 1, 1, 1, 1, 1}));
}

TEST(Tensor, converts_to_i1_by_comparing_with_zero) {
  Tensor x(Shape{3}, std::vector<int32_t>{0, 256, -1});
  EXPECT_EQ(x.convert(ElementType::i1), Tensor(Shape{3}, std::vector<bool>{0, 1, 1}));
  EXPECT_EQ(Tensor(Shape{2}, std::vector<bool>{0, 1}).convert(ElementType::f32),
            Tensor(Shape{2}, std::vector<float>{0, 1}));
}

TEST(Index, walks_in_row_major_order) {
  std::vector<Index> seen;
  for_each_index({2, 2}, [&](const Index& i) { seen.push_back(i); });
  EXPECT_EQ(seen, (std::vector<Index>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
  int count = 0;
  for_each_index({}, [&](const Index& i) { count += i.empty(); });
  EXPECT_EQ(count, 1);
  for_each_index({3, 0}, [&](const Index&) { ADD_FAILURE(); });
}

TEST(Index, gives_positions_and_offsets) {
  EXPECT_EQ(position({1, 2}, strides_of({3, 4})), 6);
  EXPECT_EQ(offsets_along({2, 3}, {0}), (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(offsets_along({2, 3}, {1, 0}), (std::vector<int64_t>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(offsets_along({2, 3}, {}), (std::vector<int64_t>{0}));
  EXPECT_EQ(offsets_along({2, 0}, {1}), std::vector<int64_t>{});
}

}  // namespace
}  // namespace pullback
