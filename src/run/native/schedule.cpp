#include "run/native/schedule.h"

#include <algorithm>
#include <set>

namespace pullback::native {

namespace {

size_t id(Value v) { return static_cast<size_t>(v.id); }

/// An operand of an elementwise unit that can be addressed from one image: a scalar, a value per
/// trailing axes (the same for all images), or a tensor with an image of its own.
bool image_operand(const Graph& g, const Units& units, Value v, const Type& type) {
  if (splat_of(g, v)) return true;
  Value stored = storage_of(g, v);
  if (g.type(v).count() == 1) return true;
  if (!units.virtual_broadcast[id(stored)]) {
    return g.type(v).count() == type.count() && !units.constant[id(stored)];
  }
  const Instr& broadcast = g.instr(stored);
  auto addressing =
      addressing_of(std::get<BroadcastInDim>(broadcast.op), g.type(broadcast.operands[0]).shape);
  Value operand = storage_of(g, broadcast.operands[0]);
  if (units.virtual_broadcast[id(operand)]) return false;
  int64_t image = type.count() / type.shape[0];
  bool same_for_all =
      addressing->period > 0 && image % (addressing->divide * addressing->period) == 0;
  return same_for_all;
}

}  // namespace

bool is_image_unit(const Graph& g, const Units& units, const Unit& unit) {
  const Type& type = g.type(unit.out);
  switch (unit.kind) {
    case Unit::Kind::conv:
    case Unit::Kind::conv_weights:
    case Unit::Kind::max_pool:
    case Unit::Kind::max_unpool:
    case Unit::Kind::sum_pool:
    case Unit::Kind::channel_sum:
    case Unit::Kind::space_sum:
      return true;
    case Unit::Kind::elementwise:
      if (type.rank() != 4 || unit.updates_kept || type.shape[0] == 0) return false;
      return std::all_of(unit.operands.begin(), unit.operands.end(), [&](Value v) {
        return v != unit.out && image_operand(g, units, v, type);
      });
    default:
      return false;
  }
}

namespace {

class Scheduler {
 public:
  Scheduler(const Graph& graph, const Units& units) : g_(graph), units_(units) {
    size_t count = units.units.size();
    waits_.assign(count, 0);
    readers_.resize(count);
    image_.resize(count);
    for (size_t u = 0; u < count; ++u) {
      image_[u] = is_image_unit(g_, units_, units_.units[u]);
      for (Value v : units_.units[u].reads) {
        int maker = units_.maker[id(v)];
        if (maker >= 0) add_edge(static_cast<size_t>(maker), u);
      }
    }
    add_updates();
    for (size_t u = 0; u < count; ++u) {
      if (waits_[u] == 0) ready_.insert(u);
    }
  }

  std::vector<Cluster> run() {
    std::vector<Cluster> clusters;
    while (!ready_.empty()) {
      auto first = std::find_if(ready_.begin(), ready_.end(), [&](size_t u) { return !idle(u); });
      clusters.push_back(grow(first == ready_.end() ? *ready_.begin() : *first));
      ready_.insert(opened_.begin(), opened_.end());
      opened_.clear();
      blocked_.clear();
    }
    size_t scheduled = 0;
    for (const Cluster& c : clusters) scheduled += c.units.size();
    PULLBACK_CHECK(scheduled == units_.units.size(), "a unit waits for itself");
    return clusters;
  }

 private:
  void add_edge(size_t from, size_t to) {
    readers_[from].push_back(to);
    ++waits_[to];
  }

  /// A unit that writes over a kept argument waits for the argument's other readers.
  void add_updates() {
    for (size_t i = 0; i < units_.in_place.size(); ++i) {
      if (!units_.in_place[i]) continue;
      Value argument{static_cast<int32_t>(i)};
      int updater = units_.maker[id(g_.results[i])];
      for (size_t u = 0; u < units_.units.size(); ++u) {
        const Values& reads = units_.units[u].reads;
        bool reads_it = std::find(reads.begin(), reads.end(), argument) != reads.end();
        if (reads_it && static_cast<int>(u) != updater) add_edge(u, static_cast<size_t>(updater));
      }
    }
  }

