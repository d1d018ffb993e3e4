#include "run/interp/interp.h"

#include "interp/interpreter.h"
#include "interp/replicas.h"

namespace pullback {

namespace {

class InterpExecutable : public Executable {
 public:
  InterpExecutable(Graph graph, const CompileOptions& options)
      : graph_(std::move(graph)), options_(options) {
    for (size_t i = 0; i < graph_.arguments.size(); ++i) {
      Type type = graph_.arguments[i].type;
      if (is_split(i)) type.shape.at(0) *= options.replicas;
      argument_infos_.push_back({graph_.arguments[i].name, type});
      values_.emplace_back(type);
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
    if (options_.replicas == 1) {
      results_ = evaluate(graph_, values_);
    } else {
      std::vector<std::vector<Tensor>> shares;
      for (int r = 0; r < options_.replicas; ++r) shares.push_back(share_of(r));
      results_ = evaluate_replicas(graph_, shares)[0];
    }
    for (size_t i = 0; i < options_.kept; ++i) values_[i] = results_[i];
  }

 private:
  bool is_split(size_t argument) const {
    return options_.replicas > 1 && argument >= options_.split;
  }

  /// A replica's arguments.
  std::vector<Tensor> share_of(int replica) const {
    std::vector<Tensor> share;
    for (size_t i = 0; i < values_.size(); ++i) {
      Tensor part(graph_.arguments[i].type);
      size_t bytes = part.type().bytes();
      auto from =
          values_[i].bytes().subspan(is_split(i) ? bytes * static_cast<size_t>(replica) : 0);
      std::copy_n(from.begin(), bytes, part.bytes().begin());
      share.push_back(std::move(part));
    }
    return share;
  }

  Graph graph_;
  CompileOptions options_;
  std::vector<ValueInfo> argument_infos_, result_infos_;
  std::vector<Tensor> values_, results_;
};

}  // namespace

std::unique_ptr<Executable> compile_interp(Graph graph, const CompileOptions& options) {
  return std::make_unique<InterpExecutable>(std::move(graph), options);
}

}  // namespace pullback
