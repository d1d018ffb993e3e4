#include "parse/function.h"

/// Tuples and tokens, which graphs do not have: a tuple is what its elements are, by name; a token
/// orders effects, of which there are none.
namespace pullback {

namespace {

constexpr size_t max_tuple_depth = 64;

}  // namespace

FunctionParser::Packed FunctionParser::packed_operand() {
  Cursor ahead = in_;
  auto found = packed_.find(ahead.name('%', "a value"));
  if (found == packed_.end()) return {.value = operand()};
  in_ = ahead;
  return found->second;
}

/// "%x, %t", or nothing; in parentheses where the form is generic.
std::vector<FunctionParser::Packed> FunctionParser::packed_operands(bool generic) {
  std::vector<Packed> all;
  if (generic) in_.expect("(");
  if (in_.peek("%")) {
    do all.push_back(packed_operand());
    while (in_.accept(","));
  }
  if (generic) in_.expect(")");
  return all;
}

/// Reads a type, which must be that of `packed`: "tuple<type, …>", "!stablehlo.token" or a
/// tensor's.
void FunctionParser::packed_type(const Packed& packed) {
  size_t at = in_.here();
  if (packed.value) {
    check_type(graph_.type(packed.value), in_.type(), at, "the value");
  } else if (packed.token) {
    in_.expect("!");
    in_.expect("stablehlo.token");
  } else {
    in_.expect("tuple");
    in_.expect("<");
    for (size_t k = 0; k < packed.items.size(); ++k) {
      if (k > 0) in_.expect(",");
      packed_type(*packed.items[k]);
    }
    in_.expect(">");
  }
}

/// "(types) ->"
void FunctionParser::packed_types(const std::vector<Packed>& all) {
  in_.expect("(");
  for (size_t k = 0; k < all.size(); ++k) {
    if (k > 0) in_.expect(",");
    packed_type(all[k]);
  }
  in_.expect(")");
  in_.expect("->");
}

void FunctionParser::define_packed(Packed packed) {
  if (packed.value) return define_results({packed.value});
  if (result_count() != 1) in_.fail(op_at_, "this op has one result");
  define(result_name_, op_at_, {});
  packed_.emplace(result_name_, std::move(packed));
}

/// stablehlo.tuple %x, %y : tuple<type, type>
void FunctionParser::tuple_op(bool generic) {
  std::vector<Packed> all = packed_operands(generic);
  Packed tuple;
  for (const Packed& item : all) {
    tuple.depth = std::max(tuple.depth, item.depth + 1);
    tuple.items.push_back(std::make_shared<const Packed>(item));
  }
  if (tuple.depth > max_tuple_depth) {
    in_.fail(op_at_, "tuples are nested more than " + std::to_string(max_tuple_depth) + " deep");
  }
  AttributeDict attributes;
  attributes.read_optional(in_);
  attributes.expect_no_more();
  in_.expect(":");
  if (generic) packed_types(all);
  packed_type(tuple);
  in_.skip_location();
  define_packed(std::move(tuple));
}

/// stablehlo.get_tuple_element %t[0] : (tuple<…>) -> type
void FunctionParser::get_tuple_element_op(bool generic) {
  size_t at = in_.here();
  if (generic) in_.expect("(");
  Packed tuple = packed_operand();
  if (generic) in_.expect(")");
  AttributeDict attributes;
  int64_t index = 0;
  if (generic) {
    attributes.read_optional(in_);
    index = attributes.integer("index", -1);
  } else {
    in_.expect("[");
    index = in_.integer();
    in_.expect("]");
  }
  attributes.read_optional(in_);
  attributes.expect_no_more();
  if (tuple.value || tuple.token) in_.fail(at, "this is no tuple");
  if (index < 0 || index >= static_cast<int64_t>(tuple.items.size())) {
    in_.fail(at, "the tuple has " + std::to_string(tuple.items.size()) +
                     " elements; there is no number " + std::to_string(index) +
                     " (get_tuple_element_c1)");
  }
  Packed item = *tuple.items[static_cast<size_t>(index)];
  in_.expect(":");
  packed_types({tuple});
  packed_type(item);
  in_.skip_location();
  define_packed(std::move(item));
}

/// stablehlo.after_all %t, %u : !stablehlo.token, and create_token
void FunctionParser::token_op(bool generic) {
  std::vector<Packed> all = packed_operands(generic);
  for (const Packed& operand : all) {
    if (!operand.token) in_.fail(op_at_, "this op takes tokens only");
  }
  AttributeDict attributes;
  attributes.read_optional(in_);
  attributes.expect_no_more();
  in_.expect(":");
  if (generic) packed_types(all);
  packed_type({.token = true});
  in_.skip_location();
  define_packed({.token = true});
}

}  // namespace pullback
