#include <gtest/gtest.h>

#include "ir/ops.h"

/// Known answers: Random123's for Threefry, XLA's on a CPU for Philox and for where words go.
namespace pullback {
namespace {

std::vector<Tensor> bits(RngAlgorithm algorithm, std::vector<uint64_t> state, const Type& type) {
  Tensor words(Shape{static_cast<int64_t>(state.size())}, state);
  std::vector<const Tensor*> in{&words};
  return RngBitGenerator{algorithm, type, 1}.eval_all(in);
}

template <class T>
std::vector<T> list(const Tensor& t) {
  return {t.values<T>().begin(), t.values<T>().end()};
}

const Type pair{ElementType::ui32, {2}};

TEST(Rng, three_fry_gives_random123s_answers) {
  using U = std::vector<uint32_t>;
  constexpr auto three_fry = RngAlgorithm::three_fry;
  EXPECT_EQ(list<uint32_t>(bits(three_fry, {0, 0}, pair)[1]), (U{0x6b200159, 0x99ba4efe}));
  EXPECT_EQ(list<uint32_t>(bits(three_fry, {~uint64_t{0}, ~uint64_t{0}}, pair)[1]),
            (U{0x1cb996fc, 0xbb002be7}));
  EXPECT_EQ(list<uint32_t>(bits(three_fry, {0x0370734413198a2e, 0x85a308d3243f6a88}, pair)[1]),
            (U{0xc4923a9c, 0x483df7a0}));
}

TEST(Rng, three_fry_moves_the_counter_by_the_counters_used) {
  auto next = [](const Type& type) {
    return list<uint64_t>(bits(RngAlgorithm::three_fry, {7, 10}, type)[0])[1];
  };
  EXPECT_EQ(next({ElementType::ui32, {3, 5}}), 19u) << "3 × 3 pairs, the last words unused";
  EXPECT_EQ(next({ElementType::ui32, {3, 4}}), 16u);
  EXPECT_EQ(next({ElementType::ui64, {3, 4}}), 22u);
  EXPECT_EQ(next({ElementType::ui32, {}}), 11u);
  EXPECT_EQ(next({ElementType::ui32, {0, 3}}), 10u);
}

TEST(Rng, philox_gives_xlas_answers) {
  std::vector<Tensor> found =
      bits(RngAlgorithm::philox, {0x123456789abcdef0, 77}, {ElementType::ui32, {8}});
  EXPECT_EQ(list<uint32_t>(found[1]),
            (std::vector<uint32_t>{0xb8c357bf, 0xe0ba6991, 0xc6094af5, 0xb3e13caa, 0x88e3b98c,
                                   0x863bc85b, 0x4fac7bee, 0x9b0e1b59}));
  EXPECT_EQ(list<uint64_t>(found[0]), (std::vector<uint64_t>{0x123456789abcdef0, 79}));
  EXPECT_EQ(bits(RngAlgorithm::standard, {0x123456789abcdef0, 77}, {ElementType::ui32, {8}}),
            found);
}

TEST(Rng, philox_carries_into_a_counters_upper_word) {
  auto next = bits(RngAlgorithm::philox, {5, ~uint64_t{0}, 8}, {ElementType::ui32, {5}})[0];
  EXPECT_EQ(list<uint64_t>(next), (std::vector<uint64_t>{5, 1, 9}));
}

}  // namespace
}  // namespace pullback
