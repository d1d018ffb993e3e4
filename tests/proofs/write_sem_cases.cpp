#include <cmath>
#include <iostream>
#include <map>

#include "base/file.h"
#include "interp/interpreter.h"
#include "tests/proofs/certified.h"
#include "tests/proofs/coq_run.h"
#include "tests/proofs/random_cases.h"

/// write_sem_cases FILE.v: Coq's semantics against the C++ interpreter. The table of ops and random
/// uses of every op, all in 64-bit floats; Coq runs them and compares the results. Bilinear ops run
/// by the fast semantics, too.
namespace pullback::test {
namespace {

constexpr int random_per_op = 20;

/// How many terms Coq's sums have, which go over all pairs of elements.
int64_t work(const Graph& graph) {
  const Instr& instr = graph.instrs.back();
  int64_t product = std::max<int64_t>(instr.type.count(), 1);
  for (Value v : instr.operands) product *= std::max<int64_t>(graph.type(v).count(), 1);
  return product;
}

class Cases {
 public:
  void add(const OpCase& use, const std::vector<Tensor>& inputs) {
    std::string op(info_of(use.op).name);
    if (!certified(use.op, use.operands)) {
      ++outside_;
      return;
    }
    Graph graph = retype(forward_graph(use), ElementType::f64);
    Value result = graph.results[0];
    double tolerance = is_float(graph.type(result).element) ? 1e-12 : 0;
    std::string text =
        coq_case(use.name, graph, inputs, {{result, evaluate(graph, inputs)[0], tolerance}});
    bool bilinear = op == "dot_general" || op == "convolution";
    bool large = bilinear && work(graph) > 400'000;
    if (!large) plain_.push_back(text);
    if (bilinear) fast_.push_back(text);
    if (large) ++large_;
    ++count_[op];
    ++total_;
  }

  void report(std::ostream& out) const {
    for (const OpInfo& info : all_ops()) {
      if (!info.outside.empty()) continue;
      auto found = count_.find(std::string(info.name));
      int n = found == count_.end() ? 0 : found->second;
      out << info.name << ": " << n << " cases\n";
      if (n < 10) throw Error(std::string(info.name) + " has fewer than 10 cases");
    }
    out << total_ << " cases in all, " << fast_.size() << " of them by the fast semantics, "
        << large_ << " only so; " << outside_ << " outside the certified domain\n";
  }
  std::string text() const { return coq_file({{"plain", plain_}, {"fast", fast_}}); }

 private:
  std::vector<std::string> plain_, fast_;
  std::map<std::string, int> count_;
  int total_ = 0, large_ = 0, outside_ = 0;
};

}  // namespace
}  // namespace pullback::test

int main(int argc, char** argv) {
  using namespace pullback::test;
  if (argc != 2) {
    std::cerr << "usage: write_sem_cases FILE.v\n";
    return 2;
  }
  Cases cases;
  for (const OpCase& use : op_cases()) {
    cases.add(use, inputs_of(use, pullback::ElementType::f64));
  }
  for (const RandomCase& c : random_cases(random_per_op, 1)) {
    if (c.accepted) cases.add(c.use, random_inputs(c));
  }
  cases.report(std::cout);
  pullback::write_file(argv[1], cases.text());
}
