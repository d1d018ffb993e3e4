#include <algorithm>
#include <functional>

#include "parse/function.h"
#include "parse/literals.h"

/// In the IR a reduction starts from its identity; the text has an initial value. A minimum, or an
/// "and" of truth values, is read as a maximum of what is turned around, which is turned back.
namespace pullback {

namespace {

/// The identity that the printer writes: 0, or the lowest value of the type. A sum from -0 is one
/// from 0: they differ only in the sign of a sum of nothing but -0. Of a minimum, the highest.
bool is_identity_value(const Decimal& value, ElementType element, Reduction kind, bool turned) {
  if (value.kind == Decimal::Kind::negative_zero) return kind == Reduction::add;
  if (!turned) return value == identity_value(kind, element);
  if (is_float(element)) return value.kind == Decimal::Kind::infinity;
  auto bits = element == ElementType::i1 ? 1 : 8 * static_cast<int>(byte_size(element));
  return value == Decimal::of_unsigned(~uint64_t{0} >> (64 - bits + (is_signed(element) ? 1 : 0)));
}

/// What reverses the order of a type's values, and undoes itself.
Op turn(ElementType element) { return is_float(element) ? Op(Negate{}) : Op(Not{}); }

/// The op that adds one more element.
Op combine(Reduction kind, bool turned, ElementType element) {
  if (kind == Reduction::add) return Add{};
  if (!turned) return Maximum{};
  return element == ElementType::i1 ? Op(And{}) : Op(Minimum{});
}

/// Whether the padding of a window reduction takes part in its sums: it holds the initial value.
bool has_padding(const Op& op) {
  auto* reduction = std::get_if<ReduceWindow>(&op);
  if (!reduction) return false;
  for (const WindowDimension& w : reduction->window) {
    if (w.padding_low > 0 || w.padding_high > 0 || w.base_dilation != 1) return true;
  }
  return false;
}

}  // namespace

bool FunctionParser::is_identity(Value v, Reduction kind, bool turned) const {
  while (!graph_.is_argument(v)) {
    const Instr& instr = graph_.instr(v);
    if (auto* constant = std::get_if<Constant>(&instr.op)) {
      return constant->values.size() == 1 &&
             is_identity_value(constant->values[0], instr.type.element, kind, turned);
    }
    if (!std::holds_alternative<BroadcastInDim>(instr.op)) return false;
    v = instr.operands[0];
  }
  Value outer = outer_ ? outer_values_[static_cast<size_t>(v.id)] : Value{};
  return outer && outer_->is_identity(outer, kind, turned);
}

void FunctionParser::emit_reduction(Op op, Reduction kind, bool turned, Values operands,
                                    Signature declared) {
  Value init = operands.back();
  const Type type = graph_.type(init);
  if (type != Type{declared.result.element, {}}) {
    in_.fail(declared.at, "the initial value is " + type.text() + "; expected " +
                              Type{declared.result.element, {}}.text());
  }
  operands.pop_back();
  declared.operands.pop_back();
  bool identity = is_identity(init, kind, turned);
  if (identity) absorbed_.push_back(init);
  if (identity && !turned) return emit(std::move(op), std::move(operands), declared);
  if (!identity && kind == Reduction::add && has_padding(op)) {
    in_.fail(op_at_, "a padded window sum must start from a constant 0");
  }
  std::string name = graph_name(result_name_);
  if (turned) operands[0] = append(turn(type.element), {operands[0]}, name + "$turned");
  Value reduced = append(std::move(op), std::move(operands), name + "$reduced");
  check_type(graph_.type(reduced), declared.result, declared.at, "the result");
  Signature last{{declared.result}, declared.result, declared.at};
  if (identity) return emit(turn(type.element), {reduced}, last);
  if (turned) reduced = append(turn(type.element), {reduced}, name + "$turned_back");
  Op spread = BroadcastInDim{.shape = declared.result.shape, .broadcast_dimensions = {}};
  Value start = append(std::move(spread), {init}, name + "$init");
  last.operands.push_back(declared.result);
  emit(combine(kind, turned, type.element), {start, reduced}, last);
}

void FunctionParser::take_sizes(GenericOp& form, Values& operands) {
  auto sizes = constant_integers(graph_, operands.back());
  if (!sizes) {
    in_.fail(op_at_, "operand '%" + graph_.name_of(operands.back()) +
                         "' must be a constant of integers: shapes are static");
  }
  form.sizes = std::move(*sizes);
  absorbed_.push_back(operands.back());
  operands.pop_back();
  form.declared.operands.pop_back();
}

void FunctionParser::make(const OpRule& rule, GenericOp form, Values operands) {
  check_operands(operands, form.declared);
  if (rule.sized) take_sizes(form, operands);
  bool product = rule.name == "reduce" && form.regions.size() == 1 &&
                 form.regions[0].op == "stablehlo.multiply";
  if (product) {
    Cursor dimensions = form.attributes.at("dimensions", form.in, form.at);
    Axes axes = parse_integer_list(dimensions);
    form.attributes.expect_no_more();
    return emit_product(axes, operands, form.declared);
  }
  Op op = rule.make(form);
  form.attributes.expect_no_more();
  if (form.total) total_order(operands, form.declared);
  if (rule.name == "square") {  // made x · x
    operands.push_back(operands[0]);
    form.declared.operands.push_back(form.declared.operands[0]);
  }
  auto* reduce = std::get_if<Reduce>(&op);
  auto* window = std::get_if<ReduceWindow>(&op);
  if (reduce || window) {
    emit_reduction(op, reduce ? reduce->kind : window->kind, is_turned(form.regions[0].op),
                   std::move(operands), form.declared);
  } else if (std::holds_alternative<SelectAndScatter>(op)) {
    emit_reduction(op, Reduction::add, false, std::move(operands), form.declared);
  } else {
    emit(std::move(op), std::move(operands), form.declared);
  }
}

void FunctionParser::drop_absorbed() {
  std::vector<int> uses(graph_.value_count(), 0);
  for (const Instr& instr : graph_.instrs) {
    for (Value v : instr.operands) ++uses[static_cast<size_t>(v.id)];
  }
  for (Value v : graph_.results) ++uses[static_cast<size_t>(v.id)];
  std::vector<bool> dropped(graph_.value_count(), false);
  std::sort(unused_.begin(), unused_.end(), std::greater<>());
  for (Value v : unused_) {
    if (uses[static_cast<size_t>(v.id)] > 0) continue;
    dropped[static_cast<size_t>(v.id)] = true;
    for (Value operand : graph_.instr(v).operands) --uses[static_cast<size_t>(operand.id)];
  }
  for (Value v : absorbed_) {
    // A constant, or broadcasts of one.
    while (!graph_.is_argument(v) && uses[static_cast<size_t>(v.id)] == 0 &&
           !dropped[static_cast<size_t>(v.id)]) {
      dropped[static_cast<size_t>(v.id)] = true;
      const Values& operands = graph_.instr(v).operands;
      if (operands.empty()) break;
      v = operands[0];
      --uses[static_cast<size_t>(v.id)];
    }
  }
  size_t arguments = graph_.arguments.size();
  Values map(graph_.value_count());
  for (size_t i = 0; i < arguments; ++i) map[i] = {static_cast<int32_t>(i)};
  size_t kept = 0;
  for (size_t i = 0; i < graph_.instrs.size(); ++i) {
    if (dropped[arguments + i]) continue;
    Instr& instr = graph_.instrs[i];
    for (Value& v : instr.operands) v = map[static_cast<size_t>(v.id)];
    map[arguments + i] = graph_.value_of(kept);
    if (kept != i) graph_.instrs[kept] = std::move(instr);
    ++kept;
  }
  graph_.instrs.resize(kept);
  for (Value& v : graph_.results) v = map[static_cast<size_t>(v.id)];
}

}  // namespace pullback
