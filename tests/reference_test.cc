// The manuals say what the code does: policies/README.md carries the loader's own tables,
// deploy/penstock.toml every option with its default, and the examples load.
// PENSTOCK_WRITE_EXPECTED=1 writes the tables anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "daemon/clock.h"
#include "daemon/config.h"
#include "daemon/settings.h"
#include "policies/policy_file.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = testing::kSourceDir;

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Environment nothing_set() {
  return [](const char*) { return std::optional<std::string>(); };
}

std::string reference_tables() {
  std::string text;
  for (const SectionDoc& section : policy_reference()) {
    text += "\n### `" + section.name + "`\n\n" + markdown(section);
  }
  return text;
}

TEST(Reference, PolicyManualHasEveryKeyWithItsDefault) {
  constexpr std::string_view kHeading = "## Every key\n";
  const fs::path manual = kRoot / "policies" / "README.md";
  std::string text = contents(manual);
  const std::size_t heading = text.find(kHeading);
  ASSERT_NE(heading, std::string::npos);
  const std::size_t tables = std::min(text.find("\n### `", heading), text.size());
  if (std::getenv("PENSTOCK_WRITE_EXPECTED") != nullptr) {
    std::ofstream(manual) << text.substr(0, tables) << reference_tables();
  }
  EXPECT_EQ(contents(manual).substr(tables), reference_tables());
}

TEST(Reference, SchemaDefaultsThatAreWrittenByHandAreTrue) {
  const PolicyText file{"p.toml",
                        "[[policy]]\nname = \"a\"\nmatch = {}\n[[policy.rule]]\n"
                        "kind = \"schedule\"\nat_least = \"1 Mbps\"\n"};
  const PolicySet set = load_policies({&file, 1}, {.zone = load_time_zone});
  ASSERT_EQ(set.policies.size(), 1U) << render(set.problems);
  const auto& rule = std::get<ScheduleRule>(set.policies[0].rules[0]);
  EXPECT_EQ(rule.from, std::chrono::hours{0});
  EXPECT_EQ(rule.to, std::chrono::hours{24});
  EXPECT_EQ(rule.zone.name, "UTC");
  EXPECT_TRUE(rule.days.empty() && rule.dates.empty());
  EXPECT_EQ(set.policies[0].traffic.join, Join::kId);
}

TEST(Reference, ExamplesLoadWithoutAProblem) {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(kRoot / "policies" / "examples")) {
    const PoliciesRead read = read_policies(entry.path().string());
    EXPECT_TRUE(read.problems.empty()) << render(read.problems);
    for (const Policy& policy : read.policies) EXPECT_EQ(policy.mode, Mode::kObserve);
    found.insert(entry.path().filename().string());
  }
  for (const char* name : {"saturation.toml", "utilization.toml", "schedule.toml", "forecast.toml",
                           "cautious-beginner.toml", "economic.toml", "percentile-budget.toml",
                           "steady-web.toml", "evening-peaks.toml", "bursty-batch.toml"}) {
    EXPECT_TRUE(found.contains(name)) << name;
  }
  // And together: an operator may copy them all.
  const PoliciesRead all = read_policies((kRoot / "policies" / "examples").string());
  EXPECT_TRUE(all.problems.empty()) << render(all.problems);
}

/// The shipped saturation policy is the rule's defaults written out, so that both stay the same.
TEST(Reference, ShippedSaturationPolicyWritesTheDefaultsOut) {
  const PoliciesRead read =
      read_policies((kRoot / "policies" / "examples" / "saturation.toml").string());
  ASSERT_EQ(read.policies.size(), 1U);
  const auto& rule = std::get<SaturationRule>(read.policies[0].rules.at(0));
  const SaturationRule defaults;
  EXPECT_EQ(rule.samples, defaults.samples);
  EXPECT_EQ(rule.grow, defaults.grow);
  EXPECT_EQ(rule.surge_grow, defaults.surge_grow);
  EXPECT_EQ(rule.quiet, defaults.quiet);
  EXPECT_EQ(rule.headroom, defaults.headroom);
}

// --- deploy/penstock.toml ----------------------------------------------------------------------

/// One option line of the commented configuration.
struct Option {
  std::string value;
  bool is_default = false;  ///< "#key = value": at its default
  bool live = false;        ///< "key = value"
};

