#include "print/stablehlo.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/text.h"
#include "print/attributes.h"

namespace pullback {

namespace {

std::string_view compare_type(ElementType element) {
  if (is_float(element)) return "FLOAT";
  return is_signed(element) ? "SIGNED" : "UNSIGNED";
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool in_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == '$';
}

/// The names in a graph and in the programs in its ops that begin with "$$".
void collect_escaped(const Graph& graph, std::set<std::string>& names) {
  auto add = [&](const std::string& name) {
    if (name.starts_with("$$")) names.insert(name);
  };
  for (const Argument& a : graph.arguments) add(a.name);
  for (const Instr& instr : graph.instrs) {
    add(instr.name);
    for (const Subgraph* region : regions_of(instr.op)) collect_escaped(**region, names);
  }
}

/// The instructions of a graph and of the programs in its ops.
void collect(const Graph& graph, std::vector<const Instr*>& all) {
  for (const Instr& instr : graph.instrs) {
    all.push_back(&instr);
    for (const Subgraph* region : regions_of(instr.op)) collect(**region, all);
  }
}

template <class T>
concept Elementwise =
    !T::info.composite && (std::is_base_of_v<UnaryOp<T>, T> || std::is_base_of_v<BinaryOp<T>, T>);

class Printer {
 public:
  explicit Printer(const Graph& graph) : graph_(graph) {
    collect_escaped(graph, escaped_);
    for (const Argument& a : graph.arguments) define(print_name(a.name));
  }

