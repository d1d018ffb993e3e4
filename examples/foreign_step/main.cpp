// Runs a train step that Pullback did not write, exported from JAX, on MNIST.
//   foreign_step step.mlir MNIST_FOLDER [EPOCHS]
#include <pullback/pullback.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

using namespace pullback;

namespace {

constexpr size_t parameters = 6;  ///< the first arguments, and the first results
constexpr int64_t batch = 100;

/// Normal with deviation √(2 / fan-in); biases are 0.
Tensor initial(const Type& type, std::mt19937& random) {
  Tensor tensor(type);
  if (type.shape.size() == 1) return tensor;
  double fan_in = static_cast<double>(type.count() / type.shape.back());
  std::normal_distribution<float> normal(0, static_cast<float>(std::sqrt(2 / fan_in)));
  for (float& value : tensor.values<float>()) value = normal(random);
  return tensor;
}

int run(const std::string& file, const std::string& folder, int64_t epochs) {
  Dataset images = load_mnist(folder, Split::train);
  auto program =
      compile("native", print_stablehlo(read_stablehlo(file)), file, {.kept = parameters});
  std::mt19937 random(1);
  for (size_t i = 0; i < parameters; ++i) {
    program->set_argument(i, initial(program->arguments()[i].type, random));
  }
  program->set_argument(parameters + 2, Tensor({}, std::vector<float>{0.1f}));

  Batcher batches(images, batch, 1);
  double loss = 0;
  for (int64_t n = 0; n < epochs * batches.steps_per_epoch(); ++n) {
    fill_batch(images, batches.indices(n),
               reinterpret_cast<float*>(program->argument(parameters).data()),
               reinterpret_cast<int32_t*>(program->argument(parameters + 1).data()));
    program->run();
    loss += program->result(parameters).values<float>()[0];
    if ((n + 1) % 100 != 0) continue;
    std::printf("step %lld: mean loss %.4f\n", static_cast<long long>(n + 1), loss / 100);
    if (n + 1 < epochs * batches.steps_per_epoch()) loss = 0;
  }
  return loss / 100 < 0.2 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count < 3) throw Error("usage: foreign_step step.mlir MNIST_FOLDER [EPOCHS]");
    return run(arguments[1], arguments[2], count > 3 ? std::atoi(arguments[3]) : 1);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
