#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "prove/certificate.h"
#include "prove/coqc.h"

/// Coq's verdict on a certificate, and what it says in words.
namespace pullback {

/// What a certificate needs of the library.
inline constexpr std::string_view certificate_library = "Certificate/Certificate.vo";

/// What a theorem assumes: axioms of mathematics, and the kernel's primitive integers.
struct Assumptions {
  std::vector<std::string> axioms, primitives;
  /// One line for each axiom, and one for the primitives.
  std::vector<std::string> words() const;
};

struct Verdict {
  bool accepted = false;  ///< by Coq, and nothing is assumed but what proofs/Axioms.v allows
  Assumptions assumptions;
  std::vector<std::string> reason;  ///< if not accepted: why, and where
  int64_t line = 0;                 ///< of the step's text where it is wrong; 0 if nowhere
  double seconds = 0;
  int64_t peak_bytes = 0;
};

/// Compiles the certificate of `claim`, written to `file`; if Coq rejects it, lets Coq find where.
Verdict check_certificate(const CoqLibrary& library, const Claim& claim, const std::string& file);

/// What an accepted certificate says.
std::vector<std::string> statement(const Claim& claim);
/// Under which conditions.
std::vector<std::string> hypotheses(const Claim& claim);

/// The number of instructions in the function of a StableHLO text.
size_t instruction_count(const std::string& text);

}  // namespace pullback
