#include <algorithm>

#include "base/text.h"
#include "parse/body.h"

/// The rules for ops that print more than their operands.
namespace pullback {

void BodyParser::compare() {
  static constexpr Direction directions[] = {Direction::eq, Direction::ne, Direction::ge,
                                             Direction::gt, Direction::le, Direction::lt};
  size_t at = in_.here();
  std::string_view word = in_.word("a comparison: EQ, NE, GE, GT, LE or LT");
  auto found = std::find_if(std::begin(directions), std::end(directions),
                            [&](Direction d) { return to_string(d) == word; });
  if (found == std::end(directions)) in_.fail(at, "expected EQ, NE, GE, GT, LE or LT");
  in_.expect(",");
  Values values = operands(2);
  if (in_.accept(",")) {
    at = in_.here();
    std::string_view type = in_.word("FLOAT, SIGNED or UNSIGNED");
    if (type != "FLOAT" && type != "SIGNED" && type != "UNSIGNED") {
      in_.fail(at, "expected FLOAT, SIGNED or UNSIGNED");
    }
  }
  emit(Compare{.direction = *found}, values, signature(2));
}

void BodyParser::select() {
  Values values = operands(3);
  in_.expect(":");
  Signature declared;
  declared.at = in_.here();
  if (in_.accept("(")) in_.fail(declared.at, "expected the predicate's type, then the result's");
  Type predicate = in_.type();
  in_.expect(",");
  declared.result = in_.type();
  declared.operands = {predicate, declared.result, declared.result};
  emit(Select{}, values, declared);
}

void BodyParser::convert() {
  Values values = operands(1);
  Signature declared = signature(1);
  emit(Convert{.to = declared.result.element}, values, declared);
}

void BodyParser::dense_list(const Type& type, size_t axis, std::vector<Decimal>& values) {
  if (axis == type.shape.size()) {
    values.push_back(in_.decimal(type.element));
    return;
  }
  in_.expect("[");
  for (int64_t i = 0; i < type.shape[axis]; ++i) {
    if (i > 0) in_.expect(",");
    dense_list(type, axis + 1, values);
  }
  in_.expect("]");
}

void BodyParser::constant() {
  if (in_.peek("{") || in_.peek("(")) in_.fail("expected dense<…>");
  in_.expect("dense");
  // The type comes after the values but says how to read them.
  Cursor values_in = in_;
  in_.skip_balanced();
  Signature declared = signature(0);
  const Type& type = declared.result;
  Constant op{.type = type, .values = {}};
  values_in.expect("<");
  std::swap(in_, values_in);
  if (type.rank() == 0 || !in_.peek("[")) {
    if (in_.peek("\"")) in_.fail("values in hexadecimal blobs are not supported");
    if (!in_.peek(">")) op.values.push_back(in_.decimal(type.element));
    if (op.values.empty() && type.count() != 0) in_.fail("expected a value");
  } else {
    dense_list(type, 0, op.values);
  }
  in_.expect(">");
  std::swap(in_, values_in);
  emit(std::move(op), {}, declared);
}

void BodyParser::iota() {
  in_.expect("dim");
  in_.expect("=");
  int64_t dimension = in_.integer();
  Signature declared = signature(0);
  emit(Iota{.type = declared.result, .dimension = dimension}, {}, declared);
}

void BodyParser::broadcast_in_dim() {
  Values values = operands(1);
  in_.expect(",");
  in_.expect("dims");
  in_.expect("=");
  Axes dims = in_.integers();
  Signature declared = signature(1);
  emit(BroadcastInDim{.shape = declared.result.shape, .broadcast_dimensions = dims}, values,
       declared);
}

void BodyParser::reshape() {
  Values values = operands(1);
  Signature declared = signature(1);
  emit(Reshape{.shape = declared.result.shape}, values, declared);
}

void BodyParser::transpose() {
  Values values = operands(1);
  in_.expect(",");
  in_.expect("dims");
  in_.expect("=");
  Axes dims = in_.integers();
  emit(Transpose{.permutation = dims}, values, signature(1));
}

void BodyParser::reverse() {
  Values values = operands(1);
  in_.expect(",");
  in_.expect("dims");
  in_.expect("=");
  Axes dims = in_.integers();
  emit(Reverse{.dimensions = dims}, values, signature(1));
}

void BodyParser::slice() {
  Values values = operands(1);
  pullback::Slice op;
  in_.expect("[");
  if (!in_.accept("]")) {
    do {
      op.start_indices.push_back(in_.integer());
      in_.expect(":");
      op.limit_indices.push_back(in_.integer());
      op.strides.push_back(in_.accept(":") ? in_.integer() : 1);
    } while (in_.accept(","));
    in_.expect("]");
  }
  emit(std::move(op), values, signature(1));
}

void BodyParser::pad() {
  Values values = operands(2);
  pullback::Pad op;
  auto list = [&](const char* name) {
    in_.expect(",");
    in_.expect(name);
    in_.expect("=");
    return in_.integers();
  };
  op.edge_padding_low = list("low");
  op.edge_padding_high = list("high");
  op.interior_padding = list("interior");
  emit(std::move(op), values, signature(2));
}

void BodyParser::concatenate() {
  Values values;
  do {
    if (in_.peek("dim")) break;
    values.push_back(operand());
  } while (in_.accept(","));
  in_.expect("dim");
  in_.expect("=");
  int64_t dimension = in_.integer();
  size_t count = values.size();
  emit(Concatenate{.dimension = dimension}, std::move(values), signature(count));
}

void BodyParser::reduce() {
  in_.expect("(");
  Value x = operand();
  in_.expect("init");
  in_.expect(":");
  Value init = operand();
  if (in_.accept(",")) in_.fail("a reduction of several operands is not supported");
  in_.expect(")");
  if (!in_.accept("applies")) in_.fail("expected 'applies' and the reduction's op");
  size_t at = in_.here();
  std::string_view op = in_.word("stablehlo.add or stablehlo.maximum");
  if (op != "stablehlo.add" && op != "stablehlo.maximum") {
    in_.fail(at, "a reduction by '" + std::string(op) +
                     "' is not supported; expected stablehlo.add or stablehlo.maximum");
  }
  Reduction kind = op == "stablehlo.add" ? Reduction::add : Reduction::max;
  in_.expect("across");
  in_.expect("dimensions");
  in_.expect("=");
  Axes dimensions = in_.integers();
  emit_reduction(Reduce{.kind = kind, .dimensions = dimensions}, kind, x, init, signature(2));
}

void BodyParser::dot_general() {
  Values values = operands(2);
  DotGeneral op;
  in_.expect(",");
  if (in_.accept("batching_dims")) {
    in_.expect("=");
    op.lhs_batching_dimensions = in_.integers();
    in_.expect("x");
    op.rhs_batching_dimensions = in_.integers();
    in_.expect(",");
  }
  in_.expect("contracting_dims");
  in_.expect("=");
  op.lhs_contracting_dimensions = in_.integers();
  in_.expect("x");
  op.rhs_contracting_dimensions = in_.integers();
  if (in_.accept(",")) {  // how precisely a backend should multiply: ours always does
    in_.expect("precision");
    in_.expect("=");
    in_.skip_balanced();
  }
  emit(std::move(op), values, signature(2));
}

Axes BodyParser::dimension_list(const char* first, int64_t& first_axis, const char* second,
                                int64_t& second_axis) {
  std::vector<std::pair<int64_t, int64_t>> spatial;  // number, axis
  size_t at = in_.here();
  first_axis = second_axis = -1;
  in_.expect("[");
  int64_t axis = 0;
  do {
    if (in_.accept(first)) {
      first_axis = axis;
    } else if (in_.accept(second)) {
      second_axis = axis;
    } else {
      spatial.push_back({in_.integer(), axis});
    }
    ++axis;
  } while (in_.accept(","));
  in_.expect("]");
  std::sort(spatial.begin(), spatial.end());
  Axes axes;
  for (size_t d = 0; d < spatial.size(); ++d) {
    if (spatial[d].first != static_cast<int64_t>(d)) {
      in_.fail(at, "the spatial dimensions must be numbered from 0, each once");
    }
    axes.push_back(spatial[d].second);
  }
  if (first_axis < 0 || second_axis < 0) {
    in_.fail(at, std::string("expected '") + first + "' and '" + second + "' among the dimensions");
  }
  return axes;
}

std::vector<std::pair<int64_t, int64_t>> BodyParser::pairs() {
  std::vector<std::pair<int64_t, int64_t>> result;
  in_.expect("[");
  if (in_.accept("]")) return result;
  do {
    size_t at = in_.here();
    std::vector<int64_t> pair = in_.integers();
    if (pair.size() != 2) in_.fail(at, "expected a pair [low, high]");
    result.push_back({pair[0], pair[1]});
  } while (in_.accept(","));
  in_.expect("]");
  return result;
}

void BodyParser::convolution_window(Convolution& op) {
  in_.expect("{");
  if (in_.accept("}")) return;
  do {
    size_t at = in_.here();
    std::string_view name = in_.word("stride, pad, lhs_dilate, rhs_dilate or reverse");
    in_.expect("=");
    auto check = [&](size_t size) {
      if (size != op.window.size()) {
        in_.fail(at, "expected " + std::to_string(op.window.size()) +
                         " entries, one per spatial "
                         "dimension");
      }
    };
    if (name == "pad") {
      auto padding = pairs();
      check(padding.size());
      for (size_t d = 0; d < padding.size(); ++d) {
        op.window[d].padding_low = padding[d].first;
        op.window[d].padding_high = padding[d].second;
      }
    } else if (name == "reverse") {
      std::vector<bool> reversal;
      in_.expect("[");
      if (!in_.accept("]")) {
        do {
          bool yes = in_.accept("true");
          if (!yes) in_.expect("false");
          reversal.push_back(yes);
        } while (in_.accept(","));
        in_.expect("]");
      }
      check(reversal.size());
      for (size_t d = 0; d < reversal.size(); ++d) op.window[d].reversal = reversal[d];
    } else {
      int64_t ConvolutionWindow::*field = name == "stride"       ? &ConvolutionWindow::stride
                                          : name == "lhs_dilate" ? &ConvolutionWindow::lhs_dilation
                                          : name == "rhs_dilate" ? &ConvolutionWindow::rhs_dilation
                                                                 : nullptr;
      if (!field) in_.fail(at, "expected stride, pad, lhs_dilate, rhs_dilate or reverse");
      std::vector<int64_t> list = in_.integers();
      check(list.size());
      for (size_t d = 0; d < list.size(); ++d) op.window[d].*field = list[d];
    }
  } while (in_.accept(","));
  in_.expect("}");
}

void BodyParser::convolution() {
  in_.expect("(");
  Values values = operands(2);
  in_.expect(")");
  Convolution op;
  ConvolutionDimensions& n = op.dimensions;
  in_.expect("dim_numbers");
  in_.expect("=");
  n.input_spatial = dimension_list("b", n.input_batch, "f", n.input_feature);
  in_.expect("x");
  n.kernel_spatial = dimension_list("i", n.kernel_input_feature, "o", n.kernel_output_feature);
  in_.expect("->");
  n.output_spatial = dimension_list("b", n.output_batch, "f", n.output_feature);
  op.window.resize(n.input_spatial.size());
  if (in_.accept(",")) {
    in_.expect("window");
    in_.expect("=");
    convolution_window(op);
  }
  in_.expect("{");
  do {
    size_t at = in_.here();
    std::string_view name = in_.word("batch_group_count or feature_group_count");
    in_.expect("=");
    if (name == "precision_config") {
      in_.skip_balanced();
      continue;
    }
    if (name != "batch_group_count" && name != "feature_group_count") {
      in_.fail(at, "the attribute '" + std::string(name) + "' is not known");
    }
    (name[0] == 'b' ? op.batch_group_count : op.feature_group_count) = in_.integer();
    in_.expect(":");
    in_.expect("i64");
  } while (in_.accept(","));
  in_.expect("}");
  emit(std::move(op), values, signature(2));
}

std::vector<std::pair<int64_t, int64_t>> BodyParser::padding_attribute() {
  in_.expect("dense");
  in_.expect("<");
  std::vector<std::pair<int64_t, int64_t>> padding;
  int64_t splat = 0;
  bool list = in_.peek("[");
  if (list) {
    padding = pairs();
  } else if (!in_.peek(">")) {
    splat = in_.integer();
  }
  in_.expect(">");
  in_.expect(":");
  in_.expect("tensor");
  in_.expect("<");
  int64_t rank = in_.integer();
  size_t at = in_.here();
  if (in_.word("x2xi64") != "x2xi64" || rank < 0 || rank > 64) in_.fail(at, "expected x2xi64");
  in_.expect(">");
  if (!list) padding.assign(static_cast<size_t>(rank), {splat, splat});
  return padding;
}

std::vector<WindowDimension> BodyParser::window_attributes(size_t rank) {
  std::vector<WindowDimension> window(rank);
  in_.expect("<{");
  do {
    size_t at = in_.here();
    std::string_view name = in_.word("a window attribute");
    in_.expect("=");
    auto check = [&](size_t size) {
      if (size != rank) {
        in_.fail(at, "expected " + std::to_string(rank) + " entries, one per axis");
      }
    };
    if (name == "padding") {
      auto padding = padding_attribute();
      check(padding.size());
      for (size_t d = 0; d < rank; ++d) {
        window[d].padding_low = padding[d].first;
        window[d].padding_high = padding[d].second;
      }
      continue;
    }
    int64_t WindowDimension::*field = name == "window_dimensions" ? &WindowDimension::size
                                      : name == "window_strides"  ? &WindowDimension::stride
                                      : name == "base_dilations"  ? &WindowDimension::base_dilation
                                      : name == "window_dilations"
                                          ? &WindowDimension::window_dilation
                                          : nullptr;
    if (!field) in_.fail(at, "the attribute '" + std::string(name) + "' is not known");
    std::vector<int64_t> list = in_.integer_array();
    check(list.size());
    for (size_t d = 0; d < rank; ++d) window[d].*field = list[d];
  } while (in_.accept(","));
  in_.expect("}>");
  return window;
}

std::string BodyParser::region() {
  in_.expect("{");
  size_t at = in_.here();
  in_.name('^', "a block");
  in_.expect("(");
  std::string_view lhs = in_.name('%', "an argument");
  in_.expect(":");
  in_.type();
  in_.expect(",");
  std::string_view rhs = in_.name('%', "an argument");
  in_.expect(":");
  in_.type();
  in_.expect(")");
  in_.expect(":");
  std::string_view result = in_.name('%', "an instruction");
  in_.expect("=");
  std::string op(in_.word("an op"));
  if (op == "stablehlo.compare") {
    op = in_.word("a comparison");
    in_.expect(",");
  }
  std::string_view first = in_.name('%', "a value");
  in_.expect(",");
  std::string_view second = in_.name('%', "a value");
  if (in_.accept(",")) in_.word("FLOAT, SIGNED or UNSIGNED");
  signature(2);
  in_.skip_location();
  in_.expect("stablehlo.return");
  std::string_view returned = in_.name('%', "a value");
  in_.expect(":");
  in_.type();
  in_.skip_location();
  in_.expect("}");
  bool straight = first == lhs && second == rhs;
  bool swapped = first == rhs && second == lhs && op != "GE";
  if (returned != result || !(straight || swapped)) {
    in_.fail(at, "this region is not a reduction that is supported");
  }
  return op;
}

void BodyParser::reduce_window() {
  in_.expect("(");
  Values values = operands(2);
  in_.expect(")");
  ReduceWindow op;
  op.window = window_attributes(graph_.type(values[0]).shape.size());
  in_.expect("(");
  size_t at = in_.here();
  std::string body = region();
  in_.expect(")");
  if (body != "stablehlo.add" && body != "stablehlo.maximum") {
    in_.fail(at, "a window reduction by '" + body +
                     "' is not supported; expected stablehlo.add or stablehlo.maximum");
  }
  op.kind = body == "stablehlo.add" ? Reduction::add : Reduction::max;
  emit_reduction(op, op.kind, values[0], values[1], signature(2));
}

void BodyParser::select_and_scatter() {
  in_.expect("(");
  Values values = operands(3);
  in_.expect(")");
  SelectAndScatter op;
  op.window = window_attributes(graph_.type(values[0]).shape.size());
  in_.expect("(");
  size_t at = in_.here();
  std::string select = region();
  in_.expect(",");
  std::string scatter = region();
  in_.expect(")");
  if (select != "GE" || scatter != "stablehlo.add") {
    in_.fail(at, "select_and_scatter must select by GE and scatter by stablehlo.add");
  }
  Signature declared = signature(3);
  check_type(graph_.type(values[2]), declared.operands[2], declared.at, "the initial value");
  if (!is_identity(values[2], Reduction::add)) {
    in_.fail(op_at_, "select_and_scatter must start from a constant 0");
  }
  absorb(values[2]);
  declared.operands.pop_back();
  emit(std::move(op), {values[0], values[1]}, declared);
}

}  // namespace pullback
