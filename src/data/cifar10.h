#pragma once

#include <string>

#include "data/dataset.h"

namespace pullback {

/// Mean and deviation of CIFAR-10's training pixels, per channel.
inline constexpr Normalization cifar10_normalization{{0.4914f, 0.4822f, 0.4465f},
                                                     {0.2470f, 0.2435f, 0.2616f}};

/// Reads CIFAR-10 in its binary format: records of a label byte and 3,072 pixel bytes, the red,
/// green and blue planes of 32×32. `path` is the archive cifar-10-binary.tar.gz, or a folder that
/// has it, or a folder (or cifar-10-batches-bin in it) with data_batch_1.bin … data_batch_5.bin and
/// test_batch.bin, each gzipped or not. A file may have fewer than the original's 10,000 records.
/// Throws Error that names the file and says how to get the data.
Dataset load_cifar10(const std::string& path, Split split);

/// What a person without the data should do.
extern const char* const how_to_get_cifar10;

}  // namespace pullback
