#pragma once

#include <string>

namespace pullback::test {

/// What a run of the program left.
struct Execution {
  int status = -1;  ///< exit status; 128 + the signal if one ended it
  std::string out, err;
};

/// Runs `pullback <arguments>`, as a shell reads them, in `folder`.
Execution pullback(const std::string& arguments, const std::string& folder = ".");

/// Runs a line of shell in `folder`.
Execution shell(const std::string& line, const std::string& folder = ".");

/// A folder of its own for a test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  /// Writes a file into it and returns its path.
  std::string file(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

}  // namespace pullback::test
