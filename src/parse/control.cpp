#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "parse/function.h"

/// Ops that hold programs, and those of several results. A program names outer values directly: it
/// is read by a parser of its own, whose graph takes them as arguments.
namespace pullback {

namespace {

constexpr size_t max_depth = 32;
/// Results times operands: each result is an instruction with all operands.
constexpr size_t max_group = size_t{1} << 22;

}  // namespace

FunctionParser::Control FunctionParser::control_rule(std::string_view name) {
  using P = FunctionParser;
  static const std::unordered_map<std::string_view, Control> rules{
      {"stablehlo.if", &P::if_op},
      {"stablehlo.case", &P::case_op},
      {"stablehlo.while", &P::while_op},
      {"stablehlo.optimization_barrier", &P::barrier_op},
      {"stablehlo.rng_bit_generator", &P::rng_op},
      {"stablehlo.map", &P::map_op},
      {"stablehlo.tuple", &P::tuple_op},
      {"stablehlo.get_tuple_element", &P::get_tuple_element_op},
      {"stablehlo.create_token", &P::token_op},
      {"stablehlo.after_all", &P::token_op},
      {"stablehlo.custom_call", &P::custom_call}};
  auto found = rules.find(name);
  return found == rules.end() ? nullptr : found->second;
}

FunctionParser::FunctionParser(FunctionParser& outer)
    : functions_(outer.functions_),
      in_(outer.in_),
      main_(outer.main_),
      builder_(graph_),
      outer_(&outer),
      depth_(outer.depth_ + 1),
      calls_(outer.calls_),
      prefix_(outer.prefix_),
      inlined_(outer.inlined_),
      instructions_(outer.instructions_) {
  if (depth_ > max_depth) {
    in_.fail("programs in ops are nested more than " + std::to_string(max_depth) + " deep");
  }
}

std::vector<std::string_view> FunctionParser::captured(const std::vector<std::string_view>& names) {
  std::vector<std::string_view> found;
  std::unordered_set<std::string_view> seen;
  for (std::string_view name : names) {
    if (values_.contains(name) && seen.insert(name).second) found.push_back(name);
  }
  return found;
}

Values FunctionParser::captures(const std::vector<std::string_view>& names) const {
  Values values;
  for (std::string_view name : names) {
    const Values& all = values_.at(name);
    values.insert(values.end(), all.begin(), all.end());
  }
  return values;
}

Subgraph FunctionParser::region(std::vector<Parameter> inputs, bool labelled,
                                const std::vector<std::string_view>& names) {
  FunctionParser inner(*this);
  inner.in_.expect("{");
  if (labelled && inner.in_.peek("^")) {
    inner.in_.name('^', "a block");
    inputs = inner.parameters();
    inner.in_.expect(":");
  }
  for (const Parameter& p : inputs) {
    inner.define(p.name, p.at, {inner.builder_.argument(graph_name(p.name), p.type)});
    inner.outer_values_.push_back({});
  }
  for (std::string_view name : names) {
    Values arguments;
    for (Value v : values_.at(name)) {
      arguments.push_back(inner.builder_.argument(graph_.name_of(v), graph_.type(v)));
      inner.outer_values_.push_back(v);
    }
    if (!inner.values_.emplace(name, arguments).second) {
      in_.fail(op_at_, "'%" + printable(name) + "' is defined twice");
    }
  }
  inner.graph_.results = inner.instructions("stablehlo.return");
  inner.in_.expect("}");
  inner.drop_absorbed();
  for (Value v : inner.absorbed_) {
    if (!inner.graph_.is_argument(v)) continue;
    Value outer = inner.outer_values_[static_cast<size_t>(v.id)];
    if (outer) absorbed_.push_back(outer);
  }
  in_ = inner.in_;
  inlined_ = inner.inlined_;
  instructions_ = inner.instructions_;
  return Subgraph(std::move(inner.graph_));
}

std::vector<Type> FunctionParser::declared_results(const Values& operands, size_t& at) {
  AttributeDict attributes;
  attributes.read_optional(in_);
  attributes.expect_no_more();
  in_.expect(":");
  Signature declared;
  declared.at = in_.here();
  in_.expect("(");
  if (!in_.peek(")")) {
    do declared.operands.push_back(in_.type());
    while (in_.accept(","));
  }
  in_.expect(")");
  if (declared.operands.size() != operands.size()) {
    in_.fail(declared.at, "there are " + std::to_string(operands.size()) + " operands, but " +
                              std::to_string(declared.operands.size()) + " types");
  }
  check_operands(operands, declared);
  in_.expect("->");
  at = in_.here();
  if (!in_.accept("(")) return {in_.type()};
  std::vector<Type> results;
  if (in_.accept(")")) return results;
  do results.push_back(in_.type());
  while (in_.accept(","));
  in_.expect(")");
  return results;
}

void FunctionParser::emit_all(const Op& op, const Values& operands,
                              const std::vector<Type>& declared, size_t at) {
  in_.skip_location();
  if (declared.size() * operands.size() > max_group) {
    in_.fail(op_at_, "an op of " + std::to_string(declared.size()) + " results and " +
                         std::to_string(operands.size()) + " operands is too large");
  }
  std::vector<std::pair<std::string, bool>> names;  // and whether an unused one goes
  for (const ResultName& r : result_names_) {
    bool unused = r.name.starts_with("$_");
    std::string name = graph_name(r.name), joint = result_names_.size() == 1 ? "#" : ".";
    for (size_t k = 0; k < r.count; ++k) {
      bool single = r.count == 1;
      names.emplace_back(single ? name : name + joint + std::to_string(k), unused || !single);
    }
  }
  Values values;
  for (size_t k = 0; k < declared.size(); ++k) {
    std::string name = k < names.size() ? names[k].first : "";
    values.push_back(append(with_result(op, static_cast<int64_t>(k)), operands, name));
    check_type(graph_.type(values[k]), declared[k], at, "result " + std::to_string(k));
    if (k < names.size() && names[k].second) unused_.push_back(values[k]);
  }
  define_results(values);
}

/// "stablehlo.case"(%i) ({ … }, { … }) : (tensor<i32>) -> types, and likewise "stablehlo.if".
void FunctionParser::choice(bool generic, bool two) {
  if (!generic) {
    in_.fail(op_at_, "this op has the generic form only: \"stablehlo.…\"(%p) ({ … }, { … })");
  }
  Values values = parenthesized();
  if (values.size() != 1) in_.fail(op_at_, "expected one operand, which says what to run");
  Cursor ahead = in_;
  std::vector<std::string_view> names;
  ahead.names_inside(names);
  names = captured(names);
  in_.expect("(");
  std::vector<Subgraph> all;
  do all.push_back(region({}, true, names));
  while (in_.accept(","));
  in_.expect(")");
  if (two && all.size() != 2) {
    in_.fail(op_at_, "expected 2 branches, not " + std::to_string(all.size()));
  }
  size_t at = 0;
  std::vector<Type> declared = declared_results(values, at);
  for (Value v : captures(names)) values.push_back(v);
  Op op = two ? Op(If{.true_branch = all[0], .false_branch = all[1]}) : Op(Case{.branches = all});
  emit_all(op, values, declared, at);
}
void FunctionParser::if_op(bool generic) { choice(generic, true); }
void FunctionParser::case_op(bool generic) { choice(generic, false); }

void FunctionParser::while_op(bool generic) {
  if (generic) return generic_while();
  in_.expect("(");
  std::vector<Parameter> inputs;
  Values values;
  if (!in_.accept(")")) {
    do {
      Parameter p;
      p.at = in_.here();
      p.name = in_.name('%', "the name of a value that the loop carries");
      in_.expect("=");
      values.push_back(operand());
      p.type = graph_.type(values.back());
      inputs.push_back(p);
    } while (in_.accept(","));
    in_.expect(")");
  }
  size_t at = in_.here();
  std::vector<Type> declared;
  if (in_.accept(":")) {
    do declared.push_back(in_.type());
    while (in_.accept(","));
  }
  if (declared.size() != values.size()) {
    in_.fail(at, "there are " + std::to_string(values.size()) + " values, but " +
                     std::to_string(declared.size()) + " types");
  }
  check_operands(values, {declared, {}, at});
  if (in_.accept("attributes")) in_.skip_balanced();
  in_.expect("cond");
  Cursor ahead = in_;
  std::vector<std::string_view> names;
  ahead.names_inside(names);
  ahead.expect("do");
  ahead.names_inside(names);
  names = captured(names);
  Subgraph condition = region(inputs, false, names);
  in_.expect("do");
  Subgraph body = region(inputs, false, names);
  emit_while(condition, body, values, names, declared, at);
}

void FunctionParser::generic_while() {
  Values values = parenthesized();
  Cursor ahead = in_;
  std::vector<std::string_view> names;
  ahead.names_inside(names);
  names = captured(names);
  in_.expect("(");
  Subgraph condition = region({}, true, names);
  in_.expect(",");
  Subgraph body = region({}, true, names);
  in_.expect(")");
  size_t at = 0;
  std::vector<Type> declared = declared_results(values, at);
  if (declared.size() != values.size()) {
    in_.fail(at, "a while returns as many values as it takes: " + std::to_string(values.size()));
  }
  emit_while(condition, body, values, names, declared, at);
}

void FunctionParser::emit_while(const Subgraph& condition, const Subgraph& body, Values values,
                                const std::vector<std::string_view>& names,
                                const std::vector<Type>& declared, size_t at) {
  if (body->results.size() != values.size()) {
    in_.fail(op_at_, "the while's body returns " + std::to_string(body->results.size()) +
                         " values, but the loop carries " + std::to_string(values.size()) +
                         " (while_c2)");
  }
  for (Value v : captures(names)) values.push_back(v);
  emit_all(While{.condition = condition, .body = body}, values, declared, at);
}

/// stablehlo.optimization_barrier %x, %y : types
void FunctionParser::barrier_op(bool generic) {
  size_t at = 0;
  std::vector<Type> declared;
  Values values;
  if (generic) {
    values = parenthesized();
    declared = declared_results(values, at);
  } else {
    values = operands(-1);
    in_.expect(":");
    at = in_.here();
    do declared.push_back(in_.type());
    while (in_.accept(","));
  }
  if (declared.size() != values.size()) {
    in_.fail(at, "there are " + std::to_string(values.size()) + " operands, but " +
                     std::to_string(declared.size()) + " types");
  }
  emit_all(OptimizationBarrier{}, values, declared, at);
}

/// stablehlo.rng_bit_generator %state, algorithm = THREE_FRY : (type) -> (type, type)
void FunctionParser::rng_op(bool generic) {
  Values values;
  std::string_view algorithm;
  size_t algorithm_at = op_at_;
  if (generic) {
    values = parenthesized();
    AttributeDict attributes;
    attributes.read_optional(in_);
    Cursor value = attributes.at("rng_algorithm", in_, op_at_);
    for (const char* token : {"#stablehlo", "<", "rng_algorithm"}) value.expect(token);
    algorithm = value.word("DEFAULT, THREE_FRY or PHILOX");
    attributes.expect_no_more();
  } else {
    values = operands(1);
    expect_field("algorithm");
    algorithm_at = in_.here();
    algorithm = in_.word("DEFAULT, THREE_FRY or PHILOX");
  }
  RngBitGenerator op;
  bool known = false;
  for (auto a : {RngAlgorithm::standard, RngAlgorithm::three_fry, RngAlgorithm::philox}) {
    if (to_string(a) != algorithm) continue;
    op.algorithm = a;
    known = true;
  }
  if (!known) {
    in_.fail(algorithm_at, "the algorithm '" + printable(algorithm) +
                               "' is not known; expected DEFAULT, THREE_FRY or PHILOX");
  }
  size_t at = 0;
  std::vector<Type> declared = declared_results(values, at);
  if (declared.size() != 2) in_.fail(at, "expected 2 results: the next state and the bits");
  op.type = declared[1];
  emit_all(op, values, declared, at);
}

/// What the target computes is another program's secret: refused by its name.
void FunctionParser::custom_call(bool generic) {
  std::string target = "?";
  if (generic) {
    Cursor rest = in_;
    rest.skip_balanced();
    AttributeDict attributes;
    attributes.read_optional(rest);
    if (attributes.has("call_target_name")) {
      target = attributes.at("call_target_name", in_, op_at_).quoted();
    }
  } else {
    target = in_.name('@', "the name of a custom call's target");
  }
  in_.fail(op_at_, "the custom call of '" + printable(target) +
                       "' cannot be read: what it computes is known to its own library only");
}

}  // namespace pullback
