#include "data/open.h"

#include <filesystem>

#include "base/error.h"
#include "data/cifar10.h"
#include "data/folder.h"
#include "data/mnist.h"
#include "data/tar.h"

namespace pullback {

namespace fs = std::filesystem;

namespace {

constexpr DataKind kinds[] = {DataKind::mnist, DataKind::cifar10, DataKind::folder};

/// The kind of what is at a path, or `otherwise`.
DataKind kind_at(const std::string& path, DataKind otherwise) {
  std::error_code ignored;
  std::string name = fs::path(path).filename().string();
  if (name == "cifar-10-binary.tar.gz") return DataKind::cifar10;
  if (Tar::is_name(name)) return DataKind::folder;
  if (!fs::is_directory(path, ignored)) return otherwise;
  bool pictures = false;
  for (const auto& entry : fs::directory_iterator(path, ignored)) {
    std::string file = entry.path().filename().string();
    if (file.starts_with("train-images-idx3") || file.starts_with("t10k-")) return DataKind::mnist;
    if (file.starts_with("data_batch_1.bin") || file == "cifar-10-batches-bin" ||
        file == "cifar-10-binary.tar.gz") {
      return DataKind::cifar10;
    }
    pictures |= entry.is_directory() || Tar::is_name(file);
  }
  return pictures ? DataKind::folder : otherwise;
}

constexpr const char* how_to_get_pictures =
    "Imagenette (ten classes of ImageNet; 1.6 GB, 341 MB or 99 MB, by size) is at "
    "https://github.com/fastai/imagenette; put the unpacked folder or an archive of it (.tar, "
    ".tar.gz) there, or name your own pictures with --data folder:FOLDER-OR-TAR";

}  // namespace

std::string_view to_string(DataKind kind) {
  switch (kind) {
    case DataKind::mnist:
      return "mnist";
    case DataKind::cifar10:
      return "cifar10";
    default:
      return "folder";
  }
}

DataSpec parse_data_spec(const std::string& text, DataKind otherwise) {
  size_t colon = text.find(':');
  if (text.empty() || fs::exists(text)) return {kind_at(text, otherwise), text};
  if (colon == std::string::npos) {
    if (Tar::is_name(text)) throw Error("there is no archive '" + text + "'");
    return {kind_at(text, otherwise), text};
  }
  std::string name = text.substr(0, colon), path = text.substr(colon + 1);
  for (DataKind kind : kinds) {
    if (to_string(kind) == name && !path.empty()) return {kind, path};
  }
  throw Error("--data is '" + text +
              "'; give mnist:FOLDER, cifar10:FOLDER, folder:FOLDER or folder:FILE.tar, or a path");
}

DataSpec default_data(const ImageSize& size, const std::string& root) {
  DataSpec spec{DataKind::folder, "data/imagenette"};
  if (size == ImageSize{28, 28, 1}) spec = {DataKind::mnist, "data/mnist"};
  if (size == ImageSize{32, 32, 3}) spec = {DataKind::cifar10, "data/cifar10"};
  std::string below = root + "/" + fs::path(spec.path).filename().string();
  if (!fs::exists(spec.path) && fs::exists(below)) spec.path = below;
  return spec;
}

Data::Data(const DataSpec& spec, const ImageSize& size) : spec_(spec), size_(size) {
  if (spec.kind != DataKind::folder) return;
  if (spec.path == "data/imagenette" && !fs::exists(spec.path)) {
    throw Error("there are no pictures in '" + spec.path + "'; " + how_to_get_pictures);
  }
  folder_ = std::make_shared<ImageFolder>(spec.path);
}

Dataset Data::load(Split split) const {
  Dataset data = spec_.kind == DataKind::mnist     ? load_mnist(spec_.path, split)
                 : spec_.kind == DataKind::cifar10 ? load_cifar10(spec_.path, split)
                                                   : folder_->load(split, size_);
  data.origin = spec_.text();
  return data;
}

}  // namespace pullback
