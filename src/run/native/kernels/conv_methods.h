#pragma once

#include <memory>

#include "run/native/kernels/conv.h"

namespace pullback::kernels {

/// The Winograd, the depthwise and the direct implementations behind make_conv_forward and
/// make_conv_backward_weights, which check that they are applicable.
std::unique_ptr<ConvForward> make_winograd_forward(const Conv2d& conv, ConvWeights weights,
                                                   Isa isa);
std::unique_ptr<ConvBackwardWeights> make_winograd_backward_weights(const Conv2d& conv, Isa isa);
std::unique_ptr<ConvForward> make_depthwise_forward(const Conv2d& conv, ConvWeights weights,
                                                    Isa isa);
std::unique_ptr<ConvBackwardWeights> make_depthwise_backward_weights(const Conv2d& conv, Isa isa);
std::unique_ptr<ConvForward> make_direct_forward(const Conv2d& conv, ConvWeights weights, Isa isa);
std::unique_ptr<ConvBackwardWeights> make_direct_backward_weights(const Conv2d& conv, Isa isa);

}  // namespace pullback::kernels
