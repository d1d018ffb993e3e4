#pragma once

#include <string>
#include <vector>

/// Coq sources as text: which statements a file has, and how it writes them.
namespace pullback {

/// A named sentence: Lemma, Theorem, Corollary, Definition, Fixpoint and so on.
struct CoqStatement {
  std::string keyword, name;
  std::string file;
  int line = 0;         ///< from 1
  std::string comment;  ///< the comment that ends just before it, without its marks, or ""
  std::string text;  ///< up to its full stop: of a lemma the statement, of a definition all of it
  std::string place() const { return file + ":" + std::to_string(line); }
};

/// The named sentences of a Coq file, in order. Comments nest, and both they and strings may
/// contain anything; a full stop ends a sentence where white space follows.
std::vector<CoqStatement> read_coq(const std::string& source, const std::string& file);

}  // namespace pullback
