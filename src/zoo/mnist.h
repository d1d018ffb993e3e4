#pragma once

#include "nn/network.h"

/// Classifiers of MNIST's 28×28 grey digits.
namespace pullback {

/// Multinomial logistic regression.
Network mnist_linear();
/// A multilayer perceptron with two hidden layers.
Network mnist_mlp();
/// Two convolutions, one pooling, three dense layers.
Network mnist_cnn();

}  // namespace pullback
