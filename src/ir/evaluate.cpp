#include "ir/evaluate.h"

#include <algorithm>

namespace pullback {

namespace {

/// Index of the last instruction that uses each value; results are never freed.
std::vector<size_t> last_uses(const Graph& graph) {
  std::vector<size_t> last(graph.value_count(), 0);
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    for (Value operand : graph.instrs[i].operands) last[static_cast<size_t>(operand.id)] = i;
  }
  for (Value result : graph.results) last[static_cast<size_t>(result.id)] = graph.instrs.size();
  return last;
}

}  // namespace

Evaluation::Evaluation(const Graph& graph, Tensors arguments, bool keep_all)
    : graph_(graph), arguments_(arguments), computed_(graph.instrs.size()) {
  std::vector<size_t> last;
  if (!keep_all) last = last_uses(graph);
  for (size_t begin = 0; begin < graph.instrs.size();) {
    size_t end = graph.group_end(begin);
    step(begin, end);
    for (size_t i = begin; i < end && !keep_all; ++i) {
      for (Value v : graph.instrs[i].operands) {
        if (graph.is_argument(v) || last[static_cast<size_t>(v.id)] != i) continue;
        computed_[static_cast<size_t>(v.id) - graph.arguments.size()] = {};
      }
    }
    begin = end;
  }
}

void Evaluation::step(size_t begin, size_t end) {
  const Instr& first = graph_.instrs[begin];
  std::vector<const Tensor*> operands;
  for (Value v : first.operands) operands.push_back(&value(v));
  if (end == begin + 1) {
    computed_[begin] = eval(first.op, operands, first.type);
    return;
  }
  std::vector<Tensor> results = eval_all(first.op, operands, first.type);
  for (size_t i = begin; i < end; ++i) {
    computed_[i] = std::move(results[static_cast<size_t>(result_index(graph_.instrs[i].op))]);
  }
}

const Tensor& Evaluation::value(Value v) const {
  if (graph_.is_argument(v)) return *arguments_[static_cast<size_t>(v.id)];
  return computed_[static_cast<size_t>(v.id) - graph_.arguments.size()];
}

Tensor Evaluation::take(Value v) {
  if (graph_.is_argument(v)) return value(v);
  return std::move(computed_[static_cast<size_t>(v.id) - graph_.arguments.size()]);
}

std::vector<Tensor> run_region(const Graph& graph, Tensors arguments) {
  Evaluation run(graph, arguments, false);
  std::vector<Tensor> results;
  for (size_t k = 0; k < graph.results.size(); ++k) {
    Value v = graph.results[k];
    bool again = std::find(graph.results.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                           graph.results.end(), v) != graph.results.end();
    results.push_back(again ? run.value(v) : run.take(v));
  }
  return results;
}

}  // namespace pullback
