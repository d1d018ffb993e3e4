#include "run/interp/interp.h"

#include "interp/interpreter.h"

namespace pullback {

namespace {

class InterpExecutable : public Executable {
 public:
  InterpExecutable(Graph graph, const CompileOptions& options)
      : graph_(std::move(graph)), kept_(options.kept) {
    for (const Argument& a : graph_.arguments) {
      argument_infos_.push_back({a.name, a.type});
      values_.emplace_back(a.type);
    }
    for (Value v : graph_.results) {
      result_infos_.push_back({graph_.name_of(v), graph_.type(v)});
      results_.emplace_back(graph_.type(v));
    }
  }

  const std::vector<ValueInfo>& arguments() const override { return argument_infos_; }
  const std::vector<ValueInfo>& results() const override { return result_infos_; }
  std::span<std::byte> argument(size_t index) override { return values_.at(index).bytes(); }
  Tensor result(size_t index) const override { return results_.at(index); }

  void run() override {
    results_ = evaluate(graph_, values_);
    for (size_t i = 0; i < kept_; ++i) values_[i] = results_[i];
  }

 private:
  Graph graph_;
  size_t kept_;
  std::vector<ValueInfo> argument_infos_, result_infos_;
  std::vector<Tensor> values_, results_;
};

}  // namespace

std::unique_ptr<Executable> compile_interp(Graph graph, const CompileOptions& options) {
  return std::make_unique<InterpExecutable>(std::move(graph), options);
}

}  // namespace pullback
