#include "data/png.h"

#include <png.h>

#include "base/random.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

class Png : public TemporaryFolder {
 protected:
  /// Writes pixels in one of libpng's formats; a format with a colour map gets `map`.
  template <class T>
  std::string write_png(const std::string& name, uint32_t format, uint32_t width, uint32_t height,
                        const std::vector<T>& pixels, const std::vector<uint8_t>& map = {}) const {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.format = format;
    image.width = width;
    image.height = height;
    image.colormap_entries = static_cast<uint32_t>(map.size() / 3);
    EXPECT_TRUE(png_image_write_to_file(&image, path(name).c_str(), 0, pixels.data(), 0,
                                        map.empty() ? nullptr : map.data()))
        << image.message;
    return path(name);
  }
};

/// A 28×28 picture: `paper` with a square of `ink` in rows 10 to 17, columns 8 to 15.
template <class T>
std::vector<T> square(std::vector<T> paper, std::vector<T> ink) {
  std::vector<T> pixels;
  for (int y = 0; y < 28; ++y) {
    for (int x = 0; x < 28; ++x) {
      const std::vector<T>& c = y >= 10 && y < 18 && x >= 8 && x < 16 ? ink : paper;
      pixels.insert(pixels.end(), c.begin(), c.end());
    }
  }
  return pixels;
}

TEST_F(Png, every_kind_of_picture_becomes_white_on_black) {
  const std::vector<uint8_t> expected = square<uint8_t>({0}, {255});
  const std::string files[] = {
      write_png("grey", PNG_FORMAT_GRAY, 28, 28, square<uint8_t>({0}, {255})),
      write_png("inverted", PNG_FORMAT_GRAY, 28, 28, square<uint8_t>({255}, {0})),
      write_png("rgb", PNG_FORMAT_RGB, 28, 28, square<uint8_t>({255, 255, 255}, {0, 0, 0})),
      write_png("rgba", PNG_FORMAT_RGBA, 28, 28, square<uint8_t>({0, 0, 0, 0}, {0, 0, 0, 255})),
      write_png("grey-alpha", PNG_FORMAT_GA, 28, 28, square<uint8_t>({9, 0}, {0, 255})),
      write_png("palette", PNG_FORMAT_RGB_COLORMAP, 28, 28, square<uint8_t>({1}, {0}),
                {0, 0, 0, 255, 255, 255}),
      write_png("16 bit", PNG_FORMAT_LINEAR_Y, 28, 28, square<uint16_t>({0}, {65535})),
  };
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    Dataset data = read_digit_png(file);
    EXPECT_EQ(data.count, 1);
    EXPECT_EQ(data.height, 28);
    EXPECT_EQ(data.width, 28);
    EXPECT_EQ(data.pixels, expected);
  }
}

TEST_F(Png, a_larger_picture_is_averaged) {
  // Columns 0 and 1 of every four are white: each 4×4 block's mean is 255 / 2.
  std::vector<uint8_t> stripes;
  for (int i = 0; i < 112 * 112; ++i) stripes.push_back(i % 4 < 2 ? 255 : 0);
  Dataset data = read_digit_png(write_png("stripes", PNG_FORMAT_GRAY, 112, 112, stripes));
  for (uint8_t pixel : data.pixels) EXPECT_NEAR(pixel, 127.5, 0.5);
}

TEST_F(Png, a_picture_that_is_not_square_is_padded_with_its_border) {
  // 14 wide: the picture lies in columns 7 to 20.
  std::vector<uint8_t> pixels(14 * 28, 200);
  pixels[14 * 14 + 7] = 0;
  Dataset data = read_digit_png(write_png("tall", PNG_FORMAT_GRAY, 14, 28, pixels));
  EXPECT_EQ(data.image(0)[14 * 28 + 14], 255);
  EXPECT_EQ(data.image(0)[14 * 28 + 2], 55);
  EXPECT_EQ(data.image(0)[0], 55);
}

TEST_F(Png, a_single_pixel_is_a_picture) {
  Dataset data = read_digit_png(write_png<uint8_t>("dot", PNG_FORMAT_GRAY, 1, 1, {90}));
  EXPECT_EQ(data.pixels, std::vector<uint8_t>(784, 90));
}

TEST_F(Png, what_is_no_picture_is_refused_by_name) {
  for (const std::string& file :
       {path("none"), path(""), write("text", "hello"), write("nothing", "")}) {
    expect_error([&] { read_digit_png(file); }, "'" + file + "'", "not a PNG");
  }
}

TEST_F(Png, no_mutation_of_a_picture_crashes) {
  std::ifstream file(
      write_png("whole", PNG_FORMAT_RGB, 28, 28, square<uint8_t>({255, 9, 255}, {0, 0, 77})),
      std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  Random random(1, "png mutations");
  for (int i = 0; i < 500; ++i) {
    std::string bytes =
        whole.substr(0, random.below(2) == 0 ? random.below(whole.size() + 1) : whole.size());
    for (uint64_t k = random.below(4); k > 0 && !bytes.empty(); --k) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    try {
      EXPECT_EQ(read_digit_png(write("mutant", bytes)).pixels.size(), 784u);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path("mutant")), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace pullback
