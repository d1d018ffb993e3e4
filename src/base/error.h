#pragma once

#include <stdexcept>
#include <string>

namespace pullback {

/// A mistake in what the user gave: a spec, a file, a flag, a program. The message names the place,
/// the values and what to do; the library throws it, only the command line prints it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace pullback
