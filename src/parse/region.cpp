#include "parse/generic.h"
#include "parse/literals.h"

namespace pullback {

namespace {

struct Arguments {
  std::string_view lhs, rhs;
  Type type;
};

/// "(%a: t, %b: t)"
Arguments region_arguments(Cursor& in) {
  Arguments a;
  in.expect("(");
  a.lhs = in.name('%', "an argument");
  in.expect(":");
  a.type = in.type();
  in.skip_location();
  in.expect(",");
  a.rhs = in.name('%', "an argument");
  in.expect(":");
  size_t at = in.here();
  Type type = in.type();
  if (type != a.type || type.rank() != 0) {
    in.fail(at, "a region's two arguments must be scalars of one type");
  }
  in.skip_location();
  in.expect(")");
  return a;
}

/// ": t", ": t, t" or ": (t, t) -> t".
void skip_types(Cursor& in) {
  in.expect(":");
  bool listed = in.accept("(");
  do in.type();
  while (in.accept(","));
  if (!listed) return;
  in.expect(")");
  if (!in.accept("->")) return;
  if (in.accept("(")) {
    in.expect(")");
  } else {
    in.type();
  }
}

/// "stablehlo.return %c : t" in pretty or generic form, up to and including '}': %c.
std::string_view region_return(Cursor& in) {
  bool generic = in.accept("\"stablehlo.return\"");
  if (!generic) in.expect("stablehlo.return");
  if (generic) in.expect("(");
  std::string_view returned = in.name('%', "a value");
  if (generic) in.expect(")");
  skip_types(in);
  in.skip_location();
  in.expect("}");
  return returned;
}

/// "%c = op %a, %b : t" in pretty or generic form, and the return of %c, up to and including '}'.
Region region_body(Cursor& in, const Arguments& arguments) {
  Region region;
  region.at = in.here();
  region.argument = arguments.type;
  if (in.peek("stablehlo.return") || in.peek("\"stablehlo.return\"")) {
    region.op = "stablehlo.return";
    if (region_return(in) == arguments.rhs) return region;
    in.fail(region.at, "expected one op on the region's arguments, or the return of the second");
  }
  std::string_view result = in.name('%', "an instruction");
  in.expect("=");
  bool generic = in.peek("\"");
  region.op = generic ? in.quoted() : in.word("an op");
  bool compare = region.op == "stablehlo.compare";
  if (generic) {
    in.expect("(");
  } else if (compare) {
    region.direction = parse_direction(in);
    in.expect(",");
  }
  std::string_view first = in.name('%', "a value");
  in.expect(",");
  std::string_view second = in.name('%', "a value");
  if (generic) {
    in.expect(")");
    AttributeDict attributes;
    attributes.read_optional(in);
    if (compare) {
      Cursor value = attributes.at("comparison_direction", in, region.at);
      value.expect("#stablehlo");
      value.expect("<");
      value.expect("comparison_direction");
      region.direction = parse_direction(value);
    }
  } else if (in.accept(",")) {
    parse_compare_type(in, arguments.type.element);
  }
  skip_types(in);
  in.skip_location();
  std::string_view returned = region_return(in);
  bool straight = first == arguments.lhs && second == arguments.rhs;
  bool swapped = first == arguments.rhs && second == arguments.lhs && !compare;
  if (returned != result || !(straight || swapped)) {
    in.fail(region.at,
            "expected one op on the region's two arguments and the return of its result");
  }
  return region;
}

}  // namespace

Region parse_region(Cursor& in) {
  in.expect("{");
  in.name('^', "a block");
  Arguments arguments = region_arguments(in);
  in.expect(":");
  return region_body(in, arguments);
}

Region parse_reducer(Cursor& in) {
  in.expect("reducer");
  Arguments arguments = region_arguments(in);
  in.expect("{");
  return region_body(in, arguments);
}

Reduction reduction_named(std::string_view op, ElementType element, const Cursor& in, size_t at) {
  if (op == "stablehlo.add") return Reduction::add;
  if (op == "stablehlo.maximum" || op == "stablehlo.minimum") return Reduction::max;
  bool truth = element == ElementType::i1;
  if (truth && (op == "stablehlo.or" || op == "stablehlo.and")) return Reduction::max;
  in.fail(at, "a reduction by '" + printable(op) +
                  "' is not supported; expected stablehlo.add, stablehlo.maximum or "
                  "stablehlo.minimum, or of truth values stablehlo.or or stablehlo.and");
}

bool is_turned(std::string_view op) { return op == "stablehlo.minimum" || op == "stablehlo.and"; }

}  // namespace pullback
