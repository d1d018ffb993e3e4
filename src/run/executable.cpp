#include "run/executable.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "parse/stablehlo.h"
#include "passes/lower.h"
#include "run/interp/interp.h"
#include "run/iree/iree.h"
#include "run/iree/targets.h"
#include "run/native/native.h"
#include "run/pjrt/find.h"
#include "run/pjrt/pjrt.h"

namespace pullback {

namespace {

/// A kept result takes the place of the argument of its number.
void check_kept(const Graph& graph, size_t kept, std::string_view file) {
  if (kept > graph.results.size() || kept > graph.arguments.size()) {
    throw Error(std::string(file) + ": the program has too few arguments or results for " +
                std::to_string(kept) + " kept ones");
  }
  for (size_t i = 0; i < kept; ++i) {
    const Type& argument = graph.arguments[i].type;
    const Type& result = graph.type(graph.results[i]);
    if (argument == result) continue;
    throw Error(std::string(file) + ": result " + std::to_string(i) + " is " + result.text() +
                ", but the argument '" + graph.arguments[i].name + "' that it should replace is " +
                argument.text());
  }
}

}  // namespace

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

std::vector<std::string> backend_names() { return {"native", "interp", "pjrt", "iree"}; }

std::vector<std::string> devices_of(std::string_view backend) {
  if (backend == "pjrt") return pjrt::device_names();
  if (backend == "iree") return iree::device_names();
  return {"cpu"};
}

void check_backend(std::string_view backend, std::string_view device) {
  std::vector<std::string> names = backend_names();
  if (std::find(names.begin(), names.end(), backend) == names.end()) {
    throw Error("--backend is '" + std::string(backend) + "'; choose one of " + join(names));
  }
  std::vector<std::string> devices = devices_of(backend);
  if (std::find(devices.begin(), devices.end(), device) == devices.end()) {
    throw Error("--device is '" + std::string(device) + "'; --backend " + std::string(backend) +
                (devices.size() == 1 ? " has " : " has one of ") + join(devices));
  }
}

void check_replicas(std::string_view backend, int64_t replicas, int processes) {
  if (replicas < 1 || replicas > 1024) {
    throw Error("--replicas is " + std::to_string(replicas) + "; it must be between 1 and 1024");
  }
  if (processes > 1 && backend != "native") {
    throw Error("--backend " + std::string(backend) + " runs in one process, not " +
                std::to_string(processes) + "; choose --backend native, or leave mpirun out");
  }
  if (backend != "native" || replicas == processes) return;
  std::string n = std::to_string(replicas);
  throw Error("--backend native runs one replica in a process, and there " +
              (processes == 1 ? "is one process" : "are " + std::to_string(processes)) + ", not " +
              n + "; start it by mpirun -n " + n +
              ", or choose --backend pjrt, which has a device for each replica");
}

std::unique_ptr<Executable> compile(std::string_view backend, std::string_view text,
                                    std::string_view file, const CompileOptions& options) {
  check_backend(backend, options.device);
  check_replicas(backend, options.replicas, options.processes ? options.processes->count() : 1);
  Graph graph = lower(parse_stablehlo(text, file));
  check_kept(graph, options.kept, file);
  if (backend == "interp") return compile_interp(std::move(graph), options);
  if (backend == "pjrt") return compile_pjrt(graph, text, file, options);
  if (backend == "iree") return compile_iree(graph, text, file, options);
  return compile_native(graph, options);
}

}  // namespace pullback
