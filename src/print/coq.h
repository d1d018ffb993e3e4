#pragma once

#include <string>

#include "ir/graph.h"

/// Terms of the Coq development (proofs/Syntax.v, proofs/Print/), as a certificate holds them. They
/// expect Z_scope and text_scope to be open.
namespace pullback {

/// "(F32, [784; 10])".
std::string coq_type(const Type& type);

/// "(Transpose [1; 0])": an op with its attributes.
std::string coq_op(const Op& op);

/// A string literal of the text_scope. Throws Error if the text holds a zero byte, which Coq's
/// strings and packed words cannot.
std::string coq_string(const std::string& text);

/// Definitions of the lists `<name>0`, `<name>1`, … of at most 500 items each, and of `<name>`, the
/// list of these: Coq takes long to read one long list. `scope` is "" or "%uint63" and so on.
std::string coq_chunks(const std::string& name, const std::string& type,
                       const std::vector<std::string>& items, const std::string& scope = "");

/// The text's bytes as words for proofs/Print/Pack.v: seven to a word, the first one lowest, the
/// last word filled up with zeros. Throws Error if the text holds a zero byte.
std::vector<std::string> coq_words(const std::string& text);

}  // namespace pullback
