#include "run/native/unit.h"

#include <algorithm>

namespace pullback::native {

using kernels::StripOp;

namespace {

template <class T>
bool is(const Op& op) {
  return std::holds_alternative<T>(op);
}

class Matcher {
 public:
  Matcher(const Graph& graph, size_t kept) : g_(graph), kept_(kept), uses_(use_counts(graph)) {
    size_t count = g_.value_count();
    result_.maker.assign(count, -1);
    result_.constant.assign(count, false);
    result_.virtual_broadcast.assign(count, false);
    result_.in_place.assign(kept, false);
    stored_.assign(count, false);
    inside_.assign(count, false);
    needed_.assign(count, false);
    for (Value v : g_.results) {
      need(v);
      need_memory(v);
    }
    find_constants();
    find_updates();
  }

  Units run() {
    for (size_t i = g_.instrs.size(); i-- > 0;) {
      Value v = g_.value_of(i);
      if (!needed_[id(v)] || inside_[id(v)] || result_.constant[id(v)]) continue;
      if (is<Reshape>(g_.instrs[i].op)) {
        need(g_.instrs[i].operands[0]);
        continue;
      }
      if (auto* broadcast = std::get_if<BroadcastInDim>(&g_.instrs[i].op)) {
        bool fused = in_strips(g_.instrs[i].type.element);
        if (fused && !stored_[id(v)] &&
            addressing_of(*broadcast, g_.type(g_.instrs[i].operands[0]).shape)) {
          result_.virtual_broadcast[id(v)] = true;
          need(g_.instrs[i].operands[0]);
          need_memory(g_.instrs[i].operands[0]);  // not itself a broadcast that is only addressed
          continue;
        }
      }
      match(i);
    }
    std::reverse(result_.units.begin(), result_.units.end());
    for (size_t u = 0; u < result_.units.size(); ++u) {
      Unit& unit = result_.units[u];
      result_.maker[id(unit.out)] = static_cast<int>(u);
    }
    for (Unit& unit : result_.units) find_reads(unit);
    return std::move(result_);
  }

 private:
  static size_t id(Value v) { return static_cast<size_t>(v.id); }
  bool single(Value v) const { return uses_[id(v)] == 1; }
  template <class T>
  const Instr* instr_of(Value v) const {
    return g_.is_argument(v) || !is<T>(g_.instr(v).op) ? nullptr : &g_.instr(v);
  }
  bool is_zero(Value v) const {
    auto splat = splat_of(g_, v);
    return splat && *splat == Decimal(0);
  }

  /// Values that depend on no argument and are small, or splats.
  void find_constants() {
    constexpr int64_t largest = 1 << 20;
    for (size_t i = 0; i < g_.instrs.size(); ++i) {
      const Instr& instr = g_.instrs[i];
      bool known = std::all_of(instr.operands.begin(), instr.operands.end(),
                               [&](Value v) { return result_.constant[id(v)]; });
      Value v = g_.value_of(i);
      result_.constant[id(v)] = known && (instr.type.count() <= largest || splat_of(g_, v));
    }
  }

  /// Which kept arguments can be written over by the unit that makes their new value: one that is
  /// elementwise or accumulates a product, such that no reader of the old value needs the new one.
  void find_updates() {
    update_of_.assign(g_.value_count(), -1);
    for (size_t i = 0; i < kept_; ++i) {
      Value made = g_.results[i];
      if (g_.is_argument(made) || result_.constant[id(made)] || update_of_[id(made)] >= 0) continue;
      if (!strip_op_of(g_, g_.instr(made))) continue;
      bool shared = false;  // other results that are views of it or of the argument
      for (size_t k = 0; k < g_.results.size(); ++k) {
        Value other = storage_of(g_, g_.results[k]);
        shared = shared || (k != i && (other == made || other.id == static_cast<int32_t>(i)));
      }
      if (!shared && no_reader_after(static_cast<int32_t>(i), made)) {
        update_of_[id(made)] = static_cast<int>(i);
        result_.in_place[i] = true;
      }
    }
  }

