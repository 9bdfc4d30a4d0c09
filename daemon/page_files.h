// The files of daemon/page/ as they were when this program was built, and the way they are served.
//
//   if (auto response = page_file("/page/look.css")) return *response;
//
// The page has no asset from elsewhere, and says so to the browser: whatever a hostile name might
// smuggle in, no script but these runs and nothing leaves. The backtest's report carries look.css
// and chart.js too. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/server.h"

namespace penstock {

/// What /api/v1 takes and answers, in OpenAPI's words.
std::string_view openapi_json();

std::string_view page_index_html();
std::string_view page_look_css();
std::string_view page_page_css();
std::string_view page_chart_js();
std::string_view page_words_js();
std::string_view page_world_js();
std::string_view page_frame_js();
std::string_view page_fleet_js();
std::string_view page_instance_js();
std::string_view page_views_js();
std::string_view page_page_js();

/// "/" and "/page/…"; nullopt: no such file.
std::optional<ServerResponse> page_file(std::string_view path);

}  // namespace penstock
