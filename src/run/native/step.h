#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "run/native/memory.h"
#include "run/native/schedule.h"
#include "run/processes/processes.h"

namespace pullback::native {

/// One parallel piece of a compiled program; runs of it allocate nothing.
class Step {
 public:
  virtual ~Step() = default;
  virtual void run() = 0;
  /// Floats of scratch that each thread needs; given by set_scratch before the first run.
  virtual size_t scratch_size() const { return 0; }
  void set_scratch(std::vector<float*> scratch) { scratch_ = std::move(scratch); }

  std::string name;
  double flops = 0;

 protected:
  std::vector<float*> scratch_;  // one per thread
};

/// What steps are made from.
struct Memory {
  const Graph& graph;
  const Units& units;
  /// The address of each stored value, null for values that are not stored.
  std::vector<std::byte*> address;
  int threads = 1;
  kernels::Isa isa = kernels::Isa::generic;
  /// Over which all_reduce adds; null for one process.
  Processes* processes = nullptr;

  /// Results of ops of several, by the first one's instruction: the step that comes first computes
  /// those of the others, too.
  mutable std::unordered_map<size_t, std::shared_ptr<std::map<int64_t, Tensor>>> together = {};

  /// max_pool values: one byte per output for each maximum's place in its window.
  std::unordered_map<int32_t, std::byte*> pool_places;

  /// The address of a value's elements, looking through views.
  std::byte* at(Value v) const { return address[static_cast<size_t>(storage_of(graph, v).id)]; }
  float* floats(Value v) const { return reinterpret_cast<float*>(at(v)); }
};

std::unique_ptr<Step> make_single_step(const Memory& memory, const Unit& unit);
std::unique_ptr<Step> make_flat_step(const Memory& memory, const Cluster& cluster);
std::unique_ptr<Step> make_image_step(const Memory& memory, const Cluster& cluster);

}  // namespace pullback::native
