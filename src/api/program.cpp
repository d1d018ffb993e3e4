#include "api/program.h"

#include "base/file.h"
#include "parse/stablehlo.h"
#include "passes/unroll.h"

namespace pullback {

Graph read_stablehlo(const std::string& path, const std::string& function) {
  return parse_stablehlo(read_file(path), path, function);
}

Graph gradient(const Graph& given, std::vector<size_t> wrt, size_t result) {
  Graph function = unroll(given);
  if (wrt.empty()) wrt = float_arguments(function);
  check_gradient(function, result, wrt);
  return gradient_function(differentiated_part(function, result, false), wrt);
}

}  // namespace pullback
