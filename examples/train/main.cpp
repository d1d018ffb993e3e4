// A network defined and trained in C++: one hidden layer, on MNIST.
//   train MNIST_FOLDER [EPOCHS]
#include <pullback/pullback.h>
#include <cstdio>
#include <cstdlib>

using namespace pullback;

namespace {

constexpr int64_t batch = 100;

const Network network{.name = "small",
                      .source = "examples/train",
                      .input = {.height = 28, .width = 28, .channels = 1},
                      .classes = 10,
                      .layers = {Flatten{}, Dense{.out = 64}, Relu{}, Dense{.out = 10}}};

/// Fills arguments `first` (images) and `first` + 1 (labels) of the program.
void load(Executable& program, size_t first, const Dataset& data, std::span<const int32_t> rows) {
  fill_batch(data, rows, reinterpret_cast<float*>(program.argument(first).data()),
             reinterpret_cast<int32_t*>(program.argument(first + 1).data()));
}

/// The share of the data set's images that the network classifies rightly.
double accuracy(const std::vector<Tensor>& parameters, const Dataset& data) {
  Graph forward = build_training(network, batch).graph;  // results: loss, count of right answers
  auto program = compile("native", print_stablehlo(lower(forward)), "forward", {});
  for (size_t i = 0; i < parameters.size(); ++i) program->set_argument(i, parameters[i]);
  int64_t right = 0;
  std::vector<int32_t> rows(batch);
  for (int32_t begin = 0; begin + batch <= data.count; begin += batch) {
    for (int32_t i = 0; i < batch; ++i) rows[i] = begin + i;
    load(*program, parameters.size(), data, rows);
    program->run();
    right += program->result(1).values<int32_t>()[0];
  }
  return static_cast<double>(right) / static_cast<double>(data.count);
}

int run(const std::string& folder, int64_t epochs) {
  Dataset images = load_mnist(folder, Split::train), test = load_mnist(folder, Split::test);
  Model model = build_training(network, batch);
  TrainStep step = make_train_step(model.graph, model.parameters.size(), Momentum{});
  auto program =
      compile("native", print_stablehlo(lower(step.graph)), "step", {.kept = step.kept()});

  std::vector<Tensor> parameters = initial_parameters(model, 1);
  for (size_t i = 0; i < parameters.size(); ++i) program->set_argument(i, parameters[i]);
  program->set_argument(step.learning_rate(), Tensor({}, std::vector<float>{0.02f}));

  Batcher batches(images, batch, 1);
  for (int64_t n = 0; n < epochs * batches.steps_per_epoch(); ++n) {
    load(*program, step.batch_begin(), images, batches.indices(n));
    program->run();
    if ((n + 1) % batches.steps_per_epoch() == 0) {
      std::printf("step %lld: loss %.4f\n", static_cast<long long>(n + 1),
                  program->result(step.kept()).values<float>()[0]);
    }
  }
  for (size_t i = 0; i < parameters.size(); ++i) parameters[i] = program->argument_value(i);
  double share = accuracy(parameters, test);
  std::printf("right: %.2f %% of %lld test images\n", 100 * share,
              static_cast<long long>(test.count));
  return share > 0.9 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count < 2) throw Error("usage: train MNIST_FOLDER [EPOCHS]");
    return run(arguments[1], count > 2 ? std::atoi(arguments[2]) : 2);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
