#include "data/cifar10.h"

#include <filesystem>

#include "base/error.h"
#include "data/gzip.h"
#include "data/tar.h"

namespace pullback {

const char* const how_to_get_cifar10 =
    "get cifar-10-binary.tar.gz (162 MB) from https://www.cs.toronto.edu/~kriz/cifar.html, put it "
    "into data/cifar10 or anywhere else, and say where with --data cifar10:FOLDER";

namespace {

namespace fs = std::filesystem;

constexpr size_t plane = 32 * 32, record = 1 + 3 * plane;
constexpr size_t largest_file = record * 1000000;

std::vector<std::string> files_of(Split split) {
  if (split == Split::test) return {"test_batch.bin"};
  std::vector<std::string> names;
  for (int i = 1; i <= 5; ++i) names.push_back("data_batch_" + std::to_string(i) + ".bin");
  return names;
}

void add_records(const std::vector<uint8_t>& bytes, const std::string& name, Dataset& data) {
  if (bytes.empty() || bytes.size() % record != 0) {
    throw Error("'" + name + "' cannot be used: it has " + std::to_string(bytes.size()) +
                " bytes, no multiple of CIFAR-10's records of " + std::to_string(record));
  }
  for (size_t at = 0; at < bytes.size(); at += record) {
    if (bytes[at] > 9) {
      throw Error("'" + name + "' cannot be used: record " + std::to_string(at / record) +
                  " has label " + std::to_string(bytes[at]) + "; labels are 0 to 9");
    }
    data.labels.push_back(bytes[at]);
    const uint8_t* pixels = bytes.data() + at + 1;
    for (size_t p = 0; p < plane; ++p) {
      for (size_t c = 0; c < 3; ++c) data.pixels.push_back(pixels[c * plane + p]);
    }
  }
}

/// The archive, if `path` is it or a folder with it.
std::string archive_at(const std::string& path) {
  if (Tar::is_name(path)) return path;
  std::string inside = path + "/cifar-10-binary.tar.gz";
  return fs::exists(inside) ? inside : "";
}

/// The folder's file, gzipped or not; "" if there is none.
std::string file_at(const std::string& path, const std::string& name) {
  for (const char* folder : {"", "/cifar-10-batches-bin"}) {
    for (const char* extension : {"", ".gz"}) {
      std::string file = path + folder + "/" + name + extension;
      if (fs::exists(file)) return file;
    }
  }
  return "";
}

void add_from_archive(const Tar& tar, const std::string& name, Dataset& data) {
  for (const Tar::Member& member : tar.members()) {
    if (fs::path(member.path).filename() != name) continue;
    return add_records(tar.read(member), tar.path() + ": " + member.path, data);
  }
  throw Error("'" + tar.path() + "' has no '" + name +
              "', so it is not CIFAR-10's binary version; " + how_to_get_cifar10);
}

}  // namespace

Dataset load_cifar10(const std::string& path, Split split) {
  if (!fs::exists(path)) {
    throw Error("CIFAR-10 is not there: there is no '" + path + "'; " + how_to_get_cifar10);
  }
  Dataset data;
  data.height = data.width = 32;
  data.channels = 3;
  data.class_names = {"airplane", "automobile", "bird",  "cat",  "deer",
                      "dog",      "frog",       "horse", "ship", "truck"};
  data.normalization = cifar10_normalization;
  std::string archive = archive_at(path);
  std::unique_ptr<Tar> tar;
  for (const std::string& name : files_of(split)) {
    if (std::string file = file_at(path, name); !file.empty()) {
      add_records(read_gzip(file, largest_file), file, data);
    } else if (!archive.empty()) {
      if (!tar) tar = std::make_unique<Tar>(archive);
      add_from_archive(*tar, name, data);
    } else {
      throw Error("CIFAR-10's file '" + name + "' is not in '" + path + "'; " + how_to_get_cifar10);
    }
  }
  data.count = static_cast<int64_t>(data.labels.size());
  return data;
}

}  // namespace pullback
