#include "lemmas/table.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace pullback {

namespace {

namespace fs = std::filesystem;

/// The lines of `text`.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// The names and keywords in a Coq text, in order.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (char c : text) {
    bool in_name = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (in_name) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

/// "reduce_window" as "ReduceWindow".
std::string constructor_of(const std::string& op) {
  std::string name;
  bool upper = true;
  for (char c : op) {
    if (c != '_') name += upper ? static_cast<char>(std::toupper(c)) : c;
    upper = c == '_';
  }
  return name;
}

/// What the lemma of each part speaks of (proofs/Ops/Curve.v).
const std::map<std::string, std::vector<std::string>> subjects{
    {"typed", {"infer"}}, {"deriv", {"deriv_spec", "const_spec"}}, {"vjp_correct", {"vjp_spec"}}};

/// Whether the statement, or the lemma that it applies, has the subject of its part.
bool speaks_of(const std::string& part, const CoqStatement& statement,
               const Statements& statements) {
  auto has = [&](const CoqStatement& s) {
    const auto& words = subjects.at(part);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return s.text.find(word + " ") != std::string::npos;
    });
  };
  auto applied = statements.find(applied_lemma(statement));
  return has(statement) || (applied != statements.end() && has(applied->second));
}

/// Reads the lines of one op's section.
class Section {
 public:
  explicit Section(std::string op) { derivation_.op = std::move(op); }

  void line(const std::string& line) {
    if (line.starts_with("```")) {
      fenced_ = !fenced_;
    } else if (fenced_ || (!derivation_.text.empty() && !line.empty())) {
      derivation_.text += line + "\n";
    } else if (line.starts_with("- ")) {
      size_t colon = line.find(": ");
      part_ = part_of(line.substr(2, colon - 2));
      if (part_ != nullptr) *part_ = line.substr(std::min(colon + 2, line.size()));
    } else if (line.starts_with("  ") && part_ != nullptr) {
      *part_ += " " + line.substr(2);
    }
  }

  Derivation done(const std::string& file) {
    for (auto& [what, text] : {std::pair{"typing", &derivation_.typing},
                               {"differentiable", &derivation_.differentiable},
                               {"by", derivation_.outside.empty() ? &by_ : &derivation_.outside},
                               {"derivation", &derivation_.text}}) {
      if (text->empty()) throw Error(file + ": " + derivation_.op + " has no " + what);
    }
    for (size_t begin = 0; begin < by_.size();) {
      size_t end = std::min(by_.find(", ", begin), by_.size());
      derivation_.by.push_back(by_.substr(begin, end - begin));
      begin = end + 2;
    }
    return derivation_;
  }

 private:
  std::string* part_of(const std::string& name) {
    if (name == "typing") return &derivation_.typing;
    if (name == "differentiable") return &derivation_.differentiable;
    if (name == "outside certificates") return &derivation_.outside;
    return name == "by" ? &by_ : nullptr;
  }

  Derivation derivation_;
  std::string by_;
  std::string* part_ = nullptr;
  bool fenced_ = false;
};

}  // namespace

const std::vector<std::string> lemma_parts{"typed", "deriv", "vjp_correct"};

std::string lemma_name(const std::string& op, const std::string& part) { return op + "_" + part; }

std::vector<Derivation> read_derivations(const std::string& text, const std::string& file) {
  std::vector<Derivation> found;
  std::vector<Section> open;
  auto close = [&] {
    if (!open.empty()) found.push_back(open[0].done(file));
    open.clear();
  };
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("## ")) {
      close();
      open.emplace_back(line.substr(3));
    } else if (!open.empty()) {
      open[0].line(line);
    }
  }
  close();
  return found;
}

std::vector<Derivation> read_derivation_folder(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".md" && file.filename() != "README.md") files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  std::vector<Derivation> all;
  for (const fs::path& file : files) {
    for (Derivation& d : read_derivations(read_file(file.string()), file.string())) {
      all.push_back(std::move(d));
    }
  }
  return all;
}

