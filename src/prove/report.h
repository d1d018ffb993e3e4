#pragma once

#include <map>
#include <string>
#include <vector>

#include "prove/certificate.h"
#include "prove/coqc.h"

/// Coq's verdict on a certificate, and what it says in words.
namespace pullback {

/// What a certificate needs of the library.
std::vector<std::string> certificate_library();

/// What proofs/Axioms.v allows: names, and what each says.
struct Allowed {
  std::map<std::string, std::string> axioms, primitives;
};
Allowed allowed_in(const std::string& axioms_file);

/// What a theorem assumes: axioms of mathematics, the kernel's primitive integers, and what
/// proofs/Axioms.v does not allow. Names as proofs/Axioms.v has them.
struct Assumptions {
  std::vector<std::string> axioms, primitives, foreign;
};
Assumptions sorted(const std::vector<std::string>& names, const Allowed& allowed);

struct Verdict {
  bool accepted = false;  ///< by Coq, and nothing is assumed but what proofs/Axioms.v allows
  Assumptions assumptions;
  std::vector<std::string> hypotheses;  ///< if accepted: conditions on the point, in words
  std::vector<std::string> reason;      ///< if not accepted: why, and where
  int64_t line = 0;                     ///< of the step's text where it is wrong; 0 if nowhere
  double seconds = 0;
  int64_t peak_bytes = 0;
};

/// A certificate with all that Coq and a person are told of it.
struct Question {
  Graph forward;
  std::string certificate, diagnosis;  ///< files for Coq
  std::string text;                    ///< what is certified
  std::string kind;                    ///< "step", "gradient": of <kind>.mlir
  std::string theorem;                 ///< that the certificate applies
  std::vector<std::string> statement;  ///< what it says if it is accepted, a sentence a line
};
Question question(const Claim& claim);
Question question(const GradientClaim& claim);

/// Compiles the certificate, written to `file`; if Coq rejects it, lets Coq find where.
Verdict check_certificate(const CoqLibrary& library, const Question& question,
                          const std::string& file);

/// The side conditions of these instructions of the forward graph, in words, one line an op.
std::vector<std::string> conditions(const Graph& forward, const std::vector<std::string>& names);

/// The number of instructions in the function of a StableHLO text.
size_t instruction_count(const std::string& text);

}  // namespace pullback
