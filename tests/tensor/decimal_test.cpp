#include "tensor/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace pullback {
namespace {

TEST(Decimal, is_canonical) {
  EXPECT_EQ(Decimal(1500, -3), Decimal(15, -1));
  EXPECT_EQ(Decimal(0, 7), Decimal());
  EXPECT_EQ(Decimal(-20), Decimal(-2, 1));
}

TEST(Decimal, parses_what_mlir_writes) {
  EXPECT_EQ(Decimal::parse("-12"), Decimal(-12));
  EXPECT_EQ(Decimal::parse("+0.5"), Decimal(5, -1));
  EXPECT_EQ(Decimal::parse("0.0078125"), Decimal(78125, -7));
  EXPECT_EQ(Decimal::parse("1.500000e-07"), Decimal(15, -8));
  EXPECT_EQ(Decimal::parse("1E+3"), Decimal(1, 3));
  EXPECT_EQ(Decimal::parse("0e5"), Decimal());
  EXPECT_EQ(Decimal::parse("100000000000000000000000000"), Decimal(1, 26));
  EXPECT_EQ(Decimal::parse("0.000000000000000000000000000001"), Decimal(1, -30));
  EXPECT_EQ(Decimal::parse("5."), Decimal(5));
}

TEST(Decimal, rejects_what_is_none) {
  for (const char* text : {"", "-", ".", "1.2.3", "1e", "1e+", "e5", "1x", "0x10", "inf", "nan",
                           " 1", "1 ", "1e5.0", "--1", "1e99999999999", "12345678901234567891"}) {
    EXPECT_THROW(Decimal::parse(text), Error) << text;
  }
}

TEST(Decimal, error_names_the_text) {
  try {
    Decimal::parse("1.2.3");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "'1.2.3' is not a decimal number: two points");
  }
}

TEST(Decimal, text_is_an_mlir_literal) {
  EXPECT_EQ(Decimal(1).text(), "1.0");
  EXPECT_EQ(Decimal().text(), "0.0");
  EXPECT_EQ(Decimal(-78125, -7).text(), "-0.0078125");
  EXPECT_EQ(Decimal(125, -2).text(), "1.25");
  EXPECT_EQ(Decimal(3, 5).text(), "300000.0");
  EXPECT_EQ(Decimal(1, -30).text(), "1.0e-30");
  EXPECT_EQ(Decimal(-7, 20).text(), "-7.0e20");
}

TEST(Decimal, text_reads_back_the_same) {
  for (int64_t mantissa : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{78125},
                           int64_t{123456789012345678}, int64_t{-999999999999999999}}) {
    for (int32_t exponent : {-330, -45, -21, -20, -19, -18, -7, -1, 0, 1, 15, 16, 38, 300}) {
      Decimal d(mantissa, exponent);
      EXPECT_EQ(Decimal::parse(d.text()), d) << d.text();
    }
  }
}

TEST(Decimal, of_double_reads_back_the_same_double) {
  double values[] = {0.0,
                     1.0,
                     -1.0,
                     0.1,
                     1.0 / 3,
                     1e-300,
                     1e300,
                     5e-324,
                     0.30000000000000004,
                     std::numeric_limits<double>::max(),
                     std::numeric_limits<double>::min(),
                     123456789.0,
                     6.02214076e23,
                     -2.718281828459045};
  for (double value : values) {
    EXPECT_EQ(Decimal::of(value).to_double(), value) << value;
    EXPECT_EQ(Decimal::parse(Decimal::of(value).text()).to_double(), value) << value;
  }
}

TEST(Decimal, of_double_is_the_shortest) {
  EXPECT_EQ(Decimal::of(0.1), Decimal(1, -1));
  EXPECT_EQ(Decimal::of(1024), Decimal(1024));
  EXPECT_EQ(Decimal::of(1e22), Decimal(1, 22));
  EXPECT_EQ(Decimal::of(-3e20f).to_double(), -3e20f);
}

TEST(Decimal, zero_keeps_its_sign) {
  const Decimal negative = Decimal::special(Decimal::Kind::negative_zero);
  EXPECT_NE(negative, Decimal());
  for (const char* text : {"-0.0", "-0", "-0.", "-0.000000e+00", "-0e-30"}) {
    EXPECT_EQ(Decimal::parse(text), negative) << text;
  }
  EXPECT_EQ(Decimal::of(-0.0), negative);
  EXPECT_EQ(Decimal::of(0.0), Decimal());
  EXPECT_EQ(negative.text(), "-0.0");
  EXPECT_EQ(negative.to_double(), 0);
  EXPECT_TRUE(std::signbit(negative.to_double()));
  EXPECT_TRUE(std::signbit(negative.to_float()));
  EXPECT_FALSE(std::signbit(Decimal().to_double()));
  EXPECT_EQ(negative.to_integer(), 0);
}

TEST(Decimal, special_values) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Decimal::of(infinity), Decimal::special(Decimal::Kind::infinity));
  EXPECT_EQ(Decimal::of(-infinity).to_double(), -infinity);
  EXPECT_EQ(Decimal::of(infinity).to_float(), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(Decimal::of(std::nan("")).to_double()));
  EXPECT_EQ(Decimal::of(infinity).text(), "inf");
  EXPECT_EQ(Decimal::of(-infinity).text(), "-inf");
  EXPECT_EQ(Decimal::of(std::nan("")).text(), "nan");
  EXPECT_THROW(Decimal::special(Decimal::Kind::nan).to_integer(), Error);
}

TEST(Decimal, rounds_once_to_float) {
  // Just above the middle of two floats; by way of double it would fall on the middle and go down.
  Decimal d = Decimal::parse("1.00000005960464478");
  EXPECT_EQ(d.to_float(), std::nextafter(1.0f, 2.0f));
  EXPECT_EQ(static_cast<float>(d.to_double()), 1.0f);
  EXPECT_EQ(Decimal(1, -50).to_float(), 0.0f);
  EXPECT_EQ(Decimal(1, 50).to_float(), std::numeric_limits<float>::infinity());
}

TEST(Decimal, to_integer) {
  EXPECT_EQ(Decimal(-12, 3).to_integer(), -12000);
  EXPECT_EQ(Decimal().to_integer(), 0);
  EXPECT_THROW(Decimal(5, -1).to_integer(), Error);
  EXPECT_THROW(Decimal(1, 19).to_integer(), Error);
}

}  // namespace
}  // namespace pullback
