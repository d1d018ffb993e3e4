#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/process.h"

/// Running Coq.
namespace pullback {

/// "8.16.1"; throws Error that says how to install Coq if there is none.
std::string coq_version();

/// The Coq library: the folder proofs/ of the source tree.
class CoqLibrary {
 public:
  explicit CoqLibrary(std::string folder) : folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }

  /// Compiles what is not yet compiled of `targets`, e.g. "Certificate/Theorem.vo", and what they
  /// need; `progress` gets the number of files compiled so far and the file it is at. Throws Error
  /// with Coq's message if one fails.
  void build(const std::vector<std::string>& targets,
             const std::function<void(size_t, const std::string&)>& progress) const;

  /// Compiles a file against the library.
  Finished compile(const std::string& file) const;

 private:
  std::string folder_;
};

/// The names that `Print Assumptions` printed, in order.
std::vector<std::string> assumptions_in(const std::string& output);

}  // namespace pullback
