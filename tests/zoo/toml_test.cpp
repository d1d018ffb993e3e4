#include "zoo/toml.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "train/step.h"
#include "zoo/load.h"
#include "zoo/zoo.h"

namespace pullback {
namespace {

/// A head of three lines that needs layers, and layers that fit it.
const std::string head = "[network]\ninput = [8, 8, 1]\nclasses = 3\n";
const std::string layers = "[[layer]]\nkind = 'flatten'\n[[layer]]\nkind = 'dense'\nout = 3\n";

std::string layer(const std::string& fields) { return head + "[[layer]]\n" + fields; }

struct Mistake {
  std::string text;
  std::string message;  ///< how it begins, after the file's name
};

const Mistake mistakes[] = {
    {"", "1: the file lacks [network]"},
    {"x = \n", "1: Error while parsing key-value pair: expected value, saw '\\n'"},
    {"\xff\xfe", "1: Encountered invalid utf-8 sequence"},
    {layers, "1: the file lacks [network]"},
    {"network = 3\n" + layers, "1: 'network' must be a table: [network]"},
    {"[network]\n" + layers, "1: [network] lacks input"},
    {"[network]\ninput = [8, 8, 1]\n" + layers, "1: [network] lacks classes"},
    {head, "1: the file lacks [[layer]]"},
    {head + head + layers, "4: Error while parsing table header: cannot redefine"},
    {head + "[layer]\nkind = 'conv'\n", "4: a layer is headed by [[layer]], not by [layer]"},
    {"layer = [1]\n" + head, "1: a layer is a table headed by [[layer]]"},
    {"layer = []\n" + head, "2: network 'm' has no layers"},
    {head + "[[layr]]\n" + layers, "4: the file has no 'layr'; did you mean 'layer'?"},
    {head + "nmae = 'x'\n" + layers, "4: [network] has no 'nmae'; did you mean 'name'?"},
    {head + "name = 'a b'\n" + layers, "4: name 'a b' must be made of letters, digits"},
    {head + "name = '../x'\n" + layers, "4: name '../x' must be made of letters, digits"},
    {head + "name = 3\n" + layers, "4: name must be a string, not an integer"},
    {"[network]\ninput = 8\nclasses = 3\n" + layers,
     "2: input must be [height, width, channels], e.g. [28, 28, 1]"},
    {"[network]\ninput = [8, 8]\nclasses = 3\n" + layers, "2: input must be [height, width"},
    {"[network]\ninput = [8, 8, '1']\nclasses = 3\n" + layers,
     "2: each extent of input must be an integer, not a string"},
    {"[network]\ninput = [8, 0, 1]\nclasses = 3\n" + layers,
     "1: network 'm': the input has an extent of 0; it must be in 1 … 1048576"},
    {"[network]\ninput = [1000000, 1000000, 1000000]\nclasses = 3\n" + layers,
     "6: dense1: a tensor with extent 3 is too large"},
    {"[network]\ninput = [8, 8, 1]\nclasses = '3'\n" + layers,
     "3: classes must be an integer, not a string"},
    {"[network]\ninput = [8, 8, 1]\nclasses = 1\n" + layers,
     "1: network 'm': classes is 1; it must be at least 2"},
    {layer("out = 3\n"), "4: a [[layer]] lacks kind"},
    {layer("kind = 3\n"), "5: kind must be a string, not an integer"},
    {layer("kind = 'convv'\n"), "5: there is no kind of layer 'convv'; did you mean 'conv'?"},
    {layer("kind = 'lstm'\n"), "5: there is no kind of layer 'lstm'\n  kinds: conv, max_pool"},
    {layer("kind = 'relu'\nkind = 'tanh'\n"), "6: Error while parsing key-value pair: cannot"},
    {layer("kind = 'relu'\nout = 5\n"), "6: relu1 has no 'out'\n  it may have: kind"},
    {layer("kind = 'conv'\nout = 3\n"), "4: conv1 lacks kernel"},
    {layer("kind = 'conv'\nkernel = 3\n"), "4: conv1 lacks out"},
    {layer("kind = 'conv'\nout = '3'\nkernel = 3\n"),
     "6: conv1: out must be an integer, not a string"},
    {layer("kind = 'conv'\nout = 3.5\nkernel = 3\n"),
     "6: conv1: out must be an integer, not a number with a fraction"},
    {layer("kind = 'conv'\nout = 0\nkernel = 3\n"), "6: conv1: out is 0; it must be at least 1"},
    {layer("kind = 'conv'\nout = 99999999999\nkernel = 3\n"),
     "4: conv1: out is 99999999999; at most 1048576 are possible"},
    {layer("kind = 'conv'\nout = 99999999999999999999999\nkernel = 3\n"),
     "6: Error while parsing decimal integer: '99999999999999999999999' is not representable"},
    {layer("kind = 'conv'\nout = 3\nkernel = 3\nstrid = 2\n"),
     "8: conv1 has no 'strid'; did you mean 'stride'?\n  it may have: kind, out, kernel, stride, "
     "padding, bias, groups"},
    {layer("kind = 'conv'\nout = 3\nkernel = 3\nstride = -1\n"),
     "8: conv1: stride is -1; it must be at least 1"},
    {layer("kind = 'conv'\nout = 3\nkernel = 3\npadding = 'full'\n"),
     "8: conv1: padding must be \"same\", \"valid\" or a number from 0"},
    {layer("kind = 'conv'\nout = 3\nkernel = 3\npadding = -1\n"), "8: conv1: padding must be"},
    {layer("kind = 'conv'\nout = 3\nkernel = 3\nbias = 1\n"),
     "8: conv1: bias must be true or false, not an integer"},
    {layer("kind = 'conv'\nout = 3\nkernel = 9\npadding = 'valid'\n"),
     "4: conv1: the kernel of 9 is larger than the padded image\n  input 'x'  tensor<1x8x8x1xf32>"},
    {layer("kind = 'max_pool'\nwindow = 9\n"),
     "4: max_pool1: the window of 9 is larger than the image\n  input 'x'  tensor<1x8x8x1xf32>"},
    {layer("kind = 'dense'\nout = 3\n"),
     "4: dense1: needs one axis of features; put a flatten before it"},
    {head + layers + "[[layer]]\nkind = 'conv'\nout = 3\nkernel = 3\n",
     "9: conv1: needs images, tensor<N x height x width x channels>\n  input 'dense1'"},
    {head + layers + "[[layer]]\nkind = 'dense'\nout = 5\n",
     "9: dense2: the last layer gives tensor<1x5xf32>, but 3 classes need tensor<1x3xf32>"},
};

TEST(Toml, every_mistake_is_named_with_its_line) {
  for (const Mistake& mistake : mistakes) {
    try {
      parse_network(mistake.text, "m.toml");
      ADD_FAILURE() << "accepted:\n" << mistake.text;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("m.toml:" + mistake.message))
          << mistake.text << "\n  says     " << error.what() << "\n  expected " << mistake.message;
    }
  }
}

/// Whatever bytes a file has, it is a network that can be built or is refused by name.
TEST(Toml, no_mutation_of_a_file_crashes) {
  const std::string whole = read_file(PULLBACK_ROOT "/examples/mnist-small.toml");
  const std::string spice = "[]{}='\"#.,\n\\0129-e \t\x7f";
  Random random(1, "toml mutations");
  int accepted = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = whole;
    for (uint64_t k = random.below(4); k > 0; --k) {
      size_t at = random.below(bytes.size());
      switch (random.below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random.next());
          break;
        case 1:
          bytes[at] = spice[random.below(spice.size())];
          break;
        case 2:
          bytes.erase(at, 1 + random.below(20));
          break;
        default:
          bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(40)));
      }
    }
    try {
      parse_network(bytes, "mutant.toml");
      ++accepted;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("mutant.toml:")) << error.what();
    }
  }
  EXPECT_GT(accepted, 500);  // those without a mutation, at least
  EXPECT_LT(accepted, 1500);
}

