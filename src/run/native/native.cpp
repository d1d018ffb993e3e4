#include "run/native/native.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/parallel.h"
#include "interp/interpreter.h"
#include "run/native/recompute.h"
#include "run/native/simplify.h"
#include "run/native/step.h"

namespace pullback {

namespace {

using namespace native;

size_t id(Value v) { return static_cast<size_t>(v.id); }

class NativeExecutable : public Executable {
 public:
  NativeExecutable(const Graph& graph, const CompileOptions& options)
      : kept_(options.kept),
        threads_(options.threads > 0 ? options.threads : hardware_threads()),
        processes_(options.processes),
        graph_(simplify(graph)),
        units_(make_units(graph_, options.kept)),
        clusters_(schedule(graph_, units_)),
        memory_{graph_,
                units_,
                {},
                threads_,
                options.isa ? *options.isa : kernels::active_isa(),
                processes_.get()} {
    recompute(graph_, units_, clusters_);
    describe_arguments();
    memory_.address.assign(graph_.value_count(), nullptr);
    place_arguments();
    place_constants();
    place_values();
    make_steps();
    plan_results();
  }

  const std::vector<ValueInfo>& arguments() const override { return argument_infos_; }
  const std::vector<ValueInfo>& results() const override { return result_infos_; }

  std::span<std::byte> argument(size_t index) override {
    return {memory_.address.at(index), argument_infos_.at(index).type.bytes()};
  }

  void run() override {
    for (const Copy& c : before_) std::copy_n(c.from, c.bytes, c.to);
    for (auto& step : steps_) step->run();
    for (const Copy& c : after_) std::copy_n(c.from, c.bytes, c.to);
  }

  Tensor result(size_t index) const override {
    Tensor tensor(result_infos_.at(index).type);
    std::copy_n(result_addresses_[index], tensor.type().bytes(), tensor.bytes().data());
    return tensor;
  }

  std::vector<Phase> profile(int runs) override {
    std::vector<Phase> phases;
    for (auto& step : steps_) {
      phases.push_back({step->name, std::numeric_limits<double>::infinity(), step->flops});
    }
    for (int r = 0; r < runs; ++r) {
      for (const Copy& c : before_) std::copy_n(c.from, c.bytes, c.to);
      for (size_t s = 0; s < steps_.size(); ++s) {
        auto start = std::chrono::steady_clock::now();
        steps_[s]->run();
        std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
        phases[s].milliseconds = std::min(phases[s].milliseconds, spent.count());
      }
      for (const Copy& c : after_) std::copy_n(c.from, c.bytes, c.to);
    }
    return phases;
  }

 private:
  struct Copy {
    const std::byte* from = nullptr;
    std::byte* to = nullptr;
    size_t bytes = 0;
  };

  void describe_arguments() {
    for (const Argument& a : graph_.arguments) argument_infos_.push_back({a.name, a.type});
    for (Value v : graph_.results) result_infos_.push_back({graph_.name_of(v), graph_.type(v)});
  }

  std::byte* own_block(size_t bytes) { return blocks_.emplace_back(bytes).data(); }

  void place_arguments() {
    MemoryPlan plan;
    for (const Argument& a : graph_.arguments) {
      // A line between arguments keeps equal shapes from the same cache sets.
      plan.add(a.type.bytes() + 64, 0, 0);
    }
    std::byte* base = own_block(plan.solve());
    for (size_t i = 0; i < graph_.arguments.size(); ++i) {
      memory_.address[i] = base + plan.offset(i);
    }
  }

  /// Constants that some unit or result reads from memory are evaluated now.
  void place_constants() {
    std::vector<bool> wanted(graph_.value_count(), false);
    auto want = [&](Value v) {
      v = storage_of(graph_, v);
      if (units_.constant[id(v)]) wanted[id(v)] = true;
    };
    for (const Unit& unit : units_.units) {
      bool strip = unit.kind == Unit::Kind::elementwise;
      for (Value v : unit.operands) {
        Value stored = storage_of(graph_, v);
        bool broadcast = units_.virtual_broadcast[id(stored)] || stored == unit.out;
        if (broadcast) stored = graph_.instr(stored).operands[0];
        if (!strip || !splat_of(graph_, stored)) want(stored);
      }
      for (Value v : {unit.bias, unit.mask, unit.accumulator, unit.rate}) {
        if (v) want(v);
      }
    }
    for (Value v : graph_.results) want(v);
    std::vector<std::optional<Tensor>> values(graph_.value_count());
    for (size_t i = 0; i < graph_.instrs.size(); ++i) {
      Value v = graph_.value_of(i);
      if (wanted[id(v)]) store_constant(v, values);
    }
  }

  const Tensor& constant_value(Value v, std::vector<std::optional<Tensor>>& values) {
    std::optional<Tensor>& value = values[id(v)];
    if (value) return *value;
    const Instr& instr = graph_.instr(v);
    std::vector<const Tensor*> operands;
    for (Value operand : instr.operands) operands.push_back(&constant_value(operand, values));
    value = eval(instr.op, operands, instr.type);
    return *value;
  }

  void store_constant(Value v, std::vector<std::optional<Tensor>>& values) {
    const Tensor& value = constant_value(v, values);
    std::byte* address = own_block(value.type().bytes());
    std::copy_n(value.bytes().data(), value.type().bytes(), address);
    memory_.address[id(v)] = address;
  }

