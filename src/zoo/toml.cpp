#include "zoo/toml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "nn/model.h"

namespace pullback {

namespace {

using Index = std::make_index_sequence<std::variant_size_v<LayerVariant>>;

template <class T, class... List>
concept OneOf = (std::is_same_v<T, List> || ...);

/// A layer with its defaults, and 0 in the fields that have none.
template <class T>
T blank() {
  if constexpr (requires { T{}; }) {
    return T{};
  } else if constexpr (requires { T{0}; }) {
    return T{0};
  } else {
    return T{0, 0};
  }
}

template <size_t... I>
std::vector<Layer> blank_layers(std::index_sequence<I...>) {
  return {blank<std::variant_alternative_t<I, LayerVariant>>()...};
}

std::string quote(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string_view type_text(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

/// Reads one file; every method fails with the place of what is wrong.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Network read(const toml::table& root) {
    only_keys(root, "the file", {"network", "layer"});
    const toml::table& head = table(root, "network");
    only_keys(head, "[network]", {"name", "source", "input", "classes"});
    Network network;
    network.name = name(head);
    network.source = text(head, "source", path_);
    network.input = input(head);
    network.classes = integer(required(head, "[network]", "classes"), "classes");
    const toml::node& list = required(root, "the file", "layer", "[[layer]]");
    const toml::array* layers = list.as_array();
    if (layers == nullptr) fail(list, "a layer is headed by [[layer]], not by [layer]");
    for (const toml::node& node : *layers) {
      if (node.as_table() == nullptr) fail(node, "a layer is a table headed by [[layer]]");
      network.layers.push_back(layer(*node.as_table()));
    }
    check(network, head, *layers);
    return network;
  }

  [[noreturn]] void fail(const toml::source_region& place, const std::string& message) const {
    throw Error(path_ + ":" + std::to_string(place.begin.line) + ": " + message);
  }

 private:
  [[noreturn]] void fail(const toml::node& node, const std::string& message) const {
    fail(node.source(), message);
  }

  void only_keys(const toml::table& table, const std::string& place,
                 const std::vector<std::string>& known) const {
    for (const auto& [key, value] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      std::string near = nearest(key.str(), known);
      fail(key.source(), place + " has no " + quote(key.str()) +
                             (near.empty() ? "" : "; did you mean " + quote(near) + "?") +
                             "\n  it may have: " + join(known));
    }
  }

  const toml::node& required(const toml::table& table, const std::string& place,
                             const std::string& key, const std::string& shown = "") const {
    const toml::node* node = table.get(key);
    if (node == nullptr) fail(table, place + " lacks " + (shown.empty() ? key : shown));
    return *node;
  }

  const toml::table& table(const toml::table& root, const std::string& key) const {
    const toml::node& node = required(root, "the file", key, "[" + key + "]");
    if (node.as_table() == nullptr) fail(node, quote(key) + " must be a table: [" + key + "]");
    return *node.as_table();
  }

  int64_t integer(const toml::node& node, const std::string& what) const {
    if (!node.is_integer()) {
      fail(node, what + " must be an integer, not " + std::string(type_text(node)));
    }
    return node.as_integer()->get();
  }

  std::string text(const toml::table& table, const std::string& key,
                   const std::string& otherwise) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return otherwise;
    if (!node->is_string()) {
      fail(*node, key + " must be a string, not " + std::string(type_text(*node)));
    }
    return node->as_string()->get();
  }

  std::string name(const toml::table& head) const {
    std::string name = text(head, "name", std::filesystem::path(path_).stem().string());
    bool plain = !name.empty() && name[0] != '.' && name[0] != '-' && name.size() <= 100;
    for (char c : name) {
      plain &= std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
    }
    if (!plain) {
      const toml::node* node = head.get("name");
      fail(node != nullptr ? *node : static_cast<const toml::node&>(head),
           "name " + quote(name) + " must be made of letters, digits, '.', '_' and '-'");
    }
    return name;
  }

  ImageShape input(const toml::table& head) const {
    const toml::node& node = required(head, "[network]", "input");
    const toml::array* extents = node.as_array();
    if (extents == nullptr || extents->size() != 3) {
      fail(node, "input must be [height, width, channels], e.g. [28, 28, 1]");
    }
    int64_t sizes[3];
    for (size_t i = 0; i < 3; ++i) sizes[i] = integer(*extents->get(i), "each extent of input");
    return {.height = sizes[0], .width = sizes[1], .channels = sizes[2]};
  }

