#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/data_option.h"
#include "cli/format.h"
#include "cli/trained.h"
#include "data/folder.h"
#include "data/png.h"
#include "data/resize.h"
#include "data/transform.h"

namespace pullback::cli {

namespace {

/// Images by the names that a user gives them, as a trained network takes them.
class Images {
 public:
  Images(const Trained& trained, const Network& network) : trained_(trained), network_(network) {}

  /// One image: a picture's file, "train:123", "test:123" or "123" (of the test images).
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
                  "'; give a PNG or JPEG file, or test:0, test:1, … or train:0, train:1, … of the "
                  "data");
    }
    if (size_of(network_) == ImageSize{28, 28, 1}) return read_digit_png(name);
    Dataset empty;
    empty.classes = network_.classes;
    empty.class_names = trained_.trained_on.class_names;
    empty.normalization = trained_.trained_on.normalization;
    return one(empty, read_picture(name, network_.input.channels).view(), -1);
  }

 private:
  Dataset one(const Dataset& like, const PictureView& picture, int32_t label) const {
    Dataset data;
    ImageSize size = size_of(network_);
    data.count = 1;
    data.height = size.height;
    data.width = size.width;
    data.channels = size.channels;
    data.classes = like.classes;
    data.class_names = like.class_names;
    data.normalization = like.normalization;
    data.pixels = centred(picture, size).pixels;
    data.labels = {label};
    return data;
  }

  Dataset numbered(const std::string& split, const std::string& index) {
    if (splits_.count(split) == 0) {
      splits_[split] = load_split_for(trained_.trained_on, trained_.data, network_,
                                      split == "test" ? Split::test : Split::train);
      check_data(network_, splits_[split]);
    }
    const Dataset& all = splits_[split];
    int64_t at = index.size() > 9 ? all.count : std::stoll(index);
    if (at >= all.count) {
      throw Error("there is no image " + index + " among the " + grouped(all.count) + " of " +
                  split + "; they are numbered from 0");
    }
    Picture scratch;
    return one(all, all.picture(at, scratch), all.labels[static_cast<size_t>(at)]);
  }

  const Trained& trained_;
  const Network& network_;
  std::map<std::string, Dataset> splits_;
};

/// A grey image in half blocks, two rows of pixels to a line.
void print_grey(const Dataset& image) {
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

/// A picture in 24-bit colour on a terminal, at most 48 columns wide.
void print_colour(const Dataset& image) {
  Picture scratch;
  PictureView whole = image.picture(0, scratch);
  int64_t columns = std::min<int64_t>(whole.width, 48);
  Picture small =
      resize(whole, std::max<int64_t>(whole.height * columns / whole.width, 2), columns);
  for (int64_t y = 0; y + 1 < small.height; y += 2) {
    std::string line = "  ";
    for (int64_t x = 0; x < small.width; ++x) {
      const uint8_t *a = small.at(y, x), *b = small.at(y + 1, x);
      line += fmt::format("\033[38;2;{};{};{}m\033[48;2;{};{};{}m▀", a[0], a[1], a[2], b[0], b[1],
                          b[2]);
    }
    fmt::print("{}\033[0m\n", line);
  }
}

/// "3", or "3 cat".
std::string class_text(const Dataset& data, size_t label) {
  std::string number = std::to_string(label);
  return data.class_names.empty() ? number : number + " " + data.class_names[label];
}

void print_prediction(const std::string& name, const Dataset& image,
                      const std::vector<float>& probabilities, size_t best, const Style& style) {
  fmt::print("{}\n", style.bold(name));
  if (image.channels == 1) print_grey(image);
  if (image.channels == 3 && style.on()) print_colour(image);
  // All classes of ten, the likeliest of many.
  std::vector<size_t> shown(probabilities.size());
  std::iota(shown.begin(), shown.end(), 0);
  if (shown.size() > 20) {
    std::stable_sort(shown.begin(), shown.end(),
                     [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
    shown.resize(10);
  }
  size_t wide = 3;
  for (size_t c : shown) wide = std::max(wide, width(class_text(image, c)));
  for (size_t c : shown) {
    std::string bar;
    for (int i = 0; i < static_cast<int>(probabilities[c] * 40 + 0.5f); ++i) bar += "█";
    std::string line =
        fmt::format("{:>{}}  {:.4f}  {}", class_text(image, c), wide, probabilities[c], bar);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", c == best ? style.bold(line) : line);
  }
  auto truth = static_cast<size_t>(std::max(image.labels[0], 0));
  std::string label =
      image.labels[0] >= 0 ? fmt::format(", label {}", class_text(image, truth)) : "";
  fmt::print("prediction {} (probability {:.4f}{})\n", class_text(image, best), probabilities[best],
             label);
}

void run_predict(Trained& trained, const std::vector<std::string>& names, bool as_json) {
  auto evaluator = load(trained, 1);
  Images images(trained, evaluator->network());
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
    if (!image.class_names.empty()) result["class_name"] = image.class_names[best];
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
  command->add_option("IMAGE", *names, "PNG or JPEG files, or test:N or train:N of the data")
      ->required()
      ->option_text(" ");
  add_trained(*command, *trained);
  command->add_flag("--json", *as_json, "One JSON object per image");
  command->callback([=] { run_predict(*trained, *names, *as_json); });
}

}  // namespace pullback::cli