  std::string print() {
    text_ = "module @" + module_name() + " {\n  func.func public @main(";
    text_ += join(graph_.arguments, ", ",
                  [](const Argument& a) { return print_name(a.name) + ": " + a.type.text(); });
    text_ += ") -> (" + join(graph_.results, ", ", [&](Value v) { return type(v); }) + ") {\n";
    identities();
    instructions();
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

  /// A program in an op of `outer`, whose arguments are printed by these names.
  Printer(const Graph& region, Printer& outer, std::vector<std::string> arguments)
      : graph_(region),
        indent_(outer.indent_ + "  "),
        names_(std::move(arguments)),
        escaped_(outer.escaped_),
        outer_(&outer),
        unused_(outer.unused_) {}

  void instructions();
  std::string heads(size_t begin, size_t end);
  /// The next value's printed name, made different from all that are visible here.
  void define(std::string name);
  bool visible(const std::string& name) const {
    return seen_.contains(name) || (outer_ && outer_->visible(name));
  }
  /// The lines of a program of the instruction, with its return.
  void program(const Subgraph& region, const Instr& instr, const std::vector<std::string>& inputs);
  void branches(const std::vector<const Subgraph*>& all, const Instr& instr);

  /// A name of the printer's own, '$' and a letter, which reads back as that with one more '$':
  /// made different from the graph's.
  std::string own_name(std::string name) const {
    while (escaped_.contains("$" + name)) name += ".";
    return name;
  }
  std::string identity(Reduction kind, ElementType element) const {
    return "%" + own_name(identity_name(kind, element));
  }
  std::string name(Value v) const { return names_[static_cast<size_t>(v.id)]; }
  std::string type(Value v) const { return graph_.type(v).text(); }
  std::string names(const Values& values) const {
    return join(values, ", ", [&](Value v) { return name(v); });
  }
  /// " : (operand types) -> result type"
  std::string signature(const Instr& instr, const std::string& more = "") const {
    return " : (" + join(instr.operands, ", ", [&](Value v) { return type(v); }) + more + ") -> " +
           result_types(instr);
  }
  std::vector<Type> types_of_results(const Instr& instr) const {
    if (!has_results(instr.op)) return {instr.type};
    std::vector<Type> types;
    for (Value v : instr.operands) types.push_back(graph_.type(v));
    return infer_all(instr.op, types);
  }
  /// "tensor<f32>", or of several results "(tensor<f32>, tensor<i32>)".
  std::string result_types(const Instr& instr) const {
    std::vector<Type> types = types_of_results(instr);
    if (types.size() == 1) return types[0].text();
    return "(" + join(types, ", ", [](const Type& t) { return t.text(); }) + ")";
  }
  void put(const std::string& text) { text_ += text; }
  template <class T>
  std::string head(const T& op, const Instr& instr) const {
    std::string operands = names(instr.operands);
    return std::string(op.info.dialect) + "." + std::string(op.info.name) +
           (operands.empty() ? "" : " " + operands);
  }

  void identities() {
    std::set<std::pair<Reduction, ElementType>> used;
    std::vector<const Instr*> all;
    collect(graph_, all);
    for (const Instr* each : all) {
      const Instr& instr = *each;
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
      put("    " + identity(kind, element) + " = stablehlo.constant " +
          print_dense(scalar, {identity_value(kind, element)}) + " : " + scalar.text() + "\n");
    }
  }

  // Elementwise ops of one type.
  template <Elementwise T>
  void print(const T& op, const Instr& instr) {
    if (op.info.dialect == "chlo") {
      put(head(op, instr) + " : " + join(instr.operands, ", ", [&](Value v) { return type(v); }) +
          " -> " + instr.type.text());
    } else {
      put(head(op, instr) + " : " + instr.type.text());
    }
  }
  void print(const Compare& op, const Instr& instr) {
    put("stablehlo.compare " + std::string(to_string(op.direction)) + ", " + names(instr.operands) +
        ", " + std::string(compare_type(graph_.type(instr.operands[0]).element)) +
        signature(instr));
  }
  void print(const Select& op, const Instr& instr) {
    put(head(op, instr) + " : " + type(instr.operands[0]) + ", " + instr.type.text());
  }
  void print(const Convert& op, const Instr& instr) { put(head(op, instr) + signature(instr)); }
  void print(const BitcastConvert& op, const Instr& instr) {
    put(head(op, instr) + signature(instr));
  }
  void print(const IsFinite& op, const Instr& instr) { put(head(op, instr) + signature(instr)); }
  void print(const Clamp& op, const Instr& instr) { put(head(op, instr) + signature(instr)); }
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
    put("stablehlo.reduce(" + name(instr.operands[0]) +
        " init: " + identity(op.kind, instr.type.element) + ") applies stablehlo." +
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
  void print(const If& op, const Instr& instr) {
    branches({&op.true_branch, &op.false_branch}, instr);
  }
  void print(const Case&, const Instr& instr) { branches(regions_of(instr.op), instr); }
  void print(const While& op, const Instr& instr);
  void print(const RngBitGenerator& op, const Instr& instr) {
    put(head(op, instr) + ", algorithm = " + std::string(to_string(op.algorithm)) +
        signature(instr));
  }
  void print(const OptimizationBarrier& op, const Instr& instr) {
    put(head(op, instr) + " : " + types(instr.operands));
  }
  void print(const AllReduce& op, const Instr& instr);
  template <class T>
  requires(T::info.composite) void print(const T& op, const Instr& instr) {
    throw Error("'" + instr.name + "' is a " + std::string(op.info.name) +
                ", which StableHLO does not have; lower the graph before printing it");
  }

  /// "tensor<f32>": a scalar of the result's element type.
  static std::string scalar(const Instr& instr) { return instr.type.with(Shape{}).text(); }
  /// "^bb0(x, y):" on a line of its own, and the next one's indentation.
  std::string block(const Instr& instr) const {
    return indent_ + "^bb0(%$x: " + scalar(instr) + ", %$y: " + scalar(instr) + "):\n" + indent_;
  }
  /// "^bb0(x, y): z = op(x, y); return z }" on lines of their own.
  void region(const Instr& instr, const std::string& op, const std::string& result) {
    put(block(instr) + "  %$z = " + op + "\n" + indent_ + "  stablehlo.return %$z : " + result +
        "\n" + indent_ + "}");
  }

  std::string types(const Values& values) const {
    return join(values, ", ", [&](Value v) { return type(v); });
  }

  const Graph& graph_;
  std::string text_;
  std::string indent_ = "    ";
  std::vector<std::string> names_;        ///< as printed, by value
  std::unordered_set<std::string> seen_;  ///< those of this program so far
  std::set<std::string> escaped_;         ///< names that begin with "$$"
  const Printer* outer_ = nullptr;
  int unused_ = 0;  ///< results without a name so far
};

void Printer::define(std::string name) {
  for (int k = 1; visible(name); ++k) {
    if (k == 1) name += "_";
    name = name.substr(0, name.rfind('_') + 1) + std::to_string(k);
  }
  seen_.insert(name);
  names_.push_back(std::move(name));
}

/// "%x", "%x:3" where the values are named x#0, x#1, …, or "%x, %y, %$_1": results that the graph
/// has no value for are called "$_1" and so on.
std::string Printer::heads(size_t begin, size_t end) {
  size_t count = types_of_results(graph_.instrs[begin]).size();
  if (count == 1) {
    define(print_name(graph_.instrs[begin].name));
    return names_.back();
  }
  const std::string& first = graph_.instrs[begin].name;
  std::string pack = first.substr(0, first.find('#'));
  bool packed = pack != first && !visible(print_name(pack));
  for (size_t i = begin; i < end; ++i) {
    const Instr& instr = graph_.instrs[i];
    packed &= instr.name == pack + "#" + std::to_string(result_index(instr.op));
  }
  if (packed) {
    seen_.insert(print_name(pack));
    for (size_t i = begin; i < end; ++i) {
      names_.push_back(print_name(pack) + graph_.instrs[i].name.substr(pack.size()));
    }
    return print_name(pack) + ":" + std::to_string(count);
  }
  std::vector<std::string> heads(count);
  for (size_t i = begin; i < end; ++i) {
    std::string name = graph_.instrs[i].name;
    std::replace(name.begin(), name.end(), '#', '.');
    define(print_name(name));
    heads[static_cast<size_t>(result_index(graph_.instrs[i].op))] = names_.back();
  }
  for (std::string& head : heads) {
    if (head.empty()) head = "%" + own_name("$_" + std::to_string(++unused_));
  }
  return join(heads);
}

void Printer::instructions() {
  for (size_t begin = 0; begin < graph_.instrs.size();) {
    size_t end = graph_.group_end(begin);
    const Instr& instr = graph_.instrs[begin];
    std::string text = std::move(text_);
    text_.clear();
    std::visit([&](const auto& op) { print(op, instr); }, instr.op);
    // Names are defined after the programs inside, which may have them too.
    std::string body = std::move(text_);
    text_ = std::move(text) + indent_ + heads(begin, end) + " = " + body + "\n";
    begin = end;
  }
}

void Printer::program(const Subgraph& region, const Instr& instr,
                      const std::vector<std::string>& inputs) {
  std::vector<std::string> arguments = inputs;
  for (size_t k = inputs.size(); k < region->arguments.size(); ++k) {
    arguments.push_back(name(instr.operands[first_input(instr.op) + k]));
  }
  Printer inner(*region, *this, std::move(arguments));
  inner.seen_.insert(inputs.begin(), inputs.end());
  inner.instructions();
  put(inner.text_ + inner.indent_ + "stablehlo.return");
  if (!region->results.empty()) {
    put(" " + inner.names(region->results) + " : " + inner.types(region->results));
  }
  put("\n" + indent_);
  unused_ = inner.unused_;
}

void Printer::branches(const std::vector<const Subgraph*>& all, const Instr& instr) {
  put("\"stablehlo." + std::string(info_of(instr.op).name) + "\"(" + name(instr.operands[0]) +
      ") ({\n");
  for (size_t k = 0; k < all.size(); ++k) {
    if (k > 0) put("}, {\n");
    program(*all[k], instr, {});
  }
  put("}) : (" + type(instr.operands[0]) + ") -> " + result_types(instr));
}

void Printer::print(const While& op, const Instr& instr) {
  std::vector<std::string> inputs, starts;
  Values carried(instr.operands.begin(),
                 instr.operands.begin() + static_cast<std::ptrdiff_t>(op.first_capture()));
  Printer inner(*op.condition, *this, {});
  for (size_t k = 0; k < carried.size(); ++k) {
    inner.define(print_name(op.condition->arguments[k].name));
    inputs.push_back(inner.names_.back());
    starts.push_back(inputs.back() + " = " + name(carried[k]));
  }
  put("stablehlo.while(" + join(starts) + ")");
  if (!carried.empty()) put(" : " + types(carried));
  put("\n" + indent_ + "cond {\n");
  program(op.condition, instr, inputs);
  put("} do {\n");
  program(op.body, instr, inputs);
  put("}");
}

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
      ", rhs_dilate = " + each(number(&ConvolutionWindow::rhs_dilation)) +
      ", reverse = " + each([](const ConvolutionWindow& w) { return flag(w.reversal); }) + "}");
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
    put(block(instr) + "  stablehlo.return %$y : " + scalar(instr) + "\n" + indent_ + "}");
  }
  put(")" + signature(instr));
}

void Printer::print(const ReduceWindow& op, const Instr& instr) {
  put("\"stablehlo.reduce_window\"(" + name(instr.operands[0]) + ", " +
      identity(op.kind, instr.type.element) + ") <{base_dilations = " +
      array(op.window, &WindowDimension::base_dilation) + ", " + padding_attribute(op.window) +
      ", window_dilations = " + array(op.window, &WindowDimension::window_dilation) +
      ", window_dimensions = " + array(op.window, &WindowDimension::size) +
      ", window_strides = " + array(op.window, &WindowDimension::stride) + "}> ({\n");
  region(instr, "stablehlo." + std::string(to_string(op.kind)) + " %$x, %$y : " + scalar(instr),
         scalar(instr));
  put(")" + signature(instr, ", " + scalar(instr)));
}

void Printer::print(const SelectAndScatter& op, const Instr& instr) {
  put("\"stablehlo.select_and_scatter\"(" + names(instr.operands) + ", " +
      identity(Reduction::add, instr.type.element) + ") <{" + padding_attribute(op.window) +
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

void Printer::print(const AllReduce& op, const Instr& instr) {
  std::vector<std::string> group;
  for (int64_t r = 0; r < op.replicas; ++r) group.push_back(std::to_string(r));
  put("\"stablehlo.all_reduce\"(" + names(instr.operands) + ") <{replica_groups = dense<[[" +
      join(group) + "]]> : tensor<1x" + std::to_string(op.replicas) + "xi64>}> ({\n");
  region(instr, "stablehlo.add %$x, %$y : " + scalar(instr), scalar(instr));
  put(")" + signature(instr));
}

}  // namespace

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

std::string print_stablehlo(const Graph& graph) { return Printer(graph).print(); }

}  // namespace pullback
