#include "data/mnist.h"

#include <filesystem>

#include "base/error.h"
#include "data/gzip.h"

namespace pullback {

namespace {

constexpr size_t largest_file = size_t{1} << 30;

/// The header and body of an IDX file.
class IdxFile {
 public:
  IdxFile(const std::string& path, uint32_t magic, int dimensions)
      : path_(path), bytes_(read_gzip(path, largest_file)) {
    size_t header = 4 + 4 * static_cast<size_t>(dimensions);
    if (bytes_.size() < header) {
      reject("it has " + std::to_string(bytes_.size()) + " bytes, too few for a header of " +
             std::to_string(header));
    }
    if (word(0) != magic) {
      reject("it begins with the number " + std::to_string(word(0)) + " instead of " +
             std::to_string(magic) + ", so it is no IDX file of " +
             (dimensions == 3 ? "images" : "labels"));
    }
    uint64_t size = header;
    uint64_t count = 1;
    for (int d = 0; d < dimensions; ++d) {
      extents.push_back(word(1 + static_cast<size_t>(d)));
      count *= static_cast<uint64_t>(extents.back());
      if (count > largest_file) reject("its header claims more than 2^30 values");
    }
    size += count;
    if (bytes_.size() != size) {
      reject("it has " + std::to_string(bytes_.size()) + " bytes, but its header calls for " +
             std::to_string(size));
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(header));
  }

  [[noreturn]] void reject(const std::string& why) const {
    throw Error("'" + path_ + "' cannot be used: " + why);
  }
  std::vector<uint8_t>& bytes() { return bytes_; }

  std::vector<int64_t> extents;

 private:
  uint32_t word(size_t index) const {
    const uint8_t* p = bytes_.data() + 4 * index;
    return static_cast<uint32_t>(p[0]) << 24 | static_cast<uint32_t>(p[1]) << 16 |
           static_cast<uint32_t>(p[2]) << 8 | p[3];
  }

  std::string path_;
  std::vector<uint8_t> bytes_;
};

/// The file, or the same without ".gz".
std::string find_file(const std::string& folder, const std::string& name) {
  for (const char* extension : {".gz", ""}) {
    std::filesystem::path path = std::filesystem::path(folder) / (name + extension);
    if (std::filesystem::exists(path)) return path.string();
  }
  throw Error("MNIST's file '" + name + ".gz' is not in '" + folder +
              "'; give the folder that has its four files with --data");
}

}  // namespace

Dataset load_idx(const std::string& images, const std::string& labels, int64_t classes) {
  IdxFile image_file(images, 0x803, 3);
  IdxFile label_file(labels, 0x801, 1);
  Dataset data;
  data.count = image_file.extents[0];
  data.height = image_file.extents[1];
  data.width = image_file.extents[2];
  data.classes = classes;
  if (data.count == 0) image_file.reject("it has no images");
  if (label_file.extents[0] != data.count) {
    label_file.reject("it has " + std::to_string(label_file.extents[0]) + " labels for the " +
                      std::to_string(data.count) + " images of '" + images + "'");
  }
  for (size_t i = 0; i < label_file.bytes().size(); ++i) {
    uint8_t label = label_file.bytes()[i];
    if (label >= classes) {
      label_file.reject("label " + std::to_string(i) + " is " + std::to_string(label) +
                        "; labels are 0 to " + std::to_string(classes - 1));
    }
  }
  data.pixels = std::move(image_file.bytes());
  data.labels.assign(label_file.bytes().begin(), label_file.bytes().end());
  return data;
}

Dataset load_mnist(const std::string& folder, Split split) {
  std::string prefix = split == Split::train ? "train" : "t10k";
  if (!std::filesystem::is_directory(folder)) {
    throw Error("there is no folder '" + folder +
                "'; give the folder of MNIST's files with --data");
  }
  std::string images = find_file(folder, prefix + "-images-idx3-ubyte");
  Dataset data = load_idx(images, find_file(folder, prefix + "-labels-idx1-ubyte"), 10);
  if (data.height != 28 || data.width != 28) {
    throw Error("'" + images + "' has images of " + std::to_string(data.height) + "×" +
                std::to_string(data.width) + "; MNIST's are 28×28");
  }
  data.normalization = mnist_normalization;
  return data;
}

}  // namespace pullback
