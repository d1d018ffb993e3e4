// write_backend_steps FOLDER BACKEND…: for each network below, FOLDER/<net>/: network.toml; the
// starting parameters, the batch and the parameters and losses after ten SGD steps by each backend
// that is here, as raw little-endian files; and `order`, the parameters' names and shapes.
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "train/step.h"
#include "zoo/toml.h"
#include "zoo/zoo.h"

namespace pullback {
namespace {

constexpr int64_t batch = 8;
constexpr int steps = 10;
constexpr double rate = 0.01;

void write_tensor(const std::string& path, const Tensor& t) {
  auto bytes = t.bytes().first(t.type().bytes());
  write_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void write_steps(const std::string& folder, const std::string& backend, const TrainStep& step,
                 const std::string& text, const std::vector<Tensor>& arguments) {
  auto executable = compile(backend, text, "step.mlir", {.kept = step.kept()});
  for (size_t i = 0; i < arguments.size(); ++i) executable->set_argument(i, arguments[i]);
  Tensor losses(Type{ElementType::f32, {steps}});
  for (int s = 0; s < steps; ++s) {
    executable->run();
    losses.set(s, executable->result(step.kept()).at(0));
  }
  make_folder(folder + "/" + backend);
  write_tensor(folder + "/" + backend + "/losses", losses);
  for (size_t i = 0; i < step.kept(); ++i) {
    write_tensor(folder + "/" + backend + "/" + std::to_string(i), executable->argument_value(i));
  }
}

void write_network(const std::string& folder, const std::string& net,
                   const std::vector<std::string>& backends) {
  make_folder(folder);
  write_file(folder + "/network.toml", print_network(find_network(net)));
  Model model = build_training(find_network(net), batch);
  TrainStep step = make_train_step(model.graph, model.parameters.size(), optimizer_named("sgd"));
  std::string text = print_stablehlo(lower(step.graph)), order;
  std::vector<Tensor> arguments = initial_parameters(model, 1);
  for (const Parameter& p : model.parameters) {
    order += p.name + " " + join(p.type.shape, " ") + "\n";
  }
  write_file(folder + "/order", order);
  Random random(1, "backend-steps");
  for (size_t i = arguments.size(); i < step.graph.arguments.size(); ++i) {
    Tensor t(step.graph.arguments[i].type);
    for (int64_t k = 0; k < t.count(); ++k) {
      bool label = t.element() == ElementType::i32;
      t.set(k, i == step.learning_rate() ? rate
               : label                   ? static_cast<double>(random.below(10))
                                         : random.normal());
    }
    arguments.push_back(t);
  }
  for (size_t i = 0; i < step.kept(); ++i) {
    write_tensor(folder + "/start" + std::to_string(i), arguments[i]);
  }
  write_tensor(folder + "/x", arguments[step.batch_begin()]);
  write_tensor(folder + "/labels", arguments[step.batch_begin() + 1]);
  for (const std::string& backend : backends) {
    try {
      write_steps(folder, backend, step, text, arguments);
    } catch (const Error& error) {
      std::cout << "without " << backend << ": " << error.what() << "\n";
    }
  }
}

}  // namespace
}  // namespace pullback

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::vector<std::string> backends(argv + 2, argv + argc);
  for (const char* net : {"mnist-linear", "mnist-mlp", "mnist-cnn"}) {
    pullback::write_network(std::string(argv[1]) + "/" + net, net, backends);
  }
}