  Layer layer(const toml::table& table) {
    const toml::node& node = required(table, "a [[layer]]", "kind");
    if (!node.is_string()) {
      fail(node, "kind must be a string, not " + std::string(type_text(node)));
    }
    std::string kind = node.as_string()->get();
    std::vector<std::string> kinds;
    for (Layer& layer : blank_layers(Index{})) {
      kinds.emplace_back(kind_of(layer));
      if (kinds.back() != kind) continue;
      std::string outer = std::exchange(place_, prefix_ + kind);
      place_ += std::to_string(++counts_[place_]);
      std::visit([&](auto& l) { fields(table, l); }, layer.any());
      place_ = outer;
      return layer;
    }
    std::string near = nearest(kind, kinds);
    fail(node, "there is no kind of layer " + quote(kind) +
                   (near.empty() ? "" : "; did you mean " + quote(near) + "?") +
                   "\n  kinds: " + join(kinds));
  }

  /// The layers of an array of tables; `part` names them within the layer that is being read.
  Layers inner_layers(const toml::node& node, const std::string& what, const std::string& part) {
    const toml::array* tables = node.as_array();
    if (tables == nullptr) {
      fail(node,
           what + " must be layers, e.g. [{kind = \"relu\"}], not " + std::string(type_text(node)));
    }
    if (++depth_ > 20) fail(node, what + " is nested more than 20 deep");
    std::string outer = std::exchange(prefix_, place_ + "." + part);
    Layers layers;
    for (const toml::node& one : *tables) {
      if (one.as_table() == nullptr) fail(one, what + ": a layer is a table {kind = …}");
      layers.push_back(layer(*one.as_table()));
    }
    prefix_ = outer;
    --depth_;
    return layers;
  }

  std::vector<Layers> branches(const toml::node& node, const std::string& what) {
    const toml::array* lists = node.as_array();
    if (lists == nullptr) {
      fail(node, what + " must be lists of layers, e.g. [[{kind = \"relu\"}], []], not " +
                     std::string(type_text(node)));
    }
    std::vector<Layers> result;
    for (const toml::node& one : *lists) {
      std::string part = "branch" + std::to_string(result.size() + 1);
      result.push_back(inner_layers(one, what + ": " + part, part + "."));
    }
    return result;
  }

  template <class T>
  void fields(const toml::table& table, T& layer) {
    std::vector<std::string> known{"kind"};
    T::fields(layer, [&](const char* key, auto&) { known.emplace_back(key); });
    only_keys(table, place_, known);
    T::fields(layer, [&](const char* key, auto& field) {
      using Field = std::remove_cvref_t<decltype(field)>;
      if constexpr (OneOf<Field, Required<int64_t>, Layers, std::vector<Layers>>) {
        required(table, place_, key);
      }
      if (const toml::node* node = table.get(key)) set(*node, key, field);
    });
  }

  template <class Field>
  void set(const toml::node& node, const std::string& key, Field& field) {
    std::string what = place_ + ": " + key;
    if constexpr (std::is_same_v<Field, bool>) {
      if (!node.is_boolean()) {
        fail(node, what + " must be true or false, not " + std::string(type_text(node)));
      }
      field = node.as_boolean()->get();
    } else if constexpr (std::is_same_v<Field, Padding>) {
      field = padding(node, what);
    } else if constexpr (std::is_same_v<Field, Activation>) {
      field = activation(node, what);
    } else if constexpr (std::is_same_v<Field, Layers>) {
      field = inner_layers(node, what, "");
    } else if constexpr (std::is_same_v<Field, std::vector<Layers>>) {
      field = branches(node, what);
    } else if constexpr (std::is_same_v<Field, Decimal>) {
      field = decimal(node, what);
    } else {
      field = Field(integer(node, what));
      // 0 stands for a default in C++ only.
      if (field < 1) {
        fail(node, what + " is " + std::to_string(int64_t{field}) + "; it must be at least 1");
      }
    }
  }

