#include "prove/report.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <sstream>

#include "base/file.h"
#include "base/text.h"

namespace pullback {

namespace {

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

/// The number of the first instruction whose constants the reals do not have.
size_t special_constant(const Graph& graph) {
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const auto* constant = std::get_if<Constant>(&graph.instrs[i].op);
    if (constant == nullptr) continue;
    for (const Decimal& d : constant->values) {
      if (d.kind != Decimal::Kind::finite && d.kind != Decimal::Kind::negative_zero) return i;
    }
  }
  return graph.instrs.size();
}

/// "'y', a log of 'x', "
std::string named(const Graph& graph, size_t number) {
  const Instr& instr = graph.instrs[number];
  std::string of =
      join(instr.operands, ", ", [&](Value v) { return "'" + graph.name_of(v) + "'"; });
  return "'" + instr.name + "', a " + std::string(info_of(instr.op).name) +
         (of.empty() ? "" : " of " + of) + ", ";
}

/// What a refusal of proofs/Certificate/Certificate.v means.
std::vector<std::string> refusal(const Graph& forward, const std::string& kind,
                                 const std::string& answer) {
  size_t digit = answer.find_first_of("0123456789");
  size_t number = 0;
  if (digit != std::string::npos) {
    std::from_chars(answer.data() + digit, answer.data() + answer.size(), number);
  }
  if (answer.find("untyped") != std::string::npos && number < forward.instrs.size()) {
    return {named(forward, number) +
            "is outside what is proven (its types, or an integer operation)"};
  }
  if (answer.find("unsuitable") != std::string::npos) {
    static const char* checks[] = {"a check of the network fails",
                                   "a parameter is not of floating-point numbers",
                                   "a value of the batch would need a gradient",
                                   "the loss is not a scalar of floating-point numbers",
                                   "a constant is infinite or not a number",
                                   "the dependences of an instruction are inconsistent",
                                   "a backward template is ill-formed"};
    size_t special = special_constant(forward);
    if (number == 4 && special < forward.instrs.size()) {
      return {
          named(forward, special) + "is infinite or not a number: the reals have no such value",
          "(of a StableHLO file, --finite takes the largest finite number for an infinity, as in "
          "masks, and 0 for NaN; pullback grad --finite prints the same text)"};
    }
    return {checks[number < std::size(checks) ? number : 0]};
  }
  if (answer.find("no_template") != std::string::npos) {
    return {named(forward, std::min(number, forward.instrs.size() - 1)) +
            "is on the way from a parameter to the result and has no proven gradient"};
  }
  if (answer.find("step_ill_typed") != std::string::npos) return {"the " + kind + " is ill-typed"};
  return {"a name is illegal or used twice"};
}

/// What has to hold at the point for the op to be differentiable there (ok_… in proofs/Ops/).
std::string condition(const Op& op) {
  std::string name(info_of(op).name);
  if (name == "maximum" || name == "minimum" || name == "clamp")
    return "operands that tie move alike";
  if (name == "reduce" || name == "reduce_window")
    return "the elements that tie for a maximum move alike";
  if (name == "select_and_scatter") return "every window has one maximum";
  if (name == "compare") return "the compared numbers differ";
  if (name == "divide") return "the divisor is not 0";
  if (name == "log" || name == "sqrt" || name == "rsqrt") return "the operand is positive";
  if (name == "power") return "the base is positive";
  return "the operand is not 0";
}

/// Lets Coq compute the first line that is not its own; `answer` is what it said of the
/// certificate.
void locate(const CoqLibrary& library, const Question& question, const std::string& file,
            const std::string& answer, Verdict& verdict) {
  std::string path = (std::filesystem::path(file).parent_path() / "Diagnosis.v").string();
  write_file(path, question.diagnosis);
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
    verdict.reason = {"the text is not that of the proven " + question.kind + ": line " +
                      std::to_string(verdict.line) + instruction_of(lines[0])};
    for (const std::string& line : compared(lines[0], lines[1])) verdict.reason.push_back(line);
    return;
  }
  size_t refused = asked.output.find("refused");
  if (asked.status == 0 && refused != std::string::npos) {
    verdict.reason = refusal(question.forward, question.kind, asked.output.substr(refused));
    return;
  }
  bool same = asked.status == 0 && asked.output.find("= same") != std::string::npos;
  verdict.reason = {"Coq's answer: " + trimmed(same ? answer : asked.output)};
}

std::vector<std::string> statement(const Claim& claim) {
  const Graph& graph = claim.forward;
  Values others(graph.results.begin() + 1, graph.results.end());
  std::string results = "'" + graph.name_of(graph.results[0]) + "'";
  for (Value v : others) results += ", '" + graph.name_of(v) + "'";
  std::vector<std::string> lines = {
      "over the real numbers, for all values of its arguments, step.mlir returns",
      results + " of the forward graph, and updates each of its " +
          std::to_string(claim.parameters) + " parameters by"};
  for (const std::string& line : equation(claim.optimizer)) lines.push_back("  " + line);
  lines.push_back("with g the gradient of '" + graph.name_of(graph.results[0]) +
                  "': its derivative along every direction is ⟨g, direction⟩");
  lines.emplace_back("(certificate_sound, proofs/Certificate/Theorem.v)");
  return lines;
}

