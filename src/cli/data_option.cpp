#include "cli/data_option.h"

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "data/cache.h"
#include "data/stats.h"

namespace pullback::cli {

void add_data(CLI::App& command, std::string& data) {
  command
      .add_option("--data", data,
                  "mnist:FOLDER, cifar10:FOLDER, folder:FOLDER or folder:FILE.tar of pictures by "
                  "class; or a path, where it is plain which (see pullback data)")
      ->option_text("DATA");
}

ImageSize size_of(const Network& network) {
  return {network.input.height, network.input.width, network.input.channels};
}

DataSpec data_spec(const std::string& given, const ImageSize& size) {
  DataSpec usual = default_data(size, PULLBACK_DATA);
  return given.empty() ? usual : parse_data_spec(given, usual.kind);
}

Splits load_splits(const DataSpec& spec, const Network& network, int threads,
                   const std::string& cache) {
  Data data(spec, size_of(network));
  Splits splits{data.load(Split::train), data.load(Split::test)};
  if (data.folder() != nullptr) {
    if (threads == 0) threads = hardware_threads();
    if (!cache.empty()) {
      make_folder(cache);
      splits.training = with_cache(std::move(splits.training), cache + "/train.pictures", threads);
      splits.test = with_cache(std::move(splits.test), cache + "/test.pictures", threads);
    }
    splits.training.normalization =
        measure_normalization(splits.training, pictures_to_measure, threads);
    splits.test.normalization = splits.training.normalization;
  }
  return splits;
}

Dataset load_split_for(const RunData& begun, const std::string& given, const Network& network,
                       Split split) {
  ImageSize size = size_of(network);
  DataSpec spec = data_spec(given.empty() ? begun.origin : given, size);
  Dataset data = Data(spec, size).load(split);
  if (!begun.class_names.empty() && data.class_names != begun.class_names) {
    throw Error("the data " + spec.text() + " has other classes than the " + begun.origin +
                " that the network was trained on; name data with the same classes by --data");
  }
  bool known = !begun.origin.empty() || begun.normalization != Normalization{};
  if (known) data.normalization = begun.normalization;
  return data;
}

}  // namespace pullback::cli
