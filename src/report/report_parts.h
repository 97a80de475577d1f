#pragma once
// The building blocks of the report page; each returns HTML.

#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace paucal::report {

extern const std::string_view kReportStyle;  // report_style.cpp

// A page that stands alone, in the report's style, and may load nothing.
std::string render_page(std::string_view title, std::string_view body);
std::string render_figures(const std::vector<KeyFigure>& figures);
std::string render_table(const Table& table);
std::string render_confusion(const Confusion& confusion);
std::string render_problems(const std::vector<labels::Problem>& problems);
// `budget`: bytes of pictures that may still be shown; what is shown is taken off it.
std::string render_gallery(const Gallery& gallery, size_t& budget);

}  // namespace paucal::report
