#include "data/png.h"

#include <png.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/mnist.h"

namespace pullback {

namespace {

[[noreturn]] void reject(png_image& image, const std::string& name) {
  std::string why = image.message;
  png_image_free(&image);
  throw Error("'" + name + "' is not a PNG picture that can be read: " + why);
}

/// The rest of a picture whose header has been read.
Picture finish(png_image& image, int64_t channels, const std::string& name) {
  if (image.width > largest_side || image.height > largest_side) {
    png_image_free(&image);
    throw Error("'" + name + "' has " + std::to_string(image.width) + "×" +
                std::to_string(image.height) + " pixels; at most 16384×16384 can be read");
  }
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  Picture picture(image.height, image.width, channels);
  png_color white{255, 255, 255};
  if (!png_image_finish_read(&image, &white, picture.pixels.data(), 0, nullptr)) {
    reject(image, name);
  }
  return picture;
}

Picture read_grey(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&image, path.c_str())) reject(image, path);
  return finish(image, 1, path);
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

Picture decode_png(std::span<const uint8_t> bytes, int64_t channels, const std::string& name) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) reject(image, name);
  return finish(image, channels, name);
}

std::string encode_png(const PictureView& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.pixels,
                                 static_cast<png_int_32>(picture.stride), nullptr)) {
    throw Error(std::string("the picture cannot be written as a PNG: ") + image.message);
  }
  bytes.resize(size);
  return bytes;
}

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
  data.normalization = mnist_normalization;
  return data;
}

}  // namespace pullback
