#include "parse/body.h"

#include <algorithm>

#include "base/text.h"

namespace pullback {

const std::unordered_map<std::string_view, BodyParser::Rule>& BodyParser::rules() {
  using P = BodyParser;
  static const std::unordered_map<std::string_view, Rule> table{
      {"abs", &P::unary<Abs>},
      {"negate", &P::unary<Negate>},
      {"exponential", &P::unary<Exponential>},
      {"log", &P::unary<Log>},
      {"logistic", &P::unary<Logistic>},
      {"tanh", &P::unary<Tanh>},
      {"sqrt", &P::unary<Sqrt>},
      {"rsqrt", &P::unary<Rsqrt>},
      {"sine", &P::unary<Sine>},
      {"cosine", &P::unary<Cosine>},
      {"not", &P::unary<Not>},
      {"add", &P::binary<Add>},
      {"subtract", &P::binary<Subtract>},
      {"multiply", &P::binary<Multiply>},
      {"divide", &P::binary<Divide>},
      {"maximum", &P::binary<Maximum>},
      {"minimum", &P::binary<Minimum>},
      {"power", &P::binary<Power>},
      {"and", &P::binary<And>},
      {"or", &P::binary<Or>},
      {"compare", &P::compare},
      {"select", &P::select},
      {"convert", &P::convert},
      {"constant", &P::constant},
      {"iota", &P::iota},
      {"broadcast_in_dim", &P::broadcast_in_dim},
      {"reshape", &P::reshape},
      {"transpose", &P::transpose},
      {"reverse", &P::reverse},
      {"slice", &P::slice},
      {"pad", &P::pad},
      {"concatenate", &P::concatenate},
      {"reduce", &P::reduce},
      {"dot_general", &P::dot_general},
      {"convolution", &P::convolution},
      {"reduce_window", &P::reduce_window},
      {"select_and_scatter", &P::select_and_scatter}};
  return table;
}

namespace {

/// The value's name in the graph: the printer puts a '$' before a digit or another '$'.
std::string graph_name(std::string_view name) {
  bool escaped =
      name.size() > 1 && name[0] == '$' && (name[1] == '$' || (name[1] >= '0' && name[1] <= '9'));
  return std::string(escaped ? name.substr(1) : name);
}

}  // namespace

void BodyParser::arguments() {
  in_.expect("(");
  if (in_.accept(")")) return;
  do {
    size_t at = in_.here();
    std::string_view name = in_.name('%', "an argument");
    in_.expect(":");
    Type type = in_.type();
    if (in_.peek("{")) in_.skip_balanced();
    in_.skip_location();
    if (values_.contains(name)) {
      in_.fail(at, "'%" + std::string(name) + "' is defined twice");
    }
    values_[name] = builder_.argument(graph_name(name), type);
  } while (in_.accept(","));
  in_.expect(")");
}

std::vector<Type> BodyParser::result_types() {
  std::vector<Type> types;
  if (!in_.accept("->")) return types;
  if (!in_.accept("(")) return {in_.type()};
  if (in_.accept(")")) return types;
  do {
    types.push_back(in_.type());
    if (in_.peek("{")) in_.skip_balanced();
  } while (in_.accept(","));
  in_.expect(")");
  return types;
}

void BodyParser::instructions(const std::vector<Type>& results) {
  while (!in_.peek("return") && !in_.peek("func.return")) instruction();
  size_t at = in_.here();
  if (!in_.accept("return")) in_.expect("func.return");
  if (!in_.peek("}")) {
    Values values;
    do values.push_back(operand());
    while (in_.accept(","));
    in_.expect(":");
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) in_.expect(",");
      size_t type_at = in_.here();
      check_type(graph_.type(values[i]), in_.type(), type_at, "the value returned");
    }
    graph_.results = values;
  }
  in_.skip_location();
  bool same = results.size() == graph_.results.size();
  for (size_t i = 0; same && i < results.size(); ++i) {
    same = results[i] == graph_.type(graph_.results[i]);
  }
  if (!same) in_.fail(at, "the values returned are not of the function's result types");
}

