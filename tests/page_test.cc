// The status page: what is served, what the browser is told about it, and that its words keep up
// with the program's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "daemon/backtest_page.h"
#include "daemon/page_files.h"
#include "policies/reason.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPaths[] = {"/",
                                  "/page/look.css",
                                  "/page/page.css",
                                  "/page/chart.js",
                                  "/page/words.js",
                                  "/page/world.js",
                                  "/page/frame.js",
                                  "/page/fleet.js",
                                  "/page/instance.js",
                                  "/page/views.js",
                                  "/page/page.js"};

TEST(Page, ServesItsFilesAndNothingElse) {
  for (const char* path : kPaths) {
    const auto file = page_file(path);
    ASSERT_TRUE(file) << path;
    EXPECT_EQ(file->status, 200);
    EXPECT_GT(file->body.size(), 500U) << path;
  }
  for (const char* path :
       {"/page", "/page/", "/page/report.js", "/page/../main.cc", "/index.html"}) {
    EXPECT_FALSE(page_file(path)) << path;
  }
}

TEST(Page, AllowsNoScriptButItsOwnAndNoRequestElsewhere) {
  for (const char* path : kPaths) {
    const auto file = page_file(path);
    const auto policy = std::ranges::find(file->headers, "Content-Security-Policy",
                                          [](const auto& header) { return header.first; });
    ASSERT_NE(policy, file->headers.end()) << path;
    EXPECT_THAT(policy->second, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy->second, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy->second, Not(HasSubstr("unsafe")));
    // The one address in there is the name of SVG's elements.
    const std::string rest =
        std::regex_replace(file->body, std::regex("http://www\\.w3\\.org/2000/svg"), std::string());
    EXPECT_THAT(rest, Not(HasSubstr("http:"))) << path;
    EXPECT_THAT(rest, Not(HasSubstr("https:"))) << path;
    EXPECT_THAT(rest, Not(HasSubstr("@import"))) << path;
  }
}

// What comes from outside is set as text; nothing turns text into markup or code.
TEST(Page, NothingTurnsTextIntoMarkup) {
  std::vector<std::string> scripts{std::string(report_js())};
  for (const char* path : kPaths) scripts.push_back(page_file(path)->body);
  for (const std::string& text : scripts) {
    EXPECT_FALSE(
        std::regex_search(text, std::regex("innerHTML\\s*=[^=]|outerHTML\\s*=|insertAdjacent|"
                                           "document\\.write|\\beval\\(|new Function")));
  }
}

TEST(Page, LinksOnlyToFilesThatItServes) {
  const std::string page(page_index_html());
  const std::regex link("(?:src|href)=\"(/[^\"]*)\"");
  std::size_t links = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), link), end; it != end; ++it) {
    const std::string path = (*it)[1];
    if (path.starts_with("/api/")) continue;
    EXPECT_TRUE(page_file(path)) << path;
    ++links;
  }
  EXPECT_EQ(links, std::size(kPaths) - 1);
}

TEST(Page, NamesEveryReasonInChinese) {
  const std::string words(page_words_js());
  const std::string chinese = words.substr(words.find("REASONS_ZH"));
  for (std::size_t code = 0; code < static_cast<std::size_t>(ReasonCode::kCount_); ++code) {
    const std::string name(to_string(static_cast<ReasonCode>(code)));
    const bool quoted = chinese.find("'" + name + "':") != std::string::npos;
    const bool bare = chinese.find(" " + name + ":") != std::string::npos;
    EXPECT_TRUE(quoted || bare) << name;
  }
}

/// The keys of one language's table.
std::set<std::string> keys_of(const std::string& words, const std::string& from,
                              const std::string& to) {
  const std::size_t begin = words.find(from);
  std::string table = words.substr(begin, words.find(to, begin) - begin);
  table = std::regex_replace(table, std::regex(": '[^']*'"), ":");
  std::set<std::string> keys;
  const std::regex key("(?:'([\\w-]+)'|(\\w+)):,");
  for (std::sregex_iterator it(table.begin(), table.end(), key), end; it != end; ++it) {
    keys.insert((*it)[1].matched ? (*it)[1] : (*it)[2]);
  }
  return keys;
}

TEST(Page, SaysEverythingInBothLanguages) {
  const std::string words(page_words_js());
  const auto english = keys_of(words, "en: {", "zh: {");
  EXPECT_EQ(english, keys_of(words, "zh: {", "/** Reasons"));
  EXPECT_GT(english.size(), 100U);
  // And no word is asked for that is not there.
  const std::regex said("say\\('([\\w-]+)'");
  for (const char* path : kPaths) {
    const std::string script = page_file(path)->body;
    for (std::sregex_iterator it(script.begin(), script.end(), said), end; it != end; ++it) {
      EXPECT_TRUE(english.contains((*it)[1])) << (*it)[1];
    }
  }
}

}  // namespace
}  // namespace penstock
