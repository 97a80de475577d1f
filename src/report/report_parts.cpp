#include "report/report_parts.h"

#include <algorithm>
#include <set>

#include "base/base64.h"
#include "base/error.h"
#include "base/json_text.h"

namespace paucal::report {
namespace {

std::string paragraph(const char* style, std::string_view words) {
  return words.empty() ? "" : fmt::format("<p class=\"{}\">{}</p>", style, escape(words));
}

std::string number(const Json& value, Unit unit) {
  return value.is_number() ? format_number(value.get<double>(), unit) : "–";
}

std::string cell_text(const Json& cell, Unit unit) {
  if (cell.is_string()) return escape(cell.get<std::string>());
  if (cell.is_boolean()) return cell.get<bool>() ? "yes" : "no";
  if (cell.is_array() && cell.size() == 2)
    return fmt::format("{} – {}", number(cell[0], unit), number(cell[1], unit));
  if (cell.is_number() || cell.is_null()) return number(cell, unit);
  return escape(dump_json(cell));
}

// A column of numbers is set flush right, head and cells.
bool is_numeric(const Table& table, size_t column) {
  return std::none_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
    return column < row.size() && (row[column].is_string() || row[column].is_boolean());
  });
}

std::string definitions(const std::vector<Column>& columns) {
  std::string items;
  for (const auto& column : columns)
    if (!column.definition.empty())
      items +=
          fmt::format("<dt>{}</dt><dd>{}</dd>", escape(column.name), escape(column.definition));
  if (items.empty()) return "";
  return "<details><summary>What the columns mean</summary><dl>" + items + "</dl></details>";
}

std::string render_picture(const Picture& picture, std::string_view of) {
  static const std::set<std::string> kKinds{"image/jpeg", "image/png", "image/webp"};
  if (!kKinds.contains(picture.mime))
    fail("report", "picture of '{}' is '{}', expected one of {}", of, picture.mime, kKinds);
  // The hidden check box enlarges the picture by style alone, so the page needs no script.
  return fmt::format(
      "<figure><label class=\"zoom\"><input type=\"checkbox\" aria-label=\"enlarge\">"
      "<img alt=\"{} of {}\" "
      "src=\"data:{};base64,{}\"></label><figcaption>{}</figcaption></figure>",
      escape(picture.caption), escape(of), picture.mime, to_base64(picture.bytes),
      escape(picture.caption));
}

std::string render_row(const GalleryRow& row) {
  std::string out = fmt::format("<article><h4>{}</h4>{}<div class=\"pictures\">", escape(row.title),
                                paragraph("detail", row.detail));
  for (const auto& picture : row.pictures) out += render_picture(picture, row.title);
  return out + "</div></article>";
}

}  // namespace

std::string render_figures(const std::vector<KeyFigure>& figures) {
  std::string out;
  for (const auto& figure : figures) {
    out += fmt::format("<div class=\"card\"><h3>{}</h3><p class=\"value\">{}</p>",
                       escape(figure.name), format_number(figure.value, figure.unit));
    if (figure.interval)
      out += fmt::format("<p class=\"interval\">{} – {}</p>",
                         format_number(figure.interval->first, figure.unit),
                         format_number(figure.interval->second, figure.unit));
    out += paragraph("definition", figure.definition) + "</div>";
  }
  return out.empty() ? "" : "<div class=\"cards\">" + out + "</div>";
}

std::string render_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>{}</title>\n<style>\n{}</style></head>\n<body><main>\n{}</main></body></html>\n",
      escape(title), kReportStyle, body);
}

