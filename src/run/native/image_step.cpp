#include <algorithm>
#include <cstring>

#include "base/parallel.h"
#include "run/native/kernels/reduce.h"
#include "run/native/strip_builder.h"

namespace pullback::native {

namespace {

/// One kernel call per image. Its addresses are found anew for every image.
class ImageOp {
 public:
  using Source = StripBuilder::Source;
  virtual ~ImageOp() = default;
  /// Once per run, before any image, on each thread: clears accumulators, packs weights.
  virtual void begin(int /*thread*/, int /*threads*/) {}
  virtual void run(int thread, int64_t image, float* values, float* scratch) = 0;
  /// After a thread's last image: what it has put off.
  virtual void flush(int /*thread*/, float* /*scratch*/) {}
  /// Once per run, after all images, on each thread: adds the threads' accumulators.
  virtual void finish(int /*thread*/, int /*threads*/) {}
  virtual size_t scratch_size() const { return 0; }

  static std::byte* at(const Source& source, int64_t image, float* values) {
    if (source.scratch_offset >= 0) {
      return reinterpret_cast<std::byte*>(values + source.scratch_offset);
    }
    return source.address + image * source.image_bytes;
  }
  static float* floats(const Source& source, int64_t image, float* values) {
    return reinterpret_cast<float*>(at(source, image, values));
  }
};

class StripImageOp : public ImageOp {
 public:
  StripImageOp(StripBuilder& builder, int64_t count, int threads, kernels::Isa isa)
      : count_(count),
        sources_(builder.sources()),
        numbers_(builder.take_numbers()),
        strip_(builder.take_program(), isa),
        data_(static_cast<size_t>(threads), std::vector<void*>(sources_.size())) {}

  void run(int thread, int64_t image, float* values, float* scratch) override {
    std::vector<void*>& data = data_[static_cast<size_t>(thread)];
    for (size_t i = 0; i < sources_.size(); ++i) data[i] = at(sources_[i], image, values);
    strip_.run(data, 0, count_, scratch);
  }
  size_t scratch_size() const override { return strip_.scratch_size(); }

 private:
  int64_t count_;
  std::vector<Source> sources_;
  std::deque<float> numbers_;
  kernels::Strip strip_;
  std::vector<std::vector<void*>> data_;
};

class ConvImageOp : public ImageOp {
 public:
  ConvImageOp(const Unit& unit, const float* weights, const float* bias, Source in, Source out,
              kernels::Isa isa)
      : conv_(kernels::make_conv_forward(unit.conv.conv, unit.conv.weights,
                                         kernels::ConvMethod::automatic, isa)),
        packed_(conv_->packed_size() * sizeof(float)),
        weights_(weights),
        epilogue_{.bias = bias, .relu = unit.relu},
        in_(in),
        out_(out) {}

  void begin(int thread, int threads) override {
    conv_->prepare(weights_, packed(), thread, threads);
  }
  void run(int, int64_t image, float* values, float* scratch) override {
    conv_->run(floats(in_, image, values), packed(), floats(out_, image, values), epilogue_,
               scratch);
  }
  size_t scratch_size() const override { return conv_->scratch_size(); }

 private:
  float* packed() const { return reinterpret_cast<float*>(packed_.data()); }

  std::unique_ptr<kernels::ConvForward> conv_;
  Block packed_;
  const float* weights_;
  kernels::ConvEpilogue epilogue_;
  Source in_, out_;
};

class ConvWeightsImageOp : public ImageOp {
 public:
  ConvWeightsImageOp(const Unit& unit, Source images, Source cotangents, float* out, int threads,
                     kernels::Isa isa)
      : conv_(kernels::make_conv_backward_weights(unit.conv.conv, kernels::ConvMethod::automatic,
                                                  isa)),
        images_(images),
        cotangents_(cotangents),
        out_(out),
        at_once_(conv_->images_at_once()),
        image_size_(unit.conv.conv.in_size()),
        cotangent_size_(unit.conv.conv.out_size()),
        waiting_(static_cast<size_t>(threads)) {
    for (int t = 0; t < threads; ++t) {
      blocks_.emplace_back(conv_->accumulator_size() * sizeof(float));
      accumulators_.push_back(reinterpret_cast<float*>(blocks_.back().data()));
      if (at_once_ == 1) continue;
      size_t floats = static_cast<size_t>(at_once_) * (image_size_ + cotangent_size_);
      waiting_[static_cast<size_t>(t)].block = Block(floats * sizeof(float));
    }
  }

