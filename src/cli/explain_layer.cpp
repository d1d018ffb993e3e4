#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "cli/explain.h"
#include "zoo/toml.h"

namespace pullback::cli {

namespace {

template <size_t... I>
std::vector<std::string> kinds(std::index_sequence<I...>) {
  return {std::string(std::variant_alternative_t<I, LayerVariant>::kind)...};
}

/// The fields that a kind must have, or is seldom without, as its page shows them.
const std::map<std::string, std::string>& example_fields() {
  static const std::map<std::string, std::string> fields{
      {"conv", "out = 4\nkernel = 3\n"},
      {"max_pool", "window = 2\n"},
      {"avg_pool", "window = 2\n"},
      {"dense", "out = 4\n"},
      {"conv_bn", "out = 4\nkernel = 3\n"},
      {"basic_block", "out = 4\n"},
      {"bottleneck", "out = 4\n"},
      {"repeat",
       "times = 2\nlayers = [{kind = \"conv\", out = 4, kernel = 3}, {kind = \"relu\"}]\n"},
      {"add", "branches = [[{kind = \"conv\", out = 4, kernel = 3}], []]\n"},
      {"multiply", "branches = [[{kind = \"conv\", out = 4, kernel = 3}], []]\n"},
      {"concatenate", "branches = [[{kind = \"conv\", out = 4, kernel = 3}], []]\n"},
      {"depthwise_conv", "kernel = 3\n"},
      {"separable_conv", "out = 4\nkernel = 3\n"},
      {"conv_bn_act", "out = 4\nkernel = 3\nactivation = \"swish\"\n"},
      {"squeeze_excite", "squeeze = 2\n"},
      {"inverted_residual", "out = 4\nexpand = 2\n"},
      {"bneck", "out = 4\nhidden = 8\nexcite = true\n"},
      {"mbconv", "out = 4\nexpand = 2\ndrop = 0.1\n"},
  };
  return fields;
}

/// A network that has the layer between a convolution and a classifier, on images or on features.
std::optional<Network> network_with(const std::string& layer) {
  const std::string head = "[network]\ninput = [6, 6, 4]\nclasses = 3\n";
  const std::string conv = "[[layer]]\nkind = \"conv\"\nout = 4\nkernel = 3\n";
  const std::string pool = "[[layer]]\nkind = \"global_avg_pool\"\n";
  const std::string last = "[[layer]]\nkind = \"dense\"\nout = 3\n";
  for (const std::string& text :
       {conv + layer + pool + last, conv + layer + last, conv + pool + layer + last}) {
    try {
      return parse_network(head + text, "example.toml");
    } catch (const Error&) {
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> layer_kinds() {
  return kinds(std::make_index_sequence<std::variant_size_v<LayerVariant>>{});
}

std::string explain_layer(const std::string& kind, const Style& style) {
  auto fields = example_fields().find(kind);
  std::string layer = "[[layer]]\nkind = \"" + kind + "\"\n" +
                      (fields == example_fields().end() ? "" : fields->second);
  std::optional<Network> network = network_with(layer);
  if (!network) {
    throw Error("the layer '" + kind +
                "' has no page of its own; see it in a network: pullback explain NET --layer NAME");
  }
  // The convolution before and the dense layer behind it may be of the kind itself.
  auto is_kind = [&](const Layer& l) { return kind_of(l) == kind; };
  auto count = std::count_if(network->layers.begin(), network->layers.end() - 1, is_kind);
  std::string name = kind + std::to_string(count);
  return style.bold("In a network's file") + "\n\n" + indented(layer, "    ") + "\n" +
         explain_network(*network, 2, name, style);
}

}  // namespace pullback::cli
