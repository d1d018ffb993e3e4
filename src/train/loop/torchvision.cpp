#include "train/loop/torchvision.h"

#include <algorithm>
#include <optional>
#include <regex>

namespace pullback {

namespace {

/// "conv1", "bn1" and the ending of a weight of convolution with batch norm.
std::string conv_bn_name(const std::string& conv, const std::string& norm,
                         const std::string& part) {
  if (part == "weight") return conv + ".weight";
  if (part == "scale") return norm + ".weight";
  if (part == "offset") return norm + ".bias";
  return norm + (part == "mean" ? ".running_mean" : ".running_var");
}

const Tensor* find(const Checkpoint& checkpoint, const std::string& name) {
  auto found = std::find_if(checkpoint.entries.begin(), checkpoint.entries.end(),
                            [&](const auto& entry) { return entry.name == name; });
  return found == checkpoint.entries.end() ? nullptr : &found->tensor;
}

/// Element i[0], … of the result is element i[permutation⁻¹] of x: its axis d is x's
/// permutation[d].
Tensor transposed(const Tensor& x, const std::vector<size_t>& permutation) {
  Shape shape;
  for (size_t axis : permutation) shape.push_back(x.shape()[axis]);
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * x.shape()[d];
  Tensor result(Type{ElementType::f32, shape});
  std::vector<int64_t> place(shape.size(), 0);
  auto out = result.values<float>();
  auto in = x.values<float>();
  for (float& value : out) {
    int64_t from = 0;
    for (size_t d = 0; d < shape.size(); ++d) from += place[d] * strides[permutation[d]];
    value = in[static_cast<size_t>(from)];
    for (size_t d = shape.size(); d-- > 0;) {
      if (++place[d] < shape[d]) break;
      place[d] = 0;
    }
  }
  return result;
}

/// As the model takes it: HWIO of OIHW, [in, out] of [out, in].
Tensor as_taken(const Tensor& given) {
  Tensor x = given.convert(ElementType::f32);
  if (x.shape().size() == 4) return transposed(x, {2, 3, 1, 0});
  if (x.shape().size() == 2) return transposed(x, {1, 0});
  return x;
}

}  // namespace

std::string torchvision_name(const std::string& weight) {
  static const std::regex stem("conv_bn1\\.(\\w+)"), head("dense1\\.(weight|bias)"),
      block("(basic_block|bottleneck)(\\d+)\\.block(\\d+)\\.conv_bn(\\d+)\\.(\\w+)");
  std::smatch m;
  if (std::regex_match(weight, m, stem)) return conv_bn_name("conv1", "bn1", m[1]);
  if (std::regex_match(weight, m, head)) return "fc." + m[1].str();
  if (!std::regex_match(weight, m, block)) return "";
  std::string of = "layer" + m[2].str() + "." + std::to_string(std::stoi(m[3]) - 1) + ".";
  int convolutions = m[1] == "bottleneck" ? 3 : 2;
  std::string number = m[4];
  if (std::stoi(number) <= convolutions) {
    return conv_bn_name(of + "conv" + number, of + "bn" + number, m[5]);
  }
  return conv_bn_name(of + "downsample.0", of + "downsample.1", m[5]);
}

bool has_torchvision_names(const Checkpoint& checkpoint) {
  return find(checkpoint, "conv1.weight") != nullptr &&
         find(checkpoint, "bn1.running_mean") != nullptr &&
         find(checkpoint, "layer1.0.conv1.weight") != nullptr;
}

Checkpoint from_torchvision(const Checkpoint& checkpoint, const Model& model) {
  Checkpoint taken;
  for (const Parameter& p : model.weights()) {
    const Tensor* tensor = find(checkpoint, torchvision_name(p.name));
    if (tensor != nullptr) taken.entries.push_back({p.name, as_taken(*tensor)});
  }
  return taken;
}

}  // namespace pullback
