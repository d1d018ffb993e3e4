#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

/// What a person may get wrong with train, eval, predict and bench: the exit status, and that the
/// message names the thing and says what to do.
namespace pullback {
namespace {

using Words = std::vector<std::string>;

struct Mistake {
  Words arguments;      ///< "@" stands for the test's folder
  int status;           ///< 1: a mistake in what was given; 2: a wrong command line
  std::string message;  ///< a part of what is printed
};

/// The folder has data/ (tiny), run/ (a finished run of mnist-linear) and some damaged files.
class Mistakes : public TemporaryFolder {
 protected:
  Mistakes() {
    write_tiny_mnist(path("data"), 40);
    write("tiny.toml",
          "[network]\ninput = [28, 28, 1]\nclasses = 10\n[[layer]]\nkind = 'flatten'\n"
          "[[layer]]\nkind = 'dense'\nout = 10\n");
    write("eight.toml",
          "[network]\ninput = [8, 8, 1]\nclasses = 10\n[[layer]]\nkind = 'flatten'\n"
          "[[layer]]\nkind = 'dense'\nout = 10\n");
    write("three.toml",
          "[network]\ninput = [28, 28, 1]\nclasses = 3\n[[layer]]\nkind = 'flatten'\n"
          "[[layer]]\nkind = 'dense'\nout = 3\n");
    write("broken.toml", "[network\n");
    Outcome run = run_program({"train", "mnist-linear", "--epochs", "1", "--batch", "8", "--data",
                               path("data"), "--out", path("run")});
    EXPECT_EQ(run.status, 0) << run.err;
    damage();
  }

  void damage() {
    std::string checkpoint = read_file(path("run") + "/checkpoint.safetensors");
    write("cut.safetensors", checkpoint.substr(0, checkpoint.size() / 2));
    write("header.safetensors", checkpoint.substr(0, 100));
    write("empty.safetensors", "");
    write("text.safetensors", "these are no tensors, but more than eight bytes");
    write("bare.safetensors", std::string("\2\0\0\0\0\0\0\0{}", 10));
    write("text.png", "this is no picture");
    write("file", "");
    copy_run("no_options", "options.json", "");
    copy_run("bad_options", "options.json", "{\"net\": ");
    copy_run("odd_options", "options.json", "{\"net\": \"mnist-linear\", \"epochs\": \"many\"}");
    copy_run("bad_checkpoint", "checkpoint.safetensors", "nothing");
    copy_run("bad_network", "network.toml", "[network]\n");
    copy_run("other_step", "step.mlir", "module {}\n");
    std::filesystem::remove(path("no_options") + "/options.json");
    std::filesystem::copy(path("data"), path("half_data"));
    std::filesystem::remove(path("half_data") + "/t10k-labels-idx1-ubyte");
    std::filesystem::copy(path("data"), path("cut_data"));
    std::filesystem::resize_file(path("cut_data") + "/train-images-idx3-ubyte", 5000);
  }

  /// A copy of the run in which one file has another content.
  void copy_run(const std::string& name, const std::string& file, const std::string& content) {
    std::filesystem::copy(path("run"), path(name));
    write(name + "/" + file, content);
  }

  Outcome run(const Words& words) {
    Words arguments;
    for (std::string word : words) {
      if (size_t at = word.find('@'); at != std::string::npos) word.replace(at, 1, path(""));
      arguments.push_back(word);
    }
    return run_program(arguments, path(""));
  }