std::string render_table(const Table& table) {
  std::string out;
  if (!table.title.empty()) out += fmt::format("<h3>{}</h3>", escape(table.title));
  out += "<div class=\"scroll\"><table><thead><tr>";
  for (size_t c = 0; c < table.columns.size(); ++c)
    out += fmt::format("<th scope=\"col\"{}>{}</th>", is_numeric(table, c) ? " class=\"n\"" : "",
                       escape(table.columns[c].name));
  out += "</tr></thead><tbody>";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (size_t c = 0; c < table.columns.size(); ++c) {
      const std::string words = cell_text(c < row.size() ? row[c] : Json(), table.columns[c].unit);
      if (c == 0)
        out += "<th scope=\"row\">" + words + "</th>";
      else
        out += fmt::format("<td{}>{}</td>", is_numeric(table, c) ? " class=\"n\"" : "", words);
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div>" + paragraph("note", table.note) +
         definitions(table.columns);
}

std::string render_confusion(const Confusion& confusion) {
  if (confusion.counts.size() != confusion.truth.size() ||
      confusion.correct.size() != confusion.truth.size())
    fail("report", "confusion of {} rows with {} right columns, expected {} of each (one a class)",
         confusion.counts.size(), confusion.correct.size(), confusion.truth.size());
  std::string out =
      "<h3>What it was called</h3><div class=\"scroll\"><table class=\"confusion\"><thead><tr>"
      "<th scope=\"col\">truly</th>";
  for (const auto& name : confusion.called)
    out += fmt::format("<th scope=\"col\" class=\"n\">called {}</th>", escape(name));
  out += "</tr></thead><tbody>";
  for (size_t r = 0; r < confusion.truth.size(); ++r) {
    const auto& counts = confusion.counts[r];
    if (counts.size() != confusion.called.size())
      fail("report", "confusion row '{}' of {} counts, expected {}", confusion.truth[r],
           counts.size(), confusion.called.size());
    int64_t total = 0;
    for (const int64_t count : counts) total += count;
    out += fmt::format("<tr><th scope=\"row\">{}</th>", escape(confusion.truth[r]));
    for (size_t c = 0; c < counts.size(); ++c) {
      const double share =
          total > 0 ? static_cast<double>(counts[c]) / static_cast<double>(total) : 0;
      const bool right = static_cast<int>(c) == confusion.correct[r];
      out += fmt::format("<td class=\"n {}\" style=\"--share:{:.2f}\">{}<small>{}</small></td>",
                         right ? "right" : "wrong", share,
                         format_number(static_cast<double>(counts[c]), Unit::kCount),
                         format_number(share, Unit::kPercent));
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div><p class=\"note\">Shares are of the row.</p>";
}

std::string render_problems(const std::vector<labels::Problem>& problems) {
  if (problems.empty()) return "";
  std::string out =
      fmt::format("<details><summary>{} {} with the files</summary><ul class=\"problems\">",
                  problems.size(), problems.size() == 1 ? "problem" : "problems");
  for (size_t i = 0; i < std::min(problems.size(), kProblemsShown); ++i)
    out += fmt::format("<li><code>{}</code> <b>{}</b> {}</li>", escape(problems[i].path),
                       escape(problems[i].kind), escape(problems[i].message));
  if (problems.size() > kProblemsShown)
    out += fmt::format("<li>… and {} more</li>", problems.size() - kProblemsShown);
  return out + "</ul></details>";
}

std::string render_gallery(const Gallery& gallery, size_t& budget) {
  std::string rows;
  size_t shown = 0;
  for (const auto& row : gallery.rows) {
    size_t bytes = 0;
    for (const auto& picture : row.pictures) bytes += picture.bytes.size();
    if (bytes > budget) break;
    budget -= bytes;
    rows += render_row(row);
    ++shown;
  }
  if (gallery.rows.empty()) return "";
  std::string out =
      fmt::format("<h3>{}</h3>{}<div class=\"gallery\">{}</div>", escape(gallery.title),
                  paragraph("explanation", gallery.explanation), rows);
  if (shown < gallery.rows.size())
    out += fmt::format("<p class=\"note\">… and {} more.</p>", gallery.rows.size() - shown);
  return out;
}

}  // namespace paucal::report
