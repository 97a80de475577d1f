#pragma once
// What makes a detector of a network: neck, box head, refinement, anchors and regions. The names
// are those of detection kits. Free of torch.

#include <string>
#include <vector>

#include "base/options.h"
#include "edge/post/detect.h"
#include "edge/post/proposals.h"

namespace paucal::models {

struct BboxLossOptions {
  bool binary_cls = true;

  template <class V>
  void visit(V& v) {
    v(binary_cls, "binary_cls",
      "mil: binary cross-entropy of each class, so that an image may show several or none; false: "
      "cross-entropy over classes, for images that show exactly one");
  }
};

struct BboxHeadOptions {
  std::string type = "none";
  bool with_softmax = false;
  int width = 64;
  int convs = 2;
  int fc = 256;
  BboxLossOptions loss;

  bool on() const { return type != "none"; }
  bool dense() const { return type == "retinanet_mil" || type == "cps_rpn"; }

  template <class V>
  void visit(V& v) {
    v(type, "type",
      "none: boxes are read off the class map; mil: regions weighed against each other (WSDDN); "
      "retinanet_mil: dense anchors, the image being a bag of them; cps_rpn: two region-proposal "
      "networks that teach each other",
      OneOf{{"none", "mil", "retinanet_mil", "cps_rpn"}});
    v(with_softmax, "with_softmax",
      "mil: classes compete for a region, as WSDDN has it; false: each class by its own sigmoid, "
      "the only one that can learn a single class");
    v(width, "width", "dense heads: channels of the convolutions", Range{8, 1024});
    v(convs, "convs", "dense heads: convolutions before the last one", Range{0, 8});
    v(fc, "fc", "mil: width of the two linear layers", Range{8, 4096});
    v.group(loss, "loss", "the loss on image labels");
  }
};

struct RefineOptions {
  std::string type = "none";
  int branches = 3;

  bool on() const { return type != "none"; }

  template <class V>
  void visit(V& v) {
    v(type, "type", "mil: branches that are taught by the scores of the one before",
      OneOf{{"none", "oicr", "pcl", "mist"}});
    v(branches, "branches", "how many", Range{1, 8});
  }
};

struct RegionOptions {
  int size = 7;
  int sampling = 2;
  double context = 1.5;
  edge::ProposalOptions proposals;

  template <class V>
  void visit(V& v) {
    v(size, "size", "mil: cells of a region, each way", Range{1, 28});
    v(sampling, "sampling", "mil: samples of a cell, each way", Range{1, 8});
    v(context, "context",
      "mil: what a region's head sees, in sides of the region; with what lies around it the head "
      "can tell a whole object from a part",
      Range{1, 4});
    proposals.visit(v);
  }
};

struct DetectorOptions {
  std::string neck = "none";
  int neck_width = 64;
  std::string proposals = "cam_anchors";
  BboxHeadOptions bbox_head;
  RefineOptions refine;
  edge::AnchorOptions anchors;
  RegionOptions regions;
  edge::NmsOptions nms;

  template <class V>
  void visit(V& v) {
    v(neck, "neck",
      "none: one level of features, the network's own; fpn: a feature pyramid from output_stride "
      "on (Lin et al., CVPR 2017)",
      OneOf{{"none", "fpn"}});
    v(neck_width, "neck_width", "fpn: channels of each level", Range{8, 1024});
    v(proposals, "proposals", "mil: where regions come from: dense boxes ranked by the class map",
      OneOf{{"cam_anchors"}});
    v.group(bbox_head, "bbox_head", "what makes boxes");
    v.group(refine, "refine", "what makes them better");
    v.group(anchors, "anchors", "dense heads: the boxes that a cell begins with");
    v.group(regions, "regions", "mil: the boxes that are weighed");
    v.group(nms, "nms", "which boxes are kept");
  }
};

}  // namespace paucal::models
