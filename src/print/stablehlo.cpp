#include "print/stablehlo.h"

#include <array>
#include <set>

#include "base/text.h"

namespace pullback {

namespace {

std::string list(const std::vector<int64_t>& items) { return "[" + join(items) + "]"; }

std::string special_text(Decimal::Kind kind, ElementType element) {
  bool wide = element == ElementType::f64;
  switch (kind) {
    case Decimal::Kind::infinity:
      return wide ? "0x7FF0000000000000" : "0x7F800000";
    case Decimal::Kind::negative_infinity:
      return wide ? "0xFFF0000000000000" : "0xFF800000";
    default:
      return wide ? "0x7FF8000000000000" : "0x7FC00000";
  }
}

std::string element_text(const Decimal& value, ElementType element) {
  if (element == ElementType::i1) {
    if (value != Decimal(0) && value != Decimal(1)) throw Error("a constant of type i1 is 0 or 1");
    return value == Decimal(1) ? "true" : "false";
  }
  if (!is_float(element)) return std::to_string(value.to_integer());
  bool decimal = value.kind == Decimal::Kind::finite || value.kind == Decimal::Kind::negative_zero;
  return decimal ? value.text() : special_text(value.kind, element);
}

/// The values from `next` on, nested in brackets by the axes from `axis` on.
std::string nested(const Type& type, const std::vector<Decimal>& values, size_t axis,
                   size_t& next) {
  if (axis == type.shape.size()) return element_text(values[next++], type.element);
  std::string text = "[";
  for (int64_t i = 0; i < type.shape[axis]; ++i) {
    if (i > 0) text += ", ";
    text += nested(type, values, axis + 1, next);
  }
  return text + "]";
}

std::string_view compare_type(ElementType element) {
  if (is_float(element)) return "FLOAT";
  return element == ElementType::i1 ? "UNSIGNED" : "SIGNED";
}

/// The dimension numbers of one tensor: "[b, 0, 1, f]".
std::string dimension_numbers(int64_t first, const char* first_name, int64_t second,
                              const char* second_name, const Axes& spatial) {
  std::vector<std::string> names(spatial.size() + 2);
  names[static_cast<size_t>(first)] = first_name;
  names[static_cast<size_t>(second)] = second_name;
  for (size_t d = 0; d < spatial.size(); ++d) {
    names[static_cast<size_t>(spatial[d])] = std::to_string(d);
  }
  return "[" + join(names) + "]";
}

/// "array<i64: 1, 2>"; of nothing, "array<i64>".
std::string array(const std::vector<int64_t>& items) {
  return items.empty() ? "array<i64>" : "array<i64: " + join(items) + ">";
}
std::string array(const std::vector<WindowDimension>& window, int64_t WindowDimension::*field) {
  std::vector<int64_t> items;
  for (const WindowDimension& w : window) items.push_back(w.*field);
  return array(items);
}

/// "offset_dims = [1], index_vector_dim = 1": what is not empty or 0, in gather's names.
std::string window_numbers(const WindowNumbers& n, const std::array<const char*, 5>& names) {
  const Axes* lists[] = {&n.offset_dims, &n.collapsed_slice_dims, &n.operand_batching_dims,
                         &n.start_indices_batching_dims, &n.start_index_map};
  std::vector<std::string> fields;
  for (size_t k = 0; k < names.size(); ++k) {
    if (!lists[k]->empty()) fields.push_back(std::string(names[k]) + " = " + list(*lists[k]));
  }
  if (n.index_vector_dim != 0) {
    fields.push_back("index_vector_dim = " + std::to_string(n.index_vector_dim));
  }
  return join(fields);
}

const char* flag(bool value) { return value ? "true" : "false"; }

/// "[[0, 1], [0, 1]]": low and high padding of each dimension.
template <class Window>
std::string padding_list(const Window& window) {
  return "[" +
         join(window, ", ",
              [](const auto& w) {
                return "[" + std::to_string(w.padding_low) + ", " + std::to_string(w.padding_high) +
                       "]";
              }) +
         "]";
}

std::string padding_attribute(const std::vector<WindowDimension>& window) {
  return "padding = dense<" + (window.empty() ? "" : padding_list(window)) + "> : tensor<" +
         std::to_string(window.size()) + "x2xi64>";
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool in_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == '$';
}

class Printer {
 public:
  explicit Printer(const Graph& graph) : graph_(graph) {}