  void expect(const std::vector<Mistake>& table) {
    for (const Mistake& mistake : table) {
      Outcome outcome = run(mistake.arguments);
      std::string command;
      for (const std::string& word : mistake.arguments) command += " " + word;
      EXPECT_EQ(outcome.status, mistake.status) << command << "\n" << outcome.err;
      EXPECT_NE(outcome.err.find(mistake.message), std::string::npos)
          << command << "\n  wanted: " << mistake.message << "\n  printed: " << outcome.err;
      EXPECT_EQ(outcome.out, "") << command;
    }
  }
};

TEST_F(Mistakes, in_train_are_named) {
  expect({
      {{"train"}, 1, "say which network to train: pullback train mnist-mlp"},
      {{"train", "mnist-mpl"}, 1, "there is no network 'mnist-mpl'; did you mean 'mnist-mlp'?"},
      {{"train", "none.toml"}, 1, "cannot read 'none.toml': No such file"},
      {{"train", "broken.toml"}, 1, "broken.toml:1: "},
      {{"train", "eight.toml", "--data", "data"}, 1, "takes images of 8×8×1"},
      {{"train", "three.toml", "--data", "data"}, 1, "has 3 classes, but the data has 10"},
      {{"train", "mnist-mlp", "extra"}, 2, "extra"},
      {{"train", "mnist-mlp", "--epoch", "3"}, 2, "'--epoch'; did you mean '--epochs'?"},
      {{"train", "mnist-mlp", "--epochs"}, 2, "--epochs lacks its value"},
      {{"train", "mnist-mlp", "--epochs", "0"}, 1, "--epochs is 0; it must be between 1"},
      {{"train", "mnist-mlp", "--epochs", "-3"}, 1, "--epochs is -3; it must be between 1"},
      {{"train", "mnist-mlp", "--epochs", "two"}, 2, "--epochs: 'two' is not a whole number; give"},
      {{"train", "mnist-mlp", "--epochs", "1.5"}, 2, "--epochs: '1.5' is not a whole number; give"},
      {{"train", "mnist-mlp", "--epochs", "99999999999999999999"},
       1,
       "--epochs is 99999999999999999999; it must be between 1 and 1000000"},
      {{"train", "mnist-mlp", "--batch", "0"}, 1, "--batch is 0; it must be between 1"},
      {{"train", "mnist-mlp", "--batch", "18446744073709551617"},
       1,
       "--batch is 18446744073709551617; it must be between 1 and 2147483647"},
      {{"train", "mnist-linear", "--batch", "41", "--data", "data"},
       1,
       "the batch size is 41; it must be between 1 and the 40 images"},
      {{"train", "mnist-mlp", "--lr", "nan"}, 1, "--lr is nan; it must be a positive number"},
      {{"train", "mnist-mlp", "--lr", "-0.1"}, 1, "--lr is -0.1; it must be a positive number"},
      {{"train", "mnist-mlp", "--lr", "0"}, 1, "--lr is 0.0; it must be a positive number"},
      {{"train", "mnist-mlp", "--lr", "fast"},
       2,
       "--lr: 'fast' is not a number; give one like 0.05"},
      {{"train", "mnist-mlp", "--lr", "0.1x"}, 2, "--lr: '0.1x' is not a number"},
      {{"train", "mnist-mlp", "--lr", "1e999"},
       1,
       "--lr is 1e999; that is beyond double precision"},
      {{"train", "mnist-mlp", "--seed", "-1"},
       1,
       "--seed is -1; it must be between 0 and 18446744073709551615"},
      {{"train", "mnist-mlp", "--seed", "18446744073709551616"},
       1,
       "--seed is 18446744073709551616;"},
      {{"train", "mnist-mlp", "--seed", "0x1"}, 2, "--seed: '0x1' is not a whole number"},
      {{"train", "mnist-mlp", "--optimizer", "adem"}, 1, "'adem'"},
      {{"train", "mnist-mlp", "--momentum", "1"}, 1, "--momentum is 1.0; it must be at least 0"},
      {{"train", "mnist-mlp", "--momentum", "0.5", "--optimizer", "sgd"},
       1,
       "--momentum is for --optimizer momentum or nesterov, not for sgd"},
      {{"train", "mnist-mlp", "--schedule", "steps"}, 1, "there is no schedule 'steps'; choose"},
      {{"train", "mnist-mlp", "--backend", "gpu"}, 1, "--backend is 'gpu'; choose one of native"},
      {{"train", "mnist-mlp", "--momentum", "big"}, 2, "--momentum: 'big' is not a number"},
      {{"train", "mnist-mlp", "--threads", "-1"}, 1, "--threads is -1; it must be between 0"},
      {{"train", "mnist-mlp", "--threads", "4294967297"}, 1, "--threads is 4294967297; it must be"},
      {{"train", "mnist-mlp", "--threads", "9999"}, 1, "--threads is 9999; it must be between 0"},
      {{"train", "mnist-mlp", "--checkpoint-every", "0"},
       1,
       "--checkpoint-every is 0; it must be between 1 and"},
      {{"train", "mnist-mlp", "--data", "nowhere"}, 1, "there is no folder 'nowhere'"},
      {{"train", "mnist-mlp", "--data", "half_data"},
       1,
       "MNIST's file 't10k-labels-idx1-ubyte.gz' is not in 'half_data'"},
      {{"train", "mnist-mlp", "--data", "cut_data"}, 1, "it has 5000 bytes, but its header calls"},
      {{"train", "mnist-linear", "--data", "data", "--batch", "8", "--out", "file"},
       1,
       "cannot make the folder 'file'"},
      {{"train", "mnist-linear", "--data", "data", "--batch", "8", "--out", "/proc/runs"},
       1,
       "cannot make the folder '/proc/runs'"},
      {{"train", "mnist-linear", "--data", "data", "--batch", "8", "--out", "run"},
       1,
       "'run' has a run already; go on with: pullback train --resume run"},
  });
  EXPECT_FALSE(std::filesystem::exists(path("runs"))) << "a mistake left a folder behind";
}

TEST_F(Mistakes, in_resume_are_named) {
  expect({
      {{"train", "--resume"}, 1, "say what to resume: pullback train --resume runs/mnist-mlp-1"},
      {{"train", "mnist-mlp", "--resume"}, 1, "there is no run of 'mnist-mlp' below runs/"},
      {{"train", "--resume", "nowhere"}, 1, "there is no folder 'nowhere' of a run"},
      {{"train", "--resume", "no_options"}, 1, "'no_options' is no folder of a run"},
      {{"train", "--resume", "bad_options"},
       1,
       "'bad_options/options.json' does not hold the options of a run"},
      {{"train", "--resume", "odd_options"},
       1,
       "'odd_options/options.json' does not hold the options of a run"},
      {{"train", "--resume", "bad_checkpoint", "--data", "data"},
       1,
       "'bad_checkpoint/checkpoint.safetensors' is not a usable checkpoint: it is cut short"},
      {{"train", "--resume", "bad_network"}, 1, "bad_network/network.toml:1: [network] lacks"},
      {{"train", "--resume", "other_step", "--data", "data"}, 1, "is not the train step of"},
      {{"train", "--resume", "run", "--lr", "0.5"}, 1, "--lr 0.5, but the run has --lr 0.01"},
      {{"train", "--resume", "run", "--seed", "9"}, 1, "--seed 9, but the run has --seed 1"},
      {{"train", "--resume", "run", "--epochs", "7"}, 1, "--epochs 7, but the run has --epochs 1"},
      {{"train", "--resume", "run", "--out", "else"}, 1, "--out 'else': a run that is resumed"},
      {{"train", "mnist-mlp", "--resume", "run"}, 1, "mnist-mlp, but the run has mnist-linear"},
  });
  std::filesystem::copy(path("run"), path("smaller_data"));
  expect({{{"train", "--resume", "smaller_data", "--data", "@missing"}, 1, "there is no folder"}});
}

TEST_F(Mistakes, in_eval_and_predict_are_named) {
  expect({
      {{"eval"}, 1, "say which parameters: --run runs/mnist-mlp-1"},
      {{"eval", "mnist-mlp"}, 1, "there is no run of 'mnist-mlp' below runs/"},
      {{"eval", "--run", "nowhere"}, 1, "there is no folder 'nowhere' of a run"},
      {{"eval", "--run", "run", "--checkpoint", "cut.safetensors"}, 1, "not both"},
      {{"eval", "--checkpoint", "none"}, 1, "cannot read 'none': No such file"},
      {{"eval", "--checkpoint", "cut.safetensors"}, 1, "'cut.safetensors' is not a usable"},
      {{"eval", "--checkpoint", "header.safetensors"}, 1, "it is cut short"},
      {{"eval", "--checkpoint", "empty.safetensors"}, 1, "it is cut short (no header)"},
      {{"eval", "--checkpoint", "text.safetensors"}, 1, "or no safetensors file"},
      {{"eval", "--checkpoint", "bare.safetensors"}, 1, "does not say of which network it is"},
      {{"eval", "--checkpoint", "bare.safetensors", "--net", "mnist-linear"}, 1, "dense1.weight"},
      {{"eval", "--run", "run", "--net", "mnist-mlp"}, 1, "dense1.weight"},
      {{"eval", "--run", "run", "--data", "nowhere"}, 1, "there is no folder 'nowhere'"},
      {{"eval", "--run", "run", "--threads", "-4"}, 1, "--threads is -4"},
      {{"eval", "--run", "run", "--backend", "tpu"}, 1, "--backend is 'tpu'"},
      {{"predict"}, 2, "IMAGE"},
      {{"predict", "test:0"}, 1, "say which parameters"},
      {{"predict", "none.png", "--run", "run"}, 1, "there is no image 'none.png'; give a PNG"},
      {{"predict", "text.png", "--run", "run"}, 1, "text.png"},
      {{"predict", "run", "--run", "run"}, 1, "'run'"},
      {{"predict", "test:99999", "--run", "run", "--data", "data"},
       1,
       "there is no image 99999 among the 20 of test"},
      {{"predict", "train:99999999999999999999", "--run", "run", "--data", "data"},
       1,
       "among the 40 of train"},
      {{"predict", "dev:1", "--run", "run"}, 1, "there is no image 'dev:1'"},
      {{"predict", "test:0", "--run", "run", "--data", "cut"}, 1, "there is no folder 'cut'"},
  });
}

TEST_F(Mistakes, in_bench_are_named) {
  expect({
      {{"bench"}, 2, "NET"},
      {{"bench", "mnist"}, 1, "there is no network 'mnist'"},
      {{"bench", "mnist-mlp", "--batch", "0"}, 1, "--batch is 0"},
      {{"bench", "mnist-mlp", "--steps", "0"}, 1, "--steps is 0"},
      {{"bench", "mnist-mlp", "--steps", "9223372036854775808"},
       1,
       "--steps is 9223372036854775808; it must be between 1 and 1000000"},
      {{"bench", "mnist-mlp", "--rounds", "0"}, 1, "--rounds is 0"},
      {{"bench", "mnist-mlp", "--threads", "-1"}, 1, "--threads is -1"},
      {{"bench", "mnist-mlp", "--backend", "gpu"}, 1, "--backend is 'gpu'"},
      {{"bench", "mnist-mlp", "--optimizer", "lion"}, 1, "'lion'"},
      {{"bench", "mnist-mlp", "--batch", "9000000000000000000"}, 1, "--batch is 9"},
  });
}

TEST_F(Mistakes, a_full_disk_stops_training_and_the_run_goes_on_later) {
  // /dev/full takes the place of the log: every write to it fails as on a full disk.
  Words begin{"train", "mnist-linear", "--epochs", "2",     "--batch",
              "8",     "--data",       "data",     "--out", "full"};
  Words resume{"train", "--resume", "full", "--data", "data"};
  ASSERT_EQ(run(begin).status, 0);
  std::string log = path("full") + "/log.jsonl";
  std::filesystem::remove(log);
  std::filesystem::remove(path("full") + "/checkpoint.safetensors");
  std::filesystem::create_symlink("/dev/full", log);
  Outcome full = run(resume);
  EXPECT_EQ(full.status, 1);
  EXPECT_NE(full.err.find("log.jsonl': No space left on device"), std::string::npos) << full.err;
  std::filesystem::remove(log);
  EXPECT_EQ(run(resume).status, 0);
}

TEST_F(Mistakes, divergence_names_step_layer_and_what_to_do) {
  Outcome outcome = run({"train", "mnist-mlp", "--lr", "1e20", "--batch", "8", "--epochs", "3",
                         "--data", "data", "--out", "diverged"});
  EXPECT_EQ(outcome.status, 1);
  for (const char* part : {"the training diverged: at step ", "(epoch 1)", " in layer 'dense",
                           "lower learning rate, e.g. --lr ", "diverged/checkpoint.safetensors"}) {
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << "\n" << outcome.err;
  }
  EXPECT_EQ(run({"eval", "--run", "diverged", "--data", "data"}).status, 0);
}

TEST_F(Mistakes, are_not_these) {
  Outcome json = run({"train", "tiny.toml", "--epochs", "1", "--batch", "8", "--data", "data",
                      "--out", "good", "--json", "--optimizer", "sgd"});
  EXPECT_EQ(json.status, 0) << json.err;
  EXPECT_TRUE(json.out.starts_with("{\"net\":\"tiny\",\"epochs\":1,\"seed\":1,\"test_accuracy\":"))
      << json.out;
  Outcome again = run({"train", "tiny.toml", "--resume", "good", "--data", "data", "--lr", "0.02"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_TRUE(again.out.starts_with("best test accuracy 0.")) << again.out;
  Outcome eval = run({"eval", "--run", "good", "--data", "data"});
  EXPECT_EQ(eval.status, 0) << eval.err;
  size_t last = again.out.find("\ntest accuracy ");
  ASSERT_NE(last, std::string::npos) << again.out;
  EXPECT_TRUE(eval.out.ends_with(again.out.substr(last))) << eval.out;
  Outcome predict = run({"predict", "train:3", "19", "--run", "good", "--data", "data", "--json"});
  EXPECT_EQ(predict.status, 0) << predict.err;
  EXPECT_TRUE(predict.out.starts_with("{\"image\":\"train:3\",\"class\":")) << predict.out;
}

}  // namespace
}  // namespace pullback
