#include <charconv>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "data/augment.h"

namespace pullback {

namespace {

/// A part of the text: "name" or "name:number" or "name:number:number".
struct Part {
  std::string text, name;
  std::vector<double> numbers;
};

[[noreturn]] void wrong(const std::string& text, const std::string& rule) {
  throw Error("--augment: '" + text + "': " + rule);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

Part part_of(const std::string& text) {
  std::vector<std::string> words = split(text, ':');
  Part part{text, words[0], {}};
  for (size_t i = 1; i < words.size(); ++i) {
    double value = 0;
    const char* last = words[i].data() + words[i].size();
    auto [end, error] = std::from_chars(words[i].data(), last, value);
    if (end != last || error != std::errc{}) wrong(text, "'" + words[i] + "' is not a number");
    part.numbers.push_back(value);
  }
  return part;
}

/// The number at `index`, which must be within [low, high].
double number(const Part& part, size_t index, double low, double high, const char* example) {
  if (index >= part.numbers.size()) wrong(part.text, std::string("it needs a number: ") + example);
  double value = part.numbers[index];
  if (!(value >= low && value <= high)) {
    wrong(part.text, "its number must be between " + split(std::to_string(low), '.')[0] + " and " +
                         split(std::to_string(high), '.')[0] + ", e.g. " + example);
  }
  return value;
}

int64_t count(const Part& part, size_t index, int64_t low, int64_t high, const char* example) {
  double value = number(part, index, static_cast<double>(low), static_cast<double>(high), example);
  auto whole = static_cast<int64_t>(value);
  if (static_cast<double>(whole) != value) {
    wrong(part.text, std::string("its number must be whole, e.g. ") + example);
  }
  return whole;
}

void apply(const Part& part, Augmentation& how) {
  const std::string& name = part.name;
  size_t most = name == "flip" ? 0 : name == "randaugment" ? 2 : 1;
  if (name == "resized-crop") {
    how.resized_crop = part.numbers.empty() ? 0.08 : number(part, 0, 0.001, 1, "resized-crop:0.08");
  } else if (name == "crop") {
    how.crop = count(part, 0, 1, 1000, "crop:4");
  } else if (name == "flip") {
    how.flip = true;
  } else if (name == "randaugment") {
    how.randaugment = part.numbers.empty() ? 2 : count(part, 0, 1, 20, "randaugment:2:9");
    if (part.numbers.size() > 1) how.magnitude = count(part, 1, 0, 30, "randaugment:2:9");
  } else if (name == "jitter") {
    how.jitter = number(part, 0, 0, 1, "jitter:0.4");
  } else if (name == "erase") {
    how.erase = number(part, 0, 0, 1, "erase:0.25");
  } else if (name == "mixup") {
    how.mixup = number(part, 0, 0.001, 100, "mixup:0.2");
  } else if (name == "cutmix") {
    how.cutmix = number(part, 0, 0.001, 100, "cutmix:1");
  } else {
    wrong(name,
          "there is no such augmentation; there are none, resized-crop:S, crop:N, flip, "
          "randaugment:N:M, jitter:J, erase:P, mixup:A, cutmix:A");
  }
  if (part.numbers.size() > most) wrong(part.text, "it has too many numbers");
}

std::string shown(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

}  // namespace

Augmentation parse_augmentation(const std::string& text) {
  Augmentation how;
  if (text == "none") return how;
  for (const std::string& part : split(text, ',')) apply(part_of(part), how);
  if (how.resized_crop > 0 && how.crop > 0) {
    wrong(text, "resized-crop and crop exclude each other");
  }
  return how;
}

std::string Augmentation::text() const {
  std::vector<std::string> parts;
  auto add = [&](const char* name, double number) {
    if (number > 0) parts.push_back(std::string(name) + ":" + shown(number));
  };
  add("resized-crop", resized_crop);
  add("crop", static_cast<double>(crop));
  if (flip) parts.emplace_back("flip");
  if (randaugment > 0) {
    parts.push_back("randaugment:" + std::to_string(randaugment) + ":" + std::to_string(magnitude));
  }
  add("jitter", jitter);
  add("erase", erase);
  add("mixup", mixup);
  add("cutmix", cutmix);
  return parts.empty() ? "none" : join(parts, ",");
}

Augmentation usual_augmentation(const ImageSize& size) {
  Augmentation how;
  if (size.channels == 1) return how;
  how.flip = true;
  if (size.height <= 40 && size.width <= 40) {
    how.crop = 4;
  } else {
    how.resized_crop = 0.35;
  }
  return how;
}

}  // namespace pullback
