#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/run_folder.h"
#include "data/mnist.h"
#include "data/png.h"
#include "train/loop/checkpoint.h"
#include "train/loop/evaluator.h"
#include "zoo/load.h"

/// The commands that use trained parameters: eval and predict.
namespace pullback::cli {

namespace {

/// Which parameters: a run, or a checkpoint and its network.
struct Trained {
  std::string net, run, checkpoint, data, backend = "native";
  int threads = 0;
};

void add_trained(CLI::App& command, Trained& trained) {
  command.add_option("--run", trained.run, "Folder of a run; the latest of --net otherwise");
  command.add_option("--checkpoint", trained.checkpoint, "A safetensors file instead");
  command.add_option("--net", trained.net, "The network: of the zoo, or a TOML file");
  command.add_option("--data", trained.data, "Folder of MNIST's four files");
  command.add_option("--backend", trained.backend, "native or interp")->capture_default_str();
  command.add_option("--threads", trained.threads, "0: one per core");
}

/// The evaluator of the trained network with its parameters; fills in trained.net.
std::unique_ptr<Evaluator> load(Trained& trained, int64_t batch) {
  std::string file = trained.checkpoint;
  if (file.empty()) {
    if (trained.run.empty() && trained.net.empty()) {
      throw Error(
          "say which parameters: --run runs/mnist-mlp-1, or --net mnist-mlp for its latest "
          "run");
    }
    if (trained.run.empty()) trained.run = latest_run_folder(trained.net);
    trained.net = read_options(trained.run).net;
    file = trained.run + "/checkpoint.safetensors";
  }
  Checkpoint checkpoint = read_checkpoint(file);
  if (trained.net.empty()) trained.net = checkpoint.text("net", file);
  auto evaluator = std::make_unique<Evaluator>(load_network(trained.net), batch, trained.backend,
                                               trained.threads, mnist_normalization);
  std::vector<Tensor> parameters;
  for (const Parameter& p : evaluator->model().parameters) {
    parameters.push_back(checkpoint.tensor(p.name, p.type, file));
  }
  evaluator->set_parameters(parameters);
  return evaluator;
}

void print_confusion(const Evaluation& e, size_t classes) {
  fmt::print("\nconfusion (rows: label, columns: prediction)\n      ");
  for (size_t c = 0; c < classes; ++c) fmt::print("{:>6}", c);
  for (size_t r = 0; r < classes; ++r) {
    fmt::print("\n{:>6}", r);
    for (size_t c = 0; c < classes; ++c) {
      int64_t n = e.confusion[r * classes + c];
      n == 0 ? fmt::print("{:>6}", "·") : fmt::print("{:>6}", n);
    }
  }
  fmt::print("\n\n");
}

void run_eval(Trained& trained, bool as_json) {
  auto evaluator = load(trained, 250);
  Dataset test = load_mnist(data_folder(trained.data), Split::test);
  Evaluation e = evaluator->evaluate(test);
  if (as_json) {
    nlohmann::ordered_json result = {
        {"net", trained.net},   {"test_loss", e.loss},    {"test_accuracy", e.accuracy()},
        {"correct", e.correct}, {"test_images", e.count}, {"confusion", e.confusion}};
    fmt::print("{}\n", result.dump());
    return;
  }
  print_confusion(e, static_cast<size_t>(test.classes));
  fmt::print("test loss {:.4f}\ntest accuracy {:.4f} ({}/{})\n", e.loss, e.accuracy(), e.correct,
             e.count);
}

/// One image: a PNG file, "train:123", "test:123" or "123" (of the test images).
Dataset find_image(const std::string& image, const std::string& data) {
  std::string split = "test", index = image;
  size_t colon = image.find(':');
  if (colon != std::string::npos) {
    split = image.substr(0, colon);
    index = image.substr(colon + 1);
  }
  bool number = !index.empty() && index.find_first_not_of("0123456789") == std::string::npos;
  if (!number || (split != "test" && split != "train")) {
    if (!std::filesystem::exists(image)) {
      throw Error("there is no image '" + image +
                  "'; give a PNG file, or test:0 to test:9999, or train:0 to train:59999");
    }
    return read_digit_png(image);
  }
  Dataset all = load_mnist(data_folder(data), split == "test" ? Split::test : Split::train);
  int64_t at = index.size() > 9 ? all.count : std::stoll(index);
  if (at >= all.count) {
    throw Error("there is no image " + index + " among the " + std::to_string(all.count) + " of " +
                split);
  }
  Dataset one = all;
  one.count = 1;
  one.pixels.assign(all.image(at), all.image(at) + all.image_size());
  one.labels = {all.labels[static_cast<size_t>(at)]};
  return one;
}

void print_image(const Dataset& image) {
  const char* shades[] = {" ", "░", "▒", "▓", "█"};
  for (int64_t y = 0; y < image.height; y += 2) {
    std::string line = "  ";
    for (int64_t x = 0; x < image.width; ++x) {
      int64_t below = std::min(y + 1, image.height - 1);
      int value = (image.pixels[static_cast<size_t>(y * image.width + x)] +
                   image.pixels[static_cast<size_t>(below * image.width + x)]) /
                  2;
      line += shades[value * 4 / 255];
    }
    fmt::print("{}\n", line);
  }
}

void run_predict(Trained& trained, const std::vector<std::string>& images, bool as_json) {
  auto evaluator = load(trained, 1);
  for (const std::string& name : images) {
    Dataset image = find_image(name, trained.data);
    std::vector<float> probabilities = evaluator->predict(image, 0);
    size_t best = static_cast<size_t>(std::max_element(probabilities.begin(), probabilities.end()) -
                                      probabilities.begin());
    if (as_json) {
      nlohmann::ordered_json result = {
          {"image", name}, {"class", best}, {"probabilities", probabilities}};
      if (image.labels[0] >= 0) result["label"] = image.labels[0];
      fmt::print("{}\n", result.dump());
      continue;
    }
    fmt::print("{}\n", name);
    print_image(image);
    for (size_t c = 0; c < probabilities.size(); ++c) {
      std::string bar;
      for (int i = 0; i < static_cast<int>(probabilities[c] * 40 + 0.5f); ++i) bar += "█";
      fmt::print("  {}  {:.4f}  {}\n", c, probabilities[c], bar);
    }
    std::string label = image.labels[0] >= 0 ? fmt::format(", label {}", image.labels[0]) : "";
    fmt::print("prediction {} (probability {:.4f}{})\n", best, probabilities[best], label);
  }
}

}  // namespace

void add_eval(CLI::App& app) {
  auto* command = app.add_subcommand("eval", "Test a trained network on MNIST's test images");
  auto trained = std::make_shared<Trained>();
  auto as_json = std::make_shared<bool>(false);
  add_trained(*command, *trained);
  command->add_flag("--json", *as_json, "One JSON object");
  command->callback([trained, as_json] { run_eval(*trained, *as_json); });
}

void add_predict(CLI::App& app) {
  auto* command = app.add_subcommand("predict", "Classify images with a trained network");
  auto trained = std::make_shared<Trained>();
  auto as_json = std::make_shared<bool>(false);
  auto images = std::make_shared<std::vector<std::string>>();
  command->add_option("IMAGE", *images, "PNG files, or test:N or train:N of MNIST")
      ->required()
      ->option_text(" ");
  add_trained(*command, *trained);
  command->add_flag("--json", *as_json, "One JSON object per image");
  command->callback([=] { run_predict(*trained, *images, *as_json); });
}

}  // namespace pullback::cli
