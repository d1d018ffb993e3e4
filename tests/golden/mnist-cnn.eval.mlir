module @mnist_cnn {
  func.func public @main(%conv1.weight: tensor<3x3x1x32xf32>, %conv1.bias: tensor<32xf32>, %conv2.weight: tensor<3x3x32x32xf32>, %conv2.bias: tensor<32xf32>, %dense1.weight: tensor<6272x512xf32>, %dense1.bias: tensor<512xf32>, %dense2.weight: tensor<512x512xf32>, %dense2.bias: tensor<512xf32>, %dense3.weight: tensor<512x10xf32>, %dense3.bias: tensor<10xf32>, %x: tensor<2x28x28x1xf32>, %labels: tensor<2xi32>) -> (tensor<2xf32>, tensor<2xi32>, tensor<2x10xf32>) {
    %$add.f32 = stablehlo.constant dense<0.0> : tensor<f32>
    %$max.f32 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %$max.i32 = stablehlo.constant dense<-2147483648> : tensor<i32>
    %conv1.product = stablehlo.convolution(%x, %conv1.weight) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x28x28x1xf32>, tensor<3x3x1x32xf32>) -> tensor<2x28x28x32xf32>
    %conv1.biases = stablehlo.broadcast_in_dim %conv1.bias, dims = [3] : (tensor<32xf32>) -> tensor<2x28x28x32xf32>
    %conv1 = stablehlo.add %conv1.product, %conv1.biases : tensor<2x28x28x32xf32>
    %relu1.zero = stablehlo.constant dense<0.0> : tensor<2x28x28x32xf32>
    %relu1 = stablehlo.maximum %relu1.zero, %conv1 : tensor<2x28x28x32xf32>
    %conv2.product = stablehlo.convolution(%relu1, %conv2.weight) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x28x28x32xf32>, tensor<3x3x32x32xf32>) -> tensor<2x28x28x32xf32>
    %conv2.biases = stablehlo.broadcast_in_dim %conv2.bias, dims = [3] : (tensor<32xf32>) -> tensor<2x28x28x32xf32>
    %conv2 = stablehlo.add %conv2.product, %conv2.biases : tensor<2x28x28x32xf32>
    %relu2.zero = stablehlo.constant dense<0.0> : tensor<2x28x28x32xf32>
    %relu2 = stablehlo.maximum %relu2.zero, %conv2 : tensor<2x28x28x32xf32>
    %max_pool1 = "stablehlo.reduce_window"(%relu2, %$max.f32) <{base_dilations = array<i64: 1, 1, 1, 1>, padding = dense<[[0, 0], [0, 0], [0, 0], [0, 0]]> : tensor<4x2xi64>, window_dilations = array<i64: 1, 1, 1, 1>, window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>}> ({
    ^bb0(%$x: tensor<f32>, %$y: tensor<f32>):
      %$z = stablehlo.maximum %$x, %$y : tensor<f32>
      stablehlo.return %$z : tensor<f32>
    }) : (tensor<2x28x28x32xf32>, tensor<f32>) -> tensor<2x14x14x32xf32>
    %flatten1 = stablehlo.reshape %max_pool1 : (tensor<2x14x14x32xf32>) -> tensor<2x6272xf32>
    %dense1.product = stablehlo.dot_general %flatten1, %dense1.weight, contracting_dims = [1] x [0] : (tensor<2x6272xf32>, tensor<6272x512xf32>) -> tensor<2x512xf32>
    %dense1.biases = stablehlo.broadcast_in_dim %dense1.bias, dims = [1] : (tensor<512xf32>) -> tensor<2x512xf32>
    %dense1 = stablehlo.add %dense1.product, %dense1.biases : tensor<2x512xf32>
    %relu3.zero = stablehlo.constant dense<0.0> : tensor<2x512xf32>
    %relu3 = stablehlo.maximum %relu3.zero, %dense1 : tensor<2x512xf32>
    %dense2.product = stablehlo.dot_general %relu3, %dense2.weight, contracting_dims = [1] x [0] : (tensor<2x512xf32>, tensor<512x512xf32>) -> tensor<2x512xf32>
    %dense2.biases = stablehlo.broadcast_in_dim %dense2.bias, dims = [1] : (tensor<512xf32>) -> tensor<2x512xf32>
    %dense2 = stablehlo.add %dense2.product, %dense2.biases : tensor<2x512xf32>
    %relu4.zero = stablehlo.constant dense<0.0> : tensor<2x512xf32>
    %relu4 = stablehlo.maximum %relu4.zero, %dense2 : tensor<2x512xf32>
    %dense3.product = stablehlo.dot_general %relu4, %dense3.weight, contracting_dims = [1] x [0] : (tensor<2x512xf32>, tensor<512x10xf32>) -> tensor<2x10xf32>
    %dense3.biases = stablehlo.broadcast_in_dim %dense3.bias, dims = [1] : (tensor<10xf32>) -> tensor<2x10xf32>
    %dense3 = stablehlo.add %dense3.product, %dense3.biases : tensor<2x10xf32>
    %wanted = stablehlo.broadcast_in_dim %labels, dims = [0] : (tensor<2xi32>) -> tensor<2x10xi32>
    %classes = stablehlo.iota dim = 1 : tensor<2x10xi32>
    %one_hot.mask = stablehlo.compare EQ, %classes, %wanted, SIGNED : (tensor<2x10xi32>, tensor<2x10xi32>) -> tensor<2x10xi1>
    %one_hot = stablehlo.convert %one_hot.mask : (tensor<2x10xi1>) -> tensor<2x10xf32>
    %losses$max = stablehlo.reduce(%dense3 init: %$max.f32) applies stablehlo.maximum across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %losses$maxes = stablehlo.broadcast_in_dim %losses$max, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %losses$shifted = stablehlo.subtract %dense3, %losses$maxes : tensor<2x10xf32>
    %losses$exp = stablehlo.exponential %losses$shifted : tensor<2x10xf32>
    %losses$sum = stablehlo.reduce(%losses$exp init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %losses$log = stablehlo.log %losses$sum : tensor<2xf32>
    %losses$logs = stablehlo.broadcast_in_dim %losses$log, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %losses$log_softmax = stablehlo.subtract %losses$shifted, %losses$logs : tensor<2x10xf32>
    %losses$weighted = stablehlo.multiply %one_hot, %losses$log_softmax : tensor<2x10xf32>
    %losses$total = stablehlo.reduce(%losses$weighted init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %losses = stablehlo.negate %losses$total : tensor<2xf32>
    %top = stablehlo.reduce(%dense3 init: %$max.f32) applies stablehlo.maximum across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %tops = stablehlo.broadcast_in_dim %top, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %at_top = stablehlo.compare EQ, %dense3, %tops, FLOAT : (tensor<2x10xf32>, tensor<2x10xf32>) -> tensor<2x10xi1>
    %number = stablehlo.iota dim = 1 : tensor<2x10xi32>
    %last = stablehlo.constant dense<9> : tensor<2x10xi32>
    %rank = stablehlo.subtract %last, %number : tensor<2x10xi32>
    %none = stablehlo.constant dense<-1> : tensor<2x10xi32>
    %ranks = stablehlo.select %at_top, %rank, %none : tensor<2x10xi1>, tensor<2x10xi32>
    %best = stablehlo.reduce(%ranks init: %$max.i32) applies stablehlo.maximum across dimensions = [1] : (tensor<2x10xi32>, tensor<i32>) -> tensor<2xi32>
    %row_last = stablehlo.constant dense<9> : tensor<2xi32>
    %prediction = stablehlo.subtract %row_last, %best : tensor<2xi32>
    %probabilities$max = stablehlo.reduce(%dense3 init: %$max.f32) applies stablehlo.maximum across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %probabilities$maxes = stablehlo.broadcast_in_dim %probabilities$max, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %probabilities$shifted = stablehlo.subtract %dense3, %probabilities$maxes : tensor<2x10xf32>
    %probabilities$exp = stablehlo.exponential %probabilities$shifted : tensor<2x10xf32>
    %probabilities$sum = stablehlo.reduce(%probabilities$exp init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %probabilities$sums = stablehlo.broadcast_in_dim %probabilities$sum, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %probabilities = stablehlo.divide %probabilities$exp, %probabilities$sums : tensor<2x10xf32>
    return %losses, %prediction, %probabilities : tensor<2xf32>, tensor<2xi32>, tensor<2x10xf32>
  }
}
