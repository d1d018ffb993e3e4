#include "data/png.h"

#include <png.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace pullback {

namespace {

/// A grey picture, 0 black to 255 white.
struct Picture {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> pixels;
};

Picture read_grey(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  auto reject = [&] {
    std::string why = image.message;
    png_image_free(&image);
    throw Error("'" + path + "' is not a PNG picture that can be read: " + why);
  };
  if (!png_image_begin_read_from_file(&image, path.c_str())) reject();
  if (image.width > 16384 || image.height > 16384) {
    png_image_free(&image);
    throw Error("'" + path + "' has " + std::to_string(image.width) + "×" +
                std::to_string(image.height) + " pixels; at most 16384×16384 can be read");
  }
  image.format = PNG_FORMAT_GRAY;
  Picture picture{image.width, image.height, {}};
  picture.pixels.resize(PNG_IMAGE_SIZE(image));
  png_color white{255, 255, 255};
  if (!png_image_finish_read(&image, &white, picture.pixels.data(), 0, nullptr)) reject();
  return picture;
}

/// The mean of the pixels at the picture's edge.
double border(const Picture& p) {
  double sum = 0;
  int64_t count = 0;
  for (int64_t y = 0; y < p.height; ++y) {
    for (int64_t x = 0; x < p.width; ++x) {
      if (y > 0 && y < p.height - 1 && x > 0 && x < p.width - 1) continue;
      sum += p.pixels[static_cast<size_t>(y * p.width + x)];
      ++count;
    }
  }
  return sum / static_cast<double>(count);
}

/// The mean over [x0, x1) × [y0, y1), where what lies outside the picture is `outside`.
double area_mean(const Picture& p, double x0, double x1, double y0, double y1, double outside) {
  double sum = 0;
  for (auto y = static_cast<int64_t>(std::floor(y0)); y < y1; ++y) {
    double dy = std::min<double>(y1, static_cast<double>(y) + 1) -
                std::max<double>(y0, static_cast<double>(y));
    for (auto x = static_cast<int64_t>(std::floor(x0)); x < x1; ++x) {
      double dx = std::min<double>(x1, static_cast<double>(x) + 1) -
                  std::max<double>(x0, static_cast<double>(x));
      bool inside = x >= 0 && x < p.width && y >= 0 && y < p.height;
      sum += dx * dy * (inside ? p.pixels[static_cast<size_t>(y * p.width + x)] : outside);
    }
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

}  // namespace

Dataset read_digit_png(const std::string& path) {
  Picture picture = read_grey(path);
  double edge = border(picture);
  bool dark_on_light = edge > 127.5;
  double size = static_cast<double>(std::max(picture.width, picture.height));
  double left = (static_cast<double>(picture.width) - size) / 2;
  double top = (static_cast<double>(picture.height) - size) / 2;
  constexpr int64_t side = 28;
  Dataset data;
  data.count = 1;
  data.height = data.width = side;
  for (int64_t y = 0; y < side; ++y) {
    for (int64_t x = 0; x < side; ++x) {
      auto at = [&](double start, int64_t i) {
        return start + size * static_cast<double>(i) / side;
      };
      double grey =
          area_mean(picture, at(left, x), at(left, x + 1), at(top, y), at(top, y + 1), edge);
      data.pixels.push_back(static_cast<uint8_t>(std::lround(dark_on_light ? 255 - grey : grey)));
    }
  }
  data.labels = {-1};
  return data;
}

}  // namespace pullback
