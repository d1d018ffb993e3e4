#include <zlib.h>

#include <functional>

#include "base/random.h"
#include "data/mnist.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

std::string word(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

/// IDX files of `count` images of 3×2 pixels 0, 1, 2, … and labels 0, 1, 2, ….
std::string image_bytes(uint32_t count) {
  std::string bytes = word(0x803) + word(count) + word(3) + word(2);
  for (uint32_t i = 0; i < count * 6; ++i) bytes += static_cast<char>(i);
  return bytes;
}
std::string label_bytes(uint32_t count) {
  std::string bytes = word(0x801) + word(count);
  for (uint32_t i = 0; i < count; ++i) bytes += static_cast<char>(i % 10);
  return bytes;
}

class Idx : public TemporaryFolder {
 protected:
  std::string write_gzip(const std::string& name, const std::string& bytes) const {
    gzFile file = gzopen(path(name).c_str(), "wb");
    EXPECT_EQ(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())),
              static_cast<int>(bytes.size()));
    gzclose(file);
    return path(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Loads image and label files of these bytes, not gzipped.
  Dataset load(const std::string& images, const std::string& labels) const {
    return load_idx(write("images", images), write("labels", labels), 10);
  }
};

TEST_F(Idx, reads_plain_and_gzipped_files) {
  Dataset plain = load(image_bytes(4), label_bytes(4));
  Dataset gzipped =
      load_idx(write_gzip("i.gz", image_bytes(4)), write_gzip("l.gz", label_bytes(4)), 10);
  for (const Dataset& data : {plain, gzipped}) {
    EXPECT_EQ(data.count, 4);
    EXPECT_EQ(data.height, 3);
    EXPECT_EQ(data.width, 2);
    EXPECT_EQ(data.classes, 10);
    EXPECT_EQ(data.image(2)[5], 17);
    EXPECT_EQ(data.labels, (std::vector<int32_t>{0, 1, 2, 3}));
  }
}

TEST_F(Idx, a_missing_file_is_named) {
  expect_error([&] { load_idx(path("none"), path("none"), 10); }, path("none"), "No such file");
  expect_error([&] { load_mnist(path("none"), Split::train); }, path("none"), "--data");
  expect_error([&] { load_mnist(path(""), Split::test); }, "t10k-images-idx3-ubyte.gz", "--data");
  expect_error([&] { load_idx(path(""), path("none"), 10); }, "is a folder");
}

TEST_F(Idx, every_mistake_in_a_file_is_named) {
  std::string images = image_bytes(4), labels = label_bytes(4);
  std::string wrong_label = labels;
  wrong_label[8 + 2] = 10;
  struct Mistake {
    std::string images, labels, file, found;
  };
  const Mistake mistakes[] = {
      {"", labels, "images", "has 0 bytes"},
      {images.substr(0, 15), labels, "images", "15 bytes, too few for a header of 16"},
      {labels, labels, "images", "too few for a header"},
      {labels + images, labels, "images", "2049 instead of 2051"},
      {images, images, "labels", "2051 instead of 2049"},
      {images.substr(0, images.size() - 1), labels, "images",
       "39 bytes, but its header calls for 40"},
      {images + "x", labels, "images", "41 bytes, but its header calls for 40"},
      {images, labels.substr(0, labels.size() - 1), "labels",
       "11 bytes, but its header calls for 12"},
      {images, labels + "x", "labels", "13 bytes, but its header calls for 12"},
      {images, label_bytes(5), "labels", "5 labels for the 4 images"},
      {image_bytes(0), label_bytes(0), "images", "no images"},
      {images, wrong_label, "labels", "label 2 is 10; labels are 0 to 9"},
      {word(0x803) + word(0xffffffff) + word(0xffffffff) + word(0xffffffff), labels, "images",
       "more than 2^30"},
  };
  for (const Mistake& m : mistakes) {
    SCOPED_TRACE(m.found);
    expect_error([&] { load(m.images, m.labels); }, "'" + path(m.file) + "'", m.found);
  }
}

TEST_F(Idx, damaged_gzip_is_named) {
  std::string labels = write_gzip("labels.gz", label_bytes(4));
  write_gzip("whole.gz", image_bytes(40));
  std::string whole = read("whole.gz");
  std::string cut = write("cut.gz", whole.substr(0, whole.size() - 9));
  expect_error([&] { load_idx(cut, labels, 10); }, "'" + cut + "'", "damaged or cut short");
  std::string flipped = whole;
  flipped[flipped.size() - 6] ^= 1;  // in the checksum
  std::string bad = write("bad.gz", flipped);
  expect_error([&] { load_idx(bad, labels, 10); }, "'" + bad + "'", "damaged or cut short");
}

TEST_F(Idx, mnist_must_be_28_by_28) {
  write("train-images-idx3-ubyte", image_bytes(4));
  write("train-labels-idx1-ubyte", label_bytes(4));
  expect_error([&] { load_mnist(path(""), Split::train); }, "train-images-idx3-ubyte", "3×2",
               "28×28");
}

/// Whatever bytes a file has, it loads or is refused with an Error.
TEST_F(Idx, no_mutation_of_a_file_crashes) {
  write_gzip("images.gz", image_bytes(40));
  std::string labels = write("labels", label_bytes(40));
  Random random(1, "idx mutations");
  for (const std::string& whole : {image_bytes(40), read("images.gz")}) {
    for (int i = 0; i < 500; ++i) {
      std::string bytes =
          whole.substr(0, random.below(3) == 0 ? random.below(whole.size()) : whole.size());
      for (uint64_t k = random.below(4); k > 0 && !bytes.empty(); --k) {
        uint64_t reach = random.below(2) == 0 ? std::min<size_t>(bytes.size(), 16) : bytes.size();
        bytes[random.below(reach)] = static_cast<char>(random.next());
      }
      try {
        EXPECT_EQ(load_idx(write("mutant", bytes), labels, 10).count, 40);
      } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("'" + path("")), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace pullback
