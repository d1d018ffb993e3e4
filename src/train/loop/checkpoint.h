#pragma once

#include <map>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace pullback {

/// Named tensors and texts in the safetensors format: 8 bytes little-endian length, a JSON header
/// of that length {"name": {"dtype", "shape", "data_offsets"}, "__metadata__": {…}}, the data.
/// https://github.com/huggingface/safetensors
struct Checkpoint {
  struct Entry {
    std::string name;
    Tensor tensor;
  };
  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;

  /// Throws Error naming `file` if the entry is missing or of another type.
  const Tensor& tensor(const std::string& name, const Type& type, const std::string& file) const;
  /// Throws Error naming `file` if there is no such text.
  const std::string& text(const std::string& key, const std::string& file) const;
};

/// Writes atomically: a crash leaves the old or the new checkpoint, never half of one.
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Throws Error naming the file and, where it is known, the tensor, for anything that is not a
/// whole and consistent safetensors file.
Checkpoint read_checkpoint(const std::string& path);

}  // namespace pullback
