#include "run/native/recompute.h"

#include <algorithm>

namespace pullback::native {

namespace {

using kernels::StripOp;

size_t id(Value v) { return static_cast<size_t>(v.id); }

/// Ops of about one cycle a vector.
bool is_cheap(StripOp op) {
  switch (op) {
    case StripOp::copy:
    case StripOp::abs:
    case StripOp::negate:
    case StripOp::relu:
    case StripOp::add:
    case StripOp::subtract:
    case StripOp::multiply:
    case StripOp::maximum:
    case StripOp::minimum:
      return true;
    default:
      return false;
  }
}

class Recomputer {
 public:
  Recomputer(const Graph& graph, const Units& units, std::vector<Cluster>& clusters)
      : g_(graph), units_(units), clusters_(clusters) {
    made_.assign(g_.value_count(), -1);
    written_.assign(g_.arguments.size(), never);
    is_result_.assign(g_.value_count(), false);
    reading_.resize(g_.value_count());
    for (Value v : g_.results) is_result_[id(storage_of(g_, v))] = true;
    for (size_t c = 0; c < clusters_.size(); ++c) {
      for (size_t u : clusters_[c].units) {
        made_[id(units_.units[u].out)] = static_cast<int64_t>(c);
        for (Value v : units_.units[u].reads) reading_[id(v)].push_back(c);
      }
    }
    for (size_t i = 0; i < units_.in_place.size(); ++i) {
      if (units_.in_place[i]) written_[i] = made_[id(g_.results[i])];
    }
  }

  void run() {
    // Operands come before what is made from them, so the chain behind a value is decided.
    depth_.assign(g_.value_count(), 0);
    for (const Unit& unit : units_.units) {
      if (can_move(unit)) depth_[id(unit.out)] = 1 + depth_[id(full_operand(unit))];
    }
    for (size_t c = 0; c < clusters_.size(); ++c) insert(c);
    for (Cluster& cluster : clusters_) remove_unread(cluster);
    std::erase_if(clusters_, [](const Cluster& cluster) { return cluster.units.empty(); });
  }

 private:
  static constexpr int64_t never = -1;
  static constexpr int longest_chain = 8;

  const Unit& unit_of(Value v) const {
    return units_.units[static_cast<size_t>(units_.maker[id(v)])];
  }

  /// The one operand of the unit's own size that it reads from memory, or Value{}.
  Value full_operand(const Unit& unit) const {
    Value full;
    for (Value v : unit.operands) {
      Value stored = storage_of(g_, v);
      bool small = units_.constant[id(stored)] || units_.virtual_broadcast[id(stored)] ||
                   g_.type(v).count() == 1;
      if (small || full == stored) continue;
      if (full) return {};
      full = stored;
    }
    return full;
  }

  /// Whether the value is made anew in every cluster that reads it, its own among them.
  bool can_move(const Unit& unit) const {
    Value v = unit.out;
    if (unit.kind != Unit::Kind::elementwise || !is_cheap(unit.strip_op) || is_result_[id(v)] ||
        !is_image_unit(g_, units_, unit) || made_[id(v)] < 0) {
      return false;
    }
    Value full = full_operand(unit);
    if (!full || g_.type(full).count() != g_.type(v).count()) return false;
    bool moves = depth_[id(full)] > 0;
    if (!moves && !is_in_memory(full)) return false;
    if (moves && g_.type(full).shape[0] != g_.type(v).shape[0]) return false;
    if (depth_[id(full)] >= longest_chain) return false;
    return std::all_of(reading_[id(v)].begin(), reading_[id(v)].end(), [&](size_t c) {
      const Cluster& cluster = clusters_[c];
      if (static_cast<int64_t>(c) == made_[id(v)]) return true;
      return cluster.kind == Cluster::Kind::images && cluster.batch == g_.type(v).shape[0] &&
             readable(unit, static_cast<int64_t>(c));
    });
  }

  /// Stored for other readers than those that would compute a value from it anew.
  bool is_in_memory(Value v) const {
    if (g_.is_argument(v) || is_result_[id(v)]) return true;
    return std::any_of(reading_[id(v)].begin(), reading_[id(v)].end(),
                       [&](size_t c) { return static_cast<int64_t>(c) != made_[id(v)]; });
  }

  /// Whether all that the unit, and the chain behind it, reads still has its old value in cluster
  /// c.
  bool readable(const Unit& unit, int64_t c) const {
    for (Value v : unit.reads) {
      if (g_.is_argument(v) && written_[id(v)] != never && written_[id(v)] <= c) return false;
      if (depth_[id(v)] > 0 && !readable(unit_of(v), c)) return false;
    }
    return true;
  }

  void insert(size_t c) {
    std::vector<size_t> old = std::move(clusters_[c].units);
    std::vector<size_t>& units = clusters_[c].units;
    units.clear();
    for (size_t u : old) {
      if (std::find(units.begin(), units.end(), u) != units.end()) continue;
      for (Value v : units_.units[u].reads) make(v, units);
      units.push_back(u);
    }
  }

  void make(Value v, std::vector<size_t>& units) const {
    if (depth_[id(v)] == 0) return;
    size_t u = static_cast<size_t>(units_.maker[id(v)]);
    if (std::find(units.begin(), units.end(), u) != units.end()) return;
    for (Value read : units_.units[u].reads) make(read, units);
    units.push_back(u);
  }

  /// Takes out the values made here for other clusters, which now make them themselves.
  void remove_unread(Cluster& cluster) const {
    std::vector<size_t> kept;
    std::vector<bool> read(g_.value_count(), false);
    for (size_t k = cluster.units.size(); k-- > 0;) {
      const Unit& unit = units_.units[cluster.units[k]];
      if (depth_[id(unit.out)] > 0 && !read[id(unit.out)]) continue;
      for (Value v : unit.reads) read[id(v)] = true;
      kept.push_back(cluster.units[k]);
    }
    std::reverse(kept.begin(), kept.end());
    cluster.units = std::move(kept);
  }

  const Graph& g_;
  const Units& units_;
  std::vector<Cluster>& clusters_;
  std::vector<int64_t> made_;     // the cluster that makes each value
  std::vector<int64_t> written_;  // the cluster that writes over each argument
  std::vector<bool> is_result_;
  std::vector<std::vector<size_t>> reading_;  // the clusters that read each value
  std::vector<int> depth_;  // units from a stored value to one made anew; 0: made once
};

}  // namespace

void recompute(const Graph& graph, const Units& units, std::vector<Cluster>& clusters) {
  Recomputer(graph, units, clusters).run();
}

}  // namespace pullback::native
