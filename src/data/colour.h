#pragma once

#include "base/random.h"
#include "data/picture.h"

/// Changes of colour and shape at random, as Pillow and torchvision make them.
namespace pullback {

/// Brightness, contrast and saturation by factors of 1-amount … 1+amount, in any order.
void colour_jitter(Picture& picture, double amount, Random& random);

/// One operation of RandAugment's fourteen: identity, shear or shift along x or y, rotation,
/// brightness, colour, contrast, sharpness, posterize, solarize, autocontrast, equalize. Magnitude
/// 0 … 30: shear up to 0.3, shift up to 150/331 of the side, rotation up to 30°, factors 1 ± 0.9,
/// posterize to 8 … 4 bits, solarize above 255 … 0.
void randaugment(Picture& picture, int64_t magnitude, Random& random);

/// The operations, for tests. Factor 1 changes nothing.
void change_brightness(Picture& picture, double factor);
void change_contrast(Picture& picture, double factor);
void change_saturation(Picture& picture, double factor);
void change_sharpness(Picture& picture, double factor);
void posterize(Picture& picture, int bits);
void solarize(Picture& picture, int threshold);
void autocontrast(Picture& picture);
void equalize(Picture& picture);
/// Pixel (x, y) becomes that at (a x' + b y' + c, d x' + e y' + f), where x' = x + 1/2, y' = y +
/// 1/2, rounded down; black outside.
void affine(Picture& picture, double a, double b, double c, double d, double e, double f);

}  // namespace pullback
