//! Layers drawn at random; `cnn-macros/src/tests/shapes.rs` wrote them.

crate::layers! {
    Drawn0 { 4x18x6 -> conv<3x1>(96, groups = 4, padding = same) }
    Drawn1 { 45x9x28 -> conv<3x3>(1, padding = same) }
    Drawn2 { 64x14x12 -> conv<3x3>(8, padding = 1) }
    Drawn3 { 13x5x29 -> conv<3x3>(61, padding = 1) -> relu }
    Drawn4 { 72x22x30 -> conv<3x3>(3, padding = 1) -> relu }
    Drawn5 { 96x10x11 -> conv<3x3>(4, groups = 4) -> relu }
    Drawn6 { 30x5x21 -> conv<3x3>(1, padding = 1) -> relu }
    Drawn7 { 2x10x24 -> conv<2x2>(48, groups = 2, padding = same) }
    Drawn8 { 16x15x19 -> conv<3x3>(24, groups = 4, padding = 1) }
    Drawn9 { 8x17x26 -> conv<3x2>(16, padding = same) }
    Drawn10 { 8x29x22 -> conv<3x3>(16) -> relu }
    Drawn11 { 96x27x7 -> conv<5x1>(41, padding = same) }
    Drawn12 { 24x5x7 -> conv<2x2>(32, stride = 2) }
    Drawn13 { 96x20x27 -> conv<2x2>(29, stride = 2) -> relu }
    Drawn14 { 42x21x7 -> conv<2x2>(16, padding = same) -> relu }
    Drawn15 { 72x7x20 -> conv<7x7>(5) -> relu }
    Drawn16 { 32x31x23 -> conv<3x3>(1, stride = 2) -> relu }
    Drawn17 { 16x16x8 -> conv<5x5>(1, padding = same) -> relu }
    Drawn18 { 3x12x32 -> conv<3x5>(27, padding = 1) -> relu }
    Drawn19 { 16x19x15 -> conv<5x1>(69, padding = same) -> relu }
    Drawn20 { 24x26x12 -> conv<7x2>(19, stride = 2) }
    Drawn21 { 32x8x23 -> conv<5x5>(18) -> relu }
    Drawn22 { 21x27x16 -> conv<2x2>(5, stride = 2) }
    Drawn23 { 45x15x10 -> conv<1x1>(3, padding = 0) -> relu }
    Drawn24 { 24x15x14 -> conv<2x2>(96, padding = same) }
    Drawn25 { 3x22x30 -> conv<3x3>(24, stride = 2) -> relu }
    Drawn26 { 8x6x17 -> conv<1x5>(16, groups = 4, padding = 0) }
    Drawn27 { 16x27x22 -> conv<5x5>(2, groups = 2, stride = 2) -> relu }
    Drawn28 { 96x30x10 -> conv<7x7>(8, padding = 3) -> relu }
    Drawn29 { 1x28x8 -> conv<7x1>(24, stride = 2) -> relu }
    Drawn30 { 32x20x24 -> conv<3x3>(1, padding = 1) }
    Drawn31 { 6x20x30 -> conv<3x3>(1) -> relu }
    Drawn32 { 24x23x19 -> conv<5x5>(8, padding = 2) -> relu }
    Drawn33 { 39x6x24 -> conv<3x3>(35, padding = same) -> relu }
    Drawn34 { 37x8x26 -> conv<3x3>(32, stride = 2) -> relu }
    Drawn35 { 24x32x9 -> conv<7x1>(66, padding = 0) -> relu }
    Drawn36 { 27x9x5 -> conv<1x1>(59, stride = 2) -> relu }
    Drawn37 { 25x31x8 -> conv<3x3>(3, padding = same) }
    Drawn38 { 8x8x12 -> conv<5x5>(20, groups = 4, stride = 2) -> relu }
    Drawn39 { 29x32x6 -> conv<2x2>(78, padding = same) -> relu }
    Drawn40 { 64x8x20 -> conv<5x5>(43, padding = same) -> relu }
    Drawn41 { 24x5x29 -> conv<3x3>(2, groups = 2, padding = same) }
    Drawn42 { 4x7x17 -> conv<3x3>(64, groups = 4, padding = 1) -> relu }
    Drawn43 { 64x5x15 -> conv<3x3>(4, groups = 4, stride = 2) -> relu }
    Drawn44 { 33x13x6 -> conv<3x3>(36, padding = same) -> relu }
    Drawn45 { 8x5x7 -> conv<1x1>(63) }
    Drawn46 { 16x30x9 -> conv<1x1>(3) -> relu }
    Drawn47 { 17x20x20 -> conv<5x5>(29, padding = same) -> relu }
    Drawn48 { 30x31x16 -> conv<3x5>(24) -> relu }
    Drawn49 { 59x8x24 -> conv<3x3>(16, padding = 1) -> relu }
    Drawn50 { 24x30x5 -> conv<2x2>(64) -> relu }
    Drawn51 { 8x26x25 -> conv<3x3>(6, stride = 2) -> relu }
    Drawn52 { 1x25x19 -> conv<7x7>(48, padding = same) }
    Drawn53 { 54x29x10 -> conv<2x2>(66, groups = 2, padding = same) -> relu }
    Drawn54 { 16x16x24 -> conv<3x3>(64, groups = 2, padding = 1) }
    Drawn55 { 16x24x16 -> conv<3x3>(76, groups = 4, padding = same) }
    Drawn56 { 28x26x23 -> conv<1x1>(24, stride = 2) -> relu }
    Drawn57 { 78x8x4 -> conv<5x4>(48, padding = same) }
    Drawn58 { 41x32x17 -> conv<3x3>(8, padding = same) -> relu }
    Drawn59 { 37x22x6 -> conv<5x5>(77, padding = 2) -> relu }
    Drawn60 { 9x29x13 -> depthwise_conv<3x6>(stride = 2) -> relu }
    Drawn61 { 17x15x31 -> depthwise_conv<3x3>(stride = 2) }
    Drawn62 { 76x14x16 -> depthwise_conv<1x1>() }
    Drawn63 { 66x31x20 -> depthwise_conv<7x7>(padding = same) }
    Drawn64 { 32x27x15 -> depthwise_conv<3x5>(stride = 2) -> relu }
    Drawn65 { 24x28x18 -> depthwise_conv<1x1>() -> relu }
    Drawn66 { 43x8x32 -> depthwise_conv<3x6>(padding = same) }
    Drawn67 { 76x4x14 -> depthwise_conv<3x3>(stride = 2) -> relu }
    Drawn68 { 19x4x15 -> depthwise_conv<3x3>(stride = 2) -> relu }
    Drawn69 { 10x9x18 -> depthwise_conv<2x2>(stride = 2) }
    Drawn70 { 11x22x10 -> depthwise_conv<1x1>() -> relu }
    Drawn71 { 32x13x28 -> depthwise_conv<3x3>() }
    Drawn72 { 67x16x7 -> depthwise_conv<2x2>(stride = 2) }
    Drawn73 { 27x16x8 -> depthwise_conv<3x3>() -> relu }
    Drawn74 { 96x18x19 -> depthwise_conv<5x3>(stride = 2) -> relu }
    Drawn75 { 616 -> dense(96) -> relu }
    Drawn76 { 1408 -> dense(191) -> relu }
    Drawn77 { 652 -> dense(255) -> relu }
    Drawn78 { 1880 -> dense(78) -> relu }
    Drawn79 { 59 -> dense(121) -> relu }
    Drawn80 { 1315 -> dense(121) -> relu }
    Drawn81 { 311 -> dense(106) }
    Drawn82 { 1447 -> dense(238) }
    Drawn83 { 1141 -> dense(112) }
    Drawn84 { 1931 -> dense(8) }
    Drawn85 { 1798 -> dense(196) -> relu }
    Drawn86 { 79 -> dense(17) -> relu }
    Drawn87 { 239 -> dense(18) -> relu }
    Drawn88 { 52 -> dense(152) }
    Drawn89 { 135 -> dense(116) }
    Drawn90 { 32x22x29 -> avg_pool<3x3>(stride = 2) }
    Drawn91 { 64x28x31 -> avg_pool<2x2>() }
    Drawn92 { 3x12x26 -> max_pool<2x2>() }
    Drawn93 { 44x30x9 -> avg_pool<2x2>() }
    Drawn94 { 64x19x14 -> max_pool<3x3>() }
    Drawn95 { 42x24x9 -> max_pool<2x2>() }
    Drawn96 { 37x6x31 -> avg_pool<2x2>(stride = 2) }
    Drawn97 { 8x21x23 -> max_pool<2x2>() }
    Drawn98 { 19x13x17 -> max_pool<2x2>(stride = 2) }
    Drawn99 { 24x10x31 -> max_pool<2x2>(stride = 2) }
}
