#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace pullback {

/// What a run of the program `pullback` left.
struct Outcome {
  int status = 0;  ///< exit status; -N if signal N ended it
  std::string out, err;
};

/// Runs the program with these arguments in `folder`, to its end.
Outcome run_program(const std::vector<std::string>& arguments, const std::string& folder = ".");

/// A program that runs beside the test.
class Process {
 public:
  Process(const std::vector<std::string>& arguments, const std::string& folder);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  bool running();
  Outcome wait();

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
  int out_ = -1, err_ = -1;  ///< files without a name
};

/// Writes a folder of MNIST's four files with this many training images and half as many test
/// images: noise, in which each class has one bright row.
void write_tiny_mnist(const std::string& folder, int images);

}  // namespace pullback
