#include "data/hold_out.h"

#include <algorithm>

#include "base/random.h"

namespace pullback {

namespace {

class SubsetSource : public PictureSource {
 public:
  SubsetSource(std::shared_ptr<const PictureSource> whole, std::span<const int64_t> indices)
      : whole_(std::move(whole)), indices_(indices.begin(), indices.end()) {}
  PictureView read(int64_t index, Picture& scratch) const override {
    return whole_->read(at(index), scratch);
  }
  std::string name(int64_t index) const override { return whole_->name(at(index)); }
  uint64_t file_size(int64_t index) const override { return whole_->file_size(at(index)); }

 private:
  int64_t at(int64_t index) const { return indices_[static_cast<size_t>(index)]; }

  std::shared_ptr<const PictureSource> whole_;
  std::vector<int64_t> indices_;
};

}  // namespace

Dataset subset(const Dataset& data, std::span<const int64_t> indices) {
  Dataset part;
  part.count = static_cast<int64_t>(indices.size());
  part.height = data.height;
  part.width = data.width;
  part.channels = data.channels;
  part.classes = data.classes;
  part.class_names = data.class_names;
  part.normalization = data.normalization;
  part.origin = data.origin;
  for (int64_t i : indices) {
    part.labels.push_back(data.labels[static_cast<size_t>(i)]);
    if (data.source) continue;
    part.pixels.insert(part.pixels.end(), data.image(i), data.image(i) + data.image_size());
  }
  if (data.source) part.source = std::make_shared<SubsetSource>(data.source, indices);
  return part;
}

std::pair<Dataset, Dataset> hold_out(const Dataset& data, double share, uint64_t seed) {
  std::vector<std::vector<int64_t>> by_class(static_cast<size_t>(data.classes));
  for (int64_t i = 0; i < data.count; ++i) {
    by_class[static_cast<size_t>(data.labels[static_cast<size_t>(i)])].push_back(i);
  }
  Random random(seed, "validation");
  std::vector<int64_t> training, validation;
  for (std::vector<int64_t>& members : by_class) {
    for (size_t i = members.size(); i > 1; --i) {
      std::swap(members[i - 1], members[random.below(i)]);
    }
    auto held = static_cast<size_t>(share * static_cast<double>(members.size()));
    if (held == 0 && members.size() > 1) held = 1;
    auto cut = members.begin() + static_cast<std::ptrdiff_t>(held);
    validation.insert(validation.end(), members.begin(), cut);
    training.insert(training.end(), cut, members.end());
  }
  std::sort(training.begin(), training.end());
  std::sort(validation.begin(), validation.end());
  return {subset(data, training), subset(data, validation)};
}

}  // namespace pullback