  std::string print() {
    text_ = "module @" + module_name() + " {\n  func.func public @main(";
    text_ += join(graph_.arguments, ", ",
                  [](const Argument& a) { return print_name(a.name) + ": " + a.type.text(); });
    text_ += ") -> (" + join(graph_.results, ", ", [&](Value v) { return type(v); }) + ") {\n";
    identities();
    for (const Instr& instr : graph_.instrs) {
      text_ += "    " + print_name(instr.name) + " = ";
      std::visit([&](const auto& op) { print(op, instr); }, instr.op);
      text_ += "\n";
    }
    text_ += "    return";
    if (!graph_.results.empty()) {
      text_ += " " + names(graph_.results) + " : " +
               join(graph_.results, ", ", [&](Value v) { return type(v); });
    }
    return std::move(text_) + "\n  }\n}\n";
  }

 private:
  std::string module_name() const {
    std::string name;
    for (char c : graph_.name) name += is_letter(c) || is_digit(c) ? c : '_';
    return name.empty() || is_digit(name[0]) ? "_" + name : name;
  }

  std::string name(Value v) const { return print_name(graph_.name_of(v)); }
  std::string type(Value v) const { return graph_.type(v).text(); }
  std::string names(const Values& values) const {
    return join(values, ", ", [&](Value v) { return name(v); });
  }
  /// " : (operand types) -> result type"
  std::string signature(const Instr& instr, const std::string& more = "") const {
    return " : (" + join(instr.operands, ", ", [&](Value v) { return type(v); }) + more + ") -> " +
           instr.type.text();
  }
  void put(const std::string& text) { text_ += text; }
  template <class T>
  std::string head(const T& op, const Instr& instr) const {
    std::string operands = names(instr.operands);
    return "stablehlo." + std::string(op.info.name) + (operands.empty() ? "" : " " + operands);
  }

  void identities() {
    std::set<std::pair<Reduction, ElementType>> used;
    for (const Instr& instr : graph_.instrs) {
      if (auto* r = std::get_if<Reduce>(&instr.op)) used.insert({r->kind, instr.type.element});
      if (auto* r = std::get_if<ReduceWindow>(&instr.op)) {
        used.insert({r->kind, instr.type.element});
      }
      if (std::holds_alternative<SelectAndScatter>(instr.op)) {
        used.insert({Reduction::add, instr.type.element});
      }
    }
    for (auto [kind, element] : used) {
      Type scalar{element, {}};
      put("    %" + identity_name(kind, element) + " = stablehlo.constant " +
          print_dense(scalar, {identity_value(kind, element)}) + " : " + scalar.text() + "\n");
    }
  }

