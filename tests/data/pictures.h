#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/picture.h"

/// Files of pictures, made by libjpeg and by hand.
namespace pullback::test {

struct JpegKind {
  int components = 3;  ///< of the file: 1 grey, 3 RGB, 4 CMYK
  bool progressive = false;
  bool adobe = true;  ///< of CMYK: with Adobe's marker, its values inverted
};

/// A smooth RGB picture, whose colours tell the place.
Picture gradient(int64_t height, int64_t width);

/// The RGB picture as a JPEG of quality 100. Grey ones take its red; CMYK is c = 255 - r, …, k = 0.
std::string encode_jpeg(const Picture& picture, const JpegKind& kind = {});

/// A tar archive of these members (path, content). A path longer than 100 characters is stored as
/// GNU tar would, with 'L'; of a path that begins with "pax:" the rest is stored in a pax header.
std::string make_tar(const std::vector<std::pair<std::string, std::string>>& members);

/// The bytes gzipped.
std::string gzipped(const std::string& bytes);

}  // namespace pullback::test
