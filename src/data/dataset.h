#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/picture.h"

namespace pullback {

enum class Split : uint8_t { train, test };

/// Height, width and channels of a network's images.
struct ImageSize {
  int64_t height = 0, width = 0, channels = 0;
  bool operator==(const ImageSize&) const = default;
};

/// How pixels become numbers: (pixel / 255 - mean) / deviation, per channel.
struct Normalization {
  std::array<float, 3> mean{0, 0, 0}, deviation{1, 1, 1};

  static Normalization grey(float mean, float deviation) {
    return {{mean, mean, mean}, {deviation, deviation, deviation}};
  }
  bool operator==(const Normalization&) const = default;
};

/// Pictures of any size, by index. Several threads may read at once.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  /// Its pixels lie in `scratch` or stay with the source. Throws Error that names the file if it
  /// cannot be decoded whole.
  virtual PictureView read(int64_t index, Picture& scratch) const = 0;
  /// The file, as a person would name it.
  virtual std::string name(int64_t index) const = 0;
  /// Bytes of the file.
  virtual uint64_t file_size(int64_t index) const = 0;
};

/// Labelled images. Either all are in memory, pixels [count, height, width, channels], or they are
/// pictures of any size from `source`, which become height × width when they are used.
struct Dataset {
  int64_t count = 0, height = 0, width = 0, channels = 1;
  int64_t classes = 10;
  std::vector<uint8_t> pixels;
  std::shared_ptr<const PictureSource> source;
  std::vector<int32_t> labels;           ///< 0 … classes-1
  std::vector<std::string> class_names;  ///< empty: the numbers
  Normalization normalization;
  std::string origin;  ///< which data it is: "folder:photos.tar"

  int64_t image_size() const { return height * width * channels; }
  ImageSize size() const { return {height, width, channels}; }
  const uint8_t* image(int64_t index) const { return pixels.data() + index * image_size(); }
  /// As it is stored.
  PictureView picture(int64_t index, Picture& scratch) const {
    if (source) return source->read(index, scratch);
    return {height, width, channels, width * channels, image(index)};
  }
  /// "photos.tar: train/cat/1.jpg", or "image 17" where images have no files.
  std::string name(int64_t index) const {
    return source ? source->name(index) : "image " + std::to_string(index);
  }
  std::string class_name(int64_t label) const {
    return class_names.empty() ? std::to_string(label) : class_names[static_cast<size_t>(label)];
  }
};

}  // namespace pullback