Statements read_statements(const std::string& folder, const std::string& shown) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".v") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Statements statements;
  for (const fs::path& file : files) {
    std::string name = shown + "/" + file.lexically_relative(folder).generic_string();
    for (CoqStatement& s : read_coq(read_file(file.string()), name)) {
      std::string key = s.name;
      statements.try_emplace(key, std::move(s));
    }
  }
  return statements;
}

std::string applied_lemma(const CoqStatement& statement) {
  size_t begin = statement.text.find(":= ");
  if (statement.keyword != "Definition" || begin == std::string::npos) return "";
  size_t end = statement.text.find_first_of(" .\n", begin + 3);
  return statement.text.substr(begin + 3, end - begin - 3);
}

std::string typing_name(const std::string& op, const Statements& statements) {
  if (statements.contains("infer_" + op)) return "infer_" + op;
  // An op of a family that shares its lemmas: abs_typed applies unary_typed.
  if (auto typed = statements.find(lemma_name(op, "typed")); typed != statements.end()) {
    std::string family = applied_lemma(typed->second);
    std::string name = "infer_" + family.substr(0, family.rfind('_'));
    if (statements.contains(name)) return name;
  }
  // Or one that `infer` treats as another: "| Softmax d | LogSoftmax d => infer_softmax d ats".
  auto all = statements.find("infer");
  if (all == statements.end()) return "";
  for (const std::string& line : lines_of(all->second.text)) {
    if (line.find("| " + constructor_of(op) + " ") == std::string::npos) continue;
    size_t begin = line.find("infer_");
    if (begin == std::string::npos) return "";
    return line.substr(begin, line.find(' ', begin) - begin);
  }
  return "";
}

std::vector<std::string> condition_names(const std::string& op, const Statements& statements) {
  auto names_condition = [](const std::string& word) {
    return word != "ok_fun" &&
           (word.starts_with("ok_") || word.ends_with("_ok") || word == "everywhere");
  };
  auto lemma = statements.find(lemma_name(op, "vjp_correct"));
  if (lemma == statements.end()) return {};
  auto applied = statements.find(applied_lemma(lemma->second));
  std::vector<std::string> found;
  auto look = [&](const CoqStatement& s) {
    for (const std::string& word : words_of(s.text)) {
      bool known = word == s.name || std::find(found.begin(), found.end(), word) != found.end();
      if (!known && names_condition(word) && statements.contains(word)) found.push_back(word);
    }
  };
  look(applied == statements.end() ? lemma->second : applied->second);
  for (size_t k = 0; k < found.size(); ++k) look(statements.at(found[k]));
  return found;
}

std::vector<std::string> missing(const std::vector<std::string>& ops, const Statements& statements,
                                 const std::vector<Derivation>& derivations) {
  std::vector<std::string> lines;
  auto need = [&](const std::string& op, const std::string& name) {
    if (!statements.contains(name)) lines.push_back(op + ": proofs/ has no " + name);
    return statements.contains(name);
  };
  for (const std::string& op : ops) {
    auto derivation = std::find_if(derivations.begin(), derivations.end(),
                                   [&](const Derivation& d) { return d.op == op; });
    if (derivation != derivations.end() && !derivation->outside.empty()) continue;
    for (const std::string& part : lemma_parts) {
      std::string name = lemma_name(op, part);
      if (need(op, name) && !speaks_of(part, statements.at(name), statements)) {
        lines.push_back(op + ": " + name + " (" + statements.at(name).place() + ") states no " +
                        subjects.at(part)[0]);
      }
    }
    if (typing_name(op, statements).empty()) need(op, "infer_" + op);
    if (derivation == derivations.end()) {
      lines.push_back(op + ": src/ir/ops/derivations/ has no section for it");
      continue;
    }
    for (const std::string& theorem : derivation->by) need(op, theorem);
  }
  for (const Derivation& d : derivations) {
    if (std::find(ops.begin(), ops.end(), d.op) == ops.end()) {
      lines.push_back(d.op + ": src/ir/ops/derivations/ has a section, but there is no such op");
    }
  }
  return lines;
}

}  // namespace pullback
