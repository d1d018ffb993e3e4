#pragma once

#include <map>
#include <string>
#include <vector>

#include "lemmas/coq.h"

/// What every op must have beside its C++ rules: three lemmas in proofs/, and a derivation.
namespace pullback {

/// An op's section in a file of src/ir/ops/derivations/.
struct Derivation {
  std::string op;
  std::string typing, differentiable;  ///< in words
  std::vector<std::string> by;         ///< theorems
  std::string outside;  ///< why no certificate has the op: it then needs no lemma and no theorem
  std::string text;     ///< the derivation, lines of equations
};

/// The sections of the file. Throws Error naming the op whose section lacks a part.
std::vector<Derivation> read_derivations(const std::string& text, const std::string& file);
/// Those of all files of the folder but its README.
std::vector<Derivation> read_derivation_folder(const std::string& folder);

/// The statements of all Coq files below `folder`, whose paths begin with `shown`; by name, the
/// first of several.
using Statements = std::map<std::string, CoqStatement>;
Statements read_statements(const std::string& folder, const std::string& shown);

/// The parts of an op's proof: "typed", "deriv", "vjp_correct".
extern const std::vector<std::string> lemma_parts;
/// "softmax_vjp_correct".
std::string lemma_name(const std::string& op, const std::string& part);
/// Of "Definition abs_typed := unary_typed Abs." the lemma that it applies, "unary_typed", or "".
std::string applied_lemma(const CoqStatement& statement);
/// The definition of an op's typing, e.g. "infer_softmax" for log_softmax; "" if there is none.
std::string typing_name(const std::string& op, const Statements& statements);
/// The definitions of its side condition, from the outermost, e.g. "ok_binary", "binary_ok".
std::vector<std::string> condition_names(const std::string& op, const Statements& statements);

/// One line for each thing that an op lacks: "tanh: proofs/ has no tanh_vjp_correct".
std::vector<std::string> missing(const std::vector<std::string>& ops, const Statements& statements,
                                 const std::vector<Derivation>& derivations);

}  // namespace pullback
