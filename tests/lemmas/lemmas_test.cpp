#include "lemmas/lemmas.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"
#include "ir/ops.h"

namespace pullback {
namespace {

TEST(Coq, reads_statements_with_their_lines_and_comments) {
  auto found = read_coq(
      "(* about the file. *)\nFrom Coq Require Import ZArith.\n(* 2 is 1 + 1. (* really. *) *)\n"
      "Lemma two x :\n  x = 2 (* a. b *) -> x = 1 + 1.\nProof. intros. lia. Qed.\n"
      "(* ---- next ---- *)\nDefinition half := 0.5. Definition a' := \"x. (* \".\n",
      "F.v");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].keyword, "Lemma");
  EXPECT_EQ(found[0].name, "two");
  EXPECT_EQ(found[0].place(), "F.v:4");
  EXPECT_EQ(found[0].comment, "2 is 1 + 1. (* really. *)");
  EXPECT_EQ(found[0].text, "Lemma two x :\n  x = 2 (* a. b *) -> x = 1 + 1.");
  EXPECT_EQ(found[1].text, "Definition half := 0.5.");
  EXPECT_EQ(found[1].comment, "");
  EXPECT_EQ(found[2].name, "a'");
  EXPECT_EQ(found[2].text, "Definition a' := \"x. (* \".");
}

Statements statements(const std::string& source) {
  Statements all;
  for (const CoqStatement& s : read_coq(source, "F.v")) all.try_emplace(s.name, s);
  return all;
}
constexpr const char* complete =
    "Definition infer_f ats := None. Lemma f_typed : infer F = None. Definition f_deriv := g_deriv "
    "F."
    "\nLemma g_deriv o : const_spec o j ok_f. Lemma f_vjp_correct : vjp_spec F j ok_f.\n"
    "Definition ok_f := everywhere. Definition everywhere := True. Lemma trick : True.";
std::string without(std::string text, const std::string& part) {
  return text.replace(text.find(part), part.size(), "");
}
std::vector<Derivation> derivation() {
  return read_derivations(
      "# All\n## f\n- typing: x\n  and y.\n- differentiable: there.\n"
      "- by: trick\n```\ndL = 0\n```\nSo it is.\n",
      "d.md");
}

TEST(Lemmas, miss_nothing_that_is_there) {
  EXPECT_TRUE(missing({"f"}, statements(complete), derivation()).empty());
  EXPECT_EQ(typing_name("f", statements(complete)), "infer_f");
  EXPECT_EQ(condition_names("f", statements(complete)),
            (std::vector<std::string>{"ok_f", "everywhere"}));
}

TEST(Lemmas, of_an_op_that_are_missing_are_named) {
  using Lines = std::vector<std::string>;
  auto lines = [](const std::string& source) {
    return missing({"f"}, statements(source), derivation());
  };
  EXPECT_EQ(lines(without(complete, "f_typed")), Lines{"f: proofs/ has no f_typed"});
  EXPECT_EQ(lines("(* " + std::string("Lemma f_vjp_correct : vjp_spec. *) ") +
                  without(complete, "f_vjp_correct")),
            Lines{"f: proofs/ has no f_vjp_correct"});
  EXPECT_EQ(lines(without(complete, "vjp_spec ")),
            Lines{"f: f_vjp_correct (F.v:2) states no vjp_spec"});
  EXPECT_EQ(lines(without(complete, "const_spec ")),
            Lines{"f: f_deriv (F.v:1) states no deriv_spec"});
  EXPECT_EQ(lines(without(complete, "Lemma trick : True.")), Lines{"f: proofs/ has no trick"});
  EXPECT_EQ(missing({"f"}, statements(complete), {}),
            Lines{"f: src/ir/ops/derivations/ has no section for it"});
  EXPECT_EQ(missing({}, statements(complete), derivation()).size(), 1u);
}

TEST(Derivations, have_all_parts) {
  std::vector<Derivation> found = derivation();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].typing, "x and y.");
  EXPECT_EQ(found[0].by, std::vector<std::string>{"trick"});
  EXPECT_EQ(found[0].text, "dL = 0\nSo it is.\n");
  EXPECT_THROW(read_derivations("## f\n- typing: x\n", "d.md"), Error);
}

TEST(Table, has_every_op_as_the_repository_has_it) {
  for (const OpInfo& info : all_ops()) {
    std::string op(info.name);
    EXPECT_FALSE(derivation_of(op).text.empty());
    EXPECT_EQ(derivation_of(op).outside.empty(), info.outside.empty()) << op;
    if (!info.outside.empty()) continue;
    EXPECT_TRUE(typing_of(op).name.starts_with("infer_")) << op;
    EXPECT_FALSE(conditions_of(op).empty()) << op;
    for (const std::string& part : lemma_parts) {
      const CoqStatement& lemma = statement_of(lemma_name(op, part));
      std::istringstream file(read_file(PULLBACK_ROOT "/" + lemma.file));
      std::string line;
      for (int k = 0; k < lemma.line; ++k) std::getline(file, line);
      EXPECT_TRUE(line.starts_with(lemma.keyword + " " + lemma.name)) << lemma.place();
    }
  }
  EXPECT_EQ(typing_of("log_softmax").name, "infer_softmax");
  EXPECT_EQ(typing_of("tanh").name, "infer_unary");
  EXPECT_THROW(statement_of("no_lemma"), Error);
}

TEST(Readme, has_every_op_with_its_trick_and_files) {
  std::istringstream file(read_file(PULLBACK_ROOT "/proofs/README.md"));
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);) rows.push_back(line);
  for (const OpInfo& info : all_ops()) {
    std::string op(info.name);
    auto row = std::find_if(rows.begin(), rows.end(), [&](const std::string& line) {
      return line.starts_with("| `") && line.find("`" + op + "`") < line.find(" | ");
    });
    ASSERT_NE(row, rows.end()) << op;
    auto has = [&](const std::string& text) { return row->find(text) != std::string::npos; };
    if (!info.outside.empty()) {
      EXPECT_TRUE(has("outside certificates")) << *row;
      continue;
    }
    bool none = info.trick == Trick::constant;
    EXPECT_TRUE(has(none ? "none" : std::string(to_string(info.trick)))) << *row;
    std::vector<std::string> files{typing_of(op).file};
    for (const std::string& part : lemma_parts) {
      files.push_back(statement_of(lemma_name(op, part)).file);
    }
    for (const std::string& path : files) {
      EXPECT_TRUE(has("(" + path.substr(std::string("proofs/").size()) + ")")) << op << " " << path;
    }
  }
}

}  // namespace
}  // namespace pullback
