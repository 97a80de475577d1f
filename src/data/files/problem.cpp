#include "data/files/problem.h"

#include <algorithm>

#include "base/error.h"

namespace paucal::data {
namespace {

constexpr size_t kShownOfKind = 2;

constexpr Severity kE = Severity::kError;
constexpr Severity kW = Severity::kWarning;
constexpr Severity kI = Severity::kInfo;

constexpr ProblemKind kKinds[] = {
    {"unreadable", kE, "cannot be read", "check permissions, links and the disk", true},
    {"missing", kE, "listed, but not there", "copy the file in, or drop the line that names it",
     true},
    {"empty", kE, "0 bytes", "copy the file again, or delete it", true},
    {"truncated", kE, "cannot be decoded to its end", "copy the file again, or delete it", true},
    {"not-an-image", kE, "named like an image, but none", "delete it, or save it as JPEG or PNG",
     true},
    {"too-large", kE, "more pixels than data.max_pixels",
     "raise data.max_pixels, or cut the image into tiles", true},
    {"other-size", kE, "too small for input.roi, or of another size than input.ignore",
     "cut the images alike, or set input.roi and input.ignore for those that there are", true},
    {"unknown-class", kE, "of a class that data.classes does not name",
     "mend the label, or add the class to data.classes", true},
    {"bad-line", kE, "lines of a manifest that cannot be used", "mend the line"},
    {"bad-archive", kE, "archives that are damaged or cut short", "copy the archive again"},
    {"bad-annotation", kE, "annotations that cannot be used", "mend or delete the annotation"},
    {"truth-size", kE, "annotations drawn on another size than that of their image",
     "export them again for the images as they are shown upright"},
    {"listed-twice", kE, "listed more than once", "keep one line an image; the first was used"},
    {"mislabelled", kE, "the same pixels under two classes",
     "decide which label is right, and delete the other copy"},
    {"split-leak", kE, "the same pixels in two splits",
     "delete one copy, or put both into one split: test figures are too good"},
    {"group-leak", kE, "one group in two splits",
     "move the whole group into one split: test figures are too good"},
    {"no-test", kE, "no image is left for testing",
     "add images, raise data.test, or give data.split: a run ends with figures on test images"},
    {"no-split", kE, "the set cannot be split", "add images, or give data.split"},
    {"one-class", kE, "fewer than two classes, none of which means OK",
     "add a folder of OK images, or say which folder holds them: data.ok=FOLDER"},
    {"renamed", kW, "content and file ending differ",
     "rename the file; images are decoded by content"},
    {"unsupported", kW, "images of a format that is not read, left out", "convert to PNG or JPEG"},
    {"flaw", kW, "damaged where no pixel is missing, used",
     "nothing to do; if there are many, look at the program that writes them"},
    {"few-levels", kW, "16-bit images of which few grey levels are left",
     "say how many bits their samples have, e.g. input.bits=12, or save them as 8 bits"},
    {"tiny", kW, "images too small to paste defects on",
     "nothing is pasted on them; are they images of parts?"},
    {"no-val", kW, "no image is left for validation",
     "add images, raise data.val, or give data.split: thresholds are chosen on validation images"},
    {"not-utf8", kW, "names that are not UTF-8",
     "they are kept byte for byte and shown escaped; to mend them: convmv -f gbk -t utf8 -r "
     "FOLDER"},
    {"class-case", kW, "classes that differ only by case, spaces or accents",
     "rename one; they were merged"},
    {"class-empty", kW, "class folders without images", "add images, or delete the folder"},
    {"root-image", kW, "images outside the class folders, left out",
     "move them into a class folder"},
    {"windows-name", kW, "files whose names hold \\, left out",
     "unpack the Windows archive again with a program that makes folders of it, e.g. 7z"},
    {"too-deep", kW, "class folders that hold class folders",
     "give data.root the folder right above the classes"},
    {"unlabelled", kW, "images without a label, left out",
     "label them, or save an empty annotation for those that show nothing"},
    {"folder-link", kW, "links to folders, not followed",
     "point data.root at the real folder, or copy it in"},
    {"outside", kW, "paths that lead out of the folder, left out",
     "copy the files in, or name the folder that holds them all"},
    {"image-folder", kW, "folders named like an image", "rename the folder"},
    {"duplicate", kW, "the same pixels more than once, in one class and split",
     "delete the copies"},
    {"near-duplicate", kW, "almost the same picture across classes or splits, a line a group",
     "look at the pair: one part photographed twice belongs in one class and one split"},
    {"mask-missing", kW, "masks that are not there", "copy the mask in, or clear the column"},
    {"mask-broken", kW, "masks that cannot be decoded", "export the mask again, as PNG"},
    {"mask-photo", kW, "pictures in the place of masks that look like photos, not used",
     "masks hold few values, 0 where nothing is; move photos out of the truth"},
    {"masks-all-empty", kW, "no mask marks a defect",
     "export the masks again: defects are not 0, and all else is"},
    {"mask-size", kW, "masks of another size than their image",
     "export the mask again, in the size of the image"},
    {"mask-on-ok", kW, "OK images whose mask marks a defect", "clear the mask, or move the image"},
    {"nothing-on-ng", kW, "defect images in which somebody found nothing",
     "look at them: either the label or the annotation is wrong; for boxes the annotation counts"},
    {"not-in-format", kW, "what the format has no place for", "choose another format"},
    {"truth-none", kW, "folders of truth or boxes without annotations and masks",
     "name the folder or the file that holds them"},
    {"truth-orphan", kW, "truth for images that are not there",
     "check the names in the truth, or data.truth"},
    {"truth-ambiguous", kW, "truth whose name fits several images, left out",
     "write the folder before the name in the truth"},
    {"truth-outside", kW, "boxes outside their image",
     "check that truth and images have the same size"},
    {"mask-empty", kI, "defect images whose mask is empty",
     "their defects cannot be found right: draw them, or leave them"},
    {"several-classes", kI, "objects of several classes on one image",
     "the most frequent one became the label"},
    {"unlisted", kI, "images that the list does not name, left out",
     "add lines, if they should be used"},
    {"run-folder", kI, "folders of runs, left out", "nothing to do"},
    {"ok-alone", kI, "OK images alone",
     "nothing to do: a run learns how OK parts look; add NG images as they come"},
    {"other-file", kI, "files that are no images, left out", "nothing to do"},
    {"masks-beside", kI, "masks beside their images", "used as truth, not as images"},
    {"annotations-beside", kI, "annotations beside their images, not used",
     "data.truth measures with them, data.boxes trains with them: name the folder there"},
    {"system-folder", kI, "folders of thumbnails or rubbish, passed over", "nothing to do"},
    {"16-bit", kI, "more than 8 bits a channel",
     "kept, unless input.depth=8 or semi.method is given"},
    {"cmyk", kI, "CMYK colour", "converted to RGB"},
    {"alpha", kI, "with an alpha channel", "alpha is composited over white"},
    {"rotated", kI, "turned by its EXIF orientation",
     "turned upright on decoding; truth must be drawn on the upright image"},
    {"size-mix", kI, "images of several sizes",
     "fine where parts differ in size; tiles keep small defects visible"},
    {"channel-mix", kI, "grey and colour images mixed",
     "check that colour does not tell the class by accident"},
};

}  // namespace

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      break;
  }
  return "info";
}