std::string trimmed(std::string text) {
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

/// Options by section header, from live lines, "#key = value" and "# key = value" alike.
std::map<std::string, std::map<std::string, Option>> options_in(const std::string& text) {
  std::map<std::string, std::map<std::string, Option>> found;
  std::string section;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool comment = line.starts_with('#');
    const bool example = line.starts_with("# ");
    std::string rest = line.substr(comment ? (example ? 2 : 1) : 0);
    if (rest.starts_with('[')) {
      section = trimmed(rest);
      continue;
    }
    const std::size_t equals = rest.find(" = ");
    const std::string key = rest.substr(0, equals);
    if (equals == std::string::npos || key.find_first_of(" \"") != std::string::npos) continue;
    const std::string value = rest.substr(equals + 3);
    // Only a blank before "#" begins a comment here; values have none.
    // The first counts: examples of further tables follow it.
    found[section].emplace(
        key, Option{trimmed(value.substr(0, value.find("  #"))), comment && !example, !comment});
  }
  return found;
}

TEST(Reference, CommentedConfigurationNamesEveryOptionAndItsDefault) {
  const auto options = options_in(contents(kRoot / "deploy" / "penstock.toml"));
  std::size_t documented = 0;
  for (const SectionDoc& section : config_reference()) {
    for (const KeyDoc& key : section.keys) {
      // Tables have sections of their own.
      if (key.type == "list of tables" || (key.type == "table" && key.key != "match")) continue;
      const auto in_section = options.find(section.name);
      const bool inline_targets = section.name == "[[source.targets]]";
      if (inline_targets) continue;  // shown as the value of targets
      ASSERT_NE(in_section, options.end()) << section.name;
      const auto option = in_section->second.find(key.key);
      ASSERT_NE(option, in_section->second.end()) << section.name << " " << key.key;
      ++documented;
      const bool literal = key.fallback != "none" && key.fallback != "required" &&
                           key.fallback != "see below" && key.key != "interval";
      if (literal && option->second.is_default) {
        EXPECT_EQ(option->second.value, key.fallback) << section.name << " " << key.key;
      }
      EXPECT_TRUE(option->second.live || literal == option->second.is_default)
          << section.name << " " << key.key;
    }
  }
  EXPECT_GT(documented, 45U);
  // And the other way round: nothing is described that does not exist.
  for (const auto& [name, keys] : options) {
    const auto sections = config_reference();
    const auto section = std::find_if(sections.begin(), sections.end(),
                                      [&](const SectionDoc& doc) { return doc.name == name; });
    ASSERT_NE(section, sections.end()) << name;
    for (const auto& [key, option] : keys) {
      EXPECT_TRUE(std::any_of(section->keys.begin(), section->keys.end(),
                              [&](const KeyDoc& doc) { return doc.key == key; }))
          << name << " " << key;
    }
  }
}

TEST(Reference, CommentedConfigurationLoadsAsItIsAndWithAllDefaultsWrittenOut) {
  const std::string text = contents(kRoot / "deploy" / "penstock.toml");
  const ConfigRead shipped = read_config(text, "/etc/penstock/penstock.toml", nothing_set());
  ASSERT_TRUE(shipped.config) << render(shipped.problems);
  EXPECT_EQ(shipped.config->accounts.size(), 1U);
  EXPECT_EQ(shipped.config->sources.size(), 1U);

  std::string written_out;
  std::string section;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    // An example's section is not there, so its defaults stay comments as well.
    if (line.starts_with("# [")) section = "example";
    if (line.starts_with('[') || line.starts_with("#[")) section = "live";
    const bool option = line.size() > 1 && line[0] == '#' && line[1] != ' ' && line[1] != '#';
    written_out += (option && section != "example" ? line.substr(1) : line) + "\n";
  }
  EXPECT_NE(written_out, text);
  const ConfigRead full = read_config(written_out, "/etc/penstock/penstock.toml", nothing_set());
  ASSERT_TRUE(full.config) << render(full.problems);
  EXPECT_EQ(full.config->sources, shipped.config->sources);
  EXPECT_EQ(full.config->accounts[0].money_words, AccountConfig{}.money_words);
  EXPECT_TRUE(reload_refusals(*shipped.config, *full.config).empty());
}

}  // namespace
}  // namespace penstock
