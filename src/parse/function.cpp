#include "parse/function.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace pullback {

namespace {

// Calls are expanded in place, so that a short text may stand for a program without end. The
// characters of what is called bound the time; names of values have the names of calls before them.
constexpr size_t max_calls = 64;
constexpr size_t max_inlined = size_t{1} << 22;
constexpr size_t max_prefix = 200;

}  // namespace

Graph FunctionParser::parse(const std::string& name) {
  graph_.name = name;
  in_ = main_.arguments;
  for (const Parameter& p : parameters()) {
    define(p.name, p.at, {builder_.argument(graph_name(p.name), p.type)});
  }
  in_ = main_.results;
  std::vector<Type> results = result_types();
  in_ = main_.body;
  graph_.results = body(results);
  add_checks();
  drop_absorbed();
  return std::move(graph_);
}

std::vector<FunctionParser::Parameter> FunctionParser::parameters() {
  std::vector<Parameter> result;
  if (!in_.accept("(") || in_.accept(")")) return result;
  do {
    Parameter p;
    p.at = in_.here();
    p.name = in_.name('%', "an argument");
    in_.expect(":");
    p.type = in_.type();
    if (in_.peek("{")) in_.skip_balanced();
    in_.skip_location();
    result.push_back(p);
  } while (in_.accept(","));
  in_.expect(")");
  return result;
}

std::vector<Type> FunctionParser::result_types() {
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

Values FunctionParser::body(const std::vector<Type>& results) {
  Values values = instructions("func.return");
  bool same = results.size() == values.size();
  for (size_t i = 0; same && i < results.size(); ++i) same = results[i] == graph_.type(values[i]);
  if (!same) in_.fail(op_at_, "the values returned are not of the function's result types");
  return values;
}

Values FunctionParser::instructions(std::string_view terminator) {
  for (;;) {
    if (in_.peek("check.") && !outer_) {
      check();
    } else if (in_.peek("%") || in_.peek("stablehlo.custom_call") ||
               in_.peek("\"stablehlo.custom_call\"")) {
      instruction();
    } else {
      break;
    }
  }
  op_at_ = in_.here();
  bool generic = in_.accept("\"" + std::string(terminator) + "\"");
  bool plain = terminator == "func.return" && in_.accept("return");
  if (!generic && !plain && !in_.accept(terminator)) {
    in_.fail("expected an instruction, which begins with '%', or " +
             std::string(terminator == "func.return" ? "return" : terminator));
  }
  Values values;
  if (generic) {
    values = parenthesized();
  } else if (in_.peek("%")) {
    values = operands(-1);
  }
  if (!values.empty() || generic) {
    in_.expect(":");
    bool listed = in_.accept("(");
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) in_.expect(",");
      size_t type_at = in_.here();
      check_type(graph_.type(values[i]), in_.type(), type_at, "the value returned");
    }
    if (listed) in_.expect(")");
    if (listed && in_.accept("->")) {
      in_.expect("(");
      in_.expect(")");
    }
  }
  in_.skip_location();
  return values;
}

void FunctionParser::define(std::string_view name, size_t at, Values values) {
  if (!values_.emplace(name, std::move(values)).second) {
    in_.fail(at, "'%" + std::string(name) + "' is defined twice");
  }
}

/// "%x = ", "%x:2, %y = "; nothing before an op without results.
void FunctionParser::result_names() {
  result_names_.clear();
  result_name_ = "";
  if (!in_.peek("%")) return;
  do {
    size_t at = in_.here();
    std::string_view name = in_.name('%', "an instruction");
    int64_t count = in_.accept(":") ? in_.integer() : 1;
    if (count < 1 || count > 65536) in_.fail(at, "an op has between 1 and 65536 results");
    if (values_.contains(name)) define(name, at, {});
    result_names_.push_back({name, static_cast<size_t>(count), at});
  } while (in_.accept(","));
  result_name_ = result_names_[0].name;
  in_.expect("=");
}

