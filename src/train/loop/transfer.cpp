#include "train/loop/transfer.h"

#include <algorithm>

#include "base/error.h"
#include "train/loop/run_data.h"
#include "train/loop/torchvision.h"

namespace pullback {

namespace {

/// "dense3" of "dense3.weight".
std::string layer_of(const std::string& parameter) {
  return parameter.substr(0, parameter.rfind('.'));
}

const Tensor* find(const Checkpoint& checkpoint, const std::string& name) {
  auto found = std::find_if(checkpoint.entries.begin(), checkpoint.entries.end(),
                            [&](const auto& entry) { return entry.name == name; });
  return found == checkpoint.entries.end() ? nullptr : &found->tensor;
}

}  // namespace

Checkpoint read_weights(const Model& model, const std::string& file) {
  Checkpoint checkpoint = read_checkpoint(file);
  return has_torchvision_names(checkpoint) ? from_torchvision(checkpoint, model) : checkpoint;
}

const Tensor& trained_weight(const Checkpoint& checkpoint, const Parameter& weight,
                             const std::string& file) {
  const std::string average = weight.name + "$average";
  bool averaged = find(checkpoint, average) != nullptr;
  return checkpoint.tensor(averaged ? average : weight.name, weight.type, file);
}

std::optional<Normalization> normalization_of(const Checkpoint& checkpoint,
                                              const std::string& file) {
  if (has_torchvision_names(checkpoint)) return imagenet_normalization;
  auto data = checkpoint.metadata.find("data");
  if (data == checkpoint.metadata.end()) return std::nullopt;
  return parse_run_data(data->second, file).normalization;
}

void take_weights(const Model& model, const std::string& file, std::vector<Tensor>& start) {
  Checkpoint checkpoint = read_weights(model, file);
  const std::string head = layer_of(model.parameters.back().name);
  std::vector<Parameter> weights = model.weights();
  for (size_t i = 0; i < weights.size(); ++i) {
    const Parameter& p = weights[i];
    const Tensor* found = find(checkpoint, p.name);
    bool fits = found != nullptr && found->type() == p.type;
    if (layer_of(p.name) == head && !fits) continue;
    start[i] = trained_weight(checkpoint, p, file);
  }
}

}  // namespace pullback