void BodyParser::instruction() {
  result_at_ = in_.here();
  result_name_ = in_.name('%', "an instruction or return");
  if (in_.accept(":")) in_.fail("instructions with several results are not supported");
  if (values_.contains(result_name_)) {
    in_.fail(result_at_, "'%" + std::string(result_name_) + "' is defined twice");
  }
  in_.expect("=");
  op_at_ = in_.here();
  std::string_view op = in_.peek("\"") ? in_.quoted() : in_.word("an op, e.g. stablehlo.add");
  constexpr std::string_view dialect = "stablehlo.";
  auto rule = op.starts_with(dialect) ? rules().find(op.substr(dialect.size())) : rules().end();
  if (rule == rules().end()) {
    std::vector<std::string> known;
    for (const auto& entry : rules()) known.push_back("stablehlo." + std::string(entry.first));
    std::sort(known.begin(), known.end());
    std::string near = nearest(op, known);
    in_.fail(op_at_, "the op '" + std::string(op) + "' is not supported" +
                         (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  (this->*rule->second)();
  in_.skip_location();
}

Value BodyParser::operand() {
  size_t at = in_.here();
  std::string_view name = in_.name('%', "a value");
  auto found = values_.find(name);
  if (found == values_.end()) in_.fail(at, "'%" + std::string(name) + "' is not defined");
  return found->second;
}

Values BodyParser::operands(size_t count) {
  Values values;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) in_.expect(",");
    values.push_back(operand());
  }
  return values;
}

BodyParser::Signature BodyParser::signature(size_t count) {
  Signature declared;
  in_.expect(":");
  declared.at = in_.here();
  if (!in_.accept("(")) {
    declared.result = in_.type();
    declared.operands.assign(count, declared.result);
    return declared;
  }
  if (!in_.peek(")")) {
    do declared.operands.push_back(in_.type());
    while (in_.accept(","));
  }
  in_.expect(")");
  in_.expect("->");
  bool parenthesis = in_.accept("(");
  declared.result = in_.type();
  if (parenthesis) in_.expect(")");
  if (declared.operands.size() != count) {
    in_.fail(declared.at, "there are " + std::to_string(count) + " operands, but " +
                              std::to_string(declared.operands.size()) + " types");
  }
  return declared;
}

void BodyParser::check_type(const Type& actual, const Type& declared, size_t at,
                            const std::string& what) {
  if (actual == declared) return;
  in_.fail(at, what + " is " + actual.text() + ", but " + declared.text() + " is declared");
}

void BodyParser::emit(Op op, Values operands, const Signature& declared) {
  for (size_t i = 0; i < operands.size() && i < declared.operands.size(); ++i) {
    check_type(graph_.type(operands[i]), declared.operands[i], declared.at,
               "operand %" + graph_.name_of(operands[i]));
  }
  Value value;
  try {
    value = builder_.emit(std::move(op), std::move(operands), graph_name(result_name_));
  } catch (const Error& error) {
    in_.fail(op_at_, error.what());
  }
  check_type(graph_.type(value), declared.result, declared.at, "the result");
  values_[result_name_] = value;
}

void BodyParser::emit_plain(Op op, size_t count) {
  bool generic = in_.accept("(");
  Values values = operands(count);
  if (generic) in_.expect(")");
  emit(std::move(op), std::move(values), signature(count));
}

bool BodyParser::is_identity(Value v, Reduction kind) const {
  if (graph_.is_argument(v)) return false;
  auto* constant = std::get_if<Constant>(&graph_.instr(v).op);
  if (!constant || constant->type.rank() != 0) return false;
  const Decimal& value = constant->values[0];
  ElementType element = constant->type.element;
  if (kind == Reduction::add || element == ElementType::i1) return value == Decimal(0);
  if (element == ElementType::i32) return value == Decimal(-2147483648LL);
  return value.kind == Decimal::Kind::negative_infinity;
}

void BodyParser::emit_reduction(Op op, Reduction kind, Value x, Value init, Signature declared) {
  check_type(graph_.type(init), declared.operands.back(), declared.at, "the initial value");
  declared.operands.pop_back();
  if (is_identity(init, kind)) {
    absorb(init);
    emit(std::move(op), {x}, declared);
    return;
  }
  std::string_view name = result_name_;
  try {
    Value y = builder_.emit(std::move(op), {x}, std::string(name) + "$reduced");
    Value start = builder_.broadcast(init, graph_.type(y).shape, {}, std::string(name) + "$init");
    Op combine = kind == Reduction::add ? Op(Add{}) : Op(Maximum{});
    values_[name] = builder_.emit(combine, {start, y}, std::string(name));
  } catch (const Error& error) {
    in_.fail(op_at_, error.what());
  }
  check_type(graph_.type(values_[name]), declared.result, declared.at, "the result");
}

Graph BodyParser::take(const std::string& name) {
  std::vector<int> uses(graph_.value_count(), 0);
  for (const Instr& instr : graph_.instrs) {
    for (Value v : instr.operands) ++uses[static_cast<size_t>(v.id)];
  }
  for (Value v : graph_.results) ++uses[static_cast<size_t>(v.id)];
  std::vector<bool> dropped(graph_.value_count(), false);
  for (Value v : absorbed_) {
    dropped[static_cast<size_t>(v.id)] = uses[static_cast<size_t>(v.id)] == 0;
  }
  Graph result;
  result.name = name;
  result.arguments = std::move(graph_.arguments);
  Values map;
  for (size_t i = 0; i < result.arguments.size(); ++i) map.push_back({static_cast<int32_t>(i)});
  for (size_t i = 0; i < graph_.instrs.size(); ++i) {
    if (dropped[result.arguments.size() + i]) {
      map.push_back({});
      continue;
    }
    Instr& instr = graph_.instrs[i];
    for (Value& v : instr.operands) v = map[static_cast<size_t>(v.id)];
    result.instrs.push_back(std::move(instr));
    map.push_back(result.value_of(result.instrs.size() - 1));
  }
  for (Value v : graph_.results) result.results.push_back(map[static_cast<size_t>(v.id)]);
  return result;
}

}  // namespace pullback
