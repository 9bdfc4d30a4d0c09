#include "daemon/page_files.h"

#include <string>

namespace penstock {
namespace {

struct PageFile {
  std::string_view path, type;
  std::string_view (*text)();
};

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kCss = "text/css; charset=utf-8";
constexpr std::string_view kScript = "text/javascript; charset=utf-8";

constexpr PageFile kFiles[] = {
    {"/", kHtml, page_index_html},
    {"/page/look.css", kCss, page_look_css},
    {"/page/page.css", kCss, page_page_css},
    {"/page/chart.js", kScript, page_chart_js},
    {"/page/words.js", kScript, page_words_js},
    {"/page/world.js", kScript, page_world_js},
    {"/page/frame.js", kScript, page_frame_js},
    {"/page/fleet.js", kScript, page_fleet_js},
    {"/page/instance.js", kScript, page_instance_js},
    {"/page/views.js", kScript, page_views_js},
    {"/page/page.js", kScript, page_page_js},
};

constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

std::optional<ServerResponse> page_file(std::string_view path) {
  for (const PageFile& file : kFiles) {
    if (file.path != path) continue;
    ServerResponse response;
    response.content_type = file.type;
    response.body = file.text();
    response.headers.emplace_back("Content-Security-Policy", kContentPolicy);
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
  }
  return std::nullopt;
}

}  // namespace penstock
