#include "data/folder.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "data/jpeg.h"
#include "data/png.h"
#include "data/tar.h"

namespace pullback {

namespace fs = std::filesystem;

/// Paths in order, each with how to get its bytes.
struct ImageFolder::Files {
  virtual ~Files() = default;
  virtual std::vector<uint8_t> read(size_t file) const = 0;
  virtual std::string name(size_t file) const = 0;
  virtual uint64_t size(size_t file) const = 0;

  std::vector<std::string> paths;  ///< relative, with '/'
};

namespace {

constexpr const char* layout =
    "pictures are expected as train/CLASS/NAME.jpg and val/CLASS/NAME.jpg (or test/…; .jpeg and "
    ".png as well)";

struct DirectoryFiles : ImageFolder::Files {
  explicit DirectoryFiles(const std::string& path) : root(path) {
    std::error_code error;
    auto options = fs::directory_options::follow_directory_symlink;
    fs::recursive_directory_iterator at(path, options, error), end;
    for (; !error && at != end; at.increment(error)) {
      if (!at->is_directory())
        paths.push_back(at->path().lexically_relative(path).generic_string());
    }
    if (error) throw Error("cannot list the folder '" + path + "': " + error.message());
    std::sort(paths.begin(), paths.end());
  }
  std::vector<uint8_t> read(size_t file) const override {
    std::string bytes = read_file(root + "/" + paths[file]);
    return {bytes.begin(), bytes.end()};
  }
  std::string name(size_t file) const override { return root + "/" + paths[file]; }
  uint64_t size(size_t file) const override {
    std::error_code ignored;
    return fs::file_size(name(file), ignored);
  }

  std::string root;
};

struct TarFiles : ImageFolder::Files {
  explicit TarFiles(const std::string& path) : tar(path), members(tar.members()) {
    auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::stable_sort(members.begin(), members.end(), by_path);
    for (const Tar::Member& member : members) paths.push_back(member.path);
  }
  std::vector<uint8_t> read(size_t file) const override { return tar.read(members[file]); }
  std::string name(size_t file) const override { return tar.path() + ": " + paths[file]; }
  uint64_t size(size_t file) const override { return members[file].size; }

  Tar tar;
  std::vector<Tar::Member> members;
};

class FolderSource : public PictureSource {
 public:
  FolderSource(std::shared_ptr<const ImageFolder::Files> files, std::vector<size_t> chosen,
               int64_t channels)
      : files_(std::move(files)), chosen_(std::move(chosen)), channels_(channels) {}
  PictureView read(int64_t index, Picture& scratch) const override {
    size_t file = chosen_[static_cast<size_t>(index)];
    scratch = decode_picture(files_->read(file), channels_, files_->name(file));
    return scratch.view();
  }
  std::string name(int64_t index) const override {
    return files_->name(chosen_[static_cast<size_t>(index)]);
  }
  uint64_t file_size(int64_t index) const override {
    return files_->size(chosen_[static_cast<size_t>(index)]);
  }

 private:
  std::shared_ptr<const ImageFolder::Files> files_;
  std::vector<size_t> chosen_;
  int64_t channels_;
};

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : fs::path(path)) {
    if (part != ".") parts.push_back(part.string());
  }
  return parts;
}

bool is_picture_name(const std::string& name) {
  std::string extension = fs::path(name).extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name[0] != '.' && (extension == ".jpg" || extension == ".jpeg" || extension == ".png");
}

/// Which part of the data a folder of this name holds.
enum class Part : uint8_t { none, train, validation, test };
Part part_named(const std::string& name) {
  if (name == "train" || name == "training") return Part::train;
  if (name == "val" || name == "valid" || name == "validation") return Part::validation;
  return name == "test" || name == "testing" ? Part::test : Part::none;
}

/// A picture by its path.
struct Placed {
  size_t file;
  Part part;
  std::string folder;  ///< its class
};

/// What a class folder's name stands for: Imagenette's are WordNet's numbers.
std::string readable(const std::string& name) {
  static const std::map<std::string, std::string> imagenette{
      {"n01440764", "tench"},           {"n02102040", "English springer"},
      {"n02979186", "cassette player"}, {"n03000684", "chain saw"},
      {"n03028079", "church"},          {"n03394916", "French horn"},
      {"n03417042", "garbage truck"},   {"n03425413", "gas pump"},
      {"n03445777", "golf ball"},       {"n03888257", "parachute"}};
  auto found = imagenette.find(name);
  return found == imagenette.end() ? name : found->second;
}

