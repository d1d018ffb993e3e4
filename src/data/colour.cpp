#include "data/colour.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace pullback {

namespace {

/// other + factor (picture - other), cut to whole numbers of 0 … 255.
uint8_t blended(uint8_t other, uint8_t pixel, float factor) {
  float value =
      static_cast<float>(other) + factor * (static_cast<float>(pixel) - static_cast<float>(other));
  return static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f));
}

/// Pillow's grey of a pixel: fixed point, rounded.
uint8_t grey_of(const uint8_t* p) {
  return static_cast<uint8_t>((19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 0x8000) >> 16);
}

using Table = std::array<uint8_t, 256>;

/// Replaces each channel's values by those of table_of(histogram).
template <class F>
void by_channel(Picture& picture, F table_of) {
  const auto channels = static_cast<size_t>(picture.channels);
  for (size_t c = 0; c < channels; ++c) {
    std::array<int64_t, 256> histogram{};
    for (size_t i = c; i < picture.pixels.size(); i += channels) ++histogram[picture.pixels[i]];
    Table table = table_of(histogram);
    for (size_t i = c; i < picture.pixels.size(); i += channels) {
      picture.pixels[i] = table[picture.pixels[i]];
    }
  }
}

Table same() {
  Table table;
  for (size_t i = 0; i < 256; ++i) table[i] = static_cast<uint8_t>(i);
  return table;
}

}  // namespace

void change_brightness(Picture& picture, double factor) {
  for (uint8_t& p : picture.pixels) p = blended(0, p, static_cast<float>(factor));
}

void change_contrast(Picture& picture, double factor) {
  double sum = 0;
  for (size_t i = 0; i < picture.pixels.size(); i += static_cast<size_t>(picture.channels)) {
    sum += picture.channels == 1 ? picture.pixels[i] : grey_of(picture.pixels.data() + i);
  }
  auto mean = static_cast<uint8_t>(sum / static_cast<double>(picture.height * picture.width) + 0.5);
  for (uint8_t& p : picture.pixels) p = blended(mean, p, static_cast<float>(factor));
}

void change_saturation(Picture& picture, double factor) {
  if (picture.channels == 1) return;
  for (size_t i = 0; i < picture.pixels.size(); i += 3) {
    uint8_t* p = picture.pixels.data() + i;
    uint8_t grey = grey_of(p);
    for (int c = 0; c < 3; ++c) p[c] = blended(grey, p[c], static_cast<float>(factor));
  }
}

void change_sharpness(Picture& picture, double factor) {
  const Picture before = picture;
  for (int64_t y = 1; y + 1 < picture.height; ++y) {
    for (int64_t x = 1; x + 1 < picture.width; ++x) {
      for (int64_t c = 0; c < picture.channels; ++c) {
        int sum = 4 * before.view().at(y, x)[c];
        for (int64_t dy = -1; dy <= 1; ++dy) {
          for (int64_t dx = -1; dx <= 1; ++dx) sum += before.view().at(y + dy, x + dx)[c];
        }
        auto smooth = static_cast<uint8_t>((2 * sum + 13) / 26);
        uint8_t& p = picture.at(y, x)[c];
        p = blended(smooth, p, static_cast<float>(factor));
      }
    }
  }
}

void posterize(Picture& picture, int bits) {
  auto kept = static_cast<uint8_t>(0xff << (8 - bits));
  for (uint8_t& p : picture.pixels) p &= kept;
}

void solarize(Picture& picture, int threshold) {
  for (uint8_t& p : picture.pixels) p = p < threshold ? p : static_cast<uint8_t>(255 - p);
}

void autocontrast(Picture& picture) {
  by_channel(picture, [](const std::array<int64_t, 256>& histogram) {
    size_t low = 0, high = 255;
    while (low < 255 && histogram[low] == 0) ++low;
    while (high > 0 && histogram[high] == 0) --high;
    if (high <= low) return same();
    double scale = 255.0 / static_cast<double>(high - low);
    double offset = -static_cast<double>(low) * scale;
    Table table;
    for (size_t i = 0; i < 256; ++i) {
      double value = static_cast<double>(i) * scale + offset;
      table[i] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
    }
    return table;
  });
}

void equalize(Picture& picture) {
  by_channel(picture, [](const std::array<int64_t, 256>& histogram) {
    int64_t all = 0, last = 0;
    for (int64_t n : histogram) {
      all += n;
      if (n > 0) last = n;
    }
    int64_t step = (all - last) / 255;
    if (step == 0) return same();
    Table table;
    int64_t sum = step / 2;
    for (size_t i = 0; i < 256; ++i) {
      table[i] = static_cast<uint8_t>(std::min<int64_t>(sum / step, 255));
      sum += histogram[i];
    }
    return table;
  });
}

void affine(Picture& picture, double a, double b, double c, double d, double e, double f) {
  const Picture before =
      std::exchange(picture, Picture(picture.height, picture.width, picture.channels));
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      double fx = static_cast<double>(x) + 0.5, fy = static_cast<double>(y) + 0.5;
      auto from_x = static_cast<int64_t>(std::floor(a * fx + b * fy + c));
      auto from_y = static_cast<int64_t>(std::floor(d * fx + e * fy + f));
      if (from_x < 0 || from_x >= picture.width || from_y < 0 || from_y >= picture.height) continue;
      std::copy_n(before.view().at(from_y, from_x), picture.channels, picture.at(y, x));
    }
  }
}

void colour_jitter(Picture& picture, double amount, Random& random) {
  void (*changes[])(Picture&, double) = {change_brightness, change_contrast, change_saturation};
  for (size_t i = 3; i > 1; --i) std::swap(changes[i - 1], changes[random.below(i)]);
  for (auto change : changes) change(picture, 1 - amount + 2 * amount * random.uniform());
}

void randaugment(Picture& picture, int64_t magnitude, Random& random) {
  const double strength = static_cast<double>(magnitude) / 30;
  const uint64_t operation = random.below(14);
  const double sign = random.below(2) == 0 ? 1 : -1;
  const auto h = static_cast<double>(picture.height), w = static_cast<double>(picture.width);
  const double angle = sign * strength * 30 * std::numbers::pi / 180;
  const double c = std::cos(angle), s = std::sin(angle), factor = 1 + sign * 0.9 * strength;
  switch (operation) {
    case 0:
      return;
    case 1:
      return affine(picture, 1, sign * strength * 0.3, 0, 0, 1, 0);
    case 2:
      return affine(picture, 1, 0, 0, sign * strength * 0.3, 1, 0);
    case 3:
      return affine(picture, 1, 0, std::trunc(sign * strength * w * 150 / 331), 0, 1, 0);
    case 4:
      return affine(picture, 1, 0, 0, 0, 1, std::trunc(sign * strength * h * 150 / 331));
    case 5:
      return affine(picture, c, s, w / 2 - c * w / 2 - s * h / 2, -s, c,
                    h / 2 + s * w / 2 - c * h / 2);
    case 6:
      return change_brightness(picture, factor);
    case 7:
      return change_saturation(picture, factor);
    case 8:
      return change_contrast(picture, factor);
    case 9:
      return change_sharpness(picture, factor);
    case 10:
      return posterize(picture, 8 - static_cast<int>(std::lround(strength * 4)));
    case 11:
      return solarize(picture, static_cast<int>(std::lround(255 * (1 - strength))));
    case 12:
      return autocontrast(picture);
    default:
      return equalize(picture);
  }
}

}  // namespace pullback
