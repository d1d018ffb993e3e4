#pragma once

#include <string>
#include <vector>

#include "data/dataset.h"

namespace pullback {

/// What decoding every picture of a data set finds.
struct Survey {
  struct Damaged {
    std::string file, why;
  };
  std::vector<Damaged> damaged;
  std::vector<int64_t> per_class;
  /// Content of each whole picture, hashed; 0 for a damaged one.
  std::vector<uint64_t> hashes;
  int64_t smallest_side = 0, largest_side = 0, median_height = 0, median_width = 0;
};

/// Decodes all pictures on `threads` threads.
Survey survey(const Dataset& data, int threads);

/// Pairs (index in a, index in b) of pictures with the same pixels, each index of b at most once;
/// of one survey with itself, pairs with the first index before the second.
std::vector<std::pair<int64_t, int64_t>> same_pictures(const Survey& a, const Survey& b);

}  // namespace pullback