  // Elementwise ops of one type.
  template <class T>
  requires std::is_base_of_v<UnaryOp<T>, T> || std::is_base_of_v<BinaryOp<T>, T>
  void print(const T& op, const Instr& instr) { put(head(op, instr) + " : " + instr.type.text()); }
  void print(const Compare& op, const Instr& instr) {
    put("stablehlo.compare " + std::string(to_string(op.direction)) + ", " + names(instr.operands) +
        ", " + std::string(compare_type(graph_.type(instr.operands[0]).element)) +
        signature(instr));
  }
  void print(const Select& op, const Instr& instr) {
    put(head(op, instr) + " : " + type(instr.operands[0]) + ", " + instr.type.text());
  }
  void print(const Convert& op, const Instr& instr) { put(head(op, instr) + signature(instr)); }
  void print(const Constant& op, const Instr& instr) {
    put("stablehlo.constant " + print_dense(instr.type, op.values) + " : " + instr.type.text());
  }
  void print(const Iota& op, const Instr& instr) {
    put("stablehlo.iota dim = " + std::to_string(op.dimension) + " : " + instr.type.text());
  }
  void print(const BroadcastInDim& op, const Instr& instr) {
    put(head(op, instr) + ", dims = " + list(op.broadcast_dimensions) + signature(instr));
  }
  void print(const Reshape& op, const Instr& instr) { put(head(op, instr) + signature(instr)); }
  void print(const Transpose& op, const Instr& instr) {
    put(head(op, instr) + ", dims = " + list(op.permutation) + signature(instr));
  }
  void print(const Reverse& op, const Instr& instr) {
    put(head(op, instr) + ", dims = " + list(op.dimensions) + " : " + instr.type.text());
  }
  void print(const Slice& op, const Instr& instr) {
    std::vector<std::string> ranges;
    for (size_t d = 0; d < op.strides.size(); ++d) {
      std::string range =
          std::to_string(op.start_indices[d]) + ":" + std::to_string(op.limit_indices[d]);
      if (op.strides[d] != 1) range += ":" + std::to_string(op.strides[d]);
      ranges.push_back(range);
    }
    put(head(op, instr) + " [" + join(ranges) + "]" + signature(instr));
  }
  void print(const Pad& op, const Instr& instr) {
    put(head(op, instr) + ", low = " + list(op.edge_padding_low) +
        ", high = " + list(op.edge_padding_high) + ", interior = " + list(op.interior_padding) +
        signature(instr));
  }
  void print(const Concatenate& op, const Instr& instr) {
    put(head(op, instr) + ", dim = " + std::to_string(op.dimension) + signature(instr));
  }
  void print(const DynamicSlice& op, const Instr& instr) {
    put(head(op, instr) + ", sizes = " + list(op.slice_sizes) + signature(instr));
  }
  void print(const DynamicUpdateSlice& op, const Instr& instr) {
    put(head(op, instr) + signature(instr));
  }
  void print(const Gather& op, const Instr& instr);
  void print(const Scatter& op, const Instr& instr);
  void print(const Reduce& op, const Instr& instr) {
    put("stablehlo.reduce(" + name(instr.operands[0]) + " init: %" +
        identity_name(op.kind, instr.type.element) + ") applies stablehlo." +
        std::string(to_string(op.kind)) + " across dimensions = " + list(op.dimensions) +
        signature(instr, ", " + scalar(instr)));
  }
  void print(const DotGeneral& op, const Instr& instr) {
    std::string batching;
    if (!op.lhs_batching_dimensions.empty()) {
      batching = ", batching_dims = " + list(op.lhs_batching_dimensions) + " x " +
                 list(op.rhs_batching_dimensions);
    }
    put(head(op, instr) + batching + ", contracting_dims = " + list(op.lhs_contracting_dimensions) +
        " x " + list(op.rhs_contracting_dimensions) + signature(instr));
  }
  void print(const Convolution& op, const Instr& instr);
  void print(const ReduceWindow& op, const Instr& instr);
  void print(const SelectAndScatter& op, const Instr& instr);
  template <class T>
  requires(T::info.composite) void print(const T& op, const Instr& instr) {
    throw Error("'" + instr.name + "' is a " + std::string(op.info.name) +
                ", which StableHLO does not have; lower the graph before printing it");
  }

  /// "tensor<f32>": a scalar of the result's element type.
  static std::string scalar(const Instr& instr) { return instr.type.with(Shape{}).text(); }
  /// "({ ^bb0(x, y): z = op(x, y); return z" on lines of their own.
  void region(const Instr& instr, const std::string& op, const std::string& result) {
    put("    ^bb0(%$x: " + scalar(instr) + ", %$y: " + scalar(instr) + "):\n      %$z = " + op +
        "\n      stablehlo.return %$z : " + result + "\n    }");
  }

