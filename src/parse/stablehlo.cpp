#include "parse/stablehlo.h"

#include "parse/body.h"
#include "parse/cursor.h"

namespace pullback {

Graph parse_stablehlo(std::string_view text, std::string_view file) {
  Cursor in(text, file);
  BodyParser body(in);
  in.expect("module");
  std::string name = in.peek("@") ? std::string(in.name('@', "a module's name")) : "main";
  if (in.accept("attributes")) in.skip_balanced();
  in.expect("{");
  in.expect("func.func");
  if (!in.accept("public")) in.accept("private");
  in.name('@', "a function's name");
  body.arguments();
  std::vector<Type> results = body.result_types();
  if (in.accept("attributes")) in.skip_balanced();
  in.expect("{");
  body.instructions(results);
  in.expect("}");
  in.skip_location();
  if (in.peek("func.func")) in.fail("a second function is not supported; inline it first");
  in.expect("}");
  in.skip_location();
  if (!in.at_end()) in.fail("expected nothing more after the module");
  return body.take(name);
}

}  // namespace pullback
