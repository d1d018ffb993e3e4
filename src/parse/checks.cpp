#include "parse/function.h"
#include "parse/literals.h"

/// Assertions in the functions of StableHLO's own tests.
namespace pullback {

void FunctionParser::check() {
  size_t at = in_.here();
  std::string_view name = in_.word("an assertion");
  if (!checks_) {
    in_.fail(at, "'" + printable(name) + "' belongs to a test; `pullback conform` runs those");
  }
  Check check;
  check.line = in_.line(at);
  bool constant = name.ends_with("_const");
  std::string_view kind = name.substr(0, name.size() - (constant ? 6 : 0));
  if (kind == "check.expect_almost_eq") {
    check.kind = Check::Kind::almost_equal;
  } else if (kind == "check.expect_close" && !constant) {
    check.kind = Check::Kind::close;
  } else if (kind != "check.expect_eq") {
    in_.fail(at, "the assertion '" + printable(name) + "' is not supported");
  }
  checked_.push_back(operand());
  in_.expect(",");
  checked_.push_back(constant ? expected_constant() : operand());
  check_options(check);
  AttributeDict attributes;
  attributes.read_optional(in_);
  if (attributes.has("tolerance")) {
    check.tolerance = attributes.at("tolerance", in_, at).decimal(ElementType::f64).to_double();
  }
  if (!constant) {
    in_.expect(":");
    do in_.type();
    while (in_.accept(","));
  }
  in_.skip_location();
  checks_->push_back(check);
}

Value FunctionParser::expected_constant() {
  op_at_ = in_.here();
  Cursor values = in_;
  in_.expect("dense");
  in_.skip_balanced();
  in_.expect(":");
  Type type = in_.type();
  return append(Constant{.type = type, .values = parse_dense(values, type)}, {},
                "expected" + std::to_string(checks_->size()));
}

/// ", tolerance = 0.1 : f64", ", max_ulp_difference = 3".
void FunctionParser::check_options(Check& check) {
  while (in_.accept(",")) {
    std::string_view name = in_.word("tolerance, max_ulp_difference or min_ulp_difference");
    in_.expect("=");
    if (name == "tolerance") {
      check.tolerance = in_.decimal(ElementType::f64).to_double();
      Cursor type = in_;
      if (type.accept(":") && type.accept("f64")) in_ = type;
    } else {
      uint64_t& bound = name == "max_ulp_difference" ? check.max_ulp : check.min_ulp;
      bound = static_cast<uint64_t>(in_.integer());
    }
  }
}

void FunctionParser::add_checks() {
  for (size_t k = 0; k < checked_.size(); k += 2) {
    Check& check = (*checks_)[k / 2];
    check.actual = graph_.results.size();
    check.expected = check.actual + 1;
    graph_.results.push_back(checked_[k]);
    graph_.results.push_back(checked_[k + 1]);
  }
}

}  // namespace pullback
