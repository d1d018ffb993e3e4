#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.h"
#include "base/text.h"
#include "tests/cli/process.h"
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
    {"missing_value", "emit mnist-mlp --batch", 2, "pullback emit: --batch lacks its value\n"},
    {"not_a_number", "emit mnist-mlp --batch abc", 2,
     "pullback emit: --batch: 'abc' is not a whole number; give one between 1 and 2147483647\n  "
     "see "
     "pullback emit --help"},
    {"hexadecimal", "emit mnist-mlp --batch 0x10", 2,
     "pullback emit: --batch: '0x10' is not a whole"},
    {"fraction", "show mnist-mlp --batch 1.5", 2, "pullback show: --batch: '1.5' is not a whole"},
    {"no_digits", "show mnist-mlp --batch=-", 2,
     "pullback show: --batch: '-' is not a whole number"},
    {"empty_number", "show mnist-mlp --batch ''", 2, "pullback show: --batch: '' is not a whole"},
    {"given_twice", "show mnist-mlp --batch 2 --batch 3", 2,
     "pullback show: --batch is given more than once\n"},
    {"too_many_arguments", "emit mnist-mlp b", 2, "pullback emit: The following argument was not"},
    {"unknown_network", "show mnist-mpl", 1,
     "pullback: there is no network 'mnist-mpl'; did you mean 'mnist-mlp'?\n  networks: "},
    {"missing_file", "show nowhere.toml", 1, "pullback: cannot read 'nowhere.toml': No such file"},
    {"folder_for_file", "show /.toml/..", 1, "pullback: there is no network '/.toml/..'"},
    {"zero_batch", "emit mnist-mlp --batch 0", 1,
     "pullback: --batch is 0; it must be between 1 and 2147483647\n"},
    {"negative_batch", "show mnist-mlp --batch=-3", 1, "pullback: --batch is -3; it must be"},
    {"huge_batch", "show mnist-mlp --batch 9000000000000000000", 1,
     "pullback: --batch is 9000000000000000000; it must be between 1 and 2147483647\n"},
    {"batch_beyond_64_bits", "show mnist-mlp --batch 99999999999999999999999", 1,
     "pullback: --batch is 99999999999999999999999; it must be between 1 and 2147483647\n"},
    {"explain_batch", "explain mnist-mlp --batch -99999999999999999999", 1,
     "pullback: --batch is -99999999999999999999; it must be between 1 and 2147483647\n"},
    {"unknown_optimizer", "emit mnist-mlp --optimizer sdg", 1,
     "pullback: there is no optimizer 'sdg'; choose one of sgd, momentum, nesterov, rmsprop, adam, "
     "adamw, lamb "
     "(did you mean 'sgd'?)"},
    {"output_nowhere", "emit mnist-linear -o /nowhere/x", 1,
     "pullback: cannot write '/nowhere/x': No such file or directory"},
    {"output_is_a_folder", "emit mnist-linear -o /tmp", 1, "pullback: cannot write '/tmp'"},
    {"explain_nothing_known", "explain mnist-mpl", 1,
     "pullback: there is no network, layer or op 'mnist-mpl'; did you mean 'mnist-mlp'?"},
    {"explain_unknown_layer", "explain mnist-mlp --layer dense9", 1,
     "pullback: 'mnist-mlp' has no layer 'dense9'; did you mean 'dense1'?\n  layers: flatten1"},
    {"explain_layer_of_op", "explain add --layer conv1", 1,
     "pullback: --layer needs a network, not 'add'"},
    {"check_negative_samples", "check mnist-linear --samples=-1", 1,
     "pullback: --samples is -1; it must be between 0 and 1000000000\n"},
    {"check_negative_seed", "check mnist-linear --seed=-1", 1,
     "pullback: --seed is -1; it must be between 0 and 18446744073709551615\n"},
    {"check_unknown_network", "check mnist-lenear", 1,
     "pullback: there is no network 'mnist-lenear'"},
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

/// Words that a command line may hold, most of them in the wrong place. Networks that do not exist
/// keep training, checks and timings from starting.
std::vector<std::string> random_words(Random& random) {
  const std::vector<std::string> networks = {"mnist-mlp", "mnist-mpl", "none.toml",
                                             "add",       "ops",       "/"};
  const std::vector<std::string> options = {
      "--batch", "--epochs",   "--lr",   "--seed", "--threads", "--optimizer", "--layer", "--data",
      "--out",   "--momentum", "--json", "--eval", "--f64",     "--samples",   "--run",   "--net",
      "--steps", "--rounds",   "--help", "-h",     "-o",        "--resume",    "--",      "-x"};
  const std::vector<std::string> values = {"",
                                           "-",
                                           "-1",
                                           "0",
                                           "3",
                                           "1e999",
                                           "nan",
                                           "99999999999999999999999",
                                           "0x7",
                                           "1.5",
                                           "%s%n",
                                           "\xff",
                                           "=",
                                           "conv1",
                                           "sgd",
                                           "'",
                                           std::string(5000, 'a'),
                                           "--batch=",
                                           "--lr=-0",
                                           "∞",
                                           "\n"};
  std::vector<std::string> words;
  for (uint64_t k = random.below(6); k > 0; --k) {
    const auto& from = random.below(3) == 0 ? networks : random.below(2) == 0 ? options : values;
    words.push_back(from[random.below(from.size())]);
  }
  return words;
}

TEST(CommandLineWords, of_any_kind_end_with_a_message_or_a_result) {
  Random random(1, "command lines");
  const std::vector<std::string> commands = {"nets", "show",    "explain", "emit",  "check",
                                             "eval", "predict", "bench",   "train", "run",
                                             "grad", "fmt",     ""};
  TemporaryFolder folder;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> words = random_words(random);
    std::string command = commands[random.below(commands.size())];
    bool runs_long = command == "check" || command == "bench" || command == "train";
    for (std::string& word : words) {
      if (runs_long && word == "mnist-mlp") word = "mnist-mpl";
    }
    words.insert(words.begin(), command);
    Outcome run = run_program(words, folder.path());
    std::string line = join(words, " ", [](const std::string& w) { return "'" + w + "'"; });
    EXPECT_TRUE(run.status == 0 || run.status == 1 || run.status == 2) << run.status << line;
    EXPECT_EQ(run.err.find("terminate called"), std::string::npos) << line << run.err;
    if (run.status != 0) {
      EXPECT_TRUE(run.err.starts_with("pullback")) << line << "\n" << run.err;
    }
  }
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
