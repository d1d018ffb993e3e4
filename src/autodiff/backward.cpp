#include "autodiff/backward.h"

#include <algorithm>

namespace pullback {

std::vector<bool> active_values(const Graph& graph, const Values& parameters) {
  std::vector<bool> active(graph.value_count(), false);
  for (Value p : parameters) active[static_cast<size_t>(p.id)] = is_float(graph.type(p).element);
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const Instr& instr = graph.instrs[i];
    active[static_cast<size_t>(graph.value_of(i).id)] =
        is_float(instr.type.element) &&
        std::any_of(instr.operands.begin(), instr.operands.end(),
                    [&](Value operand) { return active[static_cast<size_t>(operand.id)]; });
  }
  return active;
}

namespace {

class Walk {
 public:
  Walk(Builder& builder, const Values& parameters)
      : builder_(builder),
        active_(active_values(builder.graph(), parameters)),
        counts_(builder.graph().value_count(), 0) {
    backward_.cotangents.resize(builder.graph().value_count());
  }

  Backward run(Value loss) {
    size_t forward_count = builder_.graph().instrs.size();
    Value seed = builder_.constant(builder_.type(loss), 1);
    name_contribution(seed, loss);
    backward_.steps.push_back({seed, loss, false});
    cotangent(loss) = seed;
    visit_all(forward_count);
    return std::move(backward_);
  }

  Values pull_back(const Values& results, const Values& cotangents, const Values& wrt) {
    size_t forward_count = builder_.graph().instrs.size();
    for (size_t k = 0; k < results.size(); ++k) {
      if (active_[static_cast<size_t>(results[k].id)]) {
        accumulate(results[k], cotangents[k], results[k]);
      }
    }
    visit_all(forward_count);
    Values found;
    for (Value v : wrt) found.push_back(cotangent(v));
    return found;
  }

 private:
  Value& cotangent(Value v) { return backward_.cotangents[static_cast<size_t>(v.id)]; }

  /// The first `count` instructions backwards, those of one op of several results together.
  void visit_all(size_t count) {
    std::vector<std::pair<size_t, size_t>> groups;
    for (size_t begin = 0; begin < count; begin = groups.back().second) {
      groups.emplace_back(begin, builder_.graph().group_end(begin));
    }
    for (size_t k = groups.size(); k-- > 0;) visit(groups[k].first, groups[k].second);
  }

  /// The chain rule at one forward instruction, or at those of one op.
  void visit(size_t begin, size_t end) {
    std::vector<ResultCotangent> group;
    for (size_t i = begin; i < end; ++i) {
      Value v = builder_.graph().value_of(i);
      if (!cotangent(v)) continue;
      group.push_back({result_index(builder_.graph().instrs[i].op), v, cotangent(v)});
    }
    if (group.empty()) return;
    Value result = group[0].result;
    // A copy: the template's instructions may move the graph's.
    const Instr instr = builder_.graph().instr(result);
    VjpArgs args{instr.operands, result, cotangent(result), {}, group, pullback::pull_back};
    for (Value operand : instr.operands) {
      args.needs.push_back(active_[static_cast<size_t>(operand.id)]);
    }
    if (std::find(args.needs.begin(), args.needs.end(), true) == args.needs.end()) return;
    size_t from = builder_.graph().instrs.size();
    Values contributions = vjp(instr.op, builder_, args);
    PULLBACK_CHECK(contributions.size() == instr.operands.size(), instr.name);
    name_template(from, result, instr, contributions);
    for (size_t k = 0; k < contributions.size(); ++k) {
      if (contributions[k] && args.needs[k])
        accumulate(instr.operands[k], contributions[k], result);
    }
  }

  void name_template(size_t begin, Value result, const Instr& instr, const Values& contributions) {
    Graph& graph = builder_.graph();
    for (size_t i = begin; i < graph.instrs.size(); ++i) {
      Value v = graph.value_of(i);
      backward_.steps.push_back({v, result, false});
      auto at = std::find(contributions.begin(), contributions.end(), v);
      if (at == contributions.end()) {
        builder_.rename(v, instr.name + "$" + std::to_string(i - begin + 1));
      } else {
        name_contribution(v, instr.operands[static_cast<size_t>(at - contributions.begin())]);
      }
    }
  }

  void name_contribution(Value v, Value of) {
    int count = ++counts_[static_cast<size_t>(of.id)];
    std::string name = "d." + builder_.name(of);
    builder_.rename(v, count == 1 ? name : name + "$" + std::to_string(count));
  }

  /// Additive fan-in.
  void accumulate(Value operand, Value contribution, Value source) {
    Value& total = cotangent(operand);
    if (!total) {
      total = contribution;
      return;
    }
    Value sum = builder_.add(total, contribution);
    name_contribution(sum, operand);
    backward_.steps.push_back({sum, source, true});
    cotangent(operand) = sum;
  }

  Builder& builder_;
  std::vector<bool> active_;
  std::vector<int> counts_;  ///< contributions and sums named so far, per forward value
  Backward backward_;
};

}  // namespace

Backward add_backward(Builder& builder, Value loss, const Values& parameters) {
  const Type& type = builder.type(loss);
  if (type.rank() != 0 || !is_float(type.element)) {
    throw Error("the loss '" + builder.name(loss) + "' is " + type.text() +
                "; a gradient needs a floating-point scalar, e.g. tensor<f32>");
  }
  return Walk(builder, parameters).run(loss);
}

Values pull_back(Builder& builder, const Values& results, const Values& cotangents,
                 const Values& wrt) {
  return Walk(builder, wrt).pull_back(results, cotangents, wrt);
}

}  // namespace pullback
