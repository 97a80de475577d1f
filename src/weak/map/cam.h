#pragma once
// Class activation maps: where in the image the network found a class. The head is a 1×1
// convolution, so plain CAM is the forward pass; the others look through gradients.

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "models/image_model.h"

namespace paucal::weak {

//   cam         the class map itself, in logits (Zhou et al., CVPR 2016)
//   gradcam     ReLU(Σ_k mean(g_k) A_k) (Selvaraju et al., ICCV 2017)
//   gradcam++   weights Σ a·ReLU(g), a = g² / (2g² + ΣA·g³) (Chattopadhay et al., WACV 2018)
//   layercam    ReLU(Σ_k ReLU(g) ⊙ A_k) (Jiang et al., TIP 2021)
//   multilayer  LayerCAM of the last three stages, each divided by its maximum over the batch,
//               upsampled and averaged
std::vector<std::string> cam_names();

// images [N, C, H, W] in evaluation mode → [N, classes, h, w], on the CPU, larger means more of the
// class; one forward pass for all of them. Parameters' gradients are not touched. Throws Error:
// unknown name.
at::Tensor class_activation(models::ImageModel& model, const at::Tensor& images,
                            const std::string& name);

}  // namespace paucal::weak
