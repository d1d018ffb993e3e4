#include "data/augment.h"

#include <algorithm>
#include <cmath>

#include "data/colour.h"
#include "data/resize.h"
#include "data/transform.h"

namespace pullback {

namespace {

double uniform(Random& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

/// A whole number from 0 to `last`.
int64_t whole(Random& random, int64_t last) {
  return static_cast<int64_t>(random.below(static_cast<uint64_t>(last) + 1));
}

/// A box of this area and this ratio of height to width; {} if it does not fit.
Box box_of(double area, double ratio) {
  return {.height = std::lround(std::sqrt(area * ratio)),
          .width = std::lround(std::sqrt(area / ratio))};
}

Box resized_crop_box(const PictureView& p, double least, Random& random) {
  double area = static_cast<double>(p.height * p.width);
  for (int attempt = 0; attempt < 10; ++attempt) {
    double part = area * uniform(random, least, 1);
    Box box = box_of(part, std::exp(uniform(random, std::log(3.0 / 4), std::log(4.0 / 3))));
    if (box.height < 1 || box.width < 1 || box.height > p.height || box.width > p.width) continue;
    box.top = whole(random, p.height - box.height);
    box.left = whole(random, p.width - box.width);
    return box;
  }
  // A picture too narrow: the largest part of an allowed ratio, in the middle.
  int64_t height = std::min(p.height, std::lround(static_cast<double>(p.width) * 4 / 3));
  int64_t width = std::min(p.width, std::lround(static_cast<double>(p.height) * 4 / 3));
  return centre_box(p, std::max<int64_t>(height, 1), std::max<int64_t>(width, 1));
}

/// The picture moved by up to `padding` pixels either way, black where it leaves off.
Picture shifted(const PictureView& picture, int64_t padding, Random& random) {
  int64_t down = whole(random, 2 * padding) - padding, right = whole(random, 2 * padding) - padding;
  Picture result(picture.height, picture.width, picture.channels);
  for (int64_t y = 0; y < picture.height; ++y) {
    if (y + down < 0 || y + down >= picture.height) continue;
    int64_t first = std::max<int64_t>(0, -right);
    int64_t last = std::min(picture.width, picture.width - right);
    if (first >= last) continue;
    std::copy_n(picture.at(y + down, first + right), (last - first) * picture.channels,
                result.at(y, first));
  }
  return result;
}

void flip_in_place(Picture& picture) {
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t a = 0, b = picture.width - 1; a < b; ++a, --b) {
      std::swap_ranges(picture.at(y, a), picture.at(y, a) + picture.channels, picture.at(y, b));
    }
  }
}

/// Marsaglia and Tsang, ACM TOMS 26(3), 2000.
double gamma_variate(double shape, Random& random) {
  if (shape < 1) {
    double power = std::pow(1 - random.uniform(), 1 / shape);
    return gamma_variate(shape + 1, random) * power;
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    double x = random.normal(), v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    double u = 1 - random.uniform();
    if (std::log(u) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

double beta_variate(double alpha, Random& random) {
  double a = gamma_variate(alpha, random), b = gamma_variate(alpha, random);
  return a + b > 0 ? a / (a + b) : 0.5;
}

/// x of each image from that before it, the first from the last, so that all are read as they were:
/// calls mix_one(image, before).
template <class F>
void with_the_one_before(std::span<float> images, int64_t image_size, F mix_one) {
  auto count = static_cast<int64_t>(images.size()) / image_size;
  float* data = images.data();
  std::vector<float> last(data + (count - 1) * image_size, data + count * image_size);
  for (int64_t i = count - 1; i >= 0; --i) {
    mix_one(data + i * image_size, i > 0 ? data + (i - 1) * image_size : last.data());
  }
}

/// A box of 1 - `share` of the area about a random place, cut at the edges.
Box cutmix_box(double share, const ImageSize& size, Random& random) {
  double half = std::sqrt(1 - share) / 2;
  auto cut = [&](int64_t extent, int64_t& first, int64_t& length) {
    int64_t centre = whole(random, extent - 1);
    auto reach = static_cast<int64_t>(half * static_cast<double>(extent));
    first = std::max<int64_t>(centre - reach, 0);
    length = std::min(centre + reach, extent) - first;
  };
  Box box;
  cut(size.height, box.top, box.height);
  cut(size.width, box.left, box.width);
  return box;
}

}  // namespace

Picture augment(const PictureView& picture, const ImageSize& size, const Augmentation& how,
                Random& random) {
  Picture result;
  if (how.resized_crop > 0) {
    Box box = resized_crop_box(picture, how.resized_crop, random);
    result = resize(picture.crop(box), size.height, size.width);
  } else {
    result = centred(picture, size);
  }
  if (how.crop > 0) result = shifted(result.view(), how.crop, random);
  if (how.flip && random.below(2) == 1) flip_in_place(result);
  for (int64_t i = 0; i < how.randaugment; ++i) randaugment(result, how.magnitude, random);
  if (how.jitter > 0) colour_jitter(result, how.jitter, random);
  return result;
}

void erase(float* image, const ImageSize& size, double probability, Random& random) {
  if (random.uniform() >= probability) return;
  double area = static_cast<double>(size.height * size.width);
  for (int attempt = 0; attempt < 10; ++attempt) {
    double part = area * uniform(random, 0.02, 0.33);
    Box box = box_of(part, std::exp(uniform(random, std::log(0.3), std::log(3.3))));
    if (box.height >= size.height || box.width >= size.width) continue;
    box.top = whole(random, size.height - box.height);
    box.left = whole(random, size.width - box.width);
    for (int64_t y = box.top; y < box.top + box.height; ++y) {
      std::fill_n(image + (y * size.width + box.left) * size.channels, box.width * size.channels,
                  0.0f);
    }
    return;
  }
}

void mix(std::span<float> images, const ImageSize& size, std::span<const int32_t> labels,
         int64_t classes, const Augmentation& how, Random& random, std::span<float> probabilities) {
  const int64_t row = size.width * size.channels, image = size.height * row;
  bool boxes = how.cutmix > 0 && (how.mixup == 0 || random.below(2) == 1);
  double share = beta_variate(boxes ? how.cutmix : how.mixup, random);
  if (boxes) {
    Box box = cutmix_box(share, size, random);
    share = 1 - static_cast<double>(box.height * box.width) /
                    static_cast<double>(size.height * size.width);
    with_the_one_before(images, image, [&](float* x, const float* before) {
      for (int64_t y = box.top; y < box.top + box.height; ++y) {
        int64_t at = y * row + box.left * size.channels;
        std::copy_n(before + at, box.width * size.channels, x + at);
      }
    });
  } else {
    auto a = static_cast<float>(share), b = static_cast<float>(1 - share);
    with_the_one_before(images, image, [&](float* x, const float* before) {
      for (int64_t i = 0; i < image; ++i) x[i] = a * x[i] + b * before[i];
    });
  }
  std::fill(probabilities.begin(), probabilities.end(), 0.0f);
  for (size_t i = 0; i < labels.size(); ++i) {
    float* p = probabilities.data() + static_cast<int64_t>(i) * classes;
    p[labels[i]] += static_cast<float>(share);
    p[labels[i > 0 ? i - 1 : labels.size() - 1]] += static_cast<float>(1 - share);
  }
}

}  // namespace pullback