  void begin(int thread, int) override {
    std::memset(accumulators_[static_cast<size_t>(thread)], 0,
                conv_->accumulator_size() * sizeof(float));
    waiting_[static_cast<size_t>(thread)].count = 0;
  }
  void run(int thread, int64_t image, float* values, float* scratch) override {
    const float* x = floats(images_, image, values);
    const float* dy = floats(cotangents_, image, values);
    if (at_once_ == 1) {
      conv_->accumulate(x, dy, accumulators_[static_cast<size_t>(thread)], scratch);
      return;
    }
    Waiting& w = waiting_[static_cast<size_t>(thread)];
    size_t k = static_cast<size_t>(w.count++);
    std::copy_n(x, image_size_, w.images() + k * image_size_);
    std::copy_n(dy, cotangent_size_, cotangents_of(w) + k * cotangent_size_);
    if (w.count == at_once_) flush(thread, scratch);
  }
  void flush(int thread, float* scratch) override {
    Waiting& w = waiting_[static_cast<size_t>(thread)];
    if (w.count == 0) return;
    conv_->accumulate(w.images(), cotangents_of(w), accumulators_[static_cast<size_t>(thread)],
                      scratch, w.count);
    w.count = 0;
  }
  void finish(int thread, int threads) override {
    conv_->finish(accumulators_.data(), threads, out_, thread, threads);
  }
  size_t scratch_size() const override { return conv_->scratch_size(); }

 private:
  /// Copies of a thread's images that wait for a call with several.
  struct Waiting {
    Block block;
    int count = 0;
    float* images() const { return reinterpret_cast<float*>(block.data()); }
  };
  float* cotangents_of(const Waiting& w) const {
    return w.images() + static_cast<size_t>(at_once_) * image_size_;
  }

  std::unique_ptr<kernels::ConvBackwardWeights> conv_;
  Source images_, cotangents_;
  float* out_;
  int at_once_;
  size_t image_size_, cotangent_size_;
  std::vector<Waiting> waiting_;
  std::vector<Block> blocks_;
  std::vector<float*> accumulators_;
};

class PoolImageOp : public ImageOp {
 public:
  PoolImageOp(const Unit& unit, Source in, Source out, uint8_t* places, kernels::Isa isa)
      : kind_(unit.kind), pool_(unit.pool), in_(in), out_(out), places_(places), isa_(isa) {}

  void run(int, int64_t image, float* values, float*) override {
    float* in = floats(in_, image, values);
    float* out = floats(out_, image, values);
    uint8_t* places = places_ ? places_ + image * static_cast<int64_t>(pool_.out_size()) : nullptr;
    if (kind_ == Unit::Kind::max_pool) kernels::max_pool(pool_, in, out, places, isa_);
    if (kind_ == Unit::Kind::max_unpool) kernels::max_unpool(pool_, in, places, out, isa_);
    if (kind_ == Unit::Kind::sum_pool) kernels::sum_pool(pool_, in, out, 1, isa_);
  }

 private:
  Unit::Kind kind_;
  kernels::Pool2d pool_;
  Source in_, out_;
  uint8_t* places_;
  kernels::Isa isa_;
};

/// Σ over an image's pixels per channel, into the image's own row or into the batch's sum.
class SumImageOp : public ImageOp {
 public:
  SumImageOp(const Type& in_type, Source in, float* out, bool over_batch, int threads,
             kernels::Isa isa)
      : pixels_(in_type.shape[1] * in_type.shape[2]),
        channels_(in_type.shape[3]),
        in_(in),
        out_(out),
        over_batch_(over_batch),
        isa_(isa),
        sums_(static_cast<size_t>(threads),
              std::vector<float>(over_batch ? static_cast<size_t>(channels_) + 16 : 0)) {}

