#include "data/resize.h"

#include <algorithm>
#include <cmath>

namespace pullback {

namespace {

constexpr int precision = 32 - 8 - 2;  // bits of a weight

/// The weights of the source's pixels in each target pixel, in fixed point.
struct Weights {
  struct Range {
    int64_t first = 0, count = 0;
  };
  int64_t longest = 0;  ///< weights per target pixel, the rest of them 0
  std::vector<Range> ranges;
  std::vector<int32_t> weights;
};

Weights weights_of(int64_t source, int64_t target) {
  double scale = static_cast<double>(source) / static_cast<double>(target);
  double support = std::max(scale, 1.0);
  Weights w;
  w.longest = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  w.weights.resize(static_cast<size_t>(target * w.longest));
  std::vector<double> exact(static_cast<size_t>(w.longest));
  for (int64_t i = 0; i < target; ++i) {
    double centre = (static_cast<double>(i) + 0.5) * scale, sum = 0;
    int64_t first = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    int64_t count = std::min(static_cast<int64_t>(centre + support + 0.5), source) - first;
    for (int64_t k = 0; k < count; ++k) {
      double distance = (static_cast<double>(k + first) - centre + 0.5) * (1.0 / support);
      exact[static_cast<size_t>(k)] = std::max(1 - std::abs(distance), 0.0);
      sum += exact[static_cast<size_t>(k)];
    }
    for (int64_t k = 0; k < count; ++k) {
      double weight = sum == 0 ? 0 : exact[static_cast<size_t>(k)] / sum;
      w.weights[static_cast<size_t>(i * w.longest + k)] =
          static_cast<int32_t>(0.5 + weight * (1 << precision));
    }
    w.ranges.push_back({first, count});
  }
  return w;
}

uint8_t rounded(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> precision, 0, 255)); }

/// A row's pixels at another width.
template <int channels>
void resize_row(const uint8_t* source, const Weights& w, uint8_t* target) {
  const int32_t* weights = w.weights.data();
  for (const Weights::Range& range : w.ranges) {
    int32_t sums[channels];
    for (int c = 0; c < channels; ++c) sums[c] = 1 << (precision - 1);
    const uint8_t* p = source + range.first * channels;
    for (int64_t k = 0; k < range.count; ++k) {
      for (int c = 0; c < channels; ++c) sums[c] += *p++ * weights[k];
    }
    for (int c = 0; c < channels; ++c) *target++ = rounded(sums[c]);
    weights += w.longest;
  }
}

Picture resize_columns(const PictureView& picture, int64_t width) {
  Weights w = weights_of(picture.width, width);
  Picture result(picture.height, width, picture.channels);
  for (int64_t y = 0; y < picture.height; ++y) {
    if (picture.channels == 1) {
      resize_row<1>(picture.at(y, 0), w, result.at(y, 0));
    } else {
      resize_row<3>(picture.at(y, 0), w, result.at(y, 0));
    }
  }
  return result;
}

Picture resize_rows(const PictureView& picture, int64_t height) {
  Weights w = weights_of(picture.height, height);
  Picture result(height, picture.width, picture.channels);
  const int64_t row = picture.width * picture.channels;
  std::vector<int32_t> sums(static_cast<size_t>(row));
  for (int64_t y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), 1 << (precision - 1));
    const Weights::Range& range = w.ranges[static_cast<size_t>(y)];
    for (int64_t k = 0; k < range.count; ++k) {
      const uint8_t* p = picture.at(range.first + k, 0);
      const int32_t weight = w.weights[static_cast<size_t>(y * w.longest + k)];
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += p[i] * weight;
    }
    uint8_t* target = result.at(y, 0);
    for (int32_t sum : sums) *target++ = rounded(sum);
  }
  return result;
}

Picture copy_of(const PictureView& picture) {
  Picture result(picture.height, picture.width, picture.channels);
  for (int64_t y = 0; y < picture.height; ++y) {
    std::copy_n(picture.at(y, 0), picture.width * picture.channels, result.at(y, 0));
  }
  return result;
}

}  // namespace

Picture resize(const PictureView& picture, int64_t height, int64_t width) {
  if (width == picture.width && height == picture.height) return copy_of(picture);
  if (width == picture.width) return resize_rows(picture, height);
  Picture columns = resize_columns(picture, width);
  return height == picture.height ? columns : resize_rows(columns.view(), height);
}

Box size_with_shorter_side(int64_t height, int64_t width, int64_t side) {
  if (height <= width) return {.height = side, .width = side * width / height};
  return {.height = side * height / width, .width = side};
}

Box centre_box(const PictureView& picture, int64_t height, int64_t width) {
  auto middle = [](int64_t whole, int64_t part) {
    return static_cast<int64_t>(std::nearbyint(static_cast<double>(whole - part) / 2));
  };
  return {middle(picture.height, height), middle(picture.width, width), height, width};
}

}  // namespace pullback
