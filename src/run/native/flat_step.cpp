#include "base/parallel.h"
#include "run/native/strip_builder.h"

namespace pullback::native {

namespace {

/// Every value of a flat cluster that others read has its place in memory; the rest are registers.
struct FlatPlaces : StripBuilder::Places {
  explicit FlatPlaces(const Memory& memory) : m(memory) {}
  StripBuilder::Source place(Value stored) const override { return {.address = m.at(stored)}; }
  bool is_stored(Value out) const override { return m.at(out) != nullptr; }
  const Memory& m;
};

class FlatStep : public Step {
 public:
  FlatStep(const Memory& m, const Cluster& cluster)
      : threads_(m.threads), count_(cluster.count), strip_(build(m, cluster)) {
    flops = static_cast<double>(count_) * static_cast<double>(cluster.units.size());
  }

  void run() override {
    // A parallel region costs some microseconds.
    constexpr int64_t least = 1 << 14;
    if (threads_ == 1 || count_ < least) {
      strip_.run(data_, 0, count_, scratch_[0]);
      return;
    }
    parallel(threads_, [&](const Team& team) {
      int64_t begin = team.begin(count_, 16), end = team.end(count_, 16);
      if (begin < end) {
        strip_.run(data_, begin, end, scratch_[static_cast<size_t>(team.thread())]);
      }
    });
  }

  size_t scratch_size() const override { return strip_.scratch_size(); }

 private:
  kernels::Strip build(const Memory& m, const Cluster& cluster) {
    FlatPlaces places(m);
    StripBuilder builder(m, places, cluster.count);
    for (size_t u : cluster.units) builder.add(m.units.units[u]);
    for (const auto& source : builder.sources()) data_.push_back(source.address);
    numbers_ = builder.take_numbers();
    return kernels::Strip(builder.take_program(), m.isa);
  }

  int threads_;
  int64_t count_;
  std::vector<void*> data_;
  std::deque<float> numbers_;
  kernels::Strip strip_;
};

}  // namespace

std::unique_ptr<Step> make_flat_step(const Memory& memory, const Cluster& cluster) {
  auto step = std::make_unique<FlatStep>(memory, cluster);
  step->name = memory.graph.name_of(memory.units.units[cluster.units.back()].out);
  if (cluster.units.size() > 1) step->name += " +" + std::to_string(cluster.units.size() - 1);
  return step;
}

}  // namespace pullback::native