std::span<const ProblemKind> problem_kinds() {
  return kKinds;
}

Json to_json(const Problem& problem) {
  return {{"path", problem.path}, {"kind", problem.kind}, {"message", problem.message}};
}

Problem problem_from_json(const Json& json) {
  return {json.at("path"), json.at("kind"), json.at("message")};
}

const ProblemKind& problem_kind(std::string_view name) {
  for (const auto& kind : kKinds)
    if (kind.name == name) return kind;
  fail("data", "problem kind '{}' is not in data/files/problem.cpp", name);
}

std::vector<const Problem*> problems_of(std::string_view kind, std::span<const Problem> problems) {
  std::vector<const Problem*> found;
  for (const Problem& problem : problems)
    if (problem.kind == kind) found.push_back(&problem);
  return found;
}

std::vector<std::string> problem_lines(std::span<const Problem> problems) {
  std::vector<std::string> lines;
  for (const ProblemKind& kind : kKinds) {
    const std::vector<const Problem*> found = problems_of(kind.name, problems);
    if (found.empty()) continue;
    std::string line = fmt::format("{} ({}):", kind.title, found.size());
    for (size_t i = 0; i < std::min(found.size(), kShownOfKind); ++i)
      line += fmt::format("{}{} {}", i > 0 ? ";" : "",
                          found[i]->path.empty() ? "" : fmt::format(" '{}'", found[i]->path),
                          found[i]->message);
    line += fmt::format("{} → {}", found.size() > kShownOfKind ? "; …" : "", kind.advice);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace paucal::data
