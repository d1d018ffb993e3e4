#include "ir/ops/control.h"

#include <algorithm>

#include "base/check.h"
#include "ir/builder.h"
#include "ir/evaluate.h"

namespace pullback {

namespace {

std::string list(Types types) {
  std::string text = "(";
  for (const Type& type : types) text += (text.size() > 1 ? ", " : "") + type.text();
  return text + ")";
}

std::vector<Type> result_types(const Graph& graph) {
  std::vector<Type> types;
  for (Value v : graph.results) types.push_back(graph.type(v));
  return types;
}

/// The program takes operands of the types `in`.
void require_arguments(const Graph& graph, Types in, std::string_view clause, const char* what) {
  bool same = graph.arguments.size() == in.size();
  for (size_t i = 0; same && i < in.size(); ++i) same = graph.arguments[i].type == in[i];
  require(same, clause, [&] {
    std::vector<Type> types;
    for (const Argument& a : graph.arguments) types.push_back(a.type);
    return std::string(what) + " takes " + list(types) + ", but gets " + list(in);
  });
}

template <class Item>
Item item_of(std::vector<Item> items, int64_t index) {
  require(index >= 0 && index < static_cast<int64_t>(items.size()), "", [&] {
    return "has " + std::to_string(items.size()) + " results, none of number " +
           std::to_string(index);
  });
  return std::move(items[static_cast<size_t>(index)]);
}

std::vector<Tensor> run_branch(const Subgraph& branch, Tensors in) {
  return run_region(*branch, in.subspan(1));
}

}  // namespace

Subgraph::Subgraph() : graph_(std::make_shared<const Graph>()) {}
Subgraph::Subgraph(Graph graph) : graph_(std::make_shared<const Graph>(std::move(graph))) {}
bool Subgraph::operator==(const Subgraph& other) const {
  return graph_ == other.graph_ || *graph_ == *other.graph_;
}

Attributes If::attributes() const {
  return {{"true_branch", true_branch}, {"false_branch", false_branch}, {"result", result}};
}

std::vector<Type> If::infer_all(Types in) const {
  require(!in.empty(), "", "takes a truth value");
  require(in[0] == Type{ElementType::i1, {}}, "if_i1",
          [&] { return "chooses by " + in[0].text() + "; expected tensor<i1>"; });
  require_arguments(*true_branch, in.subspan(1), "if_c1", "the true branch");
  require_arguments(*false_branch, in.subspan(1), "if_c1", "the false branch");
  std::vector<Type> yes = result_types(*true_branch), no = result_types(*false_branch);
  require(yes == no, "if_c2", [&] {
    return "its branches return " + list(yes) + " and " + list(no) + "; expected equal types";
  });
  return yes;
}
Type If::infer(Types in) const { return item_of(infer_all(in), result); }

std::vector<Tensor> If::eval_all(Tensors in) const {
  return run_branch(in[0]->at(0) != 0 ? true_branch : false_branch, in);
}
Tensor If::eval(Tensors in, const Type&) const { return item_of(eval_all(in), result); }

std::vector<Subgraph*> Case::regions() {
  std::vector<Subgraph*> all;
  for (Subgraph& branch : branches) all.push_back(&branch);
  return all;
}

Attributes Case::attributes() const {
  Attributes all;
  for (const Subgraph& branch : branches) all.push_back({"branch", branch});
  all.push_back({"result", result});
  return all;
}

std::vector<Type> Case::infer_all(Types in) const {
  require(!branches.empty(), "case_c1", "has no branch");
  require(!in.empty(), "", "takes an index");
  require(in[0] == Type{ElementType::i32, {}}, "case_i1",
          [&] { return "chooses by " + in[0].text() + "; expected tensor<i32>"; });
  std::vector<Type> types = result_types(*branches[0]);
  for (size_t k = 0; k < branches.size(); ++k) {
    std::string branch = "branch " + std::to_string(k);
    require_arguments(*branches[k], in.subspan(1), "case_c2", branch.c_str());
    std::vector<Type> other = result_types(*branches[k]);
    require(other == types, "case_c3",
            [&] { return branch + " returns " + list(other) + ", but branch 0 " + list(types); });
  }
  return types;
}
Type Case::infer(Types in) const { return item_of(infer_all(in), result); }

std::vector<Tensor> Case::eval_all(Tensors in) const {
  double index = in[0]->at(0);
  auto count = static_cast<double>(branches.size());
  bool inside = 0 <= index && index < count;
  return run_branch(branches[static_cast<size_t>(inside ? index : count - 1)], in);
}
Tensor Case::eval(Tensors in, const Type&) const { return item_of(eval_all(in), result); }

size_t While::first_capture() const { return body->results.size(); }

Attributes While::attributes() const {
  return {{"cond", condition}, {"body", body}, {"result", result}};
}

std::vector<Type> While::infer_all(Types in) const {
  size_t carried = first_capture();
  require_arguments(*condition, in, "while_c1", "its condition");
  require_arguments(*body, in, "while_c2", "its body");
  std::vector<Type> truth = result_types(*condition), types = result_types(*body);
  require(truth == std::vector<Type>{{ElementType::i1, {}}}, "while_c1",
          [&] { return "its condition returns " + list(truth) + "; expected (tensor<i1>)"; });
  bool same = carried <= in.size() && std::equal(types.begin(), types.end(), in.begin());
  require(same, "while_c2", [&] {
    return "its body returns " + list(types) + ", but takes " +
           list(in.subspan(0, std::min(carried, in.size())));
  });
  return types;
}
Type While::infer(Types in) const { return item_of(infer_all(in), result); }

std::vector<Tensor> While::eval_all(Tensors in) const {
  std::vector<const Tensor*> now(in.begin(), in.end());
  std::vector<Tensor> values;
  while (run_region(*condition, now)[0].at(0) != 0) {
    values = run_region(*body, now);
    for (size_t k = 0; k < values.size(); ++k) now[k] = &values[k];
  }
  if (!values.empty()) return values;
  for (size_t k = 0; k < first_capture(); ++k) values.push_back(*in[k]);
  return values;
}
Tensor While::eval(Tensors in, const Type&) const { return item_of(eval_all(in), result); }

Values While::vjp(Builder& b, const VjpArgs& a) const {
  throw Error(
      "a gradient cannot flow through the while '" + b.name(a.result) +
      "': it runs as often as its data say. A loop is differentiated by unrolling it, which needs "
      "a condition that depends on constants alone, as those of scan and fori_loop with fixed "
      "bounds do");
}

Attributes OptimizationBarrier::attributes() const { return {{"result", result}}; }
std::vector<Type> OptimizationBarrier::infer_all(Types in) const { return {in.begin(), in.end()}; }
Type OptimizationBarrier::infer(Types in) const { return item_of(infer_all(in), result); }

std::vector<Tensor> OptimizationBarrier::eval_all(Tensors in) const {
  std::vector<Tensor> results;
  for (const Tensor* x : in) results.push_back(*x);
  return results;
}
Tensor OptimizationBarrier::eval(Tensors in, const Type&) const {
  return *in[static_cast<size_t>(result)];
}

}  // namespace pullback
