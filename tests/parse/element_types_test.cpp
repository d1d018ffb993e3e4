#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "ir/builder.h"
#include "parse/stablehlo.h"
#include "print/stablehlo.h"

namespace pullback {
namespace {

/// The constant that "dense<…> : tensor<…>" reads as.
Tensor constant(const std::string& text) {
  std::string type = text.substr(text.rfind("tensor"));
  Graph g = parse_stablehlo("func.func @main() -> " + type + " { %0 = stablehlo.constant " + text +
                                " return %0 : " + type + " }",
                            "c.mlir");
  return eval(g.instrs[0].op, {}, g.instrs[0].type);
}

template <class T>
std::vector<T> values(const std::string& text) {
  Tensor t = constant(text);
  auto span = t.values<T>();
  return {span.begin(), span.end()};
}

std::string message(const std::string& text) {
  try {
    constant(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ElementTypes, integers_at_their_limits) {
  EXPECT_EQ(values<int8_t>("dense<[-128, 127]> : tensor<2xi8>"), (std::vector<int8_t>{-128, 127}));
  EXPECT_EQ(values<int64_t>("dense<[-9223372036854775808, 9223372036854775807]> : tensor<2xi64>"),
            (std::vector<int64_t>{INT64_MIN, INT64_MAX}));
  EXPECT_EQ(
      values<uint64_t>("dense<[18446744073709551615, 18446744073709551610]> : tensor<2xui64>"),
      (std::vector<uint64_t>{UINT64_MAX, UINT64_MAX - 5}));
  EXPECT_EQ(values<uint16_t>("dense<0xFFFF> : tensor<ui16>"), std::vector<uint16_t>{65535});
}

TEST(ElementTypes, integers_beyond_their_limits) {
  for (const char* text :
       {"dense<128> : tensor<i8>", "dense<-129> : tensor<i8>", "dense<256> : tensor<ui8>",
        "dense<-1> : tensor<ui32>", "dense<9223372036854775808> : tensor<i64>",
        "dense<18446744073709551616> : tensor<ui64>", "dense<-1> : tensor<ui64>"}) {
    EXPECT_NE(message(text).find("out of range"), std::string::npos) << message(text);
  }
  EXPECT_NE(message("dense<0x100> : tensor<ui8>").find("more than 8 bits"), std::string::npos);
}

TEST(ElementTypes, floats_by_their_bits) {
  EXPECT_EQ(constant("dense<0x7C00> : tensor<f16>").at(0), HUGE_VAL);
  EXPECT_EQ(constant("dense<0xFF80> : tensor<bf16>").at(0), -HUGE_VAL);
  EXPECT_EQ(constant("dense<0x0001> : tensor<f16>").at(0), 5.9604644775390625e-8);
  EXPECT_NE(message("dense<0x17C00> : tensor<f16>").find("more than 16 bits"), std::string::npos);
}

TEST(ElementTypes, decimals_of_many_digits_are_rounded_to_the_type) {
  EXPECT_EQ(values<double>("dense<3.1415926535897931159979634685> : tensor<f64>"),
            std::vector<double>{3.141592653589793});
  EXPECT_EQ(values<float>("dense<-1.00000005960464477540> : tensor<f32>"),
            std::vector<float>{-1.0000001f});
  EXPECT_EQ(constant("dense<1.00000000000000000000000001> : tensor<bf16>").at(0), 1);
}

TEST(ElementTypes, blobs_in_hexadecimal) {
  EXPECT_EQ(values<int16_t>("dense<\"0x0100FFFF\"> : tensor<2xi16>"),
            (std::vector<int16_t>{1, -1}));
  EXPECT_EQ(values<uint64_t>("dense<\"0xFFFFFFFFFFFFFFFF\"> : tensor<2xui64>"),
            (std::vector<uint64_t>{UINT64_MAX, UINT64_MAX}));
  EXPECT_EQ(constant("dense<\"0x003C00C0\"> : tensor<2xf16>").at(1), -2);
  EXPECT_EQ(values<bool>("dense<\"0x05\"> : tensor<3xi1>"), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(values<bool>("dense<\"0x010001\"> : tensor<3xi1>"),
            (std::vector<bool>{true, false, true}));
  EXPECT_EQ(values<bool>("dense<\"0xFF\"> : tensor<9xi1>"), std::vector<bool>(9, true));
}

TEST(ElementTypes, unknown_ones_are_named) {
  std::string text = message("dense<0.0> : tensor<f8E4M3>");
  EXPECT_NE(text.find("'f8E4M3' is not supported; expected f32, f64"), std::string::npos) << text;
}

TEST(ElementTypes, print_and_parse_are_inverse) {
  for (ElementType e : element_types) {
    Graph g;
    Builder b(g);
    Type type{e, {2}};
    Value x = b.argument("x", type);
    Value one = b.constant(type, 1, "one");
    Value sum = b.add(x, one, "sum");
    b.result(b.compare(Direction::lt, sum, x, "less"));
    b.result(b.convert(sum, ElementType::f32, "wide"));
    for (Reduction kind : {Reduction::add, Reduction::max}) {
      b.result(b.reduce(kind, sum, {0}, std::string(to_string(kind)) + "_all"));
    }
    if (is_float(e)) {
      for (auto kind : {Decimal::Kind::infinity, Decimal::Kind::negative_infinity,
                        Decimal::Kind::nan, Decimal::Kind::negative_zero}) {
        b.result(b.constant(type, Decimal::special(kind)));
      }
    }
    if (e == ElementType::ui64) b.result(b.constant(type, Decimal::of_unsigned(UINT64_MAX)));
    EXPECT_EQ(parse_stablehlo(print_stablehlo(g), "text"), g) << print_stablehlo(g);
  }
}

}  // namespace
}  // namespace pullback
