#include "prove/report.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "print/coq.h"

namespace pullback {
namespace {

using Names = std::vector<std::string>;

TEST(Axioms, are_pinned_with_what_they_say) {
  Allowed allowed = allowed_in(PULLBACK_ROOT "/proofs/Axioms.v");
  EXPECT_EQ(allowed.axioms.size(), 4u);
  EXPECT_EQ(allowed.axioms.at("FunctionalExtensionality.functional_extensionality_dep"),
            "functions that agree everywhere are equal");
  EXPECT_EQ(allowed.primitives.at("PrimInt63.eqb"), "equality");
}

TEST(Axioms, are_read_from_what_coq_prints) {
  EXPECT_EQ(assumptions_in("     = [] : list literal\nAxioms:\nA.b : forall P : Prop,\n"
                           "  P -> P\nC.long_name\n  : nat\nint : Set\n"),
            (Names{"A.b", "C.long_name", "int"}));
  EXPECT_EQ(assumptions_in("Closed under the global context\n"), Names{});
}

TEST(Axioms, that_are_not_pinned_are_foreign) {
  Allowed allowed;
  allowed.axioms["Classical_Prop.classic"] = "…";
  allowed.primitives["PrimInt63.land"] = "…";
  Assumptions sorted_names =
      sorted({"classic", "land", "PrimInt63.land", "and", "op_deriv"}, allowed);
  EXPECT_EQ(sorted_names.axioms, Names{"Classical_Prop.classic"});
  EXPECT_EQ(sorted_names.primitives, (Names{"PrimInt63.land", "PrimInt63.land"}));
  EXPECT_EQ(sorted_names.foreign, (Names{"and", "op_deriv"}));
}

TEST(Conditions, are_grouped_by_what_they_ask) {
  Graph graph;
  Builder b(graph);
  Value x = b.argument("x", {ElementType::f32, {2}});
  Values values;
  for (int i = 0; i < 6; ++i) b.emit(Maximum{}, {x, x}, "relu" + std::to_string(i));
  b.emit(Log{}, {x}, "log");
  Names names = {"relu0", "relu1", "log", "relu2", "relu3", "relu4", "relu5"};
  EXPECT_EQ(conditions(graph, names),
            (Names{"at relu0, relu1, relu2, relu3, and 2 more: operands that tie move alike",
                   "at log: the operand is positive"}));
  EXPECT_EQ(conditions(graph, {}), Names{});
}

TEST(CoqWords, hold_seven_bytes_the_first_one_lowest) {
  EXPECT_EQ(coq_words("ab"), Names{"25185"});
  EXPECT_EQ(coq_words("\x01zzzzzz\xff").size(), 2u);
  EXPECT_EQ(coq_words("\x01zzzzzz\xff")[1], "255");
  EXPECT_EQ(coq_words(""), Names{});
  EXPECT_THROW(coq_words(std::string("a\0b", 3)), Error);
}

TEST(InstructionCount, leaves_out_regions) {
  EXPECT_EQ(instruction_count("module @m {\n  func.func public @main() {\n    %a = x ({\n"
                              "    ^bb0(%$x: t):\n      %$z = y\n    })\n    %b = z\n    return\n"),
            2u);
}

}  // namespace
}  // namespace pullback
