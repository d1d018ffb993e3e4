#include "train/loop/transfer.h"

#include <algorithm>

#include "base/error.h"
#include "train/loop/checkpoint.h"

namespace pullback {

namespace {

/// "dense3" of "dense3.weight".
std::string layer_of(const std::string& parameter) {
  return parameter.substr(0, parameter.rfind('.'));
}

}  // namespace

void take_weights(const Model& model, const std::string& file, std::vector<Tensor>& start) {
  Checkpoint checkpoint = read_checkpoint(file);
  const std::string head = layer_of(model.parameters.back().name);
  std::vector<Parameter> weights = model.weights();
  for (size_t i = 0; i < weights.size(); ++i) {
    const Parameter& p = weights[i];
    bool may_differ = layer_of(p.name) == head;
    auto found = std::find_if(checkpoint.entries.begin(), checkpoint.entries.end(),
                              [&](const auto& entry) { return entry.name == p.name; });
    if (may_differ && (found == checkpoint.entries.end() || found->tensor.type() != p.type))
      continue;
    start[i] = checkpoint.tensor(p.name, p.type, file);
  }
}

}  // namespace pullback
