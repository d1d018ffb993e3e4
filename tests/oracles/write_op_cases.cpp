#include <filesystem>
#include <fstream>
#include <iostream>

#include "interp/interpreter.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "tests/ir/op_cases.h"

/// write_op_cases FOLDER: for every case of the table, forward and VJP, the printed text
/// `<name>.mlir`, its arguments `<name>.in<k>` and the interpreter's results `<name>.out<k>`, raw.
/// run_op_cases.py runs the same text elsewhere.
namespace pullback::test {
namespace {

void write(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

void write(const std::string& stem, const Graph& graph, const std::vector<Tensor>& arguments) {
  Graph lowered = lower(graph);
  std::ofstream(stem + ".mlir") << print_stablehlo(lowered);
  std::vector<Tensor> results = evaluate(lowered, arguments);
  for (size_t k = 0; k < arguments.size(); ++k) {
    write(stem + ".in" + std::to_string(k),
          arguments[k].bytes().first(arguments[k].type().bytes()));
  }
  for (size_t k = 0; k < results.size(); ++k) {
    write(stem + ".out" + std::to_string(k), results[k].bytes().first(results[k].type().bytes()));
  }
}

void write_all(const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (const OpCase& c : op_cases()) {
    std::vector<Tensor> arguments = inputs_of(c);
    write(folder + "/" + c.name, forward_graph(c), arguments);
    std::vector<bool> needs = differentiable(c);
    if (std::find(needs.begin(), needs.end(), true) == needs.end()) continue;
    arguments.push_back(random_tensor(c.result, {}, 7));
    write(folder + "/" + c.name + ".vjp", vjp_graph(c, needs), arguments);
  }
}

}  // namespace
}  // namespace pullback::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_op_cases FOLDER\n";
    return 2;
  }
  pullback::test::write_all(argv[1]);
}
