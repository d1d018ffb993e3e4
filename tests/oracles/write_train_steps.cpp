#include <filesystem>
#include <iostream>

#include "base/random.h"
#include "interp/interpreter.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "train/loop/checkpoint.h"
#include "train/step.h"
#include "zoo/zoo.h"

/// write_train_steps FOLDER: ten steps of some networks in the f64 interpreter,
/// `<case>.safetensors` with the weights at the start ("start/NAME") and at the end ("end/NAME"),
/// the batches ("x0", "labels0", "noise0/NAME", …) and the losses; the same steps by native in f32
/// ("native/NAME", "native_losses"). compare_train_steps.py makes them in PyTorch.
namespace pullback::test {
namespace {

constexpr int64_t steps = 10;

struct Case {
  std::string name, network;
  int64_t size, classes, batch;
  double rate = 0.05;
  Labels labels = {};
  bool natively = true;  ///< native's f32 is compared as well
};

const Case cases[] = {
    {"cifar-cnn-bn", "cifar-cnn-bn", 16, 10, 4},
    {"cifar-cnn-bn-smooth", "cifar-cnn-bn", 8, 10, 4, 0.05, {.smoothing = {1, -1}}},
    {"cifar-cnn-bn-soft", "cifar-cnn-bn", 8, 10, 4, 0.05, {.soft = true}},
    {"cifar-resnet20", "cifar-resnet20", 8, 10, 4, 0.05, {}, false},
    // Few elements a channel or large steps amplify rounding beyond all bounds; in f32 that one
    // rectifier of millions switches over shows in a gradient's third digit.
    {"resnet34", "resnet34", 48, 10, 4, 0.005, {}, false},
    {"mobilenetv2", "mobilenetv2", 64, 10, 8, 0.0005, {}, false},
    {"mobilenetv3-large", "mobilenetv3-large", 64, 10, 4, 0.0005, {}, false},
    {"efficientnet-b0", "efficientnet-b0", 64, 10, 4, 0.005, {}, false},
};

/// Images and labels of one step, and its noise, by name: nothing is dropped, so that what draws
/// it need not be the same.
std::vector<Checkpoint::Entry> batch_of(const Model& model, int64_t step) {
  std::string number = std::to_string(step);
  Random random(1, "batch " + number);
  Tensor x(model.graph.arguments[model.x()].type.with(ElementType::f64));
  for (double& value : x.values<double>()) value = random.normal();
  Tensor labels(model.graph.arguments[model.labels()].type);
  if (is_float(labels.element())) labels = Tensor(labels.type().with(ElementType::f64));
  auto classes = model.graph.type(model.logits).shape.back();
  for (int64_t i = 0; i < labels.count(); ++i) {
    labels.set(i, is_float(labels.element())
                      ? 2 * random.uniform() / static_cast<double>(classes)
                      : static_cast<double>(random.below(static_cast<uint64_t>(classes))));
  }
  std::vector<Checkpoint::Entry> entries{{"x" + number, x}, {"labels" + number, labels}};
  for (const Noise& n : model.noise) {
    Tensor mask(n.type.with(ElementType::f64));
    for (double& value : mask.values<double>()) value = 1;
    entries.push_back({"noise" + number + "/" + n.name, mask});
  }
  return entries;
}

void write(const Case& c, const std::string& file) {
  Network network = resized(find_network(c.network), c.size, c.classes);
  Model model = build_training(network, c.batch, c.labels);
  Optimizer optimizer = Momentum{};
  optimizer.weight_decay = Decimal(5, -4);
  TrainStep step =
      make_train_step(model.graph, model.parameters.size(), optimizer, model.statistics.size());
  Graph graph = retype(lower(step.graph), ElementType::f64);
  std::vector<Tensor> weights = initial_weights(model, 1), arguments;
  for (size_t i = 0; i < step.kept(); ++i) arguments.emplace_back(graph.arguments[i].type);
  Checkpoint written;
  for (size_t i = 0; i < weights.size(); ++i) {
    size_t argument = i < step.parameters ? i : i + step.state;
    arguments[argument] = weights[i].convert(ElementType::f64);
    written.entries.push_back({"start/" + graph.arguments[argument].name, arguments[argument]});
  }
  auto native =
      compile("native", print_stablehlo(lower(step.graph)), c.name, {.kept = step.kept()});
  auto set_native = [&](size_t i, const Tensor& t) {
    native->set_argument(i, is_float(t.element()) ? t.convert(ElementType::f32) : t);
  };
  for (size_t i = 0; i < step.kept(); ++i) set_native(i, arguments[i]);
  Tensor losses(Type{ElementType::f64, {steps}}), native_losses = losses;
  for (int64_t s = 0; s < steps; ++s) {
    std::vector<Tensor> given = arguments;
    given.push_back(Tensor(Shape{}, std::vector<double>{c.rate}));
    for (Checkpoint::Entry& entry : batch_of(model, s)) {
      given.push_back(entry.tensor);
      written.entries.push_back(std::move(entry));
    }
    for (size_t i = step.kept(); i < given.size(); ++i) set_native(i, given[i]);
    native->run();
    native_losses.set(s, native->result(step.kept()).at(0));
    std::vector<Tensor> results = evaluate(graph, given);
    for (size_t i = 0; i < step.kept(); ++i) arguments[i] = results[i];
    losses.set(s, results[step.kept()].at(0));
  }
  for (size_t i = 0; i < step.kept(); ++i) {
    written.entries.push_back({"end/" + graph.arguments[i].name, arguments[i]});
    written.entries.push_back(
        {"native/" + graph.arguments[i].name, native->argument_value(i).convert(ElementType::f64)});
  }
  written.entries.push_back({"losses", losses});
  written.entries.push_back({"native_losses", native_losses});
  written.metadata = {{"network", c.network},
                      {"rate", Decimal::of(c.rate).text()},
                      {"smoothing", c.labels.smoothing.text()},
                      {"natively", c.natively ? "yes" : "no"}};
  write_checkpoint(file, written);
}

}  // namespace
}  // namespace pullback::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_train_steps FOLDER\n";
    return 2;
  }
  std::string folder = argv[1];
  std::filesystem::create_directories(folder);
  for (const auto& c : pullback::test::cases) {
    std::cout << c.name << std::endl;
    pullback::test::write(c, folder + "/" + c.name + ".safetensors");
  }
}
