module @jit_step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<5x5x1x8xf32>, %arg1: tensor<8xf32>, %arg2: tensor<1568x32xf32>, %arg3: tensor<32xf32>, %arg4: tensor<32x10xf32>, %arg5: tensor<10xf32>, %arg6: tensor<100x28x28x1xf32>, %arg7: tensor<100xi32>, %arg8: tensor<f32>) -> (tensor<5x5x1x8xf32> {jax.result_info = "result[0]"}, tensor<8xf32> {jax.result_info = "result[1]"}, tensor<1568x32xf32> {jax.result_info = "result[2]"}, tensor<32xf32> {jax.result_info = "result[3]"}, tensor<32x10xf32> {jax.result_info = "result[4]"}, tensor<10xf32> {jax.result_info = "result[5]"}, tensor<f32> {jax.result_info = "result[6]"}) {
    %0 = stablehlo.convolution(%arg6, %arg0) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 2], [1, 2]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<100x28x28x1xf32>, tensor<5x5x1x8xf32>) -> tensor<100x14x14x8xf32>
    %1 = stablehlo.broadcast_in_dim %arg1, dims = [3] : (tensor<8xf32>) -> tensor<1x1x1x8xf32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0, 1, 2, 3] : (tensor<1x1x1x8xf32>) -> tensor<100x14x14x8xf32>
    %3 = stablehlo.add %0, %2 : tensor<100x14x14x8xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %4 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<100x14x14x8xf32>
    %5 = stablehlo.maximum %3, %4 : tensor<100x14x14x8xf32>
    %6 = stablehlo.compare EQ, %3, %5, FLOAT : (tensor<100x14x14x8xf32>, tensor<100x14x14x8xf32>) -> tensor<100x14x14x8xi1>
    %cst_0 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %7 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<100x14x14x8xf32>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %8 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<100x14x14x8xf32>
    %9 = stablehlo.select %6, %7, %8 : tensor<100x14x14x8xi1>, tensor<100x14x14x8xf32>
    %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %10 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<100x14x14x8xf32>
    %11 = stablehlo.compare EQ, %10, %5, FLOAT : (tensor<100x14x14x8xf32>, tensor<100x14x14x8xf32>) -> tensor<100x14x14x8xi1>
    %cst_3 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %12 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<100x14x14x8xf32>
    %cst_4 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %13 = stablehlo.broadcast_in_dim %cst_4, dims = [] : (tensor<f32>) -> tensor<100x14x14x8xf32>
    %14 = stablehlo.select %11, %12, %13 : tensor<100x14x14x8xi1>, tensor<100x14x14x8xf32>
    %15 = stablehlo.divide %9, %14 : tensor<100x14x14x8xf32>
    %16 = stablehlo.reshape %5 : (tensor<100x14x14x8xf32>) -> tensor<100x1568xf32>
    %17 = stablehlo.dot_general %16, %arg2, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<100x1568xf32>, tensor<1568x32xf32>) -> tensor<100x32xf32>
    %18 = stablehlo.broadcast_in_dim %arg3, dims = [1] : (tensor<32xf32>) -> tensor<1x32xf32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [0, 1] : (tensor<1x32xf32>) -> tensor<100x32xf32>
    %20 = stablehlo.add %17, %19 : tensor<100x32xf32>
    %cst_5 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %21 = stablehlo.broadcast_in_dim %cst_5, dims = [] : (tensor<f32>) -> tensor<100x32xf32>
    %22 = stablehlo.maximum %20, %21 : tensor<100x32xf32>
    %23 = stablehlo.compare EQ, %20, %22, FLOAT : (tensor<100x32xf32>, tensor<100x32xf32>) -> tensor<100x32xi1>
    %cst_6 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %24 = stablehlo.broadcast_in_dim %cst_6, dims = [] : (tensor<f32>) -> tensor<100x32xf32>
    %cst_7 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %25 = stablehlo.broadcast_in_dim %cst_7, dims = [] : (tensor<f32>) -> tensor<100x32xf32>
    %26 = stablehlo.select %23, %24, %25 : tensor<100x32xi1>, tensor<100x32xf32>
    %cst_8 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %27 = stablehlo.broadcast_in_dim %cst_8, dims = [] : (tensor<f32>) -> tensor<100x32xf32>
    %28 = stablehlo.compare EQ, %27, %22, FLOAT : (tensor<100x32xf32>, tensor<100x32xf32>) -> tensor<100x32xi1>
    %cst_9 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %29 = stablehlo.broadcast_in_dim %cst_9, dims = [] : (tensor<f32>) -> tensor<100x32xf32>
    %cst_10 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %30 = stablehlo.broadcast_in_dim %cst_10, dims = [] : (tensor<f32>) -> tensor<100x32xf32>
    %31 = stablehlo.select %28, %29, %30 : tensor<100x32xi1>, tensor<100x32xf32>
    %32 = stablehlo.divide %26, %31 : tensor<100x32xf32>
    %33 = call @_one_hot(%arg7) : (tensor<100xi32>) -> tensor<100x10xf32>
    %34 = stablehlo.dot_general %22, %arg4, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<100x32xf32>, tensor<32x10xf32>) -> tensor<100x10xf32>
    %35 = stablehlo.broadcast_in_dim %arg5, dims = [1] : (tensor<10xf32>) -> tensor<1x10xf32>
    %36 = stablehlo.broadcast_in_dim %35, dims = [0, 1] : (tensor<1x10xf32>) -> tensor<100x10xf32>
    %37 = stablehlo.add %34, %36 : tensor<100x10xf32>
    %38:3 = call @log_softmax(%37) : (tensor<100x10xf32>) -> (tensor<100x10xf32>, tensor<100x10xf32>, tensor<100x1xf32>)
    %39 = stablehlo.multiply %33, %38#0 : tensor<100x10xf32>
    %cst_11 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %40 = stablehlo.reduce(%39 init: %cst_11) applies stablehlo.add across dimensions = [1] : (tensor<100x10xf32>, tensor<f32>) -> tensor<100xf32>
    %cst_12 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %41 = stablehlo.reduce(%40 init: %cst_12) applies stablehlo.add across dimensions = [0] : (tensor<100xf32>, tensor<f32>) -> tensor<f32>
    %cst_13 = stablehlo.constant dense<1.000000e+02> : tensor<f32>
    %42 = stablehlo.divide %41, %cst_13 : tensor<f32>
    %43 = stablehlo.negate %42 : tensor<f32>
    %cst_14 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %44 = stablehlo.negate %cst_14 : tensor<f32>
    %cst_15 = stablehlo.constant dense<1.000000e+02> : tensor<f32>
    %45 = stablehlo.divide %44, %cst_15 : tensor<f32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<100xf32>
    %47 = stablehlo.broadcast_in_dim %46, dims = [0] : (tensor<100xf32>) -> tensor<100x10xf32>
    %48 = stablehlo.multiply %33, %47 : tensor<100x10xf32>
    %49 = call @log_softmax_0(%38#1, %38#2, %48) : (tensor<100x10xf32>, tensor<100x1xf32>, tensor<100x10xf32>) -> tensor<100x10xf32>
    %cst_16 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %50 = stablehlo.reduce(%49 init: %cst_16) applies stablehlo.add across dimensions = [0] : (tensor<100x10xf32>, tensor<f32>) -> tensor<10xf32>
    %51 = stablehlo.reshape %50 : (tensor<10xf32>) -> tensor<1x10xf32>
    %cst_17 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %52 = stablehlo.reduce(%51 init: %cst_17) applies stablehlo.add across dimensions = [0] : (tensor<1x10xf32>, tensor<f32>) -> tensor<10xf32>
    %53 = stablehlo.dot_general %49, %22, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<100x10xf32>, tensor<100x32xf32>) -> tensor<10x32xf32>
    %54 = stablehlo.transpose %53, dims = [1, 0] : (tensor<10x32xf32>) -> tensor<32x10xf32>
    %55 = stablehlo.dot_general %49, %arg4, contracting_dims = [1] x [1], precision = [DEFAULT, DEFAULT] : (tensor<100x10xf32>, tensor<32x10xf32>) -> tensor<100x32xf32>
    %56 = stablehlo.multiply %55, %32 : tensor<100x32xf32>
    %cst_18 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %57 = stablehlo.reduce(%56 init: %cst_18) applies stablehlo.add across dimensions = [0] : (tensor<100x32xf32>, tensor<f32>) -> tensor<32xf32>
    %58 = stablehlo.reshape %57 : (tensor<32xf32>) -> tensor<1x32xf32>
    %cst_19 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %59 = stablehlo.reduce(%58 init: %cst_19) applies stablehlo.add across dimensions = [0] : (tensor<1x32xf32>, tensor<f32>) -> tensor<32xf32>
    %60 = stablehlo.dot_general %56, %16, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<100x32xf32>, tensor<100x1568xf32>) -> tensor<32x1568xf32>
    %61 = stablehlo.transpose %60, dims = [1, 0] : (tensor<32x1568xf32>) -> tensor<1568x32xf32>
    %62 = stablehlo.dot_general %56, %arg2, contracting_dims = [1] x [1], precision = [DEFAULT, DEFAULT] : (tensor<100x32xf32>, tensor<1568x32xf32>) -> tensor<100x1568xf32>
    %63 = stablehlo.reshape %62 : (tensor<100x1568xf32>) -> tensor<100x14x14x8xf32>
    %64 = stablehlo.multiply %63, %15 : tensor<100x14x14x8xf32>
    %cst_20 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %65 = stablehlo.reduce(%64 init: %cst_20) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<100x14x14x8xf32>, tensor<f32>) -> tensor<8xf32>
    %66 = stablehlo.reshape %65 : (tensor<8xf32>) -> tensor<1x1x1x8xf32>
    %cst_21 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %67 = stablehlo.reduce(%66 init: %cst_21) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<1x1x1x8xf32>, tensor<f32>) -> tensor<8xf32>
    %68 = stablehlo.convolution(%arg6, %64) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [1, 1], rhs_dilate = [2, 2], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<100x28x28x1xf32>, tensor<100x14x14x8xf32>) -> tensor<5x5x1x8xf32>
    %69 = stablehlo.broadcast_in_dim %arg8, dims = [] : (tensor<f32>) -> tensor<5x5x1x8xf32>
    %70 = stablehlo.multiply %69, %68 : tensor<5x5x1x8xf32>
    %71 = stablehlo.subtract %arg0, %70 : tensor<5x5x1x8xf32>
    %72 = stablehlo.broadcast_in_dim %arg8, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %73 = stablehlo.multiply %72, %67 : tensor<8xf32>
    %74 = stablehlo.subtract %arg1, %73 : tensor<8xf32>
    %75 = stablehlo.broadcast_in_dim %arg8, dims = [] : (tensor<f32>) -> tensor<1568x32xf32>
    %76 = stablehlo.multiply %75, %61 : tensor<1568x32xf32>
    %77 = stablehlo.subtract %arg2, %76 : tensor<1568x32xf32>
    %78 = stablehlo.broadcast_in_dim %arg8, dims = [] : (tensor<f32>) -> tensor<32xf32>
    %79 = stablehlo.multiply %78, %59 : tensor<32xf32>
    %80 = stablehlo.subtract %arg3, %79 : tensor<32xf32>
    %81 = stablehlo.broadcast_in_dim %arg8, dims = [] : (tensor<f32>) -> tensor<32x10xf32>
    %82 = stablehlo.multiply %81, %54 : tensor<32x10xf32>
    %83 = stablehlo.subtract %arg4, %82 : tensor<32x10xf32>
    %84 = stablehlo.broadcast_in_dim %arg8, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %85 = stablehlo.multiply %84, %52 : tensor<10xf32>
    %86 = stablehlo.subtract %arg5, %85 : tensor<10xf32>
    return %71, %74, %77, %80, %83, %86, %43 : tensor<5x5x1x8xf32>, tensor<8xf32>, tensor<1568x32xf32>, tensor<32xf32>, tensor<32x10xf32>, tensor<10xf32>, tensor<f32>
  }
  func.func private @_one_hot(%arg0: tensor<100xi32>) -> tensor<100x10xf32> {
    %0 = stablehlo.broadcast_in_dim %arg0, dims = [0] : (tensor<100xi32>) -> tensor<100x1xi32>
    %1 = stablehlo.iota dim = 1 : tensor<1x10xi32>
    %2 = stablehlo.broadcast_in_dim %0, dims = [0, 1] : (tensor<100x1xi32>) -> tensor<100x10xi32>
    %3 = stablehlo.broadcast_in_dim %1, dims = [0, 1] : (tensor<1x10xi32>) -> tensor<100x10xi32>
    %4 = stablehlo.compare EQ, %2, %3, SIGNED : (tensor<100x10xi32>, tensor<100x10xi32>) -> tensor<100x10xi1>
    %5 = stablehlo.convert %4 : (tensor<100x10xi1>) -> tensor<100x10xf32>
    return %5 : tensor<100x10xf32>
  }
  func.func private @log_softmax(%arg0: tensor<100x10xf32>) -> (tensor<100x10xf32>, tensor<100x10xf32>, tensor<100x1xf32>) {
    %cst = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %0 = stablehlo.reduce(%arg0 init: %cst) applies stablehlo.maximum across dimensions = [1] : (tensor<100x10xf32>, tensor<f32>) -> tensor<100xf32>
    %cst_0 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<100xf32>
    %2 = stablehlo.maximum %1, %0 : tensor<100xf32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [0] : (tensor<100xf32>) -> tensor<100x1xf32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [0, 1] : (tensor<100x1xf32>) -> tensor<100x10xf32>
    %5 = stablehlo.subtract %arg0, %4 : tensor<100x10xf32>
    %6 = stablehlo.exponential %5 : tensor<100x10xf32>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %7 = stablehlo.reduce(%6 init: %cst_1) applies stablehlo.add across dimensions = [1] : (tensor<100x10xf32>, tensor<f32>) -> tensor<100xf32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [0] : (tensor<100xf32>) -> tensor<100x1xf32>
    %9 = stablehlo.log %8 : tensor<100x1xf32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [0, 1] : (tensor<100x1xf32>) -> tensor<100x10xf32>
    %11 = stablehlo.subtract %5, %10 : tensor<100x10xf32>
    return %11, %6, %8 : tensor<100x10xf32>, tensor<100x10xf32>, tensor<100x1xf32>
  }
  func.func private @log_softmax_0(%arg0: tensor<100x10xf32>, %arg1: tensor<100x1xf32>, %arg2: tensor<100x10xf32>) -> tensor<100x10xf32> {
    %0 = stablehlo.negate %arg2 : tensor<100x10xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.reduce(%0 init: %cst) applies stablehlo.add across dimensions = [1] : (tensor<100x10xf32>, tensor<f32>) -> tensor<100xf32>
    %2 = stablehlo.reshape %1 : (tensor<100xf32>) -> tensor<100x1xf32>
    %3 = stablehlo.divide %2, %arg1 : tensor<100x1xf32>
    %cst_0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %4 = stablehlo.reduce(%3 init: %cst_0) applies stablehlo.add across dimensions = [1] : (tensor<100x1xf32>, tensor<f32>) -> tensor<100xf32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [0] : (tensor<100xf32>) -> tensor<100x10xf32>
    %6 = stablehlo.multiply %5, %arg0 : tensor<100x10xf32>
    %7 = stablehlo.add %arg2, %6 : tensor<100x10xf32>
    return %7 : tensor<100x10xf32>
  }
}