TEST(Toml, a_missing_file_is_named) {
  try {
    load_network("nowhere.toml");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot read 'nowhere.toml': No such file or directory");
  }
}

TEST(Toml, reads_what_it_prints) {
  for (const Network& network : zoo()) {
    std::string text = print_network(network);
    Network read = parse_network(text, "x.toml");
    EXPECT_EQ(read.name, network.name);
    EXPECT_EQ(read.source, network.source);
    EXPECT_EQ(read.input, network.input);
    EXPECT_EQ(read.classes, network.classes);
    EXPECT_EQ(read.layers, network.layers);
    EXPECT_EQ(print_network(read), text);
  }
}

TEST(Toml, reads_every_field) {
  Network network = parse_network(
      layer("kind = 'conv'\nout = 4\nkernel = 2\nstride = 3\npadding = 1\nbias = false\n"
            "[[layer]]\nkind = 'max_pool'\nwindow = 2\nstride = 1\n"
            "[[layer]]\nkind = 'global_avg_pool'\n[[layer]]\nkind = 'dense'\nout = 3\n"),
      "some/place/tiny.toml");
  EXPECT_EQ(network.name, "tiny");
  EXPECT_EQ(network.source, "some/place/tiny.toml");
  EXPECT_EQ(network.layers[0],
            Layer(Conv{.out = 4, .kernel = 2, .stride = 3, .padding = 1, .bias = false}));
  EXPECT_EQ(network.layers[1], Layer(MaxPool{.window = 2, .stride = 1}));
  EXPECT_EQ(build_training(network, 5).layers[0].output.shape, (Shape{5, 3, 3, 4}));
}

