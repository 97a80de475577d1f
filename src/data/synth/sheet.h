#pragma once
// The sheet before anything is wrong with it: coating, foil edge, light; then dust and glue.

#include "base/random.h"
#include "data/synth/electrode_options.h"
#include "edge/image/image.h"

namespace paucal::data {

struct Sheet {
  edge::Map coating;  // grey levels
  edge::Map foil;     // grey levels; only where has_edge
  edge::Map cover;    // 1 on coating, 0 on bare foil, between on the edge
  edge::Map light;    // factor
  bool has_edge = false;
  std::vector<float> edge_x;  // by row: where the coating ends, pixels; only where has_edge
  bool coated_right = true;   // side of the edge on which the coating lies
  double grain = 0;           // standard deviation of fine texture and sensor noise, grey levels;
                              // at least 1: the unit of contrast
  int size = 0;               // pixels that lengths of defects are shares of

  // Grey levels of what lies under the light.
  edge::Map compose() const;
};

// `part` gives what all images of a part share, `image` the rest.
Sheet make_sheet(const ElectrodeOptions& options, Random& part, Random& image);

// Spots that look like defects but are OK.
void add_dust(edge::Map& grey, const Sheet& sheet, double per_area, Random& random);
void add_glue(edge::Map& grey, const Sheet& sheet, double per_area, Random& random);

}  // namespace paucal::data
