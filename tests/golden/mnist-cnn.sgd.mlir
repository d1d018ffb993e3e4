module @mnist_cnn {
  func.func public @main(%conv1.weight: tensor<3x3x1x32xf32>, %conv1.bias: tensor<32xf32>, %conv2.weight: tensor<3x3x32x32xf32>, %conv2.bias: tensor<32xf32>, %dense1.weight: tensor<6272x512xf32>, %dense1.bias: tensor<512xf32>, %dense2.weight: tensor<512x512xf32>, %dense2.bias: tensor<512xf32>, %dense3.weight: tensor<512x10xf32>, %dense3.bias: tensor<10xf32>, %learning_rate: tensor<f32>, %x: tensor<2x28x28x1xf32>, %labels: tensor<2xi32>) -> (tensor<3x3x1x32xf32>, tensor<32xf32>, tensor<3x3x32x32xf32>, tensor<32xf32>, tensor<6272x512xf32>, tensor<512xf32>, tensor<512x512xf32>, tensor<512xf32>, tensor<512x10xf32>, tensor<10xf32>, tensor<f32>, tensor<i32>) {
    %$add.f32 = stablehlo.constant dense<0.0> : tensor<f32>
    %$add.i32 = stablehlo.constant dense<0> : tensor<i32>
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
    %loss.total = stablehlo.reduce(%losses init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    %loss.count = stablehlo.constant dense<2.0> : tensor<f32>
    %loss = stablehlo.divide %loss.total, %loss.count : tensor<f32>
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
    %hits = stablehlo.compare EQ, %prediction, %labels, SIGNED : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
    %hit_counts = stablehlo.convert %hits : (tensor<2xi1>) -> tensor<2xi32>
    %correct = stablehlo.reduce(%hit_counts init: %$add.i32) applies stablehlo.add across dimensions = [0] : (tensor<2xi32>, tensor<i32>) -> tensor<i32>
    %d.loss = stablehlo.constant dense<1.0> : tensor<f32>
    %d.loss.total = stablehlo.divide %d.loss, %loss.count : tensor<f32>
    %d.losses = stablehlo.broadcast_in_dim %d.loss.total, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %losses$1 = stablehlo.broadcast_in_dim %d.losses, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %losses$2$max = stablehlo.reduce(%dense3 init: %$max.f32) applies stablehlo.maximum across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %losses$2$maxes = stablehlo.broadcast_in_dim %losses$2$max, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %losses$2$shifted = stablehlo.subtract %dense3, %losses$2$maxes : tensor<2x10xf32>
    %losses$2$exp = stablehlo.exponential %losses$2$shifted : tensor<2x10xf32>
    %losses$2$sum = stablehlo.reduce(%losses$2$exp init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %losses$2$sums = stablehlo.broadcast_in_dim %losses$2$sum, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %losses$2 = stablehlo.divide %losses$2$exp, %losses$2$sums : tensor<2x10xf32>
    %losses$3 = stablehlo.reduce(%one_hot init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<2x10xf32>, tensor<f32>) -> tensor<2xf32>
    %losses$4 = stablehlo.broadcast_in_dim %losses$3, dims = [0] : (tensor<2xf32>) -> tensor<2x10xf32>
    %losses$5 = stablehlo.multiply %losses$2, %losses$4 : tensor<2x10xf32>
    %losses$6 = stablehlo.subtract %losses$5, %one_hot : tensor<2x10xf32>
    %d.dense3 = stablehlo.multiply %losses$6, %losses$1 : tensor<2x10xf32>
    %d.dense3.bias = stablehlo.reduce(%d.dense3 init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<2x10xf32>, tensor<f32>) -> tensor<10xf32>
    %d.relu4 = stablehlo.dot_general %d.dense3, %dense3.weight, contracting_dims = [1] x [1] : (tensor<2x10xf32>, tensor<512x10xf32>) -> tensor<2x512xf32>
    %d.dense3.weight = stablehlo.dot_general %relu4, %d.dense3, contracting_dims = [0] x [0] : (tensor<2x512xf32>, tensor<2x10xf32>) -> tensor<512x10xf32>
    %relu4$1 = stablehlo.compare LT, %relu4.zero, %dense2, FLOAT : (tensor<2x512xf32>, tensor<2x512xf32>) -> tensor<2x512xi1>
    %relu4$2 = stablehlo.constant dense<0.0> : tensor<2x512xf32>
    %d.dense2 = stablehlo.select %relu4$1, %d.relu4, %relu4$2 : tensor<2x512xi1>, tensor<2x512xf32>
    %d.dense2.bias = stablehlo.reduce(%d.dense2 init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<2x512xf32>, tensor<f32>) -> tensor<512xf32>
    %d.relu3 = stablehlo.dot_general %d.dense2, %dense2.weight, contracting_dims = [1] x [1] : (tensor<2x512xf32>, tensor<512x512xf32>) -> tensor<2x512xf32>
    %d.dense2.weight = stablehlo.dot_general %relu3, %d.dense2, contracting_dims = [0] x [0] : (tensor<2x512xf32>, tensor<2x512xf32>) -> tensor<512x512xf32>
    %relu3$1 = stablehlo.compare LT, %relu3.zero, %dense1, FLOAT : (tensor<2x512xf32>, tensor<2x512xf32>) -> tensor<2x512xi1>
    %relu3$2 = stablehlo.constant dense<0.0> : tensor<2x512xf32>
    %d.dense1 = stablehlo.select %relu3$1, %d.relu3, %relu3$2 : tensor<2x512xi1>, tensor<2x512xf32>
    %d.dense1.bias = stablehlo.reduce(%d.dense1 init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<2x512xf32>, tensor<f32>) -> tensor<512xf32>
    %d.flatten1 = stablehlo.dot_general %d.dense1, %dense1.weight, contracting_dims = [1] x [1] : (tensor<2x512xf32>, tensor<6272x512xf32>) -> tensor<2x6272xf32>
    %d.dense1.weight = stablehlo.dot_general %flatten1, %d.dense1, contracting_dims = [0] x [0] : (tensor<2x6272xf32>, tensor<2x512xf32>) -> tensor<6272x512xf32>
    %d.max_pool1 = stablehlo.reshape %d.flatten1 : (tensor<2x6272xf32>) -> tensor<2x14x14x32xf32>
    %d.relu2 = "stablehlo.select_and_scatter"(%relu2, %d.max_pool1, %$add.f32) <{padding = dense<[[0, 0], [0, 0], [0, 0], [0, 0]]> : tensor<4x2xi64>, window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>}> ({
    ^bb0(%$x: tensor<f32>, %$y: tensor<f32>):
      %$z = stablehlo.compare GE, %$x, %$y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %$z : tensor<i1>
    }, {
    ^bb0(%$x: tensor<f32>, %$y: tensor<f32>):
      %$z = stablehlo.add %$x, %$y : tensor<f32>
      stablehlo.return %$z : tensor<f32>
    }) : (tensor<2x28x28x32xf32>, tensor<2x14x14x32xf32>, tensor<f32>) -> tensor<2x28x28x32xf32>
    %relu2$1 = stablehlo.compare LT, %relu2.zero, %conv2, FLOAT : (tensor<2x28x28x32xf32>, tensor<2x28x28x32xf32>) -> tensor<2x28x28x32xi1>
    %relu2$2 = stablehlo.constant dense<0.0> : tensor<2x28x28x32xf32>
    %d.conv2 = stablehlo.select %relu2$1, %d.relu2, %relu2$2 : tensor<2x28x28x32xi1>, tensor<2x28x28x32xf32>
    %d.conv2.bias = stablehlo.reduce(%d.conv2 init: %$add.f32) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x28x28x32xf32>, tensor<f32>) -> tensor<32xf32>
    %conv2.product$1 = stablehlo.reverse %conv2.weight, dims = [0, 1] : tensor<3x3x32x32xf32>
    %d.relu1 = stablehlo.convolution(%d.conv2, %conv2.product$1) dim_numbers = [b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x28x28x32xf32>, tensor<3x3x32x32xf32>) -> tensor<2x28x28x32xf32>
    %d.conv2.weight = stablehlo.convolution(%relu1, %d.conv2) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x28x28x32xf32>, tensor<2x28x28x32xf32>) -> tensor<3x3x32x32xf32>
    %relu1$1 = stablehlo.compare LT, %relu1.zero, %conv1, FLOAT : (tensor<2x28x28x32xf32>, tensor<2x28x28x32xf32>) -> tensor<2x28x28x32xi1>
    %relu1$2 = stablehlo.constant dense<0.0> : tensor<2x28x28x32xf32>
    %d.conv1 = stablehlo.select %relu1$1, %d.relu1, %relu1$2 : tensor<2x28x28x32xi1>, tensor<2x28x28x32xf32>
    %d.conv1.bias = stablehlo.reduce(%d.conv1 init: %$add.f32) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x28x28x32xf32>, tensor<f32>) -> tensor<32xf32>
    %d.conv1.weight = stablehlo.convolution(%x, %d.conv1) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x28x28x1xf32>, tensor<2x28x28x32xf32>) -> tensor<3x3x1x32xf32>
    %conv1.weight$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<3x3x1x32xf32>
    %conv1.weight$step = stablehlo.multiply %conv1.weight$rate, %d.conv1.weight : tensor<3x3x1x32xf32>
    %conv1.weight$new = stablehlo.subtract %conv1.weight, %conv1.weight$step : tensor<3x3x1x32xf32>
    %conv1.bias$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<32xf32>
    %conv1.bias$step = stablehlo.multiply %conv1.bias$rate, %d.conv1.bias : tensor<32xf32>
    %conv1.bias$new = stablehlo.subtract %conv1.bias, %conv1.bias$step : tensor<32xf32>
    %conv2.weight$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<3x3x32x32xf32>
    %conv2.weight$step = stablehlo.multiply %conv2.weight$rate, %d.conv2.weight : tensor<3x3x32x32xf32>
    %conv2.weight$new = stablehlo.subtract %conv2.weight, %conv2.weight$step : tensor<3x3x32x32xf32>
    %conv2.bias$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<32xf32>
    %conv2.bias$step = stablehlo.multiply %conv2.bias$rate, %d.conv2.bias : tensor<32xf32>
    %conv2.bias$new = stablehlo.subtract %conv2.bias, %conv2.bias$step : tensor<32xf32>
    %dense1.weight$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<6272x512xf32>
    %dense1.weight$step = stablehlo.multiply %dense1.weight$rate, %d.dense1.weight : tensor<6272x512xf32>
    %dense1.weight$new = stablehlo.subtract %dense1.weight, %dense1.weight$step : tensor<6272x512xf32>
    %dense1.bias$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<512xf32>
    %dense1.bias$step = stablehlo.multiply %dense1.bias$rate, %d.dense1.bias : tensor<512xf32>
    %dense1.bias$new = stablehlo.subtract %dense1.bias, %dense1.bias$step : tensor<512xf32>
    %dense2.weight$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<512x512xf32>
    %dense2.weight$step = stablehlo.multiply %dense2.weight$rate, %d.dense2.weight : tensor<512x512xf32>
    %dense2.weight$new = stablehlo.subtract %dense2.weight, %dense2.weight$step : tensor<512x512xf32>
    %dense2.bias$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<512xf32>
    %dense2.bias$step = stablehlo.multiply %dense2.bias$rate, %d.dense2.bias : tensor<512xf32>
    %dense2.bias$new = stablehlo.subtract %dense2.bias, %dense2.bias$step : tensor<512xf32>
    %dense3.weight$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<512x10xf32>
    %dense3.weight$step = stablehlo.multiply %dense3.weight$rate, %d.dense3.weight : tensor<512x10xf32>
    %dense3.weight$new = stablehlo.subtract %dense3.weight, %dense3.weight$step : tensor<512x10xf32>
    %dense3.bias$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %dense3.bias$step = stablehlo.multiply %dense3.bias$rate, %d.dense3.bias : tensor<10xf32>
    %dense3.bias$new = stablehlo.subtract %dense3.bias, %dense3.bias$step : tensor<10xf32>
    return %conv1.weight$new, %conv1.bias$new, %conv2.weight$new, %conv2.bias$new, %dense1.weight$new, %dense1.bias$new, %dense2.weight$new, %dense2.bias$new, %dense3.weight$new, %dense3.bias$new, %loss, %correct : tensor<3x3x1x32xf32>, tensor<32xf32>, tensor<3x3x32x32xf32>, tensor<32xf32>, tensor<6272x512xf32>, tensor<512xf32>, tensor<512x512xf32>, tensor<512xf32>, tensor<512x10xf32>, tensor<10xf32>, tensor<f32>, tensor<i32>
  }
}