  void begin(int thread, int) override {
    auto& sum = sums_[static_cast<size_t>(thread)];
    std::fill(sum.begin(), sum.end(), 0.0f);
  }
  void run(int thread, int64_t image, float* values, float*) override {
    float* sum = over_batch_ ? sums_[static_cast<size_t>(thread)].data() : out_ + image * channels_;
    if (!over_batch_) std::fill(sum, sum + channels_, 0.0f);
    kernels::reduce_columns(kernels::Reduction::sum, floats(in_, image, values), pixels_, channels_,
                            sum, isa_);
  }
  void finish(int thread, int threads) override {
    if (!over_batch_ || thread != 0) return;
    for (size_t c = 0; c < static_cast<size_t>(channels_); ++c) {
      double total = 0;
      for (int t = 0; t < threads; ++t) total += sums_[static_cast<size_t>(t)][c];
      out_[c] = static_cast<float>(total);
    }
  }

 private:
  int64_t pixels_, channels_;
  Source in_;
  float* out_;
  bool over_batch_;
  kernels::Isa isa_;
  std::vector<std::vector<float>> sums_;
};

class ImageStep : public Step, private StripBuilder::Places {
 public:
  ImageStep(const Memory& m, const Cluster& cluster)
      : m_(m), cluster_(cluster), batch_(cluster.batch) {
    plan_scratch();
    for (size_t k = 0; k < cluster.units.size();) k = add_ops(k);
    for (const auto& op : ops_) kernel_scratch_ = std::max(kernel_scratch_, op->scratch_size());
    last_use_.clear();
    for (size_t u : cluster.units) flops += flops_of(m.units.units[u]);
  }

  void run() override {
    parallel(static_cast<int>(std::min<int64_t>(threads_, batch_)), [&](const Team& team) {
      int thread = team.thread(), threads = team.threads();
      float* values = scratch_[static_cast<size_t>(thread)];
      float* scratch = values + value_scratch_;
      for (auto& op : ops_) op->begin(thread, threads);
      team.barrier();
      for (int64_t image = team.begin(batch_); image < team.end(batch_); ++image) {
        for (auto& op : ops_) op->run(thread, image, values, scratch);
      }
      for (auto& op : ops_) op->flush(thread, scratch);
      team.barrier();
      for (auto& op : ops_) op->finish(thread, threads);
    });
  }

  size_t scratch_size() const override { return value_scratch_ + kernel_scratch_ + 64; }

 private:
  const Unit& unit(size_t k) const { return m_.units.units[cluster_.units[k]]; }
  int64_t image_count(Value v) const { return m_.graph.type(v).count() / batch_; }

  /// The last of the cluster's units that reads each of its values: the ones that are not stored
  /// need scratch until then.
  void plan_scratch() {
    threads_ = m_.threads;
    for (size_t k = 0; k < cluster_.units.size(); ++k) {
      made_[unit(k).out.id] = k;
      for (Value v : unit(k).reads) last_use_[v.id] = k;
    }
    MemoryPlan plan;
    std::vector<std::pair<int32_t, size_t>> numbers;
    for (size_t k = 0; k < cluster_.units.size(); ++k) {
      Value out = unit(k).out;
      if (m_.at(out) || !last_use_.contains(out.id) || in_one_strip(k)) continue;
      // A strip's values are written where the strip begins and read until it ends.
      size_t first = strip_around(k).first;
      size_t last = strip_around(last_use_[out.id]).second;
      size_t bytes = static_cast<size_t>(image_count(out)) * sizeof(float);
      numbers.push_back(
          {out.id, plan.add(bytes, static_cast<int64_t>(first), static_cast<int64_t>(last))});
    }
    value_scratch_ = plan.solve() / sizeof(float);
    for (auto [v, number] : numbers) {
      scratch_of_[v] = static_cast<int64_t>(plan.offset(number) / sizeof(float));
    }
  }

  bool elementwise(size_t k) const { return unit(k).kind == Unit::Kind::elementwise; }

  /// The first and last unit of the strip that unit k is in (k itself if it is in none).
  std::pair<size_t, size_t> strip_around(size_t k) const {
    size_t first = k, last = k;
    if (!elementwise(k)) return {k, k};
    auto same = [&](size_t j) {
      return elementwise(j) && image_count(unit(j).out) == image_count(unit(k).out);
    };
    while (first > 0 && same(first - 1)) --first;
    while (last + 1 < cluster_.units.size() && same(last + 1)) ++last;
    return {first, last};
  }