size_t FunctionParser::result_count() const {
  size_t count = 0;
  for (const ResultName& r : result_names_) count += r.count;
  return count;
}

void FunctionParser::define_results(const Values& values) {
  size_t at = result_names_.empty() ? op_at_ : result_names_[0].at;
  if (values.size() != result_count()) {
    in_.fail(at, "the op has " + std::to_string(values.size()) + " results, but " +
                     std::to_string(result_count()) + " are named");
  }
  auto next = values.begin();
  for (const ResultName& r : result_names_) {
    auto end = next + static_cast<std::ptrdiff_t>(r.count);
    define(r.name, r.at, Values(next, end));
    next = end;
  }
}

void FunctionParser::instruction() {
  result_names();
  op_at_ = in_.here();
  bool generic_form = in_.peek("\"");
  std::string_view op = generic_form ? in_.quoted() : in_.word("an op, e.g. stablehlo.add");
  if (++instructions_ > max_instructions) {
    in_.fail(op_at_, "the program has more than " + std::to_string(max_instructions) +
                         " instructions, calls expanded");
  }
  if (op == "call" || op == "func.call") return call(generic_form);
  if (op == "stablehlo.composite") return composite(generic_form);
  if (Control rule = control_rule(op)) return (this->*rule)(generic_form);
  constexpr std::string_view dialect = "stablehlo.";
  if (generic_form && op.starts_with("stablehlo.batch_norm_")) {
    batch_norm(op.substr(dialect.size()), result_count());
    return in_.skip_location();
  }
  const OpRule* rule = find_rule(op);
  if (!rule) {
    if (auto* other = find_rewrite(op)) return rewrite(*other, generic_form);
  }
  if (!rule) {
    std::string near = nearest(op.substr(0, 60), rule_names());
    in_.fail(op_at_, "the op '" + printable(op) + "' is not supported" +
                         (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  if (generic_form) {
    generic(*rule);
  } else {
    (this->*pretty_rule(rule->name))(*rule);
  }
  in_.skip_location();
}

void FunctionParser::generic(const OpRule& rule) {
  size_t at = in_.here();
  Values values = parenthesized();
  if (rule.operands >= 0 && values.size() != static_cast<size_t>(rule.operands)) {
    in_.fail(at, "expected " + std::to_string(rule.operands) + " operands, not " +
                     std::to_string(values.size()));
  }
  GenericOp form{in_, op_at_, {}, {}, {}};
  if (in_.peek("<{")) form.attributes.read_optional(in_);
  if (in_.accept("(")) {
    do form.regions.push_back(parse_region(in_));
    while (in_.accept(","));
    in_.expect(")");
  }
  if (in_.peek("{")) form.attributes.read_optional(in_);
  form.declared = signature(values.size());
  make(rule, std::move(form), std::move(values));
}

/// stablehlo.composite "name" %x, %y {…, decomposition = @f} : (types) -> types
void FunctionParser::composite(bool generic_form) {
  Values values;
  if (generic_form) {
    values = parenthesized();
  } else {
    in_.quoted();
    if (in_.peek("%")) values = operands(-1);
  }
  AttributeDict attributes;
  attributes.read_optional(in_);
  if (generic_form) attributes.read_optional(in_);
  Cursor decomposition = attributes.at("decomposition", in_, op_at_);
  size_t at = decomposition.here();
  expand(decomposition.name('@', "a function"), at, values);
}

/// call @f(%x) : (types) -> types, or "func.call"(%x) <{callee = @f}> : (types) -> types
void FunctionParser::call(bool generic_form) {
  if (generic_form) {
    Values operands = parenthesized();
    AttributeDict attributes;
    attributes.read_optional(in_);
    Cursor callee = attributes.at("callee", in_, op_at_);
    size_t at = callee.here();
    return expand(callee.name('@', "a function"), at, operands);
  }
  size_t at = in_.here();
  std::string_view callee = in_.name('@', "a function");
  Values operands = parenthesized();
  if (in_.peek("{")) in_.skip_balanced();
  expand(callee, at, operands);
}

void FunctionParser::expand(std::string_view callee, size_t at, const Values& operands) {
  auto found = functions_.find(callee);
  if (found == functions_.end()) {
    in_.fail(at, "the module has no function '@" + printable(callee) + "'");
  }
  if (std::find(calls_.begin(), calls_.end(), callee) != calls_.end() || callee == main_.name) {
    in_.fail(at, "'@" + printable(callee) + "' calls itself");
  }
  if (calls_.size() >= max_calls) {
    in_.fail(at, "calls are nested more than " + std::to_string(max_calls) + " deep");
  }
  inlined_ += found->second.size;
  if (inlined_ > max_inlined) {
    in_.fail(at, "calls expand to more than " + std::to_string(max_inlined) +
                     " characters of functions; does a function call another many times over?");
  }
  in_.expect(":");
  in_.skip_balanced();  // operand types: the callee declares them, too
  std::vector<Type> declared = result_types();
  in_.skip_location();
  std::vector<ResultName> names = result_names_;
  size_t call_at = op_at_;
  calls_.push_back(callee);
  Values results = inlined(found->second, operands);
  calls_.pop_back();
  bool same = declared.size() == results.size();
  for (size_t i = 0; same && i < results.size(); ++i) {
    same = declared[i] == graph_.type(results[i]);
  }
  if (!same) in_.fail(call_at, "the result types declared are not those of the function called");
  result_names_ = std::move(names);
  op_at_ = call_at;
  define_results(results);
}

Values FunctionParser::inlined(const Function& function, const Values& operands) {
  Cursor after = in_;
  size_t at = op_at_;
  Scope outer;
  std::swap(outer, values_);
  auto outer_packed = std::exchange(packed_, {});
  std::string outer_prefix = prefix_;
  if (prefix_.size() < max_prefix) {
    prefix_ += std::string(result_name_.substr(0, max_prefix)) + ".";
  }
  in_ = function.arguments;
  std::vector<Parameter> names = parameters();
  bool same = names.size() == operands.size();
  for (size_t i = 0; same && i < names.size(); ++i) {
    same = names[i].type == graph_.type(operands[i]);
    define(names[i].name, names[i].at, {operands[i]});
  }
  if (!same) after.fail(at, "the operands are not of the types of the function called");
  in_ = function.results;
  std::vector<Type> types = result_types();
  in_ = function.body;
  Values results = body(types);
  in_ = after;
  values_ = std::move(outer);
  packed_ = std::move(outer_packed);
  prefix_ = outer_prefix;
  return results;
}

Value FunctionParser::operand() {
  size_t at = in_.here();
  std::string_view name = in_.name('%', "a value");
  auto found = values_.find(name);
  if (found == values_.end()) in_.fail(at, "'%" + std::string(name) + "' is not defined");
  const Values& values = found->second;
  if (values.empty()) {
    in_.fail(at,
             "'%" + std::string(name) +
                 "' is a tuple or a token; stablehlo.get_tuple_element takes a tuple's elements");
  }
  if (in_.accept("#")) {
    int64_t index = in_.integer();
    if (index < 0 || index >= static_cast<int64_t>(values.size())) {
      in_.fail(at,
               "'%" + std::string(name) + "' has " + std::to_string(values.size()) + " results");
    }
    return values[static_cast<size_t>(index)];
  }
  if (values.size() != 1) {
    in_.fail(at, "'%" + std::string(name) + "' has several results: say which, %" +
                     std::string(name) + "#0");
  }
  return values[0];
}

Values FunctionParser::operands(int count) {
  Values values;
  do {
    if (count >= 0 && values.size() == static_cast<size_t>(count)) return values;
    if (count >= 0 && !values.empty()) in_.expect(",");
    values.push_back(operand());
  } while (count >= 0 || in_.accept(","));
  return values;
}

Values FunctionParser::parenthesized() {
  in_.expect("(");
  Values values;
  if (in_.accept(")")) return values;
  values = operands(-1);
  in_.expect(")");
  return values;
}

Signature FunctionParser::signature(size_t count) {
  if (in_.peek("{")) {
    AttributeDict attributes;
    attributes.read_optional(in_);
    attributes.expect_no_more();
  }
  Signature declared;
  in_.expect(":");
  declared.at = in_.here();
  if (!in_.accept("(")) {
    declared.result = in_.type();
    declared.operands.assign(count, declared.result);
    if (in_.peek(",") || in_.peek("->")) {  // as chlo has it: the operands' types -> the result's
      declared.operands = {declared.result};
      while (in_.accept(",")) declared.operands.push_back(in_.type());
      in_.expect("->");
      declared.result = in_.type();
      check_count(declared, count);
    }
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
  check_count(declared, count);
  return declared;
}

void FunctionParser::check_count(const Signature& declared, size_t count) const {
  if (declared.operands.size() == count) return;
  in_.fail(declared.at, "there are " + std::to_string(count) + " operands, but " +
                            std::to_string(declared.operands.size()) + " types");
}

void FunctionParser::check_type(const Type& actual, const Type& declared, size_t at,
                                const std::string& what) {
  if (actual == declared) return;
  in_.fail(at, what + " is " + actual.text() + ", but " + declared.text() + " is declared");
}

void FunctionParser::check_operands(const Values& operands, const Signature& declared) {
  for (size_t i = 0; i < operands.size(); ++i) {
    if (graph_.type(operands[i]) == declared.operands[i]) continue;
    check_type(graph_.type(operands[i]), declared.operands[i], declared.at,
               "operand %" + graph_.name_of(operands[i]));
  }
}

std::string FunctionParser::graph_name(std::string_view name) const {
  // The printer puts a '$' before a digit or another '$'. "%$add.f32" and the like are its own:
  // with one more they differ from all other names.
  bool own = name.size() > 1 && name[0] == '$';
  bool escaped = own && (name[1] == '$' || (name[1] >= '0' && name[1] <= '9'));
  if (escaped) return prefix_ + std::string(name.substr(1));
  return prefix_ + (own ? "$" : "") + std::string(name);
}

Value FunctionParser::append(Op op, Values operands, const std::string& name) {
  try {
    return builder_.emit(std::move(op), std::move(operands), name);
  } catch (const Error& error) {
    in_.fail(op_at_, error.what());
  }
}

namespace {

bool is_product(const Op& op) {
  return std::holds_alternative<DotGeneral>(op) || std::holds_alternative<Convolution>(op);
}

}  // namespace

/// A product may be declared of a wider type than its operands': it is that of the converted ones.
void FunctionParser::widen(Values& operands, ElementType element) {
  for (Value& v : operands) {
    ElementType own = graph_.type(v).element;
    bool kin = (is_float(own) && is_float(element)) || (is_integer(own) && is_integer(element));
    if (!kin || byte_size(own) >= byte_size(element)) continue;
    v = append(Convert{.to = element}, {v}, graph_.name_of(v) + "$wide");
  }
}

void FunctionParser::emit(Op op, Values operands, const Signature& declared) {
  if (result_count() != 1) {
    in_.fail(op_at_,
             "this op has one result, but " + std::to_string(result_count()) + " are named");
  }
  check_operands(operands, declared);
  if (is_product(op)) widen(operands, declared.result.element);
  Value value = append(std::move(op), std::move(operands), graph_name(result_name_));
  if (graph_.type(value) != declared.result) {
    check_type(graph_.type(value), declared.result, declared.at, "the result");
  }
  values_.emplace(result_name_, Values{value});
}

}  // namespace pullback
