#pragma once

#include <string>

#include "data/dataset.h"

namespace pullback {

/// MNIST's training pixels have mean 0.1307 and standard deviation 0.3081.
inline constexpr Normalization mnist_normalization{{0.1307f, 0.1307f, 0.1307f},
                                                   {0.3081f, 0.3081f, 0.3081f}};

/// Reads MNIST from `folder`: train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz and their
/// t10k counterparts, gzipped or not. Throws Error that names the file and says what was expected.
Dataset load_mnist(const std::string& folder, Split split);

/// Reads a pair of IDX files: images (magic 0x00000803: count, rows, columns, pixels) and labels
/// (magic 0x00000801: count, labels).
Dataset load_idx(const std::string& images, const std::string& labels, int64_t classes);

}  // namespace pullback