  /// Which units' values need memory of their own, and until when.
  void place_values() {
    int64_t end = static_cast<int64_t>(clusters_.size());
    std::vector<int64_t> made(graph_.value_count(), -1), used(graph_.value_count(), -1);
    std::vector<bool> stored(graph_.value_count(), false);
    for (int64_t c = 0; c < end; ++c) {
      const Cluster& cluster = clusters_[static_cast<size_t>(c)];
      for (size_t u : cluster.units) {
        const Unit& unit = units_.units[u];
        made[id(unit.out)] = c;
        bool late = cluster.kind == Cluster::Kind::single ||
                    unit.kind == Unit::Kind::conv_weights || unit.kind == Unit::Kind::channel_sum ||
                    unit.kind == Unit::Kind::space_sum;
        if (late) stored[id(unit.out)] = true;
        for (Value v : unit.reads) {
          used[id(v)] = std::max(used[id(v)], c);
          if (made[id(v)] != c) stored[id(v)] = true;
        }
      }
    }
    for (Value v : graph_.results) {
      v = storage_of(graph_, v);
      used[id(v)] = end;
      stored[id(v)] = true;
    }
    for (size_t i = 0; i < units_.in_place.size(); ++i) {
      if (units_.in_place[i]) memory_.address[id(graph_.results[i])] = memory_.address[i];
    }
    place_in_arena(made, used, stored);
  }

  void place_in_arena(const std::vector<int64_t>& made, const std::vector<int64_t>& used,
                      const std::vector<bool>& stored) {
    MemoryPlan plan;
    std::vector<std::pair<size_t, size_t>> numbers, places;
    for (const Unit& unit : units_.units) {
      size_t v = id(unit.out);
      if (stored[v] && !memory_.address[v]) {
        numbers.push_back(
            {v, plan.add(graph_.type(unit.out).bytes() + 64, made[v], std::max(made[v], used[v]))});
      }
      if (unit.kind == Unit::Kind::max_unpool) {
        size_t pool = id(unit.pooled);
        bool known = std::any_of(places.begin(), places.end(),
                                 [&](const auto& p) { return p.first == pool; });
        // Kept to the last unpooling; several are rare.
        int64_t until = static_cast<int64_t>(clusters_.size());
        if (!known) {
          size_t bytes = static_cast<size_t>(graph_.type(unit.pooled).count());
          places.push_back({pool, plan.add(bytes, made[pool], until)});
        }
      }
    }
    std::byte* base = own_block(plan.solve());
    for (auto [v, number] : numbers) memory_.address[v] = base + plan.offset(number);
    for (auto [v, number] : places) {
      memory_.pool_places[static_cast<int32_t>(v)] = base + plan.offset(number);
    }
  }

  void make_steps() {
    size_t scratch = 0;
    for (const Cluster& cluster : clusters_) {
      switch (cluster.kind) {
        case Cluster::Kind::single:
          steps_.push_back(make_single_step(memory_, units_.units[cluster.units[0]]));
          break;
        case Cluster::Kind::flat:
          steps_.push_back(make_flat_step(memory_, cluster));
          break;
        case Cluster::Kind::images:
          steps_.push_back(make_image_step(memory_, cluster));
      }
      scratch = std::max(scratch, steps_.back()->scratch_size());
    }
    std::vector<float*> per_thread;
    for (int t = 0; t < threads_; ++t) {
      per_thread.push_back(reinterpret_cast<float*>(own_block(scratch * sizeof(float))));
    }
    for (auto& step : steps_) step->set_scratch(per_thread);
  }

  /// Results are read where they are; kept ones that could not be updated in place are copied to
  /// their argument after the run, and old arguments that are results are saved before it.
  void plan_results() {
    std::vector<Copy> to_arguments;
    for (size_t i = 0; i < graph_.results.size(); ++i) {
      Value v = storage_of(graph_, graph_.results[i]);
      std::byte* address = memory_.address[id(v)];
      PULLBACK_CHECK(address, graph_.name_of(v));
      size_t bytes = graph_.type(v).bytes();
      bool own = i < kept_ && (id(v) == i || units_.in_place[i]);
      if (!own && graph_.is_argument(v) && id(v) < kept_) {
        std::byte* saved = own_block(bytes);
        before_.push_back({address, saved, bytes});
        address = saved;
      }
      if (i < kept_ && !own) {
        std::byte* staged = own_block(bytes);
        after_.push_back({address, staged, bytes});
        to_arguments.push_back({staged, memory_.address[i], bytes});
        address = staged;
      }
      result_addresses_.push_back(address);
    }
    after_.insert(after_.end(), to_arguments.begin(), to_arguments.end());
  }

  size_t kept_;
  int threads_;
  std::shared_ptr<Processes> processes_;
  Graph graph_;
  Units units_;
  std::vector<Cluster> clusters_;
  Memory memory_;
  std::vector<Block> blocks_;
  std::vector<std::unique_ptr<Step>> steps_;
  std::vector<Copy> before_, after_;
  std::vector<std::byte*> result_addresses_;
  std::vector<ValueInfo> argument_infos_, result_infos_;
};

}  // namespace

std::unique_ptr<Executable> compile_native(const Graph& graph, const CompileOptions& options) {
  return std::make_unique<NativeExecutable>(graph, options);
}

}  // namespace pullback
