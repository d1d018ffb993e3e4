#include "base/sha256.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

// The examples of FIPS 180-4 and of NIST's test vectors.
TEST(Sha256, agrees_with_the_standards_examples) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, does_not_depend_on_the_pieces) {
  std::string text(300, 'x');
  for (size_t piece : {1, 7, 63, 64, 65, 130}) {
    Sha256 hash;
    for (size_t at = 0; at < text.size(); at += piece) hash.update(text.substr(at, piece));
    EXPECT_EQ(hash.hex(), sha256(text)) << piece;
  }
}

class Sha256OfFile : public TemporaryFolder {};

TEST_F(Sha256OfFile, is_that_of_its_bytes) {
  std::string bytes(3000000, 'b');
  EXPECT_EQ(sha256_of_file(write("file", bytes)), sha256(bytes));
  EXPECT_THROW(sha256_of_file(path("none")), Error);
}

}  // namespace
}  // namespace pullback