  bool no_reader_after(int32_t argument, Value made) const {
    std::vector<bool> old(g_.value_count(), false), fresh(g_.value_count(), false);
    old[static_cast<size_t>(argument)] = true;
    for (size_t i = 0; i < g_.instrs.size(); ++i) {
      Value v = g_.value_of(i);
      bool reads_old = false, reads_fresh = v == made;
      for (Value operand : g_.instrs[i].operands) {
        Value stored = storage_of(g_, operand);
        reads_old = reads_old || old[id(stored)] || old[id(operand)];
        reads_fresh = reads_fresh || fresh[id(operand)];
      }
      fresh[id(v)] = reads_fresh;
      if (reads_old && reads_fresh && v != made) return false;
      // Views and virtual broadcasts of the argument are read where they are used.
      bool view = is<Reshape>(g_.instrs[i].op) || is<BroadcastInDim>(g_.instrs[i].op) ||
                  is<Reverse>(g_.instrs[i].op);
      old[id(v)] = view && reads_old;
    }
    return true;
  }

  void need(Value v) { needed_[id(v)] = true; }

  void need_memory(Value v) {
    v = storage_of(g_, v);
    stored_[id(v)] = true;
  }

  void match(size_t i) {
    Unit unit;
    unit.instr = i;
    unit.out = g_.value_of(i);
    int update = update_of_[id(unit.out)];
    unit.updates_kept = update >= 0;
    bool matched = match_product(unit, update) || match_window(unit) || match_reduction(unit) ||
                   match_elementwise(unit);
    if (!matched) {
      unit.kind = Unit::Kind::reference;
      unit.operands = g_.instrs[i].operands;
    }
    for (Value v : unit.operands) need(v);
    for (Value v : {unit.bias, unit.mask, unit.accumulator, unit.rate, unit.pooled}) {
      if (v) need(v);
    }
    if (unit.kind == Unit::Kind::elementwise && unit.operands == Values{unit.out}) {
      need(g_.instrs[i].operands[0]);
      need_memory(g_.instrs[i].operands[0]);
    }
    if (unit.kind != Unit::Kind::elementwise) {
      for (Value v : unit.operands) need_memory(v);
      for (Value v : {unit.bias, unit.mask, unit.accumulator, unit.rate}) {
        if (v) need_memory(v);
      }
    }
    result_.units.push_back(std::move(unit));
  }

  bool match_elementwise(Unit& unit) {
    const Instr& instr = g_.instrs[unit.instr];
    unit.kind = Unit::Kind::elementwise;
    unit.operands = instr.operands;
    if (is<BroadcastInDim>(instr.op)) {
      // A broadcast that must be stored: a copy of what a strip addresses.
      if (!in_strips(instr.type.element) || instr.type.count() == 0) return false;
      if (!addressing_of(std::get<BroadcastInDim>(instr.op), g_.type(instr.operands[0]).shape)) {
        return false;
      }
      unit.strip_op = StripOp::copy;
      unit.operands = {unit.out};  // addressed as the broadcast itself
      return true;
    }
    auto op = strip_op_of(g_, instr);
    if (!op) return false;
    unit.strip_op = *op;
    return true;
  }

  /// A bias added along the last axis of `shape`: the bias, or Value{}.
  Value bias_of(Value v, const Shape& shape) const {
    const Instr* broadcast = instr_of<BroadcastInDim>(v);
    if (!broadcast || broadcast->type.element != ElementType::f32) return {};
    const auto& op = std::get<BroadcastInDim>(broadcast->op);
    Value bias = broadcast->operands[0];
    Axes last{static_cast<int64_t>(shape.size()) - 1};
    bool along = op.broadcast_dimensions == last && g_.type(bias).shape == Shape{shape.back()};
    return along ? bias : Value{};
  }

  /// product, product + bias, max(0, product + bias), …: the product's instruction, or null.
  template <class Product>
  const Instr* with_epilogue(Unit& unit, Values& covered) const {
    Value v = unit.out;
    if (const Instr* relu = instr_of<Maximum>(v)) {
      if (!is_zero(relu->operands[0]) || !single(relu->operands[1])) return nullptr;
      unit.relu = true;
      v = relu->operands[1];
      covered.push_back(v);
    }
    if (const Instr* add = instr_of<Add>(v)) {
      for (int k : {0, 1}) {
        Value product = add->operands[static_cast<size_t>(k)];
        Value bias = bias_of(add->operands[static_cast<size_t>(1 - k)], add->type.shape);
        if (!bias || !single(product) || !instr_of<Product>(product)) continue;
        unit.bias = bias;
        covered.push_back(product);
        return instr_of<Product>(product);
      }
      return nullptr;
    }
    return instr_of<Product>(v);
  }