  int64_t batch_of(const Unit& unit) const {
    Value v = unit.kind == Unit::Kind::elementwise ? unit.out : unit.operands[0];
    return g_.type(v).shape[0];
  }
  int64_t count_of(const Unit& unit) const { return g_.type(unit.out).count(); }

  Cluster grow(size_t first) {
    const Unit& unit = units_.units[first];
    Cluster cluster;
    if (image_[first]) {
      cluster.kind = Cluster::Kind::images;
      cluster.batch = batch_of(unit);
    } else if (unit.kind == Unit::Kind::elementwise) {
      cluster.kind = Cluster::Kind::flat;
      cluster.count = count_of(unit);
    }
    take(first, cluster);
    if (cluster.kind == Cluster::Kind::single) return cluster;
    for (;;) {
      auto next =
          std::find_if(ready_.begin(), ready_.end(), [&](size_t u) { return joins(u, cluster); });
      if (next == ready_.end()) return cluster;
      take(*next, cluster);
    }
  }

  /// A mask that none of its readers could use yet: it is cheaper to make it beside its first
  /// reader than to store it until then.
  bool idle(size_t u) const {
    const Unit& unit = units_.units[u];
    if (unit.kind != Unit::Kind::elementwise || readers_[u].empty() ||
        g_.type(unit.out).element != ElementType::i1) {
      return false;
    }
    return std::none_of(readers_[u].begin(), readers_[u].end(),
                        [&](size_t reader) { return waits_[reader] == 1; });
  }

  bool joins(size_t u, const Cluster& cluster) const {
    const Unit& unit = units_.units[u];
    if (idle(u)) return false;
    constexpr size_t largest = 200;
    if (cluster.units.size() >= largest) return false;
    if (cluster.kind == Cluster::Kind::images) {
      return image_[u] && batch_of(unit) == cluster.batch;
    }
    return unit.kind == Unit::Kind::elementwise && count_of(unit) == cluster.count &&
           reads_aligned(unit, cluster);
  }

  /// A flat cluster's own values must be read element by element, not through a broadcast.
  bool reads_aligned(const Unit& unit, const Cluster& cluster) const {
    for (Value v : unit.operands) {
      Value stored = storage_of(g_, v);
      bool broadcast = false;
      while (units_.virtual_broadcast[id(stored)] || stored == unit.out) {
        broadcast = true;
        stored = storage_of(g_, g_.instr(stored).operands[0]);
      }
      int maker = units_.maker[id(stored)];
      bool own = maker >= 0 && std::find(cluster.units.begin(), cluster.units.end(),
                                         static_cast<size_t>(maker)) != cluster.units.end();
      if (own && (broadcast || g_.type(stored).count() != cluster.count)) return false;
    }
    return true;
  }

  /// Values that are whole only when the whole cluster is done.
  bool late(const Unit& unit, const Cluster& cluster) const {
    return cluster.kind == Cluster::Kind::single || unit.kind == Unit::Kind::conv_weights ||
           unit.kind == Unit::Kind::channel_sum || unit.kind == Unit::Kind::space_sum;
  }

  void take(size_t u, Cluster& cluster) {
    cluster.units.push_back(u);
    ready_.erase(u);
    bool is_late = late(units_.units[u], cluster);
    for (size_t reader : readers_[u]) {
      if (is_late) blocked_.insert(reader);
      if (--waits_[reader] > 0) continue;
      // Those that read a late value open with the next cluster.
      if (blocked_.count(reader) > 0) {
        opened_.push_back(reader);
      } else {
        ready_.insert(reader);
      }
    }
  }

  const Graph& g_;
  const Units& units_;
  std::vector<int> waits_;
  std::vector<std::vector<size_t>> readers_;
  std::vector<bool> image_;
  std::set<size_t> ready_;
  std::set<size_t> blocked_;
  std::vector<size_t> opened_;
};

}  // namespace

std::vector<Cluster> schedule(const Graph& graph, const Units& units) {
  return Scheduler(graph, units).run();
}

}  // namespace pullback::native
