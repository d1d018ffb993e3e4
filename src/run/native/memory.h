#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace pullback::native {

/// Zeroed memory on a page boundary, in huge pages where the system gives them.
class Block {
 public:
  Block() = default;
  explicit Block(size_t bytes);
  std::byte* data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
};

/// Places for values that live from one time to another (both included), such that those alive at
/// the same time do not overlap: each takes the lowest gap that fits, the largest values first.
class MemoryPlan {
 public:
  /// Returns the number by which offset() knows it.
  size_t add(size_t bytes, int64_t begin, int64_t end);
  /// Sets all offsets, multiples of 64; returns the bytes needed in all.
  size_t solve();
  size_t offset(size_t number) const { return values_[number].offset; }

 private:
  struct Planned {
    size_t bytes = 0;
    int64_t begin = 0, end = 0;
    size_t offset = 0;
  };
  std::vector<Planned> values_;
};

}  // namespace pullback::native
