#include "base/parallel.h"

#include <gtest/gtest.h>

#include <vector>

namespace pullback {
namespace {

TEST(Parallel, shares_cover_every_item_once) {
  for (int threads : {1, 2, 3, 5}) {
    for (int64_t count : {0, 1, 7, 64, 1000}) {
      for (int64_t granule : {1, 16}) {
        std::vector<int> seen(static_cast<size_t>(count));
        parallel(threads, [&](const Team& team) {
          for (int64_t i = team.begin(count, granule); i < team.end(count, granule); ++i) {
            ++seen[static_cast<size_t>(i)];
          }
        });
        EXPECT_EQ(seen, std::vector<int>(static_cast<size_t>(count), 1));
      }
    }
  }
}

TEST(Parallel, barrier_makes_writes_visible) {
  std::vector<int> values(3), sums(3);
  for (int round = 0; round < 100; ++round) {
    parallel(3, [&](const Team& team) {
      size_t me = static_cast<size_t>(team.thread());
      values[me] = round + team.thread();
      team.barrier();
      for (int value : values) sums[me] += value;
      team.barrier();
      values[me] = 0;
    });
  }
  EXPECT_EQ(sums, std::vector<int>(3, 3 * 99 * 100 / 2 + 300));
}

TEST(Parallel, nested_teams_have_one_thread) {
  std::vector<int> threads(2);
  parallel(2, [&](const Team& outer) {
    parallel(2, [&](const Team& inner) {
      threads[static_cast<size_t>(outer.thread())] = inner.threads();
    });
  });
  EXPECT_EQ(threads, (std::vector<int>{1, 1}));
}

}  // namespace
}  // namespace pullback
