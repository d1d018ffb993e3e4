#include "api/program.h"

#include "base/file.h"
#include "parse/stablehlo.h"

namespace pullback {

Graph read_stablehlo(const std::string& path, const std::string& function) {
  return parse_stablehlo(read_file(path), path, function);
}

}  // namespace pullback
