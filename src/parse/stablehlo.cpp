#include "parse/stablehlo.h"

#include "base/text.h"
#include "parse/attributes.h"
#include "parse/cursor.h"
#include "parse/function.h"

namespace pullback {

namespace {

void add(const Function& function, const Cursor& in, size_t at, Functions& functions) {
  if (functions.emplace(function.name, function).second) return;
  in.fail(at, "the function '@" + printable(function.name) + "' is defined twice");
}

/// "func.func public @name(…) -> (…) attributes {…} { … }"
void pretty_function(Cursor& in, Functions& functions) {
  in.expect("func.func");
  bool is_private = in.accept("private");
  if (!is_private) in.accept("public");
  size_t at = in.here();
  std::string_view name = in.name('@', "a function's name");
  Cursor arguments = in;
  size_t begin = in.here();
  in.skip_balanced();
  Cursor results = in;
  if (in.accept("->")) {
    if (in.peek("("))
      in.skip_balanced();
    else
      in.type();
  }
  if (in.accept("attributes")) in.skip_balanced();
  Cursor body = in;
  body.expect("{");
  in.skip_balanced();
  add({name, !is_private, arguments, results, body, in.here() - begin}, in, at, functions);
  in.skip_location();
}

/// "func.func"() <{function_type = …, sym_name = "…"}> ({ ^bb0(…): … }) : () -> ()
void generic_function(Cursor& in, Functions& functions) {
  size_t at = in.here();
  Cursor op = in;
  in.expect("\"func.func\"");
  in.expect("(");
  in.expect(")");
  AttributeDict attributes;
  attributes.read_optional(in);
  Cursor region = in;
  size_t begin = in.here();
  in.skip_balanced();
  size_t size = in.here() - begin;
  attributes.read_optional(in);
  in.expect(":");
  in.expect("(");
  in.expect(")");
  in.expect("->");
  in.expect("(");
  in.expect(")");
  in.skip_location();
  std::string_view name = attributes.at("sym_name", op, at).quoted();
  bool is_private = attributes.has("sym_visibility") &&
                    attributes.at("sym_visibility", op, at).quoted() == "private";
  Cursor results = attributes.at("function_type", op, at);
  results.skip_balanced();
  region.expect("(");
  region.expect("{");
  Cursor arguments = region;
  if (region.peek("^")) {
    region.name('^', "a block");
    arguments = region;
    region.skip_balanced();
    region.expect(":");
  }
  add({name, !is_private, arguments, results, region, size}, in, at, functions);
}

/// "#loc1 = loc(…)" and the like before and after the module.
void skip_aliases(Cursor& in) {
  while (in.accept("#")) {
    in.word("an alias");
    in.expect("=");
    if (in.accept("loc")) {
      in.skip_balanced();
    } else {
      in.fail("only aliases of locations are supported");
    }
  }
}

void functions_until(Cursor& in, std::string_view close, Functions& functions) {
  while (!in.accept(close)) {
    if (in.peek("\"func.func\"")) {
      generic_function(in, functions);
    } else if (in.peek("func.func")) {
      pretty_function(in, functions);
    } else {
      in.fail("expected func.func or the end of the module");
    }
  }
}

/// The function of that name; without one @main, or else the only one.
const Function& wanted_function(const Functions& functions, const Cursor& in,
                                std::string_view wanted) {
  auto found = functions.find(wanted.empty() ? "main" : wanted);
  if (found != functions.end()) return found->second;
  if (wanted.empty() && functions.size() == 1) return functions.begin()->second;
  std::vector<std::string> names;
  for (const auto& [name, function] : functions) names.push_back("@" + printable(name));
  std::string near = wanted.empty() ? "" : nearest("@" + std::string(wanted), names);
  size_t count = names.size();
  if (count > 8) names.resize(8);
  Cursor place = in;
  place.fail("the module has no function '@" + std::string(wanted.empty() ? "main" : wanted) + "'" +
             (near.empty() ? "" : "; did you mean '" + near + "'?") + "; it has " +
             (count == 0 ? "none" : join(names)) + (count > 8 ? ", …" : ""));
}

/// Reads the module; its name.
std::string read_module(Cursor& in, Functions& functions) {
  std::string name = "main";
  if (in.accept("\"builtin.module\"")) {
    in.expect("(");
    in.expect(")");
    AttributeDict attributes;
    attributes.read_optional(in);
    if (attributes.has("sym_name")) name = attributes.at("sym_name", in, in.here()).quoted();
    in.expect("(");
    in.expect("{");
    functions_until(in, "}", functions);
    in.expect(")");
    if (in.peek("{")) in.skip_balanced();
    for (const char* token : {":", "(", ")", "->", "(", ")"}) in.expect(token);
  } else {
    in.expect("module");
    if (in.peek("@")) name = in.name('@', "a module's name");
    if (in.accept("attributes")) in.skip_balanced();
    in.expect("{");
    functions_until(in, "}", functions);
  }
  in.skip_location();
  return name;
}

}  // namespace

Graph parse_stablehlo(std::string_view text, std::string_view file, std::string_view function) {
  Cursor in(text, file);
  Functions functions;
  skip_aliases(in);
  std::string name = read_module(in, functions);
  skip_aliases(in);
  if (!in.at_end()) in.fail("expected nothing more after the module");
  return FunctionParser(functions, wanted_function(functions, in, function)).parse(name);
}

}  // namespace pullback