  const Graph& graph_;
  std::string text_;
};

void Printer::print(const Convolution& op, const Instr& instr) {
  const ConvolutionDimensions& n = op.dimensions;
  auto each = [&](auto field) { return "[" + join(op.window, ", ", field) + "]"; };
  auto number = [](int64_t ConvolutionWindow::*field) {
    return [field](const ConvolutionWindow& w) { return std::to_string(w.*field); };
  };
  put("stablehlo.convolution(" + names(instr.operands) + ") dim_numbers = " +
      dimension_numbers(n.input_batch, "b", n.input_feature, "f", n.input_spatial) + "x" +
      dimension_numbers(n.kernel_input_feature, "i", n.kernel_output_feature, "o",
                        n.kernel_spatial) +
      "->" + dimension_numbers(n.output_batch, "b", n.output_feature, "f", n.output_spatial));
  put(", window = {stride = " + each(number(&ConvolutionWindow::stride)) + ", pad = " +
      padding_list(op.window) + ", lhs_dilate = " + each(number(&ConvolutionWindow::lhs_dilation)) +
      ", rhs_dilate = " + each(number(&ConvolutionWindow::rhs_dilation)) + ", reverse = " +
      each([](const ConvolutionWindow& w) { return w.reversal ? "true" : "false"; }) + "}");
  put(" {batch_group_count = " + std::to_string(op.batch_group_count) +
      " : i64, feature_group_count = " + std::to_string(op.feature_group_count) + " : i64}" +
      signature(instr));
}

void Printer::print(const Gather& op, const Instr& instr) {
  put("\"stablehlo.gather\"(" + names(instr.operands) +
      ") <{dimension_numbers = #stablehlo.gather<" +
      window_numbers(op.numbers, {"offset_dims", "collapsed_slice_dims", "operand_batching_dims",
                                  "start_indices_batching_dims", "start_index_map"}) +
      ">, indices_are_sorted = " + flag(op.indices_are_sorted) +
      ", slice_sizes = " + array(op.slice_sizes) + "}>" + signature(instr));
}

void Printer::print(const Scatter& op, const Instr& instr) {
  put("\"stablehlo.scatter\"(" + names(instr.operands) + ") <{indices_are_sorted = " +
      flag(op.indices_are_sorted) + ", scatter_dimension_numbers = #stablehlo.scatter<" +
      window_numbers(op.numbers,
                     {"update_window_dims", "inserted_window_dims", "input_batching_dims",
                      "scatter_indices_batching_dims", "scatter_dims_to_operand_dims"}) +
      ">, unique_indices = " + flag(op.unique_indices) + "}> ({\n");
  if (op.update == ScatterUpdate::add) {
    region(instr, "stablehlo.add %$x, %$y : " + scalar(instr), scalar(instr));
  } else {
    put("    ^bb0(%$x: " + scalar(instr) + ", %$y: " + scalar(instr) +
        "):\n      stablehlo.return %$y : " + scalar(instr) + "\n    }");
  }
  put(")" + signature(instr));
}

void Printer::print(const ReduceWindow& op, const Instr& instr) {
  put("\"stablehlo.reduce_window\"(" + name(instr.operands[0]) + ", %" +
      identity_name(op.kind, instr.type.element) + ") <{base_dilations = " +
      array(op.window, &WindowDimension::base_dilation) + ", " + padding_attribute(op.window) +
      ", window_dilations = " + array(op.window, &WindowDimension::window_dilation) +
      ", window_dimensions = " + array(op.window, &WindowDimension::size) +
      ", window_strides = " + array(op.window, &WindowDimension::stride) + "}> ({\n");
  region(instr, "stablehlo." + std::string(to_string(op.kind)) + " %$x, %$y : " + scalar(instr),
         scalar(instr));
  put(")" + signature(instr, ", " + scalar(instr)));
}

void Printer::print(const SelectAndScatter& op, const Instr& instr) {
  put("\"stablehlo.select_and_scatter\"(" + names(instr.operands) + ", %" +
      identity_name(Reduction::add, instr.type.element) + ") <{" + padding_attribute(op.window) +
      ", window_dimensions = " + array(op.window, &WindowDimension::size) +
      ", window_strides = " + array(op.window, &WindowDimension::stride) + "}> ({\n");
  region(instr,
         "stablehlo.compare GE, %$x, %$y, " + std::string(compare_type(instr.type.element)) +
             " : (" + scalar(instr) + ", " + scalar(instr) + ") -> tensor<i1>",
         "tensor<i1>");
  put(", {\n");
  region(instr, "stablehlo.add %$x, %$y : " + scalar(instr), scalar(instr));
  put(")" + signature(instr, ", " + scalar(instr)));
}

}  // namespace

std::string print_dense(const Type& type, const std::vector<Decimal>& values) {
  if (values.size() == 1) return "dense<" + element_text(values[0], type.element) + ">";
  if (values.empty()) return "dense<>";
  size_t next = 0;
  return "dense<" + nested(type, values, 0, next) + ">";
}

std::string print_name(const std::string& name) {
  bool digits = !name.empty();
  bool legal = !name.empty();
  for (char c : name) {
    digits = digits && is_digit(c);
    legal = legal && in_name(c);
  }
  if (!legal) {
    throw Error("'" + name + "' cannot be a value's name: it may have letters, digits, '.', '_' " +
                "and '-'");
  }
  return (name[0] == '$' || (is_digit(name[0]) && !digits) ? "%$" : "%") + name;
}

std::string identity_name(Reduction kind, ElementType element) {
  return std::string(kind == Reduction::add ? "$add." : "$max.") + std::string(to_string(element));
}

Decimal identity_value(Reduction kind, ElementType element) {
  if (kind == Reduction::add || element == ElementType::i1) return 0;
  if (element == ElementType::i32) return -2147483648LL;
  return Decimal::special(Decimal::Kind::negative_infinity);
}

std::string print_stablehlo(const Graph& graph) { return Printer(graph).print(); }

}  // namespace pullback