TEST(Toml, reads_blocks) {
  Network network = parse_network(
      "[network]\ninput = [8, 8, 3]\nclasses = 3\n"
      "[[layer]]\nkind = 'repeat'\ntimes = 2\nlayers = [{kind = 'conv_bn', out = 3, kernel = 3}, "
      "{kind = 'dropout', rate = 0.25}]\n"
      "[[layer]]\nkind = 'add'\nbranches = [[{kind = 'batch_norm', epsilon = 1e-3}], []]\n"
      "[[layer]]\nkind = 'global_avg_pool'\n[[layer]]\nkind = 'dense'\nout = 3\n",
      "blocks.toml");
  Layers repeated{ConvBN{.out = 3, .kernel = 3}, Dropout{.rate = {25, -2}}};
  EXPECT_EQ(network.layers[0], Layer(Repeat{.times = 2, .layers = repeated}));
  AddBranches add{{.branches = {{BatchNorm{.epsilon = {1, -3}}}, {}}}};
  EXPECT_EQ(network.layers[1], Layer(add));
  Model model = build_training(network, 2);
  EXPECT_EQ(model.parameters[0].name, "repeat1.part1.conv_bn1.weight");
  EXPECT_EQ(model.statistics.back().name, "add1.branch1.batch_norm1.variance");
  EXPECT_EQ(model.noise[1].name, "repeat1.part2.dropout1.mask");
}

TEST(Toml, reads_mobile_layers) {
  Network network = parse_network(
      "[network]\ninput = [8, 8, 3]\nclasses = 3\n"
      "[[layer]]\nkind = 'conv_bn_act'\nout = 8\nkernel = 3\ngroups = 1\nactivation = 'swish'\n"
      "[[layer]]\nkind = 'depthwise_conv'\nkernel = 3\nmultiplier = 2\nbias = false\n"
      "[[layer]]\nkind = 'separable_conv'\nout = 4\nkernel = 5\nstride = 2\n"
      "[[layer]]\nkind = 'mbconv'\nout = 4\nexpand = 2\nkernel = 5\nrepeat = 2\ndrop = 0.1\n"
      "[[layer]]\nkind = 'squeeze_excite'\nsqueeze = 2\ngate = 'hard_sigmoid'\n"
      "[[layer]]\nkind = 'global_avg_pool'\n[[layer]]\nkind = 'dense'\nout = 3\n",
      "mobile.toml");
  EXPECT_EQ(network.layers[0],
            Layer(ConvBNAct{.out = 8, .kernel = 3, .activation = Activation::swish}));
  EXPECT_EQ(network.layers[1], Layer(DepthwiseConv{.kernel = 3, .multiplier = 2, .bias = false}));
  EXPECT_EQ(network.layers[2], Layer(SeparableConv{.out = 4, .kernel = 5, .stride = 2}));
  EXPECT_EQ(network.layers[3],
            Layer(MBConv{.out = 4, .expand = 2, .kernel = 5, .repeat = 2, .drop = {1, -1}}));
  EXPECT_EQ(network.layers[4],
            Layer(SqueezeExcite{.squeeze = 2, .gate = Activation::hard_sigmoid}));
  EXPECT_EQ(print_network(parse_network(print_network(network), "x.toml")), print_network(network));
  Model model = build_training(network, 2);
  EXPECT_EQ(model.layers[1].output.shape, (Shape{2, 8, 8, 16}));
  EXPECT_EQ(model.layers[2].output.shape, (Shape{2, 4, 4, 4}));
  EXPECT_EQ(model.noise.size(), 2u);
  EXPECT_EQ(model.noise[1].name, "mbconv1.block2.stochastic_depth1.mask");
}

