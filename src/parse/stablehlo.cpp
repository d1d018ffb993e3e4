#include "parse/stablehlo.h"

#include <algorithm>

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

/// Reads a function, or skips a mesh of devices, "sdy.mesh @mesh = <…>"; false at anything else.
bool member(Cursor& in, Functions& functions) {
  if (in.peek("\"func.func\"")) {
    generic_function(in, functions);
  } else if (in.peek("func.func")) {
    pretty_function(in, functions);
  } else if (in.accept("sdy.mesh")) {
    in.name('@', "a mesh's name");
    in.expect("=");
    in.skip_balanced();
    in.skip_location();
  } else {
    return false;
  }
  return true;
}

void members_until(Cursor& in, std::string_view close, Functions& functions) {
  while (!in.accept(close)) {
    if (!member(in, functions)) in.fail("expected func.func or the end of the module");
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

/// Reads the module, or functions without one around them; its name.
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
    members_until(in, "}", functions);
    in.expect(")");
    if (in.peek("{")) in.skip_balanced();
    for (const char* token : {":", "(", ")", "->", "(", ")"}) in.expect(token);
  } else if (member(in, functions)) {
    while (member(in, functions)) continue;
  } else {
    in.expect("module");
    if (in.peek("@")) name = in.name('@', "a module's name");
    if (in.accept("attributes")) in.skip_balanced();
    in.expect("{");
    members_until(in, "}", functions);
  }
  in.skip_location();
  return name;
}

/// Reads the text up to its end; the module's name.
std::string read_text(Cursor& in, Functions& functions) {
  skip_aliases(in);
  std::string name = read_module(in, functions);
  skip_aliases(in);
  if (!in.at_end()) in.fail("expected nothing more after the module");
  return name;
}

}  // namespace

Graph parse_stablehlo(std::string_view text, std::string_view file, std::string_view function) {
  Cursor in(text, file);
  Functions functions;
  std::string name = read_text(in, functions);
  return FunctionParser(functions, wanted_function(functions, in, function)).parse(name);
}

CheckedGraph parse_checked(std::string_view text, std::string_view file,
                           std::string_view function) {
  Cursor in(text, file);
  Functions functions;
  std::string name = read_text(in, functions);
  CheckedGraph result;
  FunctionParser parser(functions, wanted_function(functions, in, function), &result.checks);
  result.graph = parser.parse(name);
  return result;
}

std::vector<std::string> function_names(std::string_view text, std::string_view file) {
  Cursor in(text, file);
  Functions functions;
  read_text(in, functions);
  std::vector<std::pair<size_t, std::string>> found;
  for (auto& [name, function] : functions) {
    if (function.is_public) found.push_back({Cursor(function.body).here(), std::string(name)});
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [at, name] : found) names.push_back(std::move(name));
  return names;
}

std::vector<std::string> split_input(std::string_view text) {
  constexpr std::string_view line = "// -----";
  std::vector<std::string> parts;
  size_t begin = 0, lines = 0;
  for (;;) {
    size_t end = text.find(line, begin);
    while (end != text.npos && end > 0 && text[end - 1] != '\n') end = text.find(line, end + 1);
    std::string_view part = text.substr(begin, end == text.npos ? end : end - begin);
    parts.push_back(std::string(lines, '\n').append(part));
    if (end == text.npos) return parts;
    lines += static_cast<size_t>(std::count(part.begin(), part.end(), '\n'));
    begin = end + line.size();
  }
}

}  // namespace pullback
