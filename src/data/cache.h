#pragma once

#include <string>

#include "data/dataset.h"

namespace pullback {

/// The data set with its pictures decoded once and kept in the file, from where they are mapped
/// into memory; the same pixels. The file is written first, on `threads` threads, if it is missing
/// or of other pictures. What has no pictures to decode stays as it is. Throws Error for a picture
/// that cannot be decoded and for a file that cannot be written.
Dataset with_cache(Dataset data, const std::string& file, int threads);

}  // namespace pullback
