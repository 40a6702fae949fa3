//! Every shape of a layer with weights or a window that the workloads of the benchmarks have.

crate::layers! {
    LeNet5Conv1 { 1x28x28 -> conv<5x5>(6) -> relu }
    LeNet5Pool1 { 6x24x24 -> max_pool<2x2> }
    LeNet5Conv2 { 6x12x12 -> conv<5x5>(16) -> relu }
    LeNet5Pool2 { 16x8x8 -> max_pool<2x2> }
    LeNet5Dense1 { 256 -> dense(120) -> relu }
    LeNet5Dense2 { 120 -> dense(84) -> relu }
    LeNet5Logits { 84 -> dense(10) }
    SeedNetConv1 { 1x256x256 -> conv<3x3>(1, padding = same) -> tanh }
    CifarVggConv1 { 3x32x32 -> conv<3x3>(32, padding = same) -> relu }
    CifarVggConv2 { 32x32x32 -> conv<3x3>(32, padding = same) -> relu }
    CifarVggPool1 { 32x32x32 -> max_pool<2x2> }
    CifarVggConv3 { 32x16x16 -> conv<3x3>(64, padding = same) -> relu }
    CifarVggConv4 { 64x16x16 -> conv<3x3>(64, padding = same) -> relu }
    CifarVggPool2 { 64x16x16 -> max_pool<2x2> }
    CifarVggConv5 { 64x8x8 -> conv<3x3>(128, padding = same) -> relu }
    CifarVggPool3 { 128x8x8 -> max_pool<2x2> }
    CifarVggDense1 { 2048 -> dense(128) -> relu }
    CifarVggDense2 { 128 -> dense(10) }
    ResNet8Conv1 { 3x32x32 -> conv<3x3>(16, padding = same) }
    ResNet8Conv2 { 16x32x32 -> conv<3x3>(16, padding = same) }
    ResNet8Conv4 { 16x32x32 -> conv<3x3>(32, stride = 2, padding = (bottom = 1, right = 1)) }
    ResNet8Conv5 { 32x16x16 -> conv<3x3>(32, padding = same) }
    ResNet8Conv6 { 16x32x32 -> conv<1x1>(32, stride = 2) }
    ResNet8Conv7 { 32x16x16 -> conv<3x3>(64, stride = 2, padding = (bottom = 1, right = 1)) }
    ResNet8Conv8 { 64x8x8 -> conv<3x3>(64, padding = same) }
    ResNet8Conv9 { 32x16x16 -> conv<1x1>(64, stride = 2) }
    ResNet8Pool1 { 64x8x8 -> avg_pool<8x8> }
    ResNet8Dense1 { 64 -> dense(10) }
    DsCnnConv1 { 1x49x10 -> conv<10x4>(64, stride = 2, padding = (top = 4, bottom = 5, left = 1, right = 1)) }
    DsCnnDepthwise1 { 64x25x5 -> depthwise_conv<3x3>(padding = same) }
    DsCnnConv2 { 64x25x5 -> conv<1x1>(64) }
    DsCnnPool1 { 64x25x5 -> avg_pool<25x5> }
    DsCnnDense1 { 64 -> dense(12) }
}