  bool accept_gemm(Unit& unit, const Instr* dot) const {
    if (!dot || dot->type.element != ElementType::f32) return false;
    auto gemm = match_gemm(std::get<DotGeneral>(dot->op), g_.type(dot->operands[0]).shape,
                           g_.type(dot->operands[1]).shape);
    if (!gemm) return false;
    unit.kind = Unit::Kind::gemm;
    unit.gemm = *gemm;
    unit.operands = dot->operands;
    return true;
  }

  void cover(const Values& covered) {
    for (Value v : covered) inside_[id(v)] = true;
  }

  bool match_product(Unit& unit, int update) {
    Values covered;
    if (update >= 0 && match_accumulation(unit, update)) return true;
    if (update >= 0) return false;
    Unit candidate = unit;
    const Instr* dot = with_epilogue<DotGeneral>(candidate, covered);
    if (accept_gemm(candidate, dot)) {
      // The bias is added per column: the product must be a matrix with them as its last axis.
      bool columns = !candidate.bias || candidate.gemm.n == g_.type(candidate.bias).count();
      if (columns) {
        unit = candidate;
        cover(covered);
        return true;
      }
    }
    if (match_masked(unit)) return true;
    covered.clear();
    candidate = unit;
    const Instr* conv = with_epilogue<Convolution>(candidate, covered);
    if (!conv) return false;
    auto match = match_convolution(g_, *conv);
    if (!match || (match->weights_gradient && !covered.empty())) return false;
    candidate.kind = match->weights_gradient ? Unit::Kind::conv_weights : Unit::Kind::conv;
    candidate.conv = *match;
    candidate.operands = {conv->operands[0], match->kernel};
    unit = candidate;
    cover(covered);
    return true;
  }

  /// 0 < y ? product : 0
  bool match_masked(Unit& unit) {
    const Instr* select = instr_of<Select>(unit.out);
    if (!select || !is_zero(select->operands[2]) || !single(select->operands[1])) return false;
    const Instr* compare = instr_of<Compare>(select->operands[0]);
    if (!compare || std::get<Compare>(compare->op).direction != Direction::lt ||
        !is_zero(compare->operands[0]) ||
        g_.type(compare->operands[1]).element != ElementType::f32) {
      return false;
    }
    Unit candidate = unit;
    if (!accept_gemm(candidate, instr_of<DotGeneral>(select->operands[1]))) return false;
    candidate.mask = compare->operands[1];
    unit = candidate;
    cover({select->operands[1]});
    --uses_[id(select->operands[0])];
    if (uses_[id(select->operands[0])] == 0) cover({select->operands[0]});
    return true;
  }

  /// θ - η·product or μ·v + product, written over θ or v.
  bool match_accumulation(Unit& unit, int update) {
    const Instr& instr = g_.instrs[unit.instr];
    Value argument{update};
    if (instr.type.element != ElementType::f32) return false;
    if (is<Subtract>(instr.op) && instr.operands[0] == argument && single(instr.operands[1])) {
      const Instr* step = instr_of<Multiply>(instr.operands[1]);
      if (!step) return false;
      for (size_t k : {0u, 1u}) {
        Value product = step->operands[k];
        const Instr* rate = instr_of<BroadcastInDim>(step->operands[1 - k]);
        if (!rate || g_.type(rate->operands[0]).rank() != 0 || !single(product)) continue;
        if (!accept_gemm(unit, instr_of<DotGeneral>(product))) continue;
        unit.accumulator = argument;
        unit.rate = rate->operands[0];
        unit.gemm.beta = 1;
        cover({instr.operands[1], product});
        return true;
      }
    }
    if (!is<Add>(instr.op)) return false;
    for (size_t k : {0u, 1u}) {
      Value product = instr.operands[k];
      Value kept = instr.operands[1 - k];
      const Instr* multiply = instr_of<Multiply>(kept);
      if (!multiply || !single(product) || !single(kept)) continue;
      for (size_t j : {0u, 1u}) {
        auto factor = splat_of(g_, multiply->operands[j]);
        if (!factor || multiply->operands[1 - j] != argument) continue;
        if (!accept_gemm(unit, instr_of<DotGeneral>(product))) continue;
        unit.accumulator = argument;
        unit.gemm.beta = factor->to_float();
        cover({kept, product});
        return true;
      }
    }
    return false;
  }

