#include "tests/fuzz/check_files.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/error.h"
#include "base/file.h"
#include "data/npy/npy.h"
#include "train/loop/checkpoint.h"
#include "zoo/toml.h"

namespace pullback::test {

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::cerr << what << "\n";
  std::abort();
}

void check_npy(const std::string& bytes) {
  Npy npy(bytes, "fuzz.npy");
  npy.text();
  if (!npy.element()) return;
  std::string printed = print_npy(npy.tensor());
  Npy again(printed, "printed.npy");
  require(print_npy(again.tensor()) == printed, "this array does not read as itself");
}

/// A file of this process's own, in memory where there is such a folder.
std::string scratch() {
  std::string folder = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  return folder + "/files_fuzz." + std::to_string(::getpid());
}

void check_checkpoint(const std::string& bytes) {
  static const std::string path = scratch();
  write_file(path, bytes);
  Checkpoint checkpoint = read_checkpoint(path);
  write_checkpoint(path, checkpoint);
  std::string printed = read_file(path);
  write_checkpoint(path, read_checkpoint(path));
  require(read_file(path) == printed, "this checkpoint does not read as itself");
}

void check_toml(const std::string& text) {
  Network network = parse_network(text, "fuzz.toml");
  std::string printed = print_network(network);
  require(print_network(parse_network(printed, "printed.toml")) == printed,
          "this network does not read as itself");
}

}  // namespace

void check_file(const std::string& bytes) {
  if (bytes.empty()) return;
  std::string rest = bytes.substr(1);
  try {
    if (bytes[0] == 'n') check_npy(rest);
    if (bytes[0] == 's') check_checkpoint(rest);
    if (bytes[0] == 't') check_toml(rest);
  } catch (const Error&) {
    return;
  }
}

}  // namespace pullback::test
