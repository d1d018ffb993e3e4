#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/data_option.h"
#include "cli/data_rate.h"
#include "cli/format.h"
#include "cli/number_option.h"
#include "data/augment.h"
#include "data/batcher.h"
#include "data/cache.h"
#include "data/folder.h"
#include "data/png.h"
#include "data/sheet.h"
#include "data/stats.h"
#include "data/survey.h"
#include "data/transform.h"
#include "train/loop/loader.h"
#include "zoo/load.h"

namespace pullback::cli {

namespace {

using nlohmann::ordered_json;
using enum Table::Align;

struct DataArguments {
  std::string data, net, split = "train", out = "sheet.png", augment = "none", cache;
  int64_t size = 0, columns = 8, batch = 32;
  int threads = 0;
  double seconds = 3;
  uint64_t seed = 1;
  bool json = false;
};

/// The size of the images: the network's, or what is usual for the kind.
ImageSize size_for(const DataArguments& given, DataKind kind) {
  if (!given.net.empty()) return size_of(load_network(given.net));
  if (kind == DataKind::mnist) return {28, 28, 1};
  if (kind == DataKind::cifar10) return {32, 32, 3};
  int64_t side = given.size == 0 ? 224 : given.size;
  return {side, side, 3};
}

Data open_data(const DataArguments& given) {
  if (given.data.empty()) {
    throw Error("say which data: mnist:FOLDER, cifar10:FOLDER, folder:FOLDER-OR-TAR, or a path");
  }
  DataSpec spec = parse_data_spec(given.data, DataKind::folder);
  return Data(spec, size_for(given, spec.kind));
}

Split split_of(const DataArguments& given) {
  if (given.split == "train") return Split::train;
  if (given.split == "test") return Split::test;
  throw Error("--split is '" + given.split + "'; give train or test");
}

int threads_of(const DataArguments& given) {
  return given.threads == 0 ? hardware_threads() : given.threads;
}

void list_one(const DataSpec& spec, const ImageSize& size, const std::string& what, Table& table,
              std::vector<std::string>& hints) {
  try {
    Data data(spec, size);
    Dataset training = data.load(Split::train), test = data.load(Split::test);
    table.row({std::string(to_string(spec.kind)), what, spec.path, grouped(training.count),
               grouped(test.count), grouped(training.classes)});
  } catch (const Error& error) {
    table.row({std::string(to_string(spec.kind)), what, spec.path, "missing"});
    hints.push_back(error.what());
  }
}

void list(const DataArguments& given) {
  Style style = Style::of_stdout();
  Table table(
      {{"data"}, {"what"}, {"where"}, {"training", right}, {"test", right}, {"classes", right}});
  std::vector<std::string> hints;
  if (given.data.empty()) {
    const std::pair<ImageSize, const char*> known[] = {{{28, 28, 1}, "digits of 28×28×1"},
                                                       {{32, 32, 3}, "photos of 32×32×3"},
                                                       {{224, 224, 3}, "photos of any size"}};
    for (const auto& [size, what] : known) {
      list_one(default_data(size, PULLBACK_DATA), size, what, table, hints);
    }
  } else {
    Data data = open_data(given);
    ImageSize size = size_for(given, data.spec().kind);
    list_one(data.spec(), size, data.folder() ? "photos" : "images", table, hints);
    if (!hints.empty()) throw Error(hints[0]);
  }
  fmt::print("{}", table.text(style));
  for (const std::string& hint : hints) fmt::print("\n{}\n", hint);
  if (!given.data.empty()) {
    Dataset training = open_data(given).load(Split::train);
    std::string names = training.class_names.empty() ? "" : join(training.class_names);
    if (!names.empty()) fmt::print("\nclasses: {}\n", names);
  }
}

/// Prints what was found; whether all is well.
bool report(const std::string& split, const Survey& found, int64_t count) {
  fmt::print("{}: {} of {} pictures decode\n", split,
             grouped(count - static_cast<int64_t>(found.damaged.size())), grouped(count));
  for (size_t i = 0; i < found.damaged.size() && i < 20; ++i) {
    fmt::print("  {}\n", found.damaged[i].why);
  }
  if (found.damaged.size() > 20) fmt::print("  … and {} more\n", found.damaged.size() - 20);
  return found.damaged.empty();
}

void verify(const DataArguments& given) {
  Data data = open_data(given);
  Dataset training = data.load(Split::train), test = data.load(Split::test);
  Survey in_training = survey(training, threads_of(given)),
         in_test = survey(test, threads_of(given));
  auto twice = same_pictures(in_training, in_training),
       leaked = same_pictures(in_training, in_test);
  bool good = in_training.damaged.empty() && in_test.damaged.empty();
  if (given.json) {
    ordered_json damaged = ordered_json::array();
    for (const Survey* s : {&in_training, &in_test}) {
      for (const auto& d : s->damaged) damaged.push_back({{"file", d.file}, {"why", d.why}});
    }
    ordered_json result = {
        {"data", data.spec().text()}, {"training_images", training.count},
        {"test_images", test.count},  {"damaged", damaged},
        {"repeated", twice.size()},   {"test_images_in_training", leaked.size()}};
    fmt::print("{}\n", result.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  } else {
    report("training", in_training, training.count);
    report("test", in_test, test.count);
    if (data.folder() && data.folder()->left_out() > 0) {
      fmt::print("{} left out, no pictures by their names\n",
                 counted(data.folder()->left_out(), "file"));
    }
    if (data.folder() && data.folder()->test_is_cut_off()) {
      fmt::print("the test pictures are every tenth of each class: there are no others\n");
    }
    fmt::print("{} in training twice\n", counted(static_cast<int64_t>(twice.size()), "picture"));
    fmt::print("{} in training as well as in the test\n",
               counted(static_cast<int64_t>(leaked.size()), "picture"));
    for (size_t i = 0; i < leaked.size() && i < 5; ++i) {
      fmt::print("  {} = {}\n", training.name(leaked[i].first), test.name(leaked[i].second));
    }
  }
  if (!good) throw CLI::RuntimeError(1);
}

void stats(const DataArguments& given) {
  Data data = open_data(given);
  Dataset training = data.load(Split::train), test = data.load(Split::test);
  Survey in_training = survey(training, threads_of(given)),
         in_test = survey(test, threads_of(given));
  Normalization n = measure_normalization(training, training.count, threads_of(given));
  if (given.json) {
    ordered_json result = {{"data", data.spec().text()},
                           {"classes", training.class_names},
                           {"training", in_training.per_class},
                           {"test", in_test.per_class},
                           {"mean", n.mean},
                           {"deviation", n.deviation}};
    fmt::print("{}\n", result.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
    return;
  }
  Table table({{"class"}, {"training", right}, {"test", right}});
  for (int64_t c = 0; c < training.classes; ++c) {
    auto at = static_cast<size_t>(c);
    table.row({training.class_name(c), grouped(in_training.per_class[at]),
               grouped(in_test.per_class[at])});
  }
  table.rule();
  table.row({"all", grouped(training.count), grouped(test.count)});
  fmt::print("{}\n", table.text(Style::of_stdout()));
  fmt::print("height × width: median {}×{}, sides {} to {}\n", in_training.median_height,
             in_training.median_width, in_training.smallest_side, in_training.largest_side);
  auto numbers = [&](const std::array<float, 3>& values) {
    std::string text;
    for (int64_t c = 0; c < training.channels; ++c) {
      text += (c > 0 ? ", " : "") + fixed(values[static_cast<size_t>(c)], 4);
    }
    return text;
  };
  fmt::print("mean {}\ndeviation {}  (of pixel/255 at {}×{}, training)\n", numbers(n.mean),
             numbers(n.deviation), training.height, training.width);
}

void show(const DataArguments& given) {
  Dataset all = open_data(given).load(split_of(given));
  const Augmentation how = parse_augmentation(given.augment);
  const int64_t rows = std::min<int64_t>(all.classes, 20);
  ContactSheet sheet(rows, given.columns, all.height, all.width);
  std::vector<int64_t> filled(static_cast<size_t>(rows));
  for (int64_t r = 0; r < rows; ++r) sheet.title(r, all.class_name(r));
  Batcher order(all, all.count, given.seed);
  Picture scratch;
  for (int32_t index : order.indices(0)) {
    int32_t row = all.labels[static_cast<size_t>(index)];
    if (row >= rows || filled[static_cast<size_t>(row)] == given.columns) continue;
    Random random(given.seed, "show " + std::to_string(index));
    PictureView stored = all.picture(index, scratch);
    Picture picture = how == Augmentation{} ? centred(stored, all.size())
                                            : augment(stored, all.size(), how, random);
    sheet.place(row, filled[static_cast<size_t>(row)]++, picture.view());
  }
  write_file(given.out, encode_png(sheet.view()));
  fmt::print("{}: {} of {} of {}\n", given.out, counted(given.columns, "picture"),
             rows == 1 ? "1 class" : fmt::format("{} classes", rows), all.origin);
}

void rate(const DataArguments& given) {
  Dataset training = open_data(given).load(Split::train);
  Augmentation how = parse_augmentation(given.augment);
  int threads = given.threads;
  if (threads == 0) threads = BatchLoader::suitable_threads(training, how);
  if (!given.cache.empty()) {
    make_folder(given.cache);
    training = with_cache(std::move(training), given.cache + "/train.pictures", threads_of(given));
  }
  LoaderRate r = measure_loader(training, {given.batch, 1, how, threads}, given.seconds);
  if (given.json) {
    ordered_json result = {{"data", training.origin}, {"height", training.height},
                           {"width", training.width}, {"threads", threads},
                           {"augment", how.text()},   {"images", r.images},
                           {"seconds", r.seconds},    {"images_per_second", r.per_second()}};
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print(
      "{} at {}×{}: {} images/s on {} (the loader alone, batches of {}, augmentation "
      "{})\n",
      training.origin, training.height, training.width,
      grouped(static_cast<int64_t>(r.per_second())), counted(threads, "thread"), given.batch,
      how.text());
}

CLI::App* add(CLI::App& data, const std::shared_ptr<DataArguments>& given, const char* name,
              const char* help, void (*run)(const DataArguments&)) {
  CLI::App* command = data.add_subcommand(name, help);
  command->add_option("DATA", given->data, "mnist:…, cifar10:…, folder:…, or a path")
      ->option_text(" ");
  command->add_option("--net", given->net, "Images of this network's size")->option_text("NET");
  add_whole(*command, "--size", given->size, {8, 4096}, "Height and width of a folder's images")
      ->option_text("N [224]");
  add_whole(*command, "--threads", given->threads, threads_limits, "0: what suits")
      ->option_text("N [0]");
  command->callback([given, run] { run(*given); });
  return command;
}

}  // namespace

void add_data_command(CLI::App& app) {
  auto* data = app.add_subcommand("data", "List, verify, measure and show data sets");
  data->require_subcommand(1);
  auto given = std::make_shared<DataArguments>();
  add(*data, given, "list", "What data there is, and how to get what is missing", list);
  auto* verified =
      add(*data, given, "verify", "Decode every picture; name what is damaged", verify);
  auto* measured =
      add(*data, given, "stats", "Pictures per class, sizes, mean and deviation", stats);
  auto* shown = add(*data, given, "show", "A contact sheet as a PNG, a row per class", show);
  auto* timed =
      add(*data, given, "rate", "Images a second that the loader alone makes ready", rate);
  for (CLI::App* command : {shown, timed}) {
    command->add_option("--augment", given->augment, "As for training: crop:4,flip, …")
        ->option_text("LIST [none]");
  }
  timed->add_option("--cache", given->cache, "With the pictures decoded in files here")
      ->option_text("FOLDER");
  for (CLI::App* command : {verified, measured, timed}) {
    command->add_flag("--json", given->json, "One JSON object");
  }
  shown->add_option("--out,-o", given->out, "Where it goes")->option_text("FILE [sheet.png]");
  shown->add_option("--split", given->split, "train or test")->option_text("SPLIT [train]");
  add_whole(*shown, "--columns", given->columns, {1, 100}, "Pictures per class")
      ->option_text("N [8]");
  add_whole(*shown, "--seed", given->seed, "Which pictures")->option_text("N [1]");
  add_whole(*timed, "--batch", given->batch, batch_limits, "Images per step")
      ->option_text("N [32]");
  add_number(*timed, "--seconds", given->seconds, "How long")->option_text("S [3]");
}

}  // namespace pullback::cli