std::vector<std::string> statement(const GradientClaim& claim) {
  const Graph& graph = claim.forward;
  std::string value = "'" + graph.name_of(graph.results[0]) + "'";
  std::vector<std::string> names;
  for (size_t p = 0; p < std::min<size_t>(claim.parameters, 8); ++p) {
    names.push_back("'" + graph.arguments[p].name + "'");
  }
  std::string by = join(names);
  if (claim.parameters > names.size()) {
    by += " and " + std::to_string(claim.parameters - names.size()) + " more";
  }
  std::string others = graph.results.size() > 1 ? ", and its other results" : "";
  return {"over the real numbers, for all values of their arguments, gradient.mlir returns",
          value + " as function.mlir does, and its gradient by " + by + others + ":",
          "the derivative of " + value + " along every direction of these is ⟨g, direction⟩",
          "(gradient_certificate_sound, proofs/Certificate/GradientTheorem.v)"};
}

}  // namespace

std::vector<std::string> certificate_library() {
  return {"Certificate/Check.vo", "Certificate/Theorem.vo", "Certificate/GradientTheorem.vo"};
}

Allowed allowed_in(const std::string& axioms_file) {
  Allowed allowed;
  std::istringstream lines(read_file(axioms_file));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, name, text;
    words >> kind >> name;
    if (!name.ends_with(':') || (kind != "axiom" && kind != "primitive")) continue;
    name.pop_back();
    std::getline(words >> std::ws, text);
    if (text.ends_with(" *)")) text.resize(text.size() - 3);
    (kind == "axiom" ? allowed.axioms : allowed.primitives)[name] = text;
  }
  return allowed;
}

Assumptions sorted(const std::vector<std::string>& names, const Allowed& allowed) {
  Assumptions result;
  for (const std::string& name : names) {
    // Coq leaves out what is not needed to tell a name from others.
    auto is_name = [&](const auto& entry) {
      return entry.first == name || entry.first.ends_with("." + name);
    };
    auto axiom = std::find_if(allowed.axioms.begin(), allowed.axioms.end(), is_name);
    auto primitive = std::find_if(allowed.primitives.begin(), allowed.primitives.end(), is_name);
    if (axiom != allowed.axioms.end()) {
      result.axioms.push_back(axiom->first);
    } else if (primitive != allowed.primitives.end()) {
      result.primitives.push_back(primitive->first);
    } else {
      result.foreign.push_back(name);
    }
  }
  return result;
}

Verdict check_certificate(const CoqLibrary& library, const Question& question,
                          const std::string& file) {
  Finished checked = library.compile(file);
  Verdict verdict;
  verdict.seconds = checked.seconds;
  verdict.peak_bytes = checked.peak_bytes;
  if (checked.status != 0) {
    locate(library, question, file, checked.output, verdict);
    return verdict;
  }
  Allowed allowed = allowed_in(library.folder() + "/Axioms.v");
  verdict.assumptions = sorted(assumptions_in(checked.output), allowed);
  verdict.accepted = verdict.assumptions.foreign.empty();
  if (verdict.accepted) {
    verdict.hypotheses = conditions(question.forward, literals_in(checked.output));
  } else {
    verdict.reason = {"the proof assumes what proofs/Axioms.v does not allow: " +
                      join(verdict.assumptions.foreign)};
  }
  return verdict;
}

Question question(const Claim& claim) {
  return {claim.forward, certificate(claim),  diagnosis(claim), claim.step,
          "step",        "certificate_sound", statement(claim)};
}

Question question(const GradientClaim& claim) {
  return {claim.forward, certificate(claim),           diagnosis(claim), claim.gradient,
          "gradient",    "gradient_certificate_sound", statement(claim)};
}

std::vector<std::string> conditions(const Graph& forward, const std::vector<std::string>& names) {
  std::map<std::string, std::vector<std::string>> by_condition;
  for (const std::string& name : names) {
    Value v = forward.find(name);
    if (!v || forward.is_argument(v)) continue;
    by_condition[condition(forward.instr(v).op)].push_back(name);
  }
  std::vector<std::string> lines;
  for (auto& [text, instrs] : by_condition) {
    size_t shown = std::min<size_t>(instrs.size(), 4);
    std::string more =
        shown < instrs.size() ? ", and " + std::to_string(instrs.size() - shown) + " more" : "";
    instrs.resize(shown);
    lines.push_back("at " + join(instrs) + more + ": " + text);
  }
  return lines;
}

size_t instruction_count(const std::string& text) {
  size_t count = 0;
  // A region's instructions are further in.
  for (size_t at = 0; (at = text.find("\n    %", at)) != std::string::npos; ++at) ++count;
  return count;
}

}  // namespace pullback
