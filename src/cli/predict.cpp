#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/run_folder.h"
#include "cli/trained.h"
#include "data/mnist.h"
#include "data/png.h"

namespace pullback::cli {

namespace {

/// Images by the names that a user gives them.
class Images {
 public:
  explicit Images(std::string folder) : folder_(std::move(folder)) {}

  /// One image: a PNG file, "train:123", "test:123" or "123" (of the test images).
  Dataset find(const std::string& name) {
    std::string split = "test", index = name;
    if (size_t colon = name.find(':'); colon != std::string::npos) {
      split = name.substr(0, colon);
      index = name.substr(colon + 1);
    }
    bool number = !index.empty() && index.find_first_not_of("0123456789") == std::string::npos;
    if (number && (split == "test" || split == "train")) return numbered(split, index);
    if (!std::filesystem::exists(name)) {
      throw Error("there is no image '" + name +
                  "'; give a PNG file, or test:0, test:1, … or train:0, train:1, … of MNIST");
    }
    return read_digit_png(name);
  }

 private:
  Dataset numbered(const std::string& split, const std::string& index) {
    if (splits_.count(split) == 0) {
      splits_[split] = load_mnist(folder_, split == "test" ? Split::test : Split::train);
    }
    const Dataset& all = splits_[split];
    int64_t at = index.size() > 9 ? all.count : std::stoll(index);
    if (at >= all.count) {
      throw Error("there is no image " + index + " among the " + grouped(all.count) + " of " +
                  split + "; they are numbered from 0");
    }
    Dataset one;
    one.count = 1;
    one.height = all.height;
    one.width = all.width;
    one.channels = all.channels;
    one.classes = all.classes;
    one.pixels.assign(all.image(at), all.image(at) + all.image_size());
    one.labels = {all.labels[static_cast<size_t>(at)]};
    return one;
  }

  std::string folder_;
  std::map<std::string, Dataset> splits_;
};

/// The image in half blocks, two rows of pixels to a line.
void print_image(const Dataset& image) {
  const char* shades[] = {" ", "░", "▒", "▓", "█"};
  for (int64_t y = 0; y < image.height; y += 2) {
    std::string line = "  ";
    for (int64_t x = 0; x < image.width; ++x) {
      int64_t below = std::min(y + 1, image.height - 1);
      int value = (image.pixels[static_cast<size_t>(y * image.width + x)] +
                   image.pixels[static_cast<size_t>(below * image.width + x)]) /
                  2;
      line += shades[(value * 4 + 127) / 255];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  }
}

void print_prediction(const std::string& name, const Dataset& image,
                      const std::vector<float>& probabilities, size_t best, const Style& style) {
  fmt::print("{}\n", style.bold(name));
  print_image(image);
  for (size_t c = 0; c < probabilities.size(); ++c) {
    std::string bar;
    for (int i = 0; i < static_cast<int>(probabilities[c] * 40 + 0.5f); ++i) bar += "█";
    std::string line = fmt::format("{:>3}  {:.4f}  {}", c, probabilities[c], bar);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", c == best ? style.bold(line) : line);
  }
  std::string label = image.labels[0] >= 0 ? fmt::format(", label {}", image.labels[0]) : "";
  fmt::print("prediction {} (probability {:.4f}{})\n", best, probabilities[best], label);
}

void run_predict(Trained& trained, const std::vector<std::string>& names, bool as_json) {
  auto evaluator = load(trained, 1);
  Images images(data_folder(trained.data));
  Style style = Style::of_stdout();
  for (const std::string& name : names) {
    Dataset image = images.find(name);
    std::vector<float> probabilities = evaluator->predict(image, 0);
    auto best = static_cast<size_t>(std::max_element(probabilities.begin(), probabilities.end()) -
                                    probabilities.begin());
    if (!as_json) {
      print_prediction(name, image, probabilities, best, style);
      continue;
    }
    nlohmann::ordered_json result = {
        {"image", name}, {"class", best}, {"probabilities", probabilities}};
    if (image.labels[0] >= 0) result["label"] = image.labels[0];
    fmt::print("{}\n", result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

}  // namespace

void add_predict(CLI::App& app) {
  auto* command = app.add_subcommand("predict", "Classify images with a trained network");
  auto trained = std::make_shared<Trained>();
  auto as_json = std::make_shared<bool>(false);
  auto names = std::make_shared<std::vector<std::string>>();
  command->add_option("IMAGE", *names, "PNG files, or test:N or train:N of MNIST")
      ->required()
      ->option_text(" ");
  add_trained(*command, *trained);
  command->add_flag("--json", *as_json, "One JSON object per image");
  command->callback([=] { run_predict(*trained, *names, *as_json); });
}

}  // namespace pullback::cli
