#include <filesystem>
#include <fstream>
#include <iostream>

#include "interp/interpreter.h"
#include "parse/stablehlo.h"
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

void write_values(const std::string& stem, const std::vector<Tensor>& arguments,
                  const std::vector<Tensor>& results) {
  for (size_t k = 0; k < arguments.size(); ++k) {
    write(stem + ".in" + std::to_string(k),
          arguments[k].bytes().first(arguments[k].type().bytes()));
  }
  for (size_t k = 0; k < results.size(); ++k) {
    write(stem + ".out" + std::to_string(k), results[k].bytes().first(results[k].type().bytes()));
  }
}

void write(const std::string& stem, const Graph& graph, const std::vector<Tensor>& arguments) {
  Graph lowered = lower(graph);
  std::ofstream(stem + ".mlir") << print_stablehlo(lowered);
  write_values(stem, arguments, evaluate(lowered, arguments));
}

/// A program with ops that Pullback reads but does not print; it is run as it stands.
struct Foreign {
  std::string name, text;
};

/// A function of x: tensor<2x3x4xf32> and four tensors of its three features to `results`.
std::string batch_norm_text(const std::string& body, const std::string& results) {
  return "module @m {\n  func.func public @main(%x: tensor<2x3x4xf32>, %s: tensor<3xf32>, %o: "
         "tensor<3xf32>, %v: tensor<3xf32>, %g: tensor<2x3x4xf32>) -> (" +
         results + ") {\n" + body + "  }\n}\n";
}

std::vector<Foreign> foreign_cases() {
  const std::string x = "tensor<2x3x4xf32>", f = "tensor<3xf32>", all = x + ", " + f + ", " + f;
  auto training = [&](const std::string& epsilon) {
    return batch_norm_text("    %r:3 = \"stablehlo.batch_norm_training\"(%x, %s, %o) <{epsilon = " +
                               epsilon + " : f32, feature_index = 1 : i64}> : (" + all + ") -> (" +
                               all + ")\n    return %r#0, %r#1, %r#2 : " + all + "\n",
                           all);
  };
  return {
      {"batch_norm_training_text", training("1.000000e-03")},
      {"batch_norm_training_epsilon_0_text", training("0.000000e+00")},
      {"batch_norm_inference_text",
       batch_norm_text("    %y = \"stablehlo.batch_norm_inference\"(%x, %s, %o, %o, %v) <{epsilon "
                       "= 1.000000e-03 : f32, feature_index = 1 : i64}> : (" +
                           all + ", " + f + ", " + f + ") -> " + x + "\n    return %y : " + x +
                           "\n",
                       x)},
      {"batch_norm_grad_text",
       batch_norm_text("    %r:3 = \"stablehlo.batch_norm_grad\"(%x, %s, %o, %v, %g) <{epsilon = "
                       "1.000000e-03 : f32, feature_index = 1 : i64}> : (" +
                           all + ", " + f + ", " + x + ") -> (" + all +
                           ")\n    return %r#0, %r#1, %r#2 : " + all + "\n",
                       all)}};
}

void write_foreign(const std::string& stem, const Foreign& c) {
  std::ofstream(stem + ".mlir") << c.text;
  Graph graph = parse_stablehlo(c.text, c.name);
  std::vector<Tensor> arguments;
  for (size_t k = 0; k < graph.arguments.size(); ++k) {
    Range range = graph.arguments[k].name == "v" ? Range{0.5, 2} : Range{-2, 2};
    arguments.push_back(random_tensor(graph.arguments[k].type, range, k));
  }
  write_values(stem, arguments, evaluate(graph, arguments));
}

void write_all(const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (const Foreign& c : foreign_cases()) write_foreign(folder + "/" + c.name, c);
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
