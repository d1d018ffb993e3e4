#include "run/native/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>

namespace pullback::native {

namespace {
constexpr size_t page = 4096, huge_page = size_t{2} << 20;
}

Block::Block(size_t bytes) {
  size_t alignment = bytes >= huge_page ? huge_page : page;
  size_ = (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, size_);
  if (!memory) throw std::bad_alloc();
  if (alignment == huge_page) madvise(memory, size_, MADV_HUGEPAGE);
  std::memset(memory, 0, size_);
  data_.reset(static_cast<std::byte*>(memory));
}

void Block::Free::operator()(std::byte* p) const { std::free(p); }

size_t MemoryPlan::add(size_t bytes, int64_t begin, int64_t end) {
  values_.push_back({(bytes + 63) / 64 * 64, begin, end, 0});
  return values_.size() - 1;
}

size_t MemoryPlan::solve() {
  std::vector<size_t> order(values_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return values_[a].bytes > values_[b].bytes; });
  std::vector<const Planned*> placed;  // by offset
  size_t total = 0;
  for (size_t number : order) {
    Planned& value = values_[number];
    size_t offset = 0;
    for (const Planned* other : placed) {
      bool together = other->begin <= value.end && value.begin <= other->end;
      if (!together) continue;
      if (offset + value.bytes <= other->offset) break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    value.offset = offset;
    total = std::max(total, offset + value.bytes);
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), &value,
                         [](const Planned* a, const Planned* b) { return a->offset < b->offset; }),
        &value);
  }
  return total;
}

}  // namespace pullback::native
