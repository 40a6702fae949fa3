//! Register-tile micro-kernels: vector operations on a tile, which know no layer.
