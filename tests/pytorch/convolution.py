"""Writes convolution.safetensors: convolutions with every option, alone and in combination."""

from torch import nn
from torch.nn import functional

from cases import chain, write


class Rimmed(nn.Conv2d):
    """A convolution whose padding differs by side: left, right, top, bottom."""

    def __init__(self, *sizes, rim, mode="constant", **options):
        super().__init__(*sizes, **options)
        self.rim, self.mode = rim, mode

    def forward(self, image):
        return super().forward(functional.pad(image, self.rim, mode=self.mode))


write(
    __file__,
    {
        "dilation_of_two": ((2, 7, 8), lambda: chain(conv1=nn.Conv2d(2, 3, 3, dilation=2)), 2),
        "dilation_by_side": ((1, 6, 9), lambda: chain(conv1=nn.Conv2d(1, 2, (2, 3), dilation=(3, 2))), 1),
        "dilation_same": ((3, 5, 7), lambda: chain(conv1=nn.Conv2d(3, 4, 3, dilation=2, padding='same')), 1),
        "dilation_same_even": ((2, 5, 6), lambda: chain(conv1=nn.Conv2d(2, 3, (2, 4), dilation=(3, 1), padding='same')), 1),
        "dilation_stride_padding": ((2, 7, 8), lambda: chain(conv1=nn.Conv2d(2, 3, 3, stride=2, dilation=2, padding=2)), 1),
        "dilation_three_stride_two": ((2, 10, 11), lambda: chain(conv1=nn.Conv2d(2, 2, 3, stride=2, dilation=3, padding=3)), 1),
        "dilation_two_stride_three": ((1, 9, 12), lambda: chain(conv1=nn.Conv2d(1, 3, (4, 3), stride=3, dilation=2, padding=(2, 1))), 2),
        "dilation_four_stride_six": ((1, 13, 14), lambda: chain(conv1=nn.Conv2d(1, 1, 3, stride=6, dilation=4, padding=4)), 1),
        "dilation_of_the_whole_input": ((2, 5, 7), lambda: chain(conv1=nn.Conv2d(2, 3, 3, dilation=(2, 3))), 1),
        "dilation_wider_than_the_input": ((2, 3, 4), lambda: chain(conv1=nn.Conv2d(2, 2, 3, dilation=3, padding=3)), 1),
        "dilation_of_one_pixel": ((1, 1, 1), lambda: chain(conv1=nn.Conv2d(1, 2, 3, dilation=2, padding=2)), 1),
        "dilation_of_a_wide_image": ((1, 2, 40), lambda: chain(conv1=nn.Conv2d(1, 2, (2, 5), dilation=(1, 3), padding=(0, 4)), relu1=nn.ReLU()), 1),
        "dilation_of_seventeen_channels": ((17, 1, 3), lambda: chain(conv1=nn.Conv2d(17, 9, (1, 2), dilation=2)), 1),
        "groups_of_one_channel_to_one": ((3, 5, 6), lambda: chain(conv1=nn.Conv2d(3, 3, 3, groups=3)), 1),
        "groups_of_two_channels": ((4, 5, 6), lambda: chain(conv1=nn.Conv2d(4, 6, (3, 2), groups=2)), 1),
        "groups_stride_padding": ((6, 5, 6), lambda: chain(conv1=nn.Conv2d(6, 4, 3, groups=2, stride=2, padding=1)), 1),
        "groups_dilation_without_bias": ((4, 6, 7), lambda: chain(conv1=nn.Conv2d(4, 8, (2, 3), groups=4, dilation=2, bias=False)), 1),
        "groups_of_sixteen_channels": ((32, 1, 2), lambda: chain(conv1=nn.Conv2d(32, 32, 1, groups=2)), 1),
        "groups_of_seventeen_channels": ((34, 1, 2), lambda: chain(conv1=nn.Conv2d(34, 34, 1, groups=2)), 1),
        "groups_of_a_wide_image": ((4, 1, 37), lambda: chain(conv1=nn.Conv2d(4, 4, 3, groups=2, padding=1), relu1=nn.ReLU()), 1),
        "depthwise_of_one_channel": ((1, 4, 5), lambda: chain(depthwise_conv1=nn.Conv2d(1, 1, 3)), 1),
        "depthwise_of_three_channels": ((3, 5, 6), lambda: chain(depthwise_conv1=nn.Conv2d(3, 3, 3, groups=3, padding='same')), 1),
        "depthwise_of_eight_channels_stride": ((8, 5, 4), lambda: chain(depthwise_conv1=nn.Conv2d(8, 8, 3, groups=8, stride=2, padding=1, bias=False)), 1),
        "depthwise_of_sixteen_channels": ((16, 3, 4), lambda: chain(depthwise_conv1=nn.Conv2d(16, 16, (2, 3), groups=16, padding='same')), 1),
        "depthwise_of_seventeen_channels": ((17, 3, 4), lambda: chain(depthwise_conv1=nn.Conv2d(17, 17, 3, groups=17, padding=1)), 1),
        "depthwise_multiplier": ((3, 5, 6), lambda: chain(depthwise_conv1=nn.Conv2d(3, 6, 3, groups=3, padding=1)), 1),
        "depthwise_multiplier_of_seventeen": ((17, 3, 4), lambda: chain(depthwise_conv1=nn.Conv2d(17, 34, 2, groups=17)), 1),
        "depthwise_dilation_stride": ((2, 7, 9), lambda: chain(depthwise_conv1=nn.Conv2d(2, 6, 3, groups=2, dilation=2, stride=2, padding=2)), 1),
        "depthwise_of_a_row": ((5, 1, 19), lambda: chain(depthwise_conv1=Rimmed(5, 5, (1, 4), rim=(3, 0, 0, 0), groups=5)), 1),
        "depthwise_separable_wide": ((2, 2, 35), lambda: chain(depthwise_conv1=nn.Conv2d(2, 2, 3, groups=2, padding=1), relu1=nn.ReLU(), conv1=nn.Conv2d(2, 3, 1), relu2=nn.ReLU()), 1),
        "depthwise_after_conv": ((2, 3, 4), lambda: chain(conv1=nn.Conv2d(2, 17, 1), relu1=nn.ReLU(), depthwise_conv1=nn.Conv2d(17, 17, 3, groups=17, padding=1), relu2=nn.ReLU()), 1),
        "same_of_tensorflow_at_stride_two": ((2, 6, 7), lambda: chain(conv1=Rimmed(2, 3, 3, rim=(1, 1, 0, 1), stride=2)), 1),
        "depthwise_same_of_tensorflow": ((3, 6, 6), lambda: chain(depthwise_conv1=Rimmed(3, 3, 3, rim=(0, 1, 0, 1), stride=2, groups=3)), 1),
        "three_columns": ((5, 4, 8), lambda: chain(conv1=nn.Conv2d(5, 6, 3, padding=1), relu1=nn.ReLU()), 2),
        "three_columns_with_a_rest": ((6, 5, 9), lambda: chain(conv1=nn.Conv2d(6, 7, 3)), 1),
        "three_columns_of_one_row": ((9, 1, 11), lambda: chain(conv1=nn.Conv2d(9, 10, (1, 3), bias=False)), 1),
        "three_columns_of_two_rows": ((6, 3, 6), lambda: chain(conv1=Rimmed(6, 8, (2, 3), rim=(2, 0, 0, 1))), 1),
        "three_columns_padding": ((6, 2, 6), lambda: chain(conv1=nn.Conv2d(6, 6, 3, padding=2)), 1),
        "three_columns_of_seventeen_channels": ((17, 2, 4), lambda: chain(conv1=nn.Conv2d(17, 18, (1, 3), padding='same')), 1),
        "three_columns_circular": ((6, 4, 6), lambda: chain(conv1=nn.Conv2d(6, 6, 3, padding=1, padding_mode='circular')), 1),
        "three_columns_of_half_a_tile": ((8, 3, 4), lambda: chain(conv1=nn.Conv2d(8, 8, 3)), 1),
        "reflect": ((2, 5, 6), lambda: chain(conv1=nn.Conv2d(2, 3, 3, padding=1, padding_mode='reflect')), 1),
        "reflect_up_to_the_size": ((1, 4, 3), lambda: chain(conv1=nn.Conv2d(1, 2, 2, padding=(3, 2), padding_mode='reflect')), 1),
        "replicate_stride": ((3, 5, 7), lambda: chain(conv1=nn.Conv2d(3, 2, 3, stride=2, padding=2, padding_mode='replicate')), 1),
        "replicate_of_one_pixel": ((2, 1, 1), lambda: chain(conv1=nn.Conv2d(2, 2, 3, padding=1, padding_mode='replicate')), 2),
        "circular_same_even": ((2, 4, 5), lambda: chain(conv1=nn.Conv2d(2, 3, (4, 2), padding='same', padding_mode='circular')), 1),
        "circular_up_to_the_size": ((1, 3, 2), lambda: chain(conv1=nn.Conv2d(1, 2, 3, padding=(3, 2), padding_mode='circular', bias=False)), 1),
        "circular_groups_dilation": ((4, 5, 6), lambda: chain(conv1=nn.Conv2d(4, 6, 3, groups=2, dilation=2, padding=2, padding_mode='circular')), 1),
        "reflect_by_side": ((2, 4, 5), lambda: chain(conv1=Rimmed(2, 2, 3, rim=(0, 3, 1, 2), mode='reflect', stride=2)), 1),
        "depthwise_reflect": ((17, 3, 4), lambda: chain(depthwise_conv1=nn.Conv2d(17, 17, 3, groups=17, padding=1, padding_mode='reflect')), 1),
        "reflect_wide_then_replicate": ((2, 2, 20), lambda: chain(conv1=nn.Conv2d(2, 3, 3, padding=1, padding_mode='reflect'), relu1=nn.ReLU(), conv2=nn.Conv2d(3, 2, 3, padding=1, padding_mode='replicate')), 1),
        "transposed": ((2, 4, 5), lambda: chain(transposed_conv1=nn.ConvTranspose2d(2, 3, 3)), 1),
        "transposed_of_one_pixel": ((1, 1, 1), lambda: chain(transposed_conv1=nn.ConvTranspose2d(1, 2, (2, 3))), 1),
        "transposed_stride_two": ((3, 4, 3), lambda: chain(transposed_conv1=nn.ConvTranspose2d(3, 4, 2, stride=2)), 1),
        "transposed_stride_three_output_padding": ((2, 3, 4), lambda: chain(transposed_conv1=nn.ConvTranspose2d(2, 2, 3, stride=3, padding=1, output_padding=(2, 1))), 1),
        "transposed_output_padding": ((2, 4, 3), lambda: chain(transposed_conv1=nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1)), 1),
        "transposed_stride_wider_than_the_kernel": ((2, 3, 3), lambda: chain(transposed_conv1=nn.ConvTranspose2d(2, 2, (2, 1), stride=3)), 2),
        "transposed_dilation": ((2, 4, 4), lambda: chain(transposed_conv1=nn.ConvTranspose2d(2, 3, (3, 2), dilation=(2, 3), padding=1)), 1),
        "transposed_dilation_stride": ((1, 4, 3), lambda: chain(transposed_conv1=nn.ConvTranspose2d(1, 2, 3, stride=2, dilation=3, padding=2, output_padding=2)), 1),
        "transposed_groups": ((4, 3, 4), lambda: chain(transposed_conv1=nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2, padding=1, bias=False)), 1),
        "transposed_of_every_channel_by_itself": ((3, 3, 3), lambda: chain(transposed_conv1=nn.ConvTranspose2d(3, 6, 2, stride=2, groups=3)), 1),
        "transposed_of_many_channels": ((17, 1, 2), lambda: chain(transposed_conv1=nn.ConvTranspose2d(17, 33, 1, stride=(1, 2))), 1),
        "transposed_of_a_wide_image": ((2, 2, 18), lambda: chain(transposed_conv1=nn.ConvTranspose2d(2, 3, (3, 4), stride=(1, 2), padding=1)), 1),
        "transposed_between_activations": ((1, 7, 8), lambda: chain(conv1=nn.Conv2d(1, 4, 3, stride=2), relu1=nn.ReLU(), transposed_conv1=nn.ConvTranspose2d(4, 2, 3, stride=2, output_padding=(0, 1)), tanh1=nn.Tanh()), 1),
        "squares_with_rests": ((10, 9, 7), lambda: chain(conv1=nn.Conv2d(10, 17, 3, padding=1), relu1=nn.ReLU()), 1),
        "three_columns_of_a_wide_image": ((9, 6, 36), lambda: chain(conv1=Rimmed(9, 8, 3, rim=(1, 0, 2, 0))), 1),
        "squares_of_a_small_image": ((16, 8, 6), lambda: chain(conv1=nn.Conv2d(16, 16, 3, padding=2, bias=False)), 1),
        "squares_of_a_single_tile": ((20, 6, 6), lambda: chain(conv1=nn.Conv2d(20, 21, 3)), 1),
    },
)
