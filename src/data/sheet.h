#pragma once

#include <string>
#include <vector>

#include "data/picture.h"

namespace pullback {

/// A contact sheet: pictures of one size in rows, each row with a title above it (small letters,
/// digits, '-', '_' and '.'; others are left out). RGB.
class ContactSheet {
 public:
  ContactSheet(int64_t rows, int64_t columns, int64_t height, int64_t width);

  void title(int64_t row, const std::string& text);
  /// A picture of the sheet's size, grey or RGB; small ones are drawn larger by a whole factor.
  void place(int64_t row, int64_t column, const PictureView& picture);
  PictureView view() const { return sheet_.view(); }

 private:
  int64_t top(int64_t row) const;

  int64_t height_, width_;
  int64_t zoom_;  ///< pixels of the sheet per pixel of a picture
  Picture sheet_;
};

}  // namespace pullback
