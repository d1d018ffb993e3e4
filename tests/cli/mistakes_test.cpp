#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cli/program.h"

/// Mistakes on the command line: the message on stderr, nothing on stdout, and the exit status: 2
/// for a wrong command line, 1 for what was given.
namespace pullback::test {
namespace {

struct Mistake {
  const char* name;
  const char* arguments;
  int status;
  const char* message;  ///< how stderr begins
};

const Mistake mistakes[] = {
    {"unknown_command", "emt", 2, "pullback: there is no command 'emt'; did you mean 'emit'?"},
    {"unknown_global_option", "--foo", 2, "pullback: there is no option '--foo'"},
    {"unknown_option", "emit mnist-mlp --bach 3", 2,
     "pullback emit: there is no option '--bach'; did you mean '--batch'?\n  see pullback emit "
     "--help"},
    {"missing_network", "emit", 2, "pullback emit: NET is required"},
    {"missing_value", "emit mnist-mlp --batch", 2, "pullback emit: --batch: 1 required"},
    {"not_a_number", "emit mnist-mlp --batch abc", 2, "pullback emit: Could not convert: --batch"},
    {"too_many_arguments", "emit mnist-mlp b", 2, "pullback emit: The following argument was not"},
    {"unknown_network", "show mnist-mpl", 1,
     "pullback: there is no network 'mnist-mpl'; did you mean 'mnist-mlp'?\n  networks: "},
    {"missing_file", "show nowhere.toml", 1, "pullback: cannot read 'nowhere.toml': No such file"},
    {"folder_for_file", "show /.toml/..", 1, "pullback: there is no network '/.toml/..'"},
    {"zero_batch", "emit mnist-mlp --batch 0", 1, "pullback: the batch size is 0; it must be ≥ 1"},
    {"negative_batch", "show mnist-mlp --batch=-3", 1, "pullback: the batch size is -3"},
    {"huge_batch", "show mnist-mlp --batch 9000000000000000000", 1, "pullback: "},
    {"unknown_optimizer", "emit mnist-mlp --optimizer sdg", 1,
     "pullback: there is no optimizer 'sdg'; choose one of sgd, momentum, nesterov, rmsprop, adam, "
     "adamw "
     "(did you mean 'sgd'?)"},
    {"output_nowhere", "emit mnist-linear -o /nowhere/x", 1,
     "pullback: cannot write '/nowhere/x': No such file or directory"},
    {"output_is_a_folder", "emit mnist-linear -o /tmp", 1, "pullback: cannot write '/tmp'"},
    {"explain_nothing_known", "explain mnist-mpl", 1,
     "pullback: there is no network and no op 'mnist-mpl'; did you mean 'mnist-mlp'?"},
    {"explain_unknown_layer", "explain mnist-mlp --layer dense9", 1,
     "pullback: 'mnist-mlp' has no layer 'dense9'; did you mean 'dense1'?\n  layers: flatten1"},
    {"explain_layer_of_op", "explain add --layer conv1", 1,
     "pullback: --layer needs a network, not 'add'"},
    {"check_negative_samples", "check mnist-linear --samples=-1", 2, "pullback check: --samples"},
};

class CommandLine : public testing::TestWithParam<Mistake> {};

INSTANTIATE_TEST_SUITE_P(mistakes, CommandLine, testing::ValuesIn(mistakes),
                         [](const auto& info) { return info.param.name; });

TEST_P(CommandLine, names_the_mistake) {
  const Mistake& mistake = GetParam();
  Execution run = pullback(mistake.arguments);
  EXPECT_EQ(run.status, mistake.status);
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(run.err.starts_with(mistake.message)) << run.err;
  EXPECT_EQ(run.err.find("terminate called"), std::string::npos) << run.err;
}

TEST(CommandLineOutput, to_a_full_disk_is_an_error) {
  Execution run = pullback("emit mnist-linear -o /dev/full");
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "pullback: cannot write '/dev/full': No space left on device\n");
}

TEST(CommandLineOutput, leaves_devices_as_they_are) {
  EXPECT_EQ(pullback("emit mnist-linear -o /dev/null").status, 0);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  Execution run = pullback("emit mnist-linear -o /dev/stdout");
  EXPECT_TRUE(run.out.starts_with("module @mnist_linear {")) << run.err;
}

}  // namespace
}  // namespace pullback::test
