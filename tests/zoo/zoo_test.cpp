#include "zoo/zoo.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "train/step.h"

namespace pullback {
namespace {

TEST(Zoo, parameter_counts) {
  EXPECT_EQ(build_training(find_network("mnist-linear"), 2).parameter_count(), 7850);
  EXPECT_EQ(build_training(find_network("mnist-mlp"), 2).parameter_count(), 669706);
  EXPECT_EQ(build_training(find_network("mnist-cnn"), 2).parameter_count(), 3489130);
  EXPECT_EQ(build_training(find_network("cifar-cnn"), 2).parameter_count(), 2168362);
  EXPECT_EQ(build_training(find_network("cifar-cnn-bn"), 2).parameter_count(), 2168554);
  EXPECT_EQ(build_training(find_network("cifar-resnet20"), 2).parameter_count(), 272474);
}

TEST(Zoo, resnets_have_the_published_parameter_counts) {
  EXPECT_EQ(build_training(find_network("resnet34"), 2).parameter_count(), 21797672);
  EXPECT_EQ(build_training(find_network("resnet50"), 2).parameter_count(), 25557032);
}

TEST(Zoo, mobile_networks_have_the_published_parameter_counts) {
  EXPECT_EQ(build_training(find_network("mobilenetv2"), 2).parameter_count(), 3504872);
  EXPECT_EQ(build_training(find_network("mobilenetv3-large"), 2).parameter_count(), 5483032);
  EXPECT_EQ(build_training(find_network("efficientnet-b0"), 2).parameter_count(), 5288548);
  EXPECT_EQ(build_training(find_network("cifar-mobilenetv2"), 2).parameter_count(), 2236682);
}

TEST(Zoo, resnets_have_the_shapes_of_the_paper) {
  for (const char* name : {"resnet34", "resnet50"}) {
    Model model = build_training(find_network(name), 2);
    std::vector<int64_t> heights;
    for (const LayerRecord& layer : model.layers) {
      if (layer.output.rank() == 4) heights.push_back(layer.output.shape[1]);
    }
    EXPECT_EQ(heights, (std::vector<int64_t>{112, 56, 56, 28, 14, 7})) << name;
  }
}

TEST(Zoo, size_and_classes_can_be_chosen) {
  Network network = resized(find_network("resnet34"), 64, 10);
  Model model = build_training(network, 2);
  EXPECT_EQ(model.graph.arguments[model.x()].type.shape, (Shape{2, 64, 64, 3}));
  EXPECT_EQ(model.graph.type(model.logits).shape, (Shape{2, 10}));
  EXPECT_EQ(model.parameter_count(), 21797672 - 513 * 990);
  EXPECT_EQ(resized(network, 0, 0).layers, network.layers);
  network.layers.pop_back();
  EXPECT_THROW(resized(network, 0, 5), Error);
}

TEST(Zoo, every_network_has_a_train_step_with_every_optimizer) {
  for (Network network : zoo()) {
    if (network.input.height > 64) network = resized(network, 64, 10);
    for (const std::string& optimizer : optimizer_names()) {
      SCOPED_TRACE(network.name + " " + optimizer);
      Model model = build_training(network, 4);
      TrainStep step = make_train_step(model.graph, model.parameters.size(),
                                       optimizer_named(optimizer), model.statistics.size());
      verify(lower(step.graph));
      for (Value gradient : step.gradients) EXPECT_TRUE(gradient);
    }
  }
}

TEST(Zoo, an_unknown_name_suggests_the_nearest) {
  try {
    find_network("mnist-mpl");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'mnist-mlp'?"), std::string::npos);
  }
}

}  // namespace
}  // namespace pullback
