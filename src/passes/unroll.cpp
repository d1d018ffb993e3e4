#include "passes/unroll.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <unordered_map>

#include "ir/builder.h"
#include "passes/dead.h"
#include "passes/rounds.h"

namespace pullback {

namespace {

/// The largest tensors that are computed ahead of time, in elements.
constexpr int64_t max_known = 4096;

/// A value of the new graph. One that is known and of integers is emitted only where an
/// instruction uses it.
struct Item {
  Type type;
  std::string name;
  Value value;
  std::optional<Tensor> known;
  bool active = false;  ///< a gradient may flow through it
};
using Items = std::vector<std::shared_ptr<Item>>;

/// A constant of this value; none where a decimal cannot say it exactly.
std::optional<Constant> constant_of(const Tensor& tensor) {
  if (is_float(tensor.element()) || tensor.count() > 64) return {};
  Constant op{.type = tensor.type(), .values = {}};
  for (int64_t i = 0; i < tensor.count(); ++i) {
    double value = tensor.at(i);
    if (std::abs(value) > 9007199254740992.0) return {};  // 2^53
    op.values.emplace_back(static_cast<int64_t>(value));
  }
  bool splat = std::all_of(op.values.begin(), op.values.end(),
                           [&](const Decimal& d) { return d == op.values[0]; });
  if (splat && !op.values.empty()) op.values.resize(1);
  return op;
}

class Unroller {
 public:
  Unroller(Graph& graph, const UnrollOptions& options) : builder_(graph), options_(options) {}

  /// Emits the instructions of `graph`, whose arguments are `arguments`; its results. Names get
  /// `suffix`; at the `top` of a program everything is emitted as it was.
  Items block(const Graph& graph, Items arguments, const std::string& suffix, bool top) {
    Items items = std::move(arguments);
    for (size_t begin = 0; begin < graph.instrs.size();) {
      size_t end = graph.group_end(begin);
      Items operands;
      for (Value v : graph.instrs[begin].operands) {
        operands.push_back(items[static_cast<size_t>(v.id)]);
      }
      group(graph, begin, end, operands, suffix, top, items);
      begin = end;
    }
    Items results;
    for (Value v : graph.results) results.push_back(items[static_cast<size_t>(v.id)]);
    return results;
  }

  Value materialise(Item& item) {
    if (item.value) return item.value;
    return item.value = builder_.emit(*constant_of(*item.known), {}, item.name);
  }

 private:
  /// The instructions [begin, end) of one op.
  void group(const Graph& graph, size_t begin, size_t end, const Items& operands,
             const std::string& suffix, bool top, Items& items) {
    const Instr& first = graph.instrs[begin];
    std::optional<Items> results;
    if (auto* loop = std::get_if<While>(&first.op)) results = unrolled(*loop, first, operands);
    if (auto* choice = std::get_if<If>(&first.op); choice && operands[0]->known) {
      bool yes = operands[0]->known->at(0) != 0;
      results = branch(yes ? choice->true_branch : choice->false_branch, operands, suffix);
    }
    if (auto* choice = std::get_if<Case>(&first.op); choice && operands[0]->known) {
      double index = operands[0]->known->at(0);
      auto last = static_cast<double>(choice->branches.size() - 1);
      bool inside = 0 <= index && index <= last;
      results =
          branch(choice->branches[static_cast<size_t>(inside ? index : last)], operands, suffix);
    }
    for (size_t i = begin; i < end; ++i) {
      const Instr& instr = graph.instrs[i];
      items.push_back(results ? (*results)[static_cast<size_t>(result_index(instr.op))]
                              : instruction(instr, operands, suffix, top));
    }
  }

  Items branch(const Subgraph& region, const Items& operands, const std::string& suffix) {
    return block(*region, {operands.begin() + 1, operands.end()}, suffix, false);
  }

