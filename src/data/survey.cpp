#include "data/survey.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/parallel.h"

namespace pullback {

namespace {

/// Of size and pixels (a multiply-xor hash of eight bytes at a time); never 0.
uint64_t hash_of(const PictureView& picture) {
  uint64_t hash = static_cast<uint64_t>(picture.height << 32 | picture.width);
  for (int64_t y = 0; y < picture.height; ++y) {
    const uint8_t* row = picture.at(y, 0);
    for (int64_t i = 0; i < picture.width * picture.channels; ++i) {
      hash = (hash ^ row[i]) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
    }
  }
  return hash == 0 ? 1 : hash;
}

int64_t median(std::vector<int64_t>& values) {
  if (values.empty()) return 0;
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Survey survey(const Dataset& data, int threads) {
  const auto count = static_cast<size_t>(data.count);
  Survey result;
  result.hashes.resize(count);
  result.per_class.resize(static_cast<size_t>(data.classes));
  std::vector<int64_t> heights(count), widths(count);
  std::vector<std::string> failures(count);
  parallel(threads, [&](const Team& team) {
    Picture scratch;
    for (int64_t i = team.begin(data.count); i < team.end(data.count); ++i) {
      auto at = static_cast<size_t>(i);
      try {
        PictureView picture = data.picture(i, scratch);
        heights[at] = picture.height;
        widths[at] = picture.width;
        result.hashes[at] = hash_of(picture);
      } catch (const std::exception& error) {
        failures[at] = error.what();
      }
    }
  });
  for (size_t i = 0; i < count; ++i) {
    ++result.per_class[static_cast<size_t>(data.labels[i])];
    if (failures[i].empty()) continue;
    result.damaged.push_back({data.name(static_cast<int64_t>(i)), failures[i]});
    heights[i] = widths[i] = 0;
  }
  std::erase(heights, 0);
  std::erase(widths, 0);
  if (heights.empty()) return result;
  result.smallest_side = std::min(*std::min_element(heights.begin(), heights.end()),
                                  *std::min_element(widths.begin(), widths.end()));
  result.largest_side = std::max(*std::max_element(heights.begin(), heights.end()),
                                 *std::max_element(widths.begin(), widths.end()));
  result.median_height = median(heights);
  result.median_width = median(widths);
  return result;
}

std::vector<std::pair<int64_t, int64_t>> same_pictures(const Survey& a, const Survey& b) {
  std::unordered_map<uint64_t, int64_t> first;
  for (size_t i = 0; i < a.hashes.size(); ++i) {
    if (a.hashes[i] != 0) first.try_emplace(a.hashes[i], static_cast<int64_t>(i));
  }
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (size_t i = 0; i < b.hashes.size(); ++i) {
    auto found = first.find(b.hashes[i]);
    if (found == first.end()) continue;
    auto index = static_cast<int64_t>(i);
    if (&a != &b || found->second < index) pairs.emplace_back(found->second, index);
  }
  return pairs;
}

}  // namespace pullback
