#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "data/dataset.h"

namespace pullback {

class ImageFolder;

enum class DataKind : uint8_t { mnist, cifar10, folder };
std::string_view to_string(DataKind kind);

/// Which data, as `--data` says it: "mnist:FOLDER", "cifar10:FOLDER", "folder:FOLDER-OR-TAR", or a
/// path alone, whose kind is found out by what is there.
struct DataSpec {
  DataKind kind = DataKind::mnist;
  std::string path;

  std::string text() const { return std::string(to_string(kind)) + ":" + path; }
  bool operator==(const DataSpec&) const = default;
};

/// A path where nothing tells its kind is of the kind `otherwise`. Throws Error that lists the
/// forms.
DataSpec parse_data_spec(const std::string& text, DataKind otherwise);

/// Where the data of a network of this input is unless --data says: data/mnist, data/cifar10 or
/// data/imagenette below the working directory or, if it is not there, below `root`.
DataSpec default_data(const ImageSize& size, const std::string& root);

/// A data set's splits, for images of one size.
class Data {
 public:
  /// Throws Error that says how to get the data if it is missing.
  Data(const DataSpec& spec, const ImageSize& size);

  const DataSpec& spec() const { return spec_; }
  Dataset load(Split split) const;
  /// Of a folder of pictures, else null.
  const ImageFolder* folder() const { return folder_.get(); }

 private:
  DataSpec spec_;
  ImageSize size_;
  std::shared_ptr<const ImageFolder> folder_;
};

}  // namespace pullback
