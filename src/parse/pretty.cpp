#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "parse/bits.h"
#include "parse/function.h"
#include "parse/literals.h"

/// The pretty form of each op whose text is more than operands and types.
namespace pullback {

FunctionParser::Pretty FunctionParser::pretty_rule(std::string_view name) {
  using P = FunctionParser;
  static const std::unordered_map<std::string_view, Pretty> rules{
      {"compare", &P::compare},
      {"select", &P::select},
      {"constant", &P::constant},
      {"iota", &P::iota},
      {"broadcast_in_dim", &P::broadcast_in_dim},
      {"transpose", &P::transpose},
      {"reverse", &P::reverse},
      {"slice", &P::slice},
      {"pad", &P::pad},
      {"concatenate", &P::concatenate},
      {"dynamic_slice", &P::dynamic_slice},
      {"reduce", &P::reduce},
      {"dot_general", &P::dot_general},
      {"convolution", &P::convolution}};
  auto found = rules.find(name);
  return found == rules.end() ? &P::plain : found->second;
}

void FunctionParser::expect_field(std::string_view name) {
  in_.expect(",");
  in_.expect(name);
  in_.expect("=");
}

void FunctionParser::plain(const OpRule& rule) {
  constexpr std::string_view generic[] = {"reduce_window", "select_and_scatter", "all_reduce",
                                          "gather",        "dynamic_gather",     "dynamic_conv",
                                          "scatter"};
  if (std::find(std::begin(generic), std::end(generic), rule.name) != std::end(generic)) {
    in_.fail(op_at_,
             "this op has the generic form only: \"stablehlo." + std::string(rule.name) + "\"(…)");
  }
  Values values = operands(rule.operands);
  GenericOp form{in_, op_at_, {}, {}, signature(values.size())};
  make(rule, std::move(form), std::move(values));
}

void FunctionParser::compare(const OpRule&) {
  Direction direction = parse_direction(in_);
  in_.expect(",");
  Values values = operands(2);
  bool total = false;
  if (in_.accept(",")) {
    total = accept_total_order(in_, graph_.type(values[0]).element);
    if (!total) parse_compare_type(in_, graph_.type(values[0]).element);
  }
  Signature declared = signature(2);
  if (total) total_order(values, declared);
  emit(Compare{.direction = direction}, values, declared);
}

void FunctionParser::total_order(Values& operands, Signature& declared) {
  check_operands(operands, declared);
  for (size_t k = 0; k < operands.size(); ++k) {
    operands[k] = ordered_bits(builder_, operands[k]);
    declared.operands[k] = graph_.type(operands[k]);
  }
}

void FunctionParser::select(const OpRule&) {
  Values values = operands(3);
  Cursor types = in_;
  if (types.accept(":") && types.accept("(")) return emit(Select{}, values, signature(3));
  in_.expect(":");
  Signature declared;
  declared.at = in_.here();
  Type predicate = in_.type();
  in_.expect(",");
  declared.result = in_.type();
  declared.operands = {predicate, declared.result, declared.result};
  emit(Select{}, values, declared);
}

void FunctionParser::constant(const OpRule&) {
  if (in_.peek("{")) in_.skip_balanced();
  Cursor values = in_;
  // The type comes after the values but says how to read them.
  in_.expect("dense");
  in_.skip_balanced();
  Signature declared = signature(0);
  Constant op{.type = declared.result, .values = parse_dense(values, declared.result)};
  emit(std::move(op), {}, declared);
}

void FunctionParser::iota(const OpRule&) {
  in_.expect("dim");
  in_.expect("=");
  int64_t dimension = in_.integer();
  Signature declared = signature(0);
  emit(Iota{.type = declared.result, .dimension = dimension}, {}, declared);
}

void FunctionParser::broadcast_in_dim(const OpRule&) {
  Values values = operands(1);
  expect_field("dims");
  Axes dims = in_.integers();
  Signature declared = signature(1);
  emit(BroadcastInDim{.shape = declared.result.shape, .broadcast_dimensions = dims}, values,
       declared);
}

void FunctionParser::transpose(const OpRule&) {
  Values values = operands(1);
  expect_field("dims");
  Axes dims = in_.integers();
  emit(Transpose{.permutation = dims}, values, signature(1));
}

void FunctionParser::reverse(const OpRule&) {
  Values values = operands(1);
  expect_field("dims");
  Axes dims = in_.integers();
  emit(Reverse{.dimensions = dims}, values, signature(1));
}

void FunctionParser::slice(const OpRule&) {
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

void FunctionParser::pad(const OpRule&) {
  Values values = operands(2);
  pullback::Pad op;
  expect_field("low");
  op.edge_padding_low = in_.integers();
  expect_field("high");
  op.edge_padding_high = in_.integers();
  expect_field("interior");
  op.interior_padding = in_.integers();
  emit(std::move(op), values, signature(2));
}

Values FunctionParser::operands_before(std::string_view name) {
  Values values;
  while (in_.peek("%")) {
    values.push_back(operand());
    in_.expect(",");
  }
  in_.accept(",");  // of a list of no start indices
  in_.expect(name);
  in_.expect("=");
  return values;
}

void FunctionParser::concatenate(const OpRule&) {
  Values values = operands_before("dim");
  int64_t dimension = in_.integer();
  size_t count = values.size();
  emit(Concatenate{.dimension = dimension}, std::move(values), signature(count));
}

void FunctionParser::dynamic_slice(const OpRule&) {
  Values values = operands_before("sizes");
  DynamicSlice op{.slice_sizes = in_.integers()};
  size_t count = values.size();
  emit(std::move(op), std::move(values), signature(count));
}

void FunctionParser::reduce(const OpRule&) {
  in_.expect("(");
  Values values{operand()};
  in_.expect("init");
  in_.expect(":");
  values.push_back(operand());
  in_.expect(")");
  if (in_.peek(",")) in_.fail("a reduction of several operands is not supported");
  bool applies = in_.accept("applies");
  size_t at = in_.here();
  std::string_view op = applies ? in_.word("the op of the reduction") : "";
  in_.expect("across");
  in_.expect("dimensions");
  in_.expect("=");
  Axes dimensions = in_.integers();
  Signature declared = signature(2);
  if (!applies) {
    Region region = parse_reducer(in_);
    op = region.op;
    at = region.at;
  }
  if (op == "stablehlo.multiply") return emit_product(dimensions, values, declared);
  Reduction kind = reduction_named(op, declared.result.element, in_, at);
  check_operands(values, declared);
  Reduce reduce{.kind = kind, .dimensions = dimensions};
  emit_reduction(std::move(reduce), kind, is_turned(op), values, declared);
}

void FunctionParser::dot_general(const OpRule&) {
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
  while (in_.accept(",")) {  // hints how precisely to multiply
    if (!in_.accept("precision")) in_.expect("algorithm");
    in_.expect("=");
    in_.skip_balanced();
  }
  emit(std::move(op), values, signature(2));
}

void FunctionParser::convolution(const OpRule&) {
  in_.expect("(");
  Values values = operands(2);
  in_.expect(")");
  in_.expect("dim_numbers");
  in_.expect("=");
  Convolution op;
  op.dimensions = parse_convolution_dimensions(in_);
  AttributeDict window;
  if (in_.accept(",")) {
    in_.expect("window");
    in_.expect("=");
    in_.expect("{");
    window.read(in_, "}");
  }
  op.window = convolution_window(window, op.dimensions.input_spatial.size(), true);
  window.expect_no_more();
  AttributeDict attributes;
  attributes.read_optional(in_);
  op.feature_group_count = attributes.integer("feature_group_count", 1);
  op.batch_group_count = attributes.integer("batch_group_count", 1);
  attributes.expect_no_more();
  emit(std::move(op), values, signature(2));
}

}  // namespace pullback
