#include "print/coq.h"

#include <algorithm>

#include "base/text.h"

namespace pullback {

namespace {

/// A number as an argument: "(-1)".
std::string number(int64_t n) { return n < 0 ? "(" + std::to_string(n) + ")" : std::to_string(n); }
std::string boolean(bool b) { return b ? "true" : "false"; }

template <class Items, class Format>
std::string list(const Items& items, Format format) {
  return "[" + join(items, "; ", format) + "]";
}
std::string list(const std::vector<int64_t>& items) { return "[" + join(items, "; ") + "]"; }

std::string element(ElementType element) {
  using enum ElementType;
  std::string text(to_string(element));
  if (element != f32 && element != f64 && element != i32 && element != i1) {
    throw Error("elements of type " + text +
                " are outside of what can be proven; that is f32, f64, i32 and i1");
  }
  text[0] = static_cast<char>(std::toupper(text[0]));
  return text;
}

std::string decimal(const Decimal& value) {
  switch (value.kind) {
    case Decimal::Kind::finite:
      return "Dec " + number(value.mantissa) + " " + number(value.exponent);
    case Decimal::Kind::negative_zero:
      return "NegZero";
    case Decimal::Kind::infinity:
      return "PosInf";
    case Decimal::Kind::negative_infinity:
      return "NegInf";
    case Decimal::Kind::nan:
      return "NaN";
    case Decimal::Kind::large:
      break;
  }
  PULLBACK_CHECK(false, "decimal");
}

/// "log_plus_one" as "LogPlusOne".
std::string constructor(std::string_view name) {
  std::string text;
  bool upper = true;
  for (char c : name) {
    if (c != '_') text += upper ? static_cast<char>(std::toupper(c)) : c;
    upper = c == '_';
  }
  return text;
}

std::string reduction(Reduction kind) { return kind == Reduction::add ? "RAdd" : "RMax"; }

std::string windows(const std::vector<WindowDimension>& window) {
  return list(window, [](const WindowDimension& w) {
    return "Win " + number(w.size) + " " + number(w.stride) + " " + number(w.base_dilation) + " " +
           number(w.window_dilation) + " " + number(w.padding_low) + " " + number(w.padding_high);
  });
}

/// The constructor of the op and its arguments; one overload per struct of src/ir/ops/.
template <class T>
requires(std::is_base_of_v<UnaryOp<T>, T>&& T::info.outside.empty()) std::string term(const T&) {
  return "Unary " + constructor(T::info.name);
}
template <class T>
requires(std::is_base_of_v<BinaryOp<T>, T>&& T::info.outside.empty()) std::string term(const T&) {
  return "Binary " + constructor(T::info.name);
}
std::string term(const Compare& op) { return "Compare " + std::string(to_string(op.direction)); }
std::string term(const Select&) { return "Select"; }
std::string term(const Convert& op) { return "Convert " + element(op.to); }
std::string term(const Clamp&) { return "Clamp"; }
std::string term(const IsFinite&) { return "IsFinite"; }
std::string term(const Constant& op) {
  return "Constant " + coq_type(op.type) + " " + list(op.values, decimal);
}
std::string term(const Iota& op) {
  return "Iota " + coq_type(op.type) + " " + number(op.dimension);
}
std::string term(const BroadcastInDim& op) {
  return "BroadcastInDim " + list(op.shape) + " " + list(op.broadcast_dimensions);
}
std::string term(const Reshape& op) { return "Reshape " + list(op.shape); }
std::string term(const Transpose& op) { return "Transpose " + list(op.permutation); }
std::string term(const Reverse& op) { return "Reverse " + list(op.dimensions); }
std::string term(const Slice& op) {
  return "Slice " + list(op.start_indices) + " " + list(op.limit_indices) + " " + list(op.strides);
}
std::string term(const Pad& op) {
  return "Pad " + list(op.edge_padding_low) + " " + list(op.edge_padding_high) + " " +
         list(op.interior_padding);
}
std::string term(const Concatenate& op) { return "Concatenate " + number(op.dimension); }
std::string term(const DynamicSlice& op) { return "DynamicSlice " + list(op.slice_sizes); }
std::string term(const DynamicUpdateSlice&) { return "DynamicUpdateSlice"; }
std::string numbers(const WindowNumbers& n) {
  return "(WindowNumbers " + list(n.offset_dims) + " " + list(n.collapsed_slice_dims) + " " +
         list(n.operand_batching_dims) + " " + list(n.start_indices_batching_dims) + " " +
         list(n.start_index_map) + " " + number(n.index_vector_dim) + ")";
}
std::string term(const Gather& op) {
  return "Gather " + numbers(op.numbers) + " " + list(op.slice_sizes) + " " +
         boolean(op.indices_are_sorted);
}
std::string term(const Scatter& op) {
  return "Scatter " + std::string(op.update == ScatterUpdate::add ? "UAdd" : "UReplace") + " " +
         numbers(op.numbers) + " " + boolean(op.indices_are_sorted) + " " +
         boolean(op.unique_indices);
}
std::string term(const Reduce& op) {
  return "Reduce " + reduction(op.kind) + " " + list(op.dimensions);
}
std::string term(const DotGeneral& op) {
  return "DotGeneral " + list(op.lhs_batching_dimensions) + " " + list(op.rhs_batching_dimensions) +
         " " + list(op.lhs_contracting_dimensions) + " " + list(op.rhs_contracting_dimensions);
}
std::string term(const Convolution& op) {
  const ConvolutionDimensions& n = op.dimensions;
  std::string dimensions = "ConvDims " + number(n.input_batch) + " " + number(n.input_feature) +
                           " " + list(n.input_spatial) + " " + number(n.kernel_input_feature) +
                           " " + number(n.kernel_output_feature) + " " + list(n.kernel_spatial) +
                           " " + number(n.output_batch) + " " + number(n.output_feature) + " " +
                           list(n.output_spatial);
  std::string window = list(op.window, [](const ConvolutionWindow& w) {
    return "ConvWin " + number(w.stride) + " " + number(w.padding_low) + " " +
           number(w.padding_high) + " " + number(w.lhs_dilation) + " " + number(w.rhs_dilation) +
           " " + boolean(w.reversal);
  });
  return "Convolution (Conv (" + dimensions + ") " + window + " " + number(op.feature_group_count) +
         " " + number(op.batch_group_count) + ")";
}
std::string term(const ReduceWindow& op) {
  return "ReduceWindow " + reduction(op.kind) + " " + windows(op.window);
}
std::string term(const SelectAndScatter& op) { return "SelectAndScatter " + windows(op.window); }
std::string term(const Softmax& op) { return "Softmax " + number(op.dimension); }
std::string term(const LogSoftmax& op) { return "LogSoftmax " + number(op.dimension); }
std::string term(const SoftmaxCrossEntropy&) { return "SoftmaxCrossEntropy"; }
std::string term(const BatchNormTraining& op) {
  return "BatchNormTraining " + number(op.feature_index) + " (" + decimal(op.epsilon) + ")";
}

/// Ops that no certificate can contain.
template <class T>
requires(!T::info.outside.empty()) std::string term(const T&) {
  throw Error("a certificate cannot contain the op '" + std::string(T::info.name) +
              "': " + std::string(T::info.outside));
}

void reject_zero_bytes(const std::string& text) {
  if (text.find('\0') != std::string::npos) throw Error("the text holds a zero byte");
}

}  // namespace

std::string coq_type(const Type& type) {
  return "(" + element(type.element) + ", " + list(type.shape) + ")";
}

std::string coq_op(const Op& op) {
  std::string text = std::visit([](const auto& o) { return term(o); }, op);
  return text.find(' ') == std::string::npos ? text : "(" + text + ")";
}

std::string coq_string(const std::string& text) {
  reject_zero_bytes(text);
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string coq_chunks(const std::string& name, const std::string& type,
                       const std::vector<std::string>& items, const std::string& scope) {
  constexpr size_t chunk = 500;
  std::string text;
  std::vector<std::string> names;
  for (size_t begin = 0; begin < items.size(); begin += chunk) {
    names.push_back(name + std::to_string(names.size()));
    text += "Definition " + names.back() + " : list " + type + " := [";
    for (size_t i = begin; i < std::min(begin + chunk, items.size()); ++i) {
      text += (i == begin ? "\n  " : ";\n  ") + items[i];
    }
    text += "]" + scope + ".\n";
  }
  return text + "Definition " + name + " : list (list " + type + ") := [" + join(names, "; ") +
         "].\n";
}

std::vector<std::string> coq_words(const std::string& text) {
  reject_zero_bytes(text);
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size(); at += 7) {
    uint64_t word = 0;
    for (size_t k = std::min(at + 7, text.size()); k-- > at;) {
      word = word << 8 | static_cast<unsigned char>(text[k]);
    }
    words.push_back(std::to_string(word));
  }
  return words;
}

}  // namespace pullback
