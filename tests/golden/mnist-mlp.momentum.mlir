module @mnist_mlp {
  func.func public @main(%dense1.weight: tensor<784x512xf32>, %dense1.bias: tensor<512xf32>, %dense2.weight: tensor<512x512xf32>, %dense2.bias: tensor<512xf32>, %dense3.weight: tensor<512x10xf32>, %dense3.bias: tensor<10xf32>, %dense1.weight$velocity: tensor<784x512xf32>, %dense1.bias$velocity: tensor<512xf32>, %dense2.weight$velocity: tensor<512x512xf32>, %dense2.bias$velocity: tensor<512xf32>, %dense3.weight$velocity: tensor<512x10xf32>, %dense3.bias$velocity: tensor<10xf32>, %learning_rate: tensor<f32>, %x: tensor<4x28x28x1xf32>, %labels: tensor<4xi32>) -> (tensor<784x512xf32>, tensor<512xf32>, tensor<512x512xf32>, tensor<512xf32>, tensor<512x10xf32>, tensor<10xf32>, tensor<784x512xf32>, tensor<512xf32>, tensor<512x512xf32>, tensor<512xf32>, tensor<512x10xf32>, tensor<10xf32>, tensor<f32>, tensor<i32>) {
    %$add.f32 = stablehlo.constant dense<0.0> : tensor<f32>
    %$add.i32 = stablehlo.constant dense<0> : tensor<i32>
    %$max.f32 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %$max.i32 = stablehlo.constant dense<-2147483648> : tensor<i32>
    %flatten1 = stablehlo.reshape %x : (tensor<4x28x28x1xf32>) -> tensor<4x784xf32>
    %dense1.product = stablehlo.dot_general %flatten1, %dense1.weight, contracting_dims = [1] x [0] : (tensor<4x784xf32>, tensor<784x512xf32>) -> tensor<4x512xf32>
    %dense1.biases = stablehlo.broadcast_in_dim %dense1.bias, dims = [1] : (tensor<512xf32>) -> tensor<4x512xf32>
    %dense1 = stablehlo.add %dense1.product, %dense1.biases : tensor<4x512xf32>
    %relu1.zero = stablehlo.constant dense<0.0> : tensor<4x512xf32>
    %relu1 = stablehlo.maximum %relu1.zero, %dense1 : tensor<4x512xf32>
    %dense2.product = stablehlo.dot_general %relu1, %dense2.weight, contracting_dims = [1] x [0] : (tensor<4x512xf32>, tensor<512x512xf32>) -> tensor<4x512xf32>
    %dense2.biases = stablehlo.broadcast_in_dim %dense2.bias, dims = [1] : (tensor<512xf32>) -> tensor<4x512xf32>
    %dense2 = stablehlo.add %dense2.product, %dense2.biases : tensor<4x512xf32>
    %relu2.zero = stablehlo.constant dense<0.0> : tensor<4x512xf32>
    %relu2 = stablehlo.maximum %relu2.zero, %dense2 : tensor<4x512xf32>
    %dense3.product = stablehlo.dot_general %relu2, %dense3.weight, contracting_dims = [1] x [0] : (tensor<4x512xf32>, tensor<512x10xf32>) -> tensor<4x10xf32>
    %dense3.biases = stablehlo.broadcast_in_dim %dense3.bias, dims = [1] : (tensor<10xf32>) -> tensor<4x10xf32>
    %dense3 = stablehlo.add %dense3.product, %dense3.biases : tensor<4x10xf32>
    %wanted = stablehlo.broadcast_in_dim %labels, dims = [0] : (tensor<4xi32>) -> tensor<4x10xi32>
    %classes = stablehlo.iota dim = 1 : tensor<4x10xi32>
    %one_hot.mask = stablehlo.compare EQ, %classes, %wanted, SIGNED : (tensor<4x10xi32>, tensor<4x10xi32>) -> tensor<4x10xi1>
    %one_hot = stablehlo.convert %one_hot.mask : (tensor<4x10xi1>) -> tensor<4x10xf32>
    %losses$max = stablehlo.reduce(%dense3 init: %$max.f32) applies stablehlo.maximum across dimensions = [1] : (tensor<4x10xf32>, tensor<f32>) -> tensor<4xf32>
    %losses$maxes = stablehlo.broadcast_in_dim %losses$max, dims = [0] : (tensor<4xf32>) -> tensor<4x10xf32>
    %losses$shifted = stablehlo.subtract %dense3, %losses$maxes : tensor<4x10xf32>
    %losses$exp = stablehlo.exponential %losses$shifted : tensor<4x10xf32>
    %losses$sum = stablehlo.reduce(%losses$exp init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<4x10xf32>, tensor<f32>) -> tensor<4xf32>
    %losses$log = stablehlo.log %losses$sum : tensor<4xf32>
    %losses$logs = stablehlo.broadcast_in_dim %losses$log, dims = [0] : (tensor<4xf32>) -> tensor<4x10xf32>
    %losses$log_softmax = stablehlo.subtract %losses$shifted, %losses$logs : tensor<4x10xf32>
    %losses$weighted = stablehlo.multiply %one_hot, %losses$log_softmax : tensor<4x10xf32>
    %losses$total = stablehlo.reduce(%losses$weighted init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<4x10xf32>, tensor<f32>) -> tensor<4xf32>
    %losses = stablehlo.negate %losses$total : tensor<4xf32>
    %loss.total = stablehlo.reduce(%losses init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %loss.count = stablehlo.constant dense<4.0> : tensor<f32>
    %loss = stablehlo.divide %loss.total, %loss.count : tensor<f32>
    %top = stablehlo.reduce(%dense3 init: %$max.f32) applies stablehlo.maximum across dimensions = [1] : (tensor<4x10xf32>, tensor<f32>) -> tensor<4xf32>
    %tops = stablehlo.broadcast_in_dim %top, dims = [0] : (tensor<4xf32>) -> tensor<4x10xf32>
    %at_top = stablehlo.compare EQ, %dense3, %tops, FLOAT : (tensor<4x10xf32>, tensor<4x10xf32>) -> tensor<4x10xi1>
    %number = stablehlo.iota dim = 1 : tensor<4x10xi32>
    %last = stablehlo.constant dense<9> : tensor<4x10xi32>
    %rank = stablehlo.subtract %last, %number : tensor<4x10xi32>
    %none = stablehlo.constant dense<-1> : tensor<4x10xi32>
    %ranks = stablehlo.select %at_top, %rank, %none : tensor<4x10xi1>, tensor<4x10xi32>
    %best = stablehlo.reduce(%ranks init: %$max.i32) applies stablehlo.maximum across dimensions = [1] : (tensor<4x10xi32>, tensor<i32>) -> tensor<4xi32>
    %row_last = stablehlo.constant dense<9> : tensor<4xi32>
    %prediction = stablehlo.subtract %row_last, %best : tensor<4xi32>
    %hits = stablehlo.compare EQ, %prediction, %labels, SIGNED : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>
    %hit_counts = stablehlo.convert %hits : (tensor<4xi1>) -> tensor<4xi32>
    %correct = stablehlo.reduce(%hit_counts init: %$add.i32) applies stablehlo.add across dimensions = [0] : (tensor<4xi32>, tensor<i32>) -> tensor<i32>
    %d.loss = stablehlo.constant dense<1.0> : tensor<f32>
    %d.loss.total = stablehlo.divide %d.loss, %loss.count : tensor<f32>
    %d.losses = stablehlo.broadcast_in_dim %d.loss.total, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %losses$1 = stablehlo.broadcast_in_dim %d.losses, dims = [0] : (tensor<4xf32>) -> tensor<4x10xf32>
    %losses$2$max = stablehlo.reduce(%dense3 init: %$max.f32) applies stablehlo.maximum across dimensions = [1] : (tensor<4x10xf32>, tensor<f32>) -> tensor<4xf32>
    %losses$2$maxes = stablehlo.broadcast_in_dim %losses$2$max, dims = [0] : (tensor<4xf32>) -> tensor<4x10xf32>
    %losses$2$shifted = stablehlo.subtract %dense3, %losses$2$maxes : tensor<4x10xf32>
    %losses$2$exp = stablehlo.exponential %losses$2$shifted : tensor<4x10xf32>
    %losses$2$sum = stablehlo.reduce(%losses$2$exp init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<4x10xf32>, tensor<f32>) -> tensor<4xf32>
    %losses$2$sums = stablehlo.broadcast_in_dim %losses$2$sum, dims = [0] : (tensor<4xf32>) -> tensor<4x10xf32>
    %losses$2 = stablehlo.divide %losses$2$exp, %losses$2$sums : tensor<4x10xf32>
    %losses$3 = stablehlo.reduce(%one_hot init: %$add.f32) applies stablehlo.add across dimensions = [1] : (tensor<4x10xf32>, tensor<f32>) -> tensor<4xf32>
    %losses$4 = stablehlo.broadcast_in_dim %losses$3, dims = [0] : (tensor<4xf32>) -> tensor<4x10xf32>
    %losses$5 = stablehlo.multiply %losses$2, %losses$4 : tensor<4x10xf32>
    %losses$6 = stablehlo.subtract %losses$5, %one_hot : tensor<4x10xf32>
    %d.dense3 = stablehlo.multiply %losses$6, %losses$1 : tensor<4x10xf32>
    %d.dense3.bias = stablehlo.reduce(%d.dense3 init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<4x10xf32>, tensor<f32>) -> tensor<10xf32>
    %d.relu2 = stablehlo.dot_general %d.dense3, %dense3.weight, contracting_dims = [1] x [1] : (tensor<4x10xf32>, tensor<512x10xf32>) -> tensor<4x512xf32>
    %d.dense3.weight = stablehlo.dot_general %relu2, %d.dense3, contracting_dims = [0] x [0] : (tensor<4x512xf32>, tensor<4x10xf32>) -> tensor<512x10xf32>
    %relu2$1 = stablehlo.compare LT, %relu2.zero, %dense2, FLOAT : (tensor<4x512xf32>, tensor<4x512xf32>) -> tensor<4x512xi1>
    %relu2$2 = stablehlo.constant dense<0.0> : tensor<4x512xf32>
    %d.dense2 = stablehlo.select %relu2$1, %d.relu2, %relu2$2 : tensor<4x512xi1>, tensor<4x512xf32>
    %d.dense2.bias = stablehlo.reduce(%d.dense2 init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<4x512xf32>, tensor<f32>) -> tensor<512xf32>
    %d.relu1 = stablehlo.dot_general %d.dense2, %dense2.weight, contracting_dims = [1] x [1] : (tensor<4x512xf32>, tensor<512x512xf32>) -> tensor<4x512xf32>
    %d.dense2.weight = stablehlo.dot_general %relu1, %d.dense2, contracting_dims = [0] x [0] : (tensor<4x512xf32>, tensor<4x512xf32>) -> tensor<512x512xf32>
    %relu1$1 = stablehlo.compare LT, %relu1.zero, %dense1, FLOAT : (tensor<4x512xf32>, tensor<4x512xf32>) -> tensor<4x512xi1>
    %relu1$2 = stablehlo.constant dense<0.0> : tensor<4x512xf32>
    %d.dense1 = stablehlo.select %relu1$1, %d.relu1, %relu1$2 : tensor<4x512xi1>, tensor<4x512xf32>
    %d.dense1.bias = stablehlo.reduce(%d.dense1 init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<4x512xf32>, tensor<f32>) -> tensor<512xf32>
    %d.dense1.weight = stablehlo.dot_general %flatten1, %d.dense1, contracting_dims = [0] x [0] : (tensor<4x784xf32>, tensor<4x512xf32>) -> tensor<784x512xf32>
    %dense1.weight$momentum = stablehlo.constant dense<0.9> : tensor<784x512xf32>
    %dense1.weight$kept = stablehlo.multiply %dense1.weight$momentum, %dense1.weight$velocity : tensor<784x512xf32>
    %dense1.weight$velocity$new = stablehlo.add %dense1.weight$kept, %d.dense1.weight : tensor<784x512xf32>
    %dense1.weight$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<784x512xf32>
    %dense1.weight$step = stablehlo.multiply %dense1.weight$rate, %dense1.weight$velocity$new : tensor<784x512xf32>
    %dense1.weight$new = stablehlo.subtract %dense1.weight, %dense1.weight$step : tensor<784x512xf32>
    %dense1.bias$momentum = stablehlo.constant dense<0.9> : tensor<512xf32>
    %dense1.bias$kept = stablehlo.multiply %dense1.bias$momentum, %dense1.bias$velocity : tensor<512xf32>
    %dense1.bias$velocity$new = stablehlo.add %dense1.bias$kept, %d.dense1.bias : tensor<512xf32>
    %dense1.bias$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<512xf32>
    %dense1.bias$step = stablehlo.multiply %dense1.bias$rate, %dense1.bias$velocity$new : tensor<512xf32>
    %dense1.bias$new = stablehlo.subtract %dense1.bias, %dense1.bias$step : tensor<512xf32>
    %dense2.weight$momentum = stablehlo.constant dense<0.9> : tensor<512x512xf32>
    %dense2.weight$kept = stablehlo.multiply %dense2.weight$momentum, %dense2.weight$velocity : tensor<512x512xf32>
    %dense2.weight$velocity$new = stablehlo.add %dense2.weight$kept, %d.dense2.weight : tensor<512x512xf32>
    %dense2.weight$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<512x512xf32>
    %dense2.weight$step = stablehlo.multiply %dense2.weight$rate, %dense2.weight$velocity$new : tensor<512x512xf32>
    %dense2.weight$new = stablehlo.subtract %dense2.weight, %dense2.weight$step : tensor<512x512xf32>
    %dense2.bias$momentum = stablehlo.constant dense<0.9> : tensor<512xf32>
    %dense2.bias$kept = stablehlo.multiply %dense2.bias$momentum, %dense2.bias$velocity : tensor<512xf32>
    %dense2.bias$velocity$new = stablehlo.add %dense2.bias$kept, %d.dense2.bias : tensor<512xf32>
    %dense2.bias$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<512xf32>
    %dense2.bias$step = stablehlo.multiply %dense2.bias$rate, %dense2.bias$velocity$new : tensor<512xf32>
    %dense2.bias$new = stablehlo.subtract %dense2.bias, %dense2.bias$step : tensor<512xf32>
    %dense3.weight$momentum = stablehlo.constant dense<0.9> : tensor<512x10xf32>
    %dense3.weight$kept = stablehlo.multiply %dense3.weight$momentum, %dense3.weight$velocity : tensor<512x10xf32>
    %dense3.weight$velocity$new = stablehlo.add %dense3.weight$kept, %d.dense3.weight : tensor<512x10xf32>
    %dense3.weight$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<512x10xf32>
    %dense3.weight$step = stablehlo.multiply %dense3.weight$rate, %dense3.weight$velocity$new : tensor<512x10xf32>
    %dense3.weight$new = stablehlo.subtract %dense3.weight, %dense3.weight$step : tensor<512x10xf32>
    %dense3.bias$momentum = stablehlo.constant dense<0.9> : tensor<10xf32>
    %dense3.bias$kept = stablehlo.multiply %dense3.bias$momentum, %dense3.bias$velocity : tensor<10xf32>
    %dense3.bias$velocity$new = stablehlo.add %dense3.bias$kept, %d.dense3.bias : tensor<10xf32>
    %dense3.bias$rate = stablehlo.broadcast_in_dim %learning_rate, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %dense3.bias$step = stablehlo.multiply %dense3.bias$rate, %dense3.bias$velocity$new : tensor<10xf32>
    %dense3.bias$new = stablehlo.subtract %dense3.bias, %dense3.bias$step : tensor<10xf32>
    return %dense1.weight$new, %dense1.bias$new, %dense2.weight$new, %dense2.bias$new, %dense3.weight$new, %dense3.bias$new, %dense1.weight$velocity$new, %dense1.bias$velocity$new, %dense2.weight$velocity$new, %dense2.bias$velocity$new, %dense3.weight$velocity$new, %dense3.bias$velocity$new, %loss, %correct : tensor<784x512xf32>, tensor<512xf32>, tensor<512x512xf32>, tensor<512xf32>, tensor<512x10xf32>, tensor<10xf32>, tensor<784x512xf32>, tensor<512xf32>, tensor<512x512xf32>, tensor<512xf32>, tensor<512x10xf32>, tensor<10xf32>, tensor<f32>, tensor<i32>
  }
}