TEST(Toml, mistakes_in_blocks_are_named_with_their_line) {
  const Mistake mistakes[] = {
      {layer("kind = 'repeat'\ntimes = 2\n"), "4: repeat1 lacks layers"},
      {layer("kind = 'repeat'\ntimes = 2\nlayers = 3\n"),
       "7: repeat1: layers must be layers, e.g. [{kind = \"relu\"}], not an integer"},
      {layer("kind = 'repeat'\ntimes = 2\nlayers = [\n{kind = 'relux'}]\n"),
       "8: there is no kind of layer 'relux'"},
      {layer("kind = 'repeat'\ntimes = 2\nlayers = [\n{kind = 'conv', out = 2}]\n"),
       "8: repeat1.conv1 lacks kernel"},
      {layer("kind = 'add'\nbranches = [[], 2]\n"), "6: add1: branches: branch2 must be layers"},
      {layer("kind = 'add'\nbranches = [[]]\n") + layers, "4: add1: needs at least two branches"},
      {layer("kind = 'add'\nbranches = [[], [{kind = 'max_pool', window = 2}]]\n") + layers,
       "4: add1: "},
      {layer("kind = 'dropout'\nrate = 1\n") + layers,
       "4: dropout1: rate is 1.0; it must be above 0 and below 1"},
      {layer("kind = 'dropout'\nrate = 'x'\n") + layers,
       "6: dropout1: rate must be a number, not a string"},
      {layer("kind = 'bottleneck'\nout = 6\n") + layers,
       "4: bottleneck1: out is 6; it must be a multiple of 4"},
      {layer("kind = 'conv'\nout = 6\nkernel = 1\ngroups = 4\n") + layers,
       "4: conv1: 1 input channels do not fall into 4 groups of equal size"},
      {layer("kind = 'conv_bn_act'\nout = 6\nkernel = 1\nactivation = 3\n") + layers,
       "8: conv_bn_act1: activation must be a string, not an integer"},
      {layer("kind = 'conv_bn_act'\nout = 6\nkernel = 1\nactivation = 'swich'\n") + layers,
       "8: conv_bn_act1: activation: there is no activation 'swich'; did you mean 'swish'?"},
      {layer("kind = 'squeeze_excite'\n") + layers, "4: squeeze_excite1 lacks squeeze"},
      {head + layers + "[[layer]]\nkind = 'squeeze_excite'\nsqueeze = 2\n",
       "9: squeeze_excite1: needs images, tensor<N x height x width x channels>"},
      {layer("kind = 'stochastic_depth'\nrate = 1.5\n") + layers,
       "4: stochastic_depth1: rate is 1.5; every block's rate must be at least 0 and below 1"},
      {layer("kind = 'mbconv'\nout = 4\nexpand = 2\ndrop = 0.5\ndrop_step = 0.25\nrepeat = 3\n") +
           layers,
       "4: mbconv1: drop_step is 0.25; every block's rate must be at least 0 and below 1"},
      {layer("kind = 'inverted_residual'\nout = 4\nexpand = 9999999\n") + layers,
       "4: inverted_residual1: expand is 9999999; it must be in 1 … 1048576"},
      {layer("kind = 'repeat'\ntimes = 1000\nlayers = [{kind = 'repeat', times = 1000, layers = "
             "[{kind = 'relu'}]}]\n") +
           layers,
       "4: repeat1.part50.repeat1: the network has more than 100000 layers"},
  };
  for (const Mistake& mistake : mistakes) {
    try {
      parse_network(mistake.text, "m.toml");
      ADD_FAILURE() << "accepted:\n" << mistake.text;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("m.toml:" + mistake.message))
          << mistake.text << "\n  says     " << error.what() << "\n  expected " << mistake.message;
    }
  }
}

TEST(Toml, every_example_is_a_network_with_a_train_step) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(PULLBACK_ROOT "/examples")) {
    if (file.path().extension() != ".toml") continue;
    SCOPED_TRACE(file.path().string());
    Network network = load_network(file.path().string());
    Model model = build_training(network, 4);
    TrainStep step =
        make_train_step(model.graph, model.parameters.size(), Sgd{}, model.statistics.size());
    verify(lower(step.graph));
    EXPECT_EQ(print_network(parse_network(print_network(network), "x.toml")),
              print_network(network));
    ++count;
  }
  EXPECT_GE(count, 6);
}

TEST(Toml, the_example_is_a_network) {
  Network network = load_network(PULLBACK_ROOT "/examples/mnist-small.toml");
  EXPECT_EQ(build_training(network, 1).parameter_count(), 13114);
}

}  // namespace
}  // namespace pullback
