//! Typed views of one layer's parameters, which generated accessors return.

/// The parameters of a layer that has a weight and no bias.
#[derive(Clone, Copy, Debug)]
pub struct Weight<'a, W> {
    weight: &'a W,
}

/// The parameters of a layer that has a weight and no bias, to be changed.
#[derive(Debug)]
pub struct WeightMut<'a, W> {
    weight: &'a mut W,
}

/// The parameters of a layer that has a weight and a bias.
#[derive(Clone, Copy, Debug)]
pub struct WeightAndBias<'a, W, B> {
    weight: &'a W,
    bias: &'a B,
}

/// The parameters of a layer that has a weight and a bias, to be changed.
#[derive(Debug)]
pub struct WeightAndBiasMut<'a, W, B> {
    weight: &'a mut W,
    bias: &'a mut B,
}

impl<'a, W> Weight<'a, W> {
    /// The view of a weight.
    pub fn new(weight: &'a W) -> Self {
        Self { weight }
    }

    /// The weight, in PyTorch's order: `[o][i][ky][kx]` of a convolution, `[o][i]` of a dense layer.
    #[must_use]
    pub fn weight(&self) -> &'a W {
        self.weight
    }
}

impl<'a, W> WeightMut<'a, W> {
    /// The view of a weight.
    pub fn new(weight: &'a mut W) -> Self {
        Self { weight }
    }

    /// The weight, in PyTorch's order: `[o][i][ky][kx]` of a convolution, `[o][i]` of a dense layer.
    pub fn weight(&mut self) -> &mut W {
        self.weight
    }
}

impl<'a, W, B> WeightAndBias<'a, W, B> {
    /// The view of a weight and a bias.
    pub fn new(weight: &'a W, bias: &'a B) -> Self {
        Self { weight, bias }
    }

    /// The weight, in PyTorch's order: `[o][i][ky][kx]` of a convolution, `[o][i]` of a dense layer.
    #[must_use]
    pub fn weight(&self) -> &'a W {
        self.weight
    }

    /// The bias, one number per output channel.
    #[must_use]
    pub fn bias(&self) -> &'a B {
        self.bias
    }
}

impl<'a, W, B> WeightAndBiasMut<'a, W, B> {
    /// The view of a weight and a bias.
    pub fn new(weight: &'a mut W, bias: &'a mut B) -> Self {
        Self { weight, bias }
    }

    /// The weight, in PyTorch's order: `[o][i][ky][kx]` of a convolution, `[o][i]` of a dense layer.
    pub fn weight(&mut self) -> &mut W {
        self.weight
    }

    /// The bias, one number per output channel.
    pub fn bias(&mut self) -> &mut B {
        self.bias
    }
}

/// The parameters of a layer of a network that has a mistake: nothing to be seen.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Undeclared;

impl Undeclared {
    /// Stands for a weight.
    pub fn weight(&self) -> ! {
        not_declared()
    }

    /// Stands for a bias.
    pub fn bias(&self) -> ! {
        not_declared()
    }
}

/// The body of every method of a network that has a mistake; such a program does not compile.
#[doc(hidden)]
pub fn not_declared() -> ! {
    unreachable!("a network with a mistake does not compile")
}
