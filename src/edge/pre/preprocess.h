#pragma once
// Image → what the network reads. Training and the edge share this code, so what was trained is
// what is deployed. Training augments between the two halves:
//
//   fit_image() → [augment] → normalise_to()
//
// What lies outside the region of interest is cut off first, and what a mask hides is filled
// (region.h); then a part is brought into its pose (align.h).
//
// Normalised values are (v / 255 - mean) / std, channels first (CHW). "image" takes one mean and
// one std over all channels and pixels, so that a colour cast stays a colour cast, and the std is
// at least 4 grey levels, so that the noise of a blank image is not blown up to full contrast. At
// full depth (depth = 16) it is v / 65535, and levels are those of 65535.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/options.h"
#include "base/result.h"
#include "edge/image/image.h"
#include "edge/pre/align.h"
#include "edge/pre/geometry.h"
#include "edge/pre/region.h"

namespace paucal::edge {

// How an image gets to the size of the network's input.
enum class Fit { kNative, kLetterbox, kSquash };
inline constexpr std::array kFitNames = {"native", "letterbox", "squash"};
enum class Pad { kEdge, kMean, kStretch };
enum class Normalise { kImage, kFixed };
// Bits of the samples that the network reads. Training settles kAuto; to the edge it is k8.
enum class Depth { kAuto, k8, k16 };
enum class Pages { kAll, kFirst };
enum class Coarse { kAuto, kOff };

struct PreprocessOptions {
  std::vector<int> roi;
  std::string ignore;
  std::shared_ptr<const IgnoreMask> ignored;   // no key: what the file `ignore` holds, or the card
  std::shared_ptr<const Alignment> alignment;  // no key: what view.align learnt, or the card
  Fit fit = Fit::kNative;
  int width = 512;
  int height = 512;
  int channels = 3;
  int bits = 0;
  Depth depth = Depth::kAuto;
  Pages pages = Pages::kAll;
  int multiple = 16;
  double max_upscale = 1;
  double scale = 1;
  Pad pad = Pad::kEdge;
  Normalise normalise = Normalise::kImage;
  std::vector<double> mean = {0.485, 0.456, 0.406};
  std::vector<double> std = {0.229, 0.224, 0.225};
  std::vector<int> local_contrast;
  int tile = 0;
  int tile_overlap = 64;
  Coarse coarse = Coarse::kAuto;

  template <class V>
  void visit(V& v) {
    v(roi, "roi",
      "region of interest x0,y0,x1,y1: images are cut to it first, half-open, in pixels of the "
      "original; empty: all of the image",
      Range{0, 65535});
    v(ignore, "ignore",
      "picture of what never counts, white, at the size of the images or of the region of "
      "interest");
    v(fit, "fit",
      "native: shrunk to fit in width × height, never grown, padded to a multiple; letterbox: "
      "shrunk or grown into exactly width × height, rest padded; squash: stretched to it",
      OneOf{{kFitNames.begin(), kFitNames.end()}});
    v(width, "width", "largest width in pixels, or the exact one", Range{1, 16384});
    v(height, "height", "largest height in pixels, or the exact one", Range{1, 16384});
    v(channels, "channels", "1 grey, 3 RGB", Range{1, 3});
    v(bits, "bits",
      "of the samples of 16-bit images that use their lower bits alone, e.g. 12 for 0 to 4095; 0: "
      "as the file says",
      Range{0, 16});
    v(depth, "depth",
      "16: images of more than 8 bits keep all of them, and noise, light and pasted defects go by "
      "the spread of each image; 8: values / 257; auto: 16 where a labelled image has more than 8",
      OneOf{{"auto", "8", "16"}});
    v(pages, "pages",
      "of a file of several (TIFF, DICOM): all, each an image (a.tif, a.tif#2, …), or the first",
      OneOf{{"all", "first"}});
    v(multiple, "multiple", "native: sides become a multiple of this, see `pad`", Range{1, 1024});
    v(max_upscale, "max_upscale", "letterbox: small images are grown by at most this factor",
      Range{0.01, 100});
    v(scale, "scale", "native: shrinks every image by this factor first", Range{0.01, 1});
    v(pad, "pad",
      "padding: the last row and column repeated, or the mean; stretch: none, native sides are "
      "stretched to the nearest multiple",
      OneOf{{"edge", "mean", "stretch"}});
    v(normalise, "normalise", "by the mean and std of each image, or by fixed ones",
      OneOf{{"image", "fixed"}});
    v(mean, "mean", "fixed: mean of each channel, or one for all, white being 1", Range{0, 1});
    v(std, "std", "fixed: std of each channel, or one for all", Range{0.001, 10});
    v(local_contrast, "local_contrast",
      "further channels: contrast against a window of this radius, in network pixels; one a radius",
      Range{1, 1024});
    v(tile, "tile",
      "native: larger images are not shrunk to width × height but seen in tiles of this side, in "
      "network pixels, a multiple of `multiple`; 0: seen as a whole",
      Range{0, 16384});
    v(tile_overlap, "tile_overlap", "pixels that neighbouring tiles share, at most half a tile",
      Range{0, 8192});
    v(coarse, "coarse",
      "auto: a smaller copy of a large image tells which tiles are looked at in full, where "
      "held-out images show that verdicts stay the same; off: all tiles",
      OneOf{{"auto", "off"}});
  }
};

// What the bounds of single fields cannot tell: 2 channels, 2 means for 3 channels, or tiles that
// do not fit the network's input.
std::optional<Failure> check(const PreprocessOptions& options);

// What is measured on an image before its values are normalised.
struct ImageMoments {
  double mean = 0, std = 1;  // over all channels, white being 1
  double grey_std = 0;       // of the grey values, in levels of 255, or of 65535 at full depth
};
ImageMoments image_moments(const Image& image);

struct Fitted {
  Image image;        // options.channels channels, without padding
  Geometry geometry;  // its pixels → original pixels, of the whole image where there is a region
  // Where tiles are cut: of the whole image, so that an OK tile is not stretched.
  std::optional<ImageMoments> of_whole = {};
};

// Channels of the network input: those of the image, and one a radius of local_contrast.
int network_channels(const PreprocessOptions& options);

// Width and height that fit_image() gives an image that check_size() passes.
std::array<int, 2> fitted_size(const Image& image, const PreprocessOptions& options);

// Width and height of the network input for a fitted image, or for a tile of it: with padding.
std::array<int, 2> canvas_size(std::array<int, 2> fitted, const PreprocessOptions& options);
std::array<int, 2> canvas_size(const Image& fitted, const PreprocessOptions& options);

// By value: an image that needs no change is moved through. Of an image that check_size() refuses,
// an empty one.
Fitted fit_image(Image image, const PreprocessOptions& options);
// The same; fails where check_size() does.
Result<Fitted> checked_fit(Image image, const PreprocessOptions& options);

// Writes network_channels() × canvas_height × canvas_width floats to `chw`, the image at the top
// left (cut where it is larger than the canvas), padding to the right and below. `of_whole`: where
// the image is a part of another.
void normalise_to(const Image& image, const PreprocessOptions& options, int canvas_width,
                  int canvas_height, float* chw, const std::optional<ImageMoments>& of_whole = {});

}  // namespace paucal::edge
