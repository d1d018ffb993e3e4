#pragma once

#include <memory>
#include <span>
#include <string>

#include "data/dataset.h"

namespace pullback {

/// Photos in one folder per class, in a directory or straight from a tar or tar.gz:
///   …/train/<class>/….jpg   and   …/val/<class>/….jpg   or   …/test/<class>/….jpg
/// Classes are numbered in the order of their names, pictures are in the order of theirs. Where
/// there is neither val nor test, or no train either, every tenth picture of a class is for
/// testing. What is neither .jpg, .jpeg nor .png is left out, and so is what begins with a dot.
class ImageFolder {
 public:
  /// Lists the pictures and decodes none. `path` may also be a directory that has nothing but one
  /// archive. Throws Error.
  explicit ImageFolder(const std::string& path);

  /// The pictures of a split, to become images of that size. Its normalization is the identity.
  Dataset load(Split split, const ImageSize& size) const;

  const std::vector<std::string>& classes() const { return classes_; }
  /// Files that are no pictures by their names.
  int64_t left_out() const { return left_out_; }
  /// Whether the test images are a part of those for training, for want of others.
  bool test_is_cut_off() const { return test_is_cut_off_; }

  struct Files;  ///< a directory's or an archive's

 private:
  struct Entry {
    size_t file;
    int32_t label;
    bool for_test;
  };
  void sort_out(const std::string& path);

  std::shared_ptr<const Files> files_;
  std::vector<std::string> classes_;
  std::vector<Entry> entries_;
  int64_t left_out_ = 0;
  bool test_is_cut_off_ = false;
};

/// Decodes a JPEG or PNG by its first bytes. Throws Error that begins with `name`.
Picture decode_picture(std::span<const uint8_t> bytes, int64_t channels, const std::string& name);
/// The same of a file.
Picture read_picture(const std::string& path, int64_t channels);

}  // namespace pullback