/// Its class is the folder below the one that names a part, otherwise the folder it is in.
std::optional<Placed> place(size_t file, const std::vector<std::string>& parts) {
  for (size_t i = 0; i + 2 < parts.size(); ++i) {
    if (Part part = part_named(parts[i]); part != Part::none) return {{file, part, parts[i + 1]}};
  }
  if (parts.size() < 2 || part_named(parts[parts.size() - 2]) != Part::none) return {};
  return {{file, Part::none, parts[parts.size() - 2]}};
}

/// The one archive of a directory without pictures' folders; otherwise the path itself.
std::string archive_in(const std::string& path) {
  std::vector<std::string> archives;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path, ignored)) {
    if (entry.is_directory()) return path;
    if (Tar::is_name(entry.path().string())) archives.push_back(entry.path().string());
  }
  if (archives.size() > 1) {
    throw Error("'" + path + "' has several archives; name one: " + join(archives));
  }
  return archives.empty() ? path : archives[0];
}

}  // namespace

ImageFolder::ImageFolder(const std::string& path) {
  if (!fs::exists(path)) {
    throw Error("there is no folder or archive '" + path + "' of pictures; " + layout);
  }
  std::string place = fs::is_directory(path) ? archive_in(path) : path;
  if (fs::is_directory(place)) {
    files_ = std::make_shared<DirectoryFiles>(place);
  } else {
    files_ = std::make_shared<TarFiles>(place);
  }
  sort_out(place);
}

void ImageFolder::sort_out(const std::string& path) {
  std::vector<Placed> placed;
  std::set<Part> parts;
  std::set<std::string> names;
  for (size_t i = 0; i < files_->paths.size(); ++i) {
    std::vector<std::string> steps = parts_of(files_->paths[i]);
    std::optional<Placed> picture;
    if (!steps.empty() && is_picture_name(steps.back())) picture = place(i, steps);
    if (!picture) {
      ++left_out_;
      continue;
    }
    parts.insert(picture->part);
    if (picture->part == Part::train || picture->part == Part::none) names.insert(picture->folder);
    placed.push_back(*picture);
  }
  if (names.empty()) throw Error("'" + path + "' has no pictures for training: " + layout);
  if (parts.contains(Part::train))
    std::erase_if(placed, [](auto& p) { return p.part == Part::none; });
  classes_.assign(names.begin(), names.end());
  Part test = parts.contains(Part::test) ? Part::test : Part::validation;
  test_is_cut_off_ = !parts.contains(test);
  std::map<std::string, int64_t> seen;
  for (const Placed& p : placed) {
    auto at = std::lower_bound(classes_.begin(), classes_.end(), p.folder);
    if (at == classes_.end() || *at != p.folder) {
      throw Error("'" + files_->name(p.file) + "' is of class '" + p.folder +
                  "', of which there are no pictures for training");
    }
    bool training = p.part == Part::train || p.part == Part::none;
    if (!training && p.part != test) continue;
    bool for_test = training ? test_is_cut_off_ && seen[p.folder]++ % 10 == 9 : true;
    entries_.push_back({p.file, static_cast<int32_t>(at - classes_.begin()), for_test});
  }
}

Dataset ImageFolder::load(Split split, const ImageSize& size) const {
  Dataset data;
  data.height = size.height;
  data.width = size.width;
  data.channels = size.channels;
  data.classes = static_cast<int64_t>(classes_.size());
  for (const std::string& name : classes_) data.class_names.push_back(readable(name));
  std::vector<size_t> chosen;
  for (const Entry& entry : entries_) {
    if (entry.for_test != (split == Split::test)) continue;
    chosen.push_back(entry.file);
    data.labels.push_back(entry.label);
  }
  data.count = static_cast<int64_t>(chosen.size());
  data.source = std::make_shared<FolderSource>(files_, std::move(chosen), size.channels);
  return data;
}

Picture decode_picture(std::span<const uint8_t> bytes, int64_t channels, const std::string& name) {
  if (is_jpeg(bytes)) return decode_jpeg(bytes, channels, name);
  if (bytes.size() > 3 && bytes[1] == 'P' && bytes[2] == 'N' && bytes[3] == 'G') {
    return decode_png(bytes, channels, name);
  }
  throw Error("'" + name + "' is neither a JPEG nor a PNG picture" +
              (bytes.empty() ? ": it is empty" : ""));
}

Picture read_picture(const std::string& path, int64_t channels) {
  std::string bytes = read_file(path);
  auto* begin = reinterpret_cast<const uint8_t*>(bytes.data());
  return decode_picture({begin, bytes.size()}, channels, path);
}

}  // namespace pullback