  Decimal decimal(const toml::node& node, const std::string& what) const {
    if (node.is_integer()) return node.as_integer()->get();
    if (!node.is_floating_point()) {
      fail(node, what + " must be a number, not " + std::string(type_text(node)));
    }
    return Decimal::of(node.as_floating_point()->get());
  }

  Padding padding(const toml::node& node, const std::string& what) const {
    if (node.is_integer() && node.as_integer()->get() >= 0) return node.as_integer()->get();
    if (node.is_string()) {
      if (node.as_string()->get() == "same") return Padding::same;
      if (node.as_string()->get() == "valid") return Padding::valid;
    }
    fail(node, what + " must be \"same\", \"valid\" or a number from 0");
  }

  Activation activation(const toml::node& node, const std::string& what) const {
    std::vector<std::string> names = activation_names();
    if (!node.is_string()) {
      fail(node, what + " must be a string, not " + std::string(type_text(node)) + "\n  one of " +
                     join(names));
    }
    std::string name = node.as_string()->get();
    if (auto found = activation_named(name)) return *found;
    std::string near = nearest(name, names);
    fail(node, what + ": there is no activation " + quote(name) +
                   (near.empty() ? "" : "; did you mean " + quote(near) + "?") + "\n  one of " +
                   join(names));
  }

  /// Builds the network once to find the layer that does not fit.
  void check(const Network& network, const toml::table& head, const toml::array& layers) const {
    try {
      build_evaluation(network, 1);
    } catch (const LayerError& error) {
      fail(*layers.get(error.layer), error.what());
    } catch (const Error& error) {
      fail(head, error.what());
    }
  }

  std::string path_;
  std::string place_;   ///< the layer that is being read
  std::string prefix_;  ///< of the layers in the block that is being read
  int depth_ = 0;       ///< of blocks in blocks
  std::map<std::string, int> counts_;
};

std::string value_text(bool value) { return value ? "true" : "false"; }
std::string value_text(int64_t value) { return std::to_string(value); }
std::string value_text(const Required<int64_t>& field) { return std::to_string(field.value); }
std::string value_text(const Padding& padding) {
  return padding == Padding::same ? "\"same\"" : std::to_string(padding.each);
}
std::string value_text(Activation activation) {
  return "\"" + std::string(to_string(activation)) + "\"";
}
std::string value_text(const Decimal& number) { return number.text(); }
std::string value_text(const std::string& text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result + "\"";
}

std::string layer_text(const Layer& layer, const std::string& separator);

/// An array with an inline table a line.
std::string value_text(const Layers& layers) {
  if (layers.empty()) return "[]";
  std::string text = "[\n";
  for (const Layer& layer : layers) text += "  {" + layer_text(layer, ", ") + "},\n";
  return text + "]";
}
std::string value_text(const std::vector<Layers>& branches) {
  std::string text = "[";
  for (const Layers& branch : branches) text += (text.size() > 1 ? ", " : "") + value_text(branch);
  return text + "]";
}

/// "kind = "conv"", and every field, where a 0 stands for the default.
std::string layer_text(const Layer& layer, const std::string& separator) {
  std::string text = "kind = \"" + std::string(kind_of(layer)) + "\"";
  auto print = [&](const auto& l) {
    l.fields(l, [&](const char* key, const auto& field) {
      std::string value = value_text(field);
      if (value == "0" && std::string_view(key) != "padding") return;
      text += separator + key + " = " + value;
    });
  };
  std::visit(print, layer.any());
  return text;
}

}  // namespace

Network parse_network(std::string_view text, const std::string& path) {
  Reader reader(path);
  try {
    return reader.read(toml::parse(text, path));
  } catch (const toml::parse_error& error) {
    reader.fail(error.source(), std::string(error.description()));
  }
}

Network read_network(const std::string& path) { return parse_network(read_file(path), path); }

std::string print_network(const Network& network) {
  const ImageShape& in = network.input;
  std::string text =
      "[network]\nname = " + value_text(network.name) + "\nsource = " + value_text(network.source) +
      "\ninput = [" + std::to_string(in.height) + ", " + std::to_string(in.width) + ", " +
      std::to_string(in.channels) + "]\nclasses = " + std::to_string(network.classes) + "\n";
  for (const Layer& layer : network.layers) {
    text += "\n[[layer]]\n" + layer_text(layer, "\n") + "\n";
  }
  return text;
}

}  // namespace pullback
