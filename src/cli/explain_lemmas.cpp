#include "base/text.h"
#include "cli/explain.h"
#include "lemmas/lemmas.h"

namespace pullback::cli {

namespace {

constexpr size_t columns = 96;

/// The statement with its place and its mathematics in words.
std::string statement_text(const CoqStatement& s, const Style& style) {
  std::string text = "    " + style.cyan(s.name) + ", " + s.place() + "\n";
  if (!s.comment.empty()) text += style.dim(indented("(* " + s.comment + " *)", "      ")) + "\n";
  return text + indented(s.text, "      ") + "\n";
}

}  // namespace

std::string lemma_place(const std::string& name) {
  return name + ", " + statement_of(name).place();
}

std::string theory_text(const OpInfo& info, const Style& style) {
  std::string op(info.name);
  const Derivation& derivation = derivation_of(op);
  std::string text = "  " + style.bold("trick") + "    " + std::string(to_string(info.trick)) +
                     ": " + idea_of(info.trick) + "\n";
  for (const std::string& theorem : derivation.by) text += "    " + lemma_place(theorem) + "\n";
  text += "\n  " + style.bold("typing") + "\n" + wrapped(derivation.typing, columns, "    ");
  if (info.outside.empty()) text += statement_text(typing_of(op), style);
  text += "\n  " + style.bold("derivative") + "\n" + indented(derivation.text, "    ");
  text += "\n  " + style.bold("differentiable") + "\n" +
          wrapped(derivation.differentiable, columns, "    ");
  if (!info.outside.empty()) return text;
  for (const CoqStatement& condition : conditions_of(op)) text += statement_text(condition, style);
  return text;
}

std::string lemmas_text(const OpInfo& info, const Style& style) {
  std::string op(info.name), text = "  " + style.bold("lemmas") + "\n";
  if (!info.outside.empty()) {
    return text +
           wrapped("none; outside certificates: " + std::string(info.outside), columns, "    ");
  }
  for (const std::string& part : lemma_parts) {
    const CoqStatement& lemma = statement_of(lemma_name(op, part));
    text += statement_text(lemma, style);
    std::string applied = applied_lemma(lemma);
    if (!applied.empty()) text += statement_text(statement_of(applied), style);
  }
  const char* margin = "    where ";
  for (const char* meaning : {"deriv_spec", "const_spec", "vjp_spec"}) {
    if (text.find(meaning) == std::string::npos) continue;
    text += margin + lemma_place(meaning) + "\n";
    margin = "      and ";
  }
  return text;
}

}  // namespace pullback::cli
