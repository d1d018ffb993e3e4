#include "prove/report.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "base/file.h"
#include "base/text.h"

namespace pullback {

namespace {

/// Of the axioms that proofs/Axioms.v allows, what each says.
const std::map<std::string, std::string, std::less<>>& allowed_axioms() {
  static const std::map<std::string, std::string, std::less<>> axioms = {
      {"ClassicalDedekindReals.sig_forall_dec",
       "the reals: a decidable property of the natural "
       "numbers holds for all or fails somewhere"},
      {"ClassicalDedekindReals.sig_not_dec", "the reals: a negated proposition holds or not"},
      {"FunctionalExtensionality.functional_extensionality_dep",
       "functions that agree everywhere are equal"},
      {"Classical_Prop.classic", "every proposition holds or not"},
  };
  return axioms;
}

bool is_primitive(std::string_view name) { return name.starts_with("PrimInt63."); }

Assumptions sorted(const std::vector<std::string>& names) {
  Assumptions result;
  for (const std::string& name : names) {
    (is_primitive(name) ? result.primitives : result.axioms).push_back(name);
  }
  return result;
}

/// Axioms that proofs/Axioms.v does not allow.
std::vector<std::string> foreign(const Assumptions& assumptions) {
  std::vector<std::string> names;
  for (const std::string& name : assumptions.axioms) {
    if (!allowed_axioms().contains(name)) names.push_back(name);
  }
  return names;
}

/// The literals "…" of Coq's output, in order; a quote in one is doubled.
std::vector<std::string> literals_in(const std::string& output) {
  std::vector<std::string> found;
  for (size_t at = 0; (at = output.find('"', at)) != std::string::npos; ++at) {
    std::string text;
    for (++at; at < output.size(); ++at) {
      if (output[at] == '"') {
        if (at + 1 >= output.size() || output[at + 1] != '"') break;
        ++at;
      }
      text += output[at];
    }
    found.push_back(text);
  }
  return found;
}

std::string trimmed(const std::string& line) {
  size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? "" : line.substr(begin);
}

/// "multiply" of "%y = stablehlo.multiply …", with the value's name.
std::string instruction_of(const std::string& line) {
  size_t equals = line.find(" = ");
  std::string text = trimmed(line);
  if (equals == std::string::npos || text[0] != '%') return "";
  return ", instruction " + text.substr(0, text.find(' '));
}

/// Marks the first place where two lines part: the wanted line, the given one, a caret below.
std::vector<std::string> compared(const std::string& wanted, const std::string& given) {
  auto parts = std::mismatch(wanted.begin(), wanted.end(), given.begin(), given.end());
  auto column = static_cast<size_t>(parts.first - wanted.begin());
  size_t skip = column > 60 ? column - 50 : 0;
  auto cut = [&](const std::string& line) {
    return (skip > 0 ? "…" : "") + line.substr(std::min(skip, line.size()), 100) +
           (line.size() > skip + 100 ? "…" : "");
  };
  return {"  proven: " + cut(wanted), "  given:  " + cut(given),
          std::string(10 + column - skip + (skip > 0 ? 1 : 0), ' ') + "^"};
}

/// What a refusal of proofs/Certificate/Certificate.v means.
std::vector<std::string> refusal(const Claim& claim, const std::string& answer) {
  size_t digit = answer.find_first_of("0123456789");
  size_t number = 0;
  if (digit != std::string::npos) {
    std::from_chars(answer.data() + digit, answer.data() + answer.size(), number);
  }
  if (answer.find("untyped") != std::string::npos && number < claim.forward.instrs.size()) {
    const Instr& instr = claim.forward.instrs[number];
    return {"'" + instr.name + "', a " + std::string(info_of(instr.op).name) +
            ", is outside what is proven (its types, or an integer operation)"};
  }
  if (answer.find("unsuitable") != std::string::npos) {
    static const char* checks[] = {"a check of the network fails",
                                   "a parameter is not of floating-point numbers",
                                   "a value of the batch would need a gradient",
                                   "the loss is not a scalar of floating-point numbers",
                                   "a constant is infinite or not a number",
                                   "the dependences of an instruction are inconsistent",
                                   "a backward template is ill-formed"};
    return {checks[number < std::size(checks) ? number : 0]};
  }
  if (answer.find("no_template") != std::string::npos) {
    return {"an op between a parameter and the loss has no proven gradient"};
  }
  if (answer.find("step_ill_typed") != std::string::npos) return {"the step is ill-typed"};
  return {"a name is illegal or used twice"};
}

/// Lets Coq compute the first line that is not its own.
void locate(const CoqLibrary& library, const Claim& claim, const std::string& file,
            Verdict& verdict) {
  std::string path = (std::filesystem::path(file).parent_path() / "Diagnosis.v").string();
  write_file(path, diagnosis(claim));
  Finished asked = library.compile(path);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  std::filesystem::remove(std::filesystem::path(path).replace_extension(".vo"), ignored);
  std::vector<std::string> lines = literals_in(asked.output);
  size_t differs = asked.output.find("= differs ");
  if (asked.status == 0 && differs != std::string::npos && lines.size() >= 2) {
    size_t digit = asked.output.find_first_of("0123456789", differs);
    std::from_chars(asked.output.data() + digit, asked.output.data() + asked.output.size(),
                    verdict.line);
    verdict.reason = {"the text is not that of the proven step: line " +
                      std::to_string(verdict.line) + instruction_of(lines[0])};
    for (const std::string& line : compared(lines[0], lines[1])) verdict.reason.push_back(line);
    return;
  }
  size_t refused = asked.output.find("refused");
  if (asked.status == 0 && refused != std::string::npos) {
    verdict.reason = refusal(claim, asked.output.substr(refused));
    return;
  }
  verdict.reason.push_back("Coq's answer: " + trimmed(asked.output));
}

}  // namespace

std::vector<std::string> Assumptions::words() const {
  std::vector<std::string> lines;
  for (const std::string& axiom : axioms) {
    auto known = allowed_axioms().find(axiom);
    lines.push_back(axiom + (known == allowed_axioms().end() ? "" : ": " + known->second));
  }
  if (!primitives.empty()) {
    lines.push_back("and " + std::to_string(primitives.size()) +
                    " primitives of the kernel's integers (PrimInt63), which hold the text");
  }
  if (lines.empty()) lines.emplace_back("none");
  return lines;
}

Verdict check_certificate(const CoqLibrary& library, const Claim& claim, const std::string& file) {
  Finished checked = library.compile(file);
  Verdict verdict;
  verdict.seconds = checked.seconds;
  verdict.peak_bytes = checked.peak_bytes;
  if (checked.status != 0) {
    locate(library, claim, file, verdict);
    return verdict;
  }
  verdict.assumptions = sorted(assumptions_in(checked.output));
  std::vector<std::string> more = foreign(verdict.assumptions);
  verdict.accepted = more.empty();
  if (!more.empty()) {
    verdict.reason = {"the proof assumes more than proofs/Axioms.v allows: " + join(more)};
  }
  return verdict;
}

std::vector<std::string> statement(const Claim& claim) {
  (void)claim;
  return {};
}

std::vector<std::string> hypotheses(const Claim& claim) {
  (void)claim;
  return {};
}

size_t instruction_count(const std::string& text) {
  size_t count = 0;
  // A region's instructions are further in.
  for (size_t at = 0; (at = text.find("\n    %", at)) != std::string::npos; ++at) ++count;
  return count;
}

}  // namespace pullback