  bool match_window(Unit& unit) {
    const Instr& instr = g_.instrs[unit.instr];
    if (instr.type.element != ElementType::f32) return false;
    if (auto* pool = std::get_if<ReduceWindow>(&instr.op)) {
      auto match = match_pool(pool->window, g_.type(instr.operands[0]).shape);
      if (!match) return false;
      if (pool->kind == Reduction::max && !kernels::max_pool_applicable(*match)) return false;
      unit.kind = pool->kind == Reduction::max ? Unit::Kind::max_pool : Unit::Kind::sum_pool;
      unit.pool = *match;
      unit.operands = instr.operands;
      return true;
    }
    auto* scatter = std::get_if<SelectAndScatter>(&instr.op);
    if (!scatter) return false;
    auto match = match_pool(scatter->window, g_.type(instr.operands[0]).shape);
    if (!match || !kernels::max_pool_applicable(*match)) return false;
    for (size_t i = 0; i < unit.instr; ++i) {
      auto* pool = std::get_if<ReduceWindow>(&g_.instrs[i].op);
      if (!pool || pool->kind != Reduction::max || pool->window != scatter->window ||
          g_.instrs[i].operands[0] != instr.operands[0] || result_.constant[id(g_.value_of(i))]) {
        continue;
      }
      unit.kind = Unit::Kind::max_unpool;
      unit.pool = *match;
      unit.pooled = g_.value_of(i);
      unit.operands = {instr.operands[1]};
      return true;
    }
    return false;
  }

  bool match_reduction(Unit& unit) {
    const Instr& instr = g_.instrs[unit.instr];
    auto* reduce = std::get_if<Reduce>(&instr.op);
    if (!reduce) return false;
    const Type& in = g_.type(instr.operands[0]);
    if (in.count() == 0 || (in.element != ElementType::f32 && in.element != ElementType::i32)) {
      return false;
    }
    unit.operands = instr.operands;
    Axes dims = reduce->dimensions;
    std::sort(dims.begin(), dims.end());
    bool sum = reduce->kind == Reduction::add && in.element == ElementType::f32;
    if (sum && in.rank() == 4 && dims == Axes{0, 1, 2}) {
      unit.kind = Unit::Kind::channel_sum;
      return true;
    }
    if (sum && in.rank() == 4 && dims == Axes{1, 2}) {
      unit.kind = Unit::Kind::space_sum;
      return true;
    }
    // Leading or trailing axes: the columns or the rows of a matrix.
    int64_t count = static_cast<int64_t>(dims.size());
    bool leading = count == 0 || dims.back() == count - 1;
    bool trailing =
        count == 0 || (dims.front() == in.rank() - count && dims.back() == in.rank() - 1);
    if (!leading && !trailing) return false;
    unit.kind = Unit::Kind::reduce;
    return true;
  }

  void find_reads(Unit& unit) {
    auto read = [&](Value v) {
      while (true) {
        v = storage_of(g_, v);
        if (result_.constant[id(v)]) return;
        if (!result_.virtual_broadcast[id(v)]) break;
        v = g_.instr(v).operands[0];
      }
      if (v == unit.out) {  // a broadcast that is stored reads its operand
        v = storage_of(g_, g_.instr(v).operands[0]);
        while (result_.virtual_broadcast[id(v)]) v = storage_of(g_, g_.instr(v).operands[0]);
        if (result_.constant[id(v)]) return;
      }
      if (std::find(unit.reads.begin(), unit.reads.end(), v) == unit.reads.end()) {
        unit.reads.push_back(v);
      }
    };
    for (Value v : unit.operands) read(v);
    for (Value v : {unit.bias, unit.mask, unit.accumulator, unit.rate, unit.pooled}) {
      if (v) read(v);
    }
  }

  const Graph& g_;
  size_t kept_;
  std::vector<int> uses_;
  std::vector<bool> stored_, inside_, needed_;
  std::vector<int> update_of_;  // the kept argument that a value is the update of, or -1
  Units result_;
};

}  // namespace

Units make_units(const Graph& graph, size_t kept) { return Matcher(graph, kept).run(); }

}  // namespace pullback::native
