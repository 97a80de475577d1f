#pragma once
// What an electrode set looks like, and how hard it is.

#include <cstdint>
#include <string>

#include "base/options.h"

namespace paucal::data {

struct ElectrodeOptions {
  int64_t count = 600;
  int size = 256;
  int width = 0;
  int height = 0;
  uint64_t seed = 1;
  double ng_share = 0.5;
  int images_per_part = 4;

  double grain = 3;
  double noise = 1.5;
  double streaks = 0.7;
  double light = 0.15;
  double foil_share = 0.4;
  double dust = 3;
  double glue = 0.3;

  double min_contrast = 5;
  double max_contrast = 10;
  double several = 0.3;
  int most = 3;
  double scratch = 0.55;
  double pinhole = 0.15;
  double dent = 0.15;
  double chip = 0.15;

  std::string format = "jpg";
  int quality = 95;

  int sheet_width() const { return width > 0 ? width : size; }
  int sheet_height() const { return height > 0 ? height : size; }

  template <class V>
  void visit(V& v) {
    v(count, "count", "images in the set", Range{1, 1e6});
    v(size, "size",
      "width and height in pixels; of larger sheets (width, height): the square whose defects they "
      "show, as large as they are there",
      Range{64, 4096});
    v(width, "width", "of the sheet in pixels, at least size; 0: size", Range{0, 16384});
    v(height, "height", "of the sheet in pixels, at least size; 0: size", Range{0, 16384});
    v(seed, "seed", "seed of everything");
    v(ng_share, "ng_share", "share of images with a defect", Range{0, 1});
    v(images_per_part, "images_per_part", "images of one part: same coating, marks and light",
      Range{1, 1000});
    v(grain, "grain", "coating texture, standard deviation in grey levels", Range{0, 20});
    v(noise, "noise", "sensor noise, standard deviation in grey levels", Range{0, 20});
    v(streaks, "streaks", "strength of the rolling marks (OK), in units of the texture and noise",
      Range{0, 3});
    v(light, "light", "unevenness of the light from side to side", Range{0, 0.5});
    v(foil_share, "foil_share", "share of images that show the uncoated foil edge", Range{0, 1});
    v(dust, "dust", "mean number of dust spots (OK) per 256 x 256 pixels", Range{0, 100});
    v(glue, "glue", "mean number of glue spots (OK) per 256 x 256 pixels", Range{0, 10});
    v(min_contrast, "min_contrast", "faintest defect, in units of the texture and noise",
      Range{1, 50});
    v(max_contrast, "max_contrast", "strongest defect, in units of the texture and noise",
      Range{1, 50});
    v(several, "several", "share of NG images with two defects or more", Range{0, 1});
    v(most, "most", "defects of such an image at most", Range{2, 100});
    v(scratch, "scratch", "weight of scratches among defects", Range{0, 1});
    v(pinhole, "pinhole", "weight of pinholes among defects", Range{0, 1});
    v(dent, "dent", "weight of dents among defects", Range{0, 1});
    v(chip, "chip", "weight of edge chips among defects, where the foil edge shows", Range{0, 1});
    v(format, "format", "how the images are stored", OneOf{{"jpg", "png"}});
    v(quality, "quality", "JPEG quality", Range{50, 100});
  }
};

}  // namespace paucal::data