  /// The carried values after the last round, if the loop is to be unrolled and can be.
  std::optional<Items> unrolled(const While& loop, const Instr& instr, const Items& operands) {
    auto active = [](const std::shared_ptr<Item>& item) { return item->active; };
    bool any = std::any_of(operands.begin(), operands.end(), active);
    if (options_.parameters && !any) return {};
    std::vector<const Tensor*> known;
    for (const auto& item : operands) known.push_back(item->known ? &*item->known : nullptr);
    std::optional<size_t> rounds = rounds_of(loop, known, options_.limit);
    if (!rounds) return {};
    size_t size = std::max<size_t>(instruction_count(*loop.body), 1);
    if (*rounds > options_.limit / size) {
      throw Error("unrolling the while '" + instr.name + "' takes more than " +
                  std::to_string(options_.limit) + " instructions: it has " +
                  (*rounds > options_.limit ? "more than " + std::to_string(options_.limit)
                                            : std::to_string(*rounds)) +
                  " rounds of " + std::to_string(size));
    }
    size_t carried = loop.first_capture();
    Items now = operands;
    for (size_t round = 0; round < *rounds; ++round) {
      Items next = block(*loop.body, now, "." + std::to_string(round), false);
      std::copy(next.begin(), next.end(), now.begin());
    }
    now.resize(carried);
    return now;
  }

  std::shared_ptr<Item> instruction(const Instr& instr, const Items& operands,
                                    const std::string& suffix, bool top) {
    // A body's constant is one in all rounds.
    std::shared_ptr<Item> own;
    std::shared_ptr<Item>& item = operands.empty() && !top ? constants_[&instr] : own;
    if (item) return item;
    item = std::make_shared<Item>(Item{instr.type, instr.name, {}, {}, false});
    if (!operands.empty()) item->name += suffix;
    std::vector<const Tensor*> known;
    for (const auto& operand : operands) {
      item->active = item->active || operand->active;
      if (operand->known) known.push_back(&*operand->known);
    }
    item->active = item->active && is_float(instr.type.element);
    if (known.size() == operands.size() && instr.type.count() <= max_known &&
        regions_of(instr.op).empty() && !info_of(instr.op).composite) {
      item->known = eval(instr.op, known, instr.type);
      if (!top && constant_of(*item->known)) return item;
    }
    Values values;
    for (const auto& operand : operands) values.push_back(materialise(*operand));
    Op op = instr.op;
    if (!std::holds_alternative<While>(op)) regions(op, operands);
    item->value = builder_.emit(op, values, item->name);
    return item;
  }

  /// Unrolls loops in the branches of an op.
  void regions(Op& op, const Items& operands) {
    for (Subgraph* region : regions_of(op)) {
      Graph graph;
      graph.arguments = (*region)->arguments;
      Unroller inner(graph, options_);
      Items arguments;
      for (size_t k = 0; k < graph.arguments.size(); ++k) {
        const Item& outer = *operands[first_input(op) + k];
        arguments.push_back(std::make_shared<Item>(
            Item{outer.type, "", {static_cast<int32_t>(k)}, outer.known, outer.active}));
      }
      Items results = inner.block(**region, std::move(arguments), "", true);
      for (const auto& result : results) graph.results.push_back(inner.materialise(*result));
      *region = Subgraph(without_dead(graph));
    }
  }

  Builder builder_;
  const UnrollOptions& options_;
  std::unordered_map<const Instr*, std::shared_ptr<Item>> constants_;
};

bool has_control(const Graph& graph) {
  return std::any_of(graph.instrs.begin(), graph.instrs.end(),
                     [](const Instr& instr) { return !regions_of(instr.op).empty(); });
}

}  // namespace

Graph unroll(const Graph& graph, const UnrollOptions& options) {
  if (!has_control(graph)) return graph;
  Graph result;
  result.name = graph.name;
  result.arguments = graph.arguments;
  Unroller unroller(result, options);
  Items arguments;
  for (size_t k = 0; k < graph.arguments.size(); ++k) {
    Value v{static_cast<int32_t>(k)};
    bool active = is_float(graph.type(v).element) && options.parameters &&
                  std::find(options.parameters->begin(), options.parameters->end(), v) !=
                      options.parameters->end();
    arguments.push_back(std::make_shared<Item>(Item{graph.type(v), "", v, {}, active}));
  }
  Items results = unroller.block(graph, std::move(arguments), "", true);
  for (const auto& item : results) result.results.push_back(unroller.materialise(*item));
  return without_dead(result);
}

}  // namespace pullback
