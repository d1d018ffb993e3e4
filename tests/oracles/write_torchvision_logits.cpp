#include <filesystem>
#include <iostream>

#include "interp/interpreter.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "train/loop/transfer.h"
#include "zoo/zoo.h"

/// write_torchvision_logits FOLDER: for every `<network>.images`, which has "images", the logits of
/// the network with the weights of `<network>.safetensors`, in `<network>.logits`: "f64" by the
/// interpreter, "f32" by native. compare_torchvision.py writes the files and compares.
namespace pullback::test {
namespace {

void write(const std::string& stem, const std::string& name) {
  Checkpoint given = read_checkpoint(stem + ".images");
  const Tensor* images = nullptr;
  for (const Checkpoint::Entry& entry : given.entries) {
    if (entry.name == "images") images = &entry.tensor;
  }
  Network network = resized(find_network(name), images->shape()[1], 0);
  Model model = build_evaluation(network, images->shape()[0]);
  model.graph.results = {model.logits};
  Graph graph = lower(model.graph);
  std::vector<Tensor> arguments = initial_weights(model, 1);
  take_weights(model, stem + ".safetensors", arguments);
  arguments.push_back(*images);
  arguments.emplace_back(model.graph.arguments[model.labels()].type);

  std::vector<Tensor> exact;
  for (const Tensor& t : arguments) {
    exact.push_back(is_float(t.element()) ? t.convert(ElementType::f64) : t);
  }
  auto native = compile("native", print_stablehlo(graph), name, {});
  for (size_t i = 0; i < arguments.size(); ++i) native->set_argument(i, arguments[i]);
  native->run();
  Checkpoint found;
  found.entries.push_back({"f64", evaluate(retype(graph, ElementType::f64), exact)[0]});
  found.entries.push_back({"f32", native->result(0)});
  write_checkpoint(stem + ".logits", found);
}

}  // namespace
}  // namespace pullback::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_torchvision_logits FOLDER\n";
    return 2;
  }
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::filesystem::path path = entry.path();
    if (path.extension() != ".images") continue;
    pullback::test::write(path.parent_path() / path.stem(), path.stem());
  }
}
