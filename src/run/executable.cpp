#include "run/executable.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "parse/stablehlo.h"
#include "run/interp/interp.h"
#include "run/native/native.h"

namespace pullback {

void Executable::set_argument(size_t index, const Tensor& value) {
  const ValueInfo& info = arguments().at(index);
  if (value.type() != info.type) {
    throw Error("argument '" + info.name + "' is " + info.type.text() + ", not " +
                value.type().text());
  }
  std::copy_n(value.bytes().begin(), info.type.bytes(), argument(index).begin());
}

Tensor Executable::argument_value(size_t index) {
  Tensor value(arguments().at(index).type);
  std::copy_n(argument(index).begin(), value.type().bytes(), value.bytes().begin());
  return value;
}

std::vector<Executable::Phase> Executable::profile(int) { return {}; }

std::vector<std::string> backend_names() { return {"native", "interp"}; }

std::unique_ptr<Executable> compile(std::string_view backend, std::string_view text,
                                    std::string_view file, const CompileOptions& options) {
  std::vector<std::string> names = backend_names();
  if (std::find(names.begin(), names.end(), backend) == names.end()) {
    throw Error("there is no backend '" + std::string(backend) + "'; choose one of " + join(names));
  }
  Graph graph = parse_stablehlo(text, file);
  if (options.kept > graph.results.size() || options.kept > graph.arguments.size()) {
    throw Error(std::string(file) + ": the program has too few arguments or results for " +
                std::to_string(options.kept) + " kept ones");
  }
  if (backend == "interp") return compile_interp(std::move(graph), options);
  return compile_native(graph, options);
}

}  // namespace pullback