  /// Whether only the strip that makes unit k's value reads it.
  bool in_one_strip(size_t k) const {
    if (!elementwise(k)) return false;
    auto [first, last] = strip_around(k);
    for (size_t j = 0; j < cluster_.units.size(); ++j) {
      const Values& reads = unit(j).reads;
      bool reads_it = std::find(reads.begin(), reads.end(), unit(k).out) != reads.end();
      if (reads_it && (j < first || j > last)) return false;
    }
    return true;
  }

  StripBuilder::Source place(Value v) const override {
    v = storage_of(m_.graph, v);
    auto scratch = scratch_of_.find(v.id);
    if (scratch != scratch_of_.end()) return {.scratch_offset = scratch->second};
    PULLBACK_CHECK(m_.at(v), m_.graph.name_of(v));
    const Type& type = m_.graph.type(v);
    int64_t bytes = static_cast<int64_t>(byte_size(type.element)) * (type.count() / batch_);
    return {.address = m_.at(v), .image_bytes = bytes};
  }
  bool is_stored(Value out) const override { return m_.at(out) || scratch_of_.contains(out.id); }

  /// Adds the op of unit k, or of the strip that begins there; returns the next unit.
  size_t add_ops(size_t k) {
    const Unit& u = unit(k);
    switch (u.kind) {
      case Unit::Kind::elementwise: {
        size_t last = strip_around(k).second;
        StripBuilder builder(m_, *this, image_count(u.out));
        for (size_t j = k; j <= last; ++j) builder.add(unit(j));
        ops_.push_back(
            std::make_unique<StripImageOp>(builder, image_count(u.out), threads_, m_.isa));
        return last + 1;
      }
      case Unit::Kind::conv:
        ops_.push_back(std::make_unique<ConvImageOp>(u, m_.floats(u.operands[1]),
                                                     u.bias ? m_.floats(u.bias) : nullptr,
                                                     place(u.operands[0]), place(u.out), m_.isa));
        break;
      case Unit::Kind::conv_weights:
        ops_.push_back(std::make_unique<ConvWeightsImageOp>(
            u, place(u.operands[0]), place(u.operands[1]), m_.floats(u.out), threads_, m_.isa));
        break;
      case Unit::Kind::channel_sum:
      case Unit::Kind::space_sum:
        ops_.push_back(std::make_unique<SumImageOp>(
            m_.graph.type(u.operands[0]), place(u.operands[0]), m_.floats(u.out),
            u.kind == Unit::Kind::channel_sum, threads_, m_.isa));
        break;
      default: {
        Value pool = u.kind == Unit::Kind::max_pool ? u.out : u.pooled;
        ops_.push_back(std::make_unique<PoolImageOp>(u, place(u.operands[0]), place(u.out),
                                                     places_of(u, pool), m_.isa));
      }
    }
    return k + 1;
  }

  uint8_t* places_of(const Unit& u, Value pool) const {
    if (u.kind == Unit::Kind::sum_pool) return nullptr;
    auto found = m_.pool_places.find(pool.id);
    return found == m_.pool_places.end() ? nullptr : reinterpret_cast<uint8_t*>(found->second);
  }

  double flops_of(const Unit& u) const {
    if (u.kind == Unit::Kind::conv || u.kind == Unit::Kind::conv_weights) {
      return u.conv.conv.flops() * static_cast<double>(batch_);
    }
    return static_cast<double>(m_.graph.type(u.out).count());
  }

  Memory m_;
  Cluster cluster_;
  int64_t batch_;
  int threads_ = 1;
  std::unordered_map<int32_t, size_t> made_, last_use_;
  std::unordered_map<int32_t, int64_t> scratch_of_;
  size_t value_scratch_ = 0, kernel_scratch_ = 0;
  std::vector<std::unique_ptr<ImageOp>> ops_;
};

}  // namespace

std::unique_ptr<Step> make_image_step(const Memory& memory, const Cluster& cluster) {
  auto step = std::make_unique<ImageStep>(memory, cluster);
  for (size_t u : cluster.units) {
    const Unit& unit = memory.units.units[u];
    if (unit.kind == Unit::Kind::elementwise) continue;
    step->name += (step->name.empty() ? "" : " ") + memory.graph.name_of(unit.out);
  }
  if (step->name.empty()) {
    step->name = memory.graph.name_of(memory.units.units[cluster.units.back()].out);
  }
  return step;
}

}  // namespace pullback::native
