#include <gtest/gtest.h>

#include "base/error.h"
#include "run/pjrt/compile_options.h"
#include "run/pjrt/donate.h"

namespace pullback::pjrt {
namespace {

TEST(Donation, adds_an_attribute_to_each_kept_argument) {
  std::string text =
      "module @m {\n  func.func public @main(%w: tensor<2x3xf32>, %b: tensor<f32>) "
      "-> (tensor<2x3xf32>, tensor<f32>) {\n  }\n}\n";
  EXPECT_EQ(with_donation(text, 1),
            "module @m {\n  func.func public @main(%w: tensor<2x3xf32> {tf.aliasing_output = 0 : "
            "i32}, %b: tensor<f32>) -> (tensor<2x3xf32>, tensor<f32>) {\n  }\n}\n");
  EXPECT_EQ(with_donation(text, 2),
            "module @m {\n  func.func public @main(%w: tensor<2x3xf32> {tf.aliasing_output = 0 : "
            "i32}, %b: tensor<f32> {tf.aliasing_output = 1 : i32}) -> (tensor<2x3xf32>, "
            "tensor<f32>) {\n  }\n}\n");
  EXPECT_EQ(with_donation(text, 0), text);
}

TEST(Donation, keeps_attributes_that_are_there) {
  EXPECT_EQ(
      with_donation("func.func @main(%w: tensor<2xf32> {mhlo.sharding = \"{a, b)\"}) -> ()", 1),
      "func.func @main(%w: tensor<2xf32> {mhlo.sharding = \"{a, b)\", tf.aliasing_output = 0 "
      ": i32}) -> ()");
}

TEST(Donation, names_what_is_missing) {
  EXPECT_THROW(with_donation("func.func @other(%w: tensor<f32>)", 1), Error);
  EXPECT_THROW(with_donation("func.func @main(%w: tensor<f32>", 1), Error);
  try {
    with_donation("func.func @main(%w: tensor<f32>)", 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "@main has 1 arguments, fewer than the 2 that are kept");
  }
}

TEST(ProtoWriter, writes_varints_and_lengths) {
  // The examples of the encoding's documentation: field 1 = 150; field 2 = "testing".
  EXPECT_EQ(ProtoWriter().number(1, 150).text(), "\x08\x96\x01");
  EXPECT_EQ(ProtoWriter().bytes(2, "testing").text(), "\x12\x07testing");
  EXPECT_EQ(ProtoWriter().number(1, -1).text(), "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  EXPECT_EQ(ProtoWriter().real(4, 1).text(), std::string("\x21\0\0\0\0\0\0\xf0\x3f", 9));
}

TEST(CompileOptions, say_replicas_and_settings) {
  EXPECT_EQ(compile_options(2, {{"xla_x", false}}),
            std::string("\x1a\x0f\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x20\x02\x28\x01"
                        "\x3a\x0b\x0a\x05xla_x\x12\x02\x10\x00",
                        30));
}

}  // namespace
}  // namespace pullback::pjrt
