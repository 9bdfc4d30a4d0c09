// Reading: one file on its way from TOML to a complete value; it collects every problem.
//
//   Reading reading("policies/edge.toml", text, lookups);
//   reading.problem(node.at, "must not be empty");
//   return reading.problems();
//
// Lives for one file, used by one thread.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policies/problem.h"
#include "policies/result.h"
#include "policies/time_zone.h"
#include "policies/toml_reader.h"

namespace penstock {

/// A [[source]] as far as policies are concerned.
struct KnownSource {
  std::string name;
  /// What is wrong with a query, "" when nothing is. Empty: it is asked without any.
  std::function<std::string(const std::string& query)> complaint;
  Duration least_max_age{0};  ///< a smaller `max_age` would find every sample stale
};

/// What a file may refer to and only its surroundings know. Absent = not checked.
struct Lookups {
  std::function<Result<TimeZone>(const std::string&)> zone;
  std::optional<std::vector<KnownSource>> sources;
  std::optional<std::vector<std::string>> accounts;
};

class Reading {
 public:
  Reading(std::string file, std::string_view text, const Lookups& lookups)
      : file_(std::move(file)), text_(text), lookups_(lookups) {}

  /// Parses; nullopt after reporting what stopped the parser.
  std::optional<TomlNode> parse();

  /// Reports against the key being read. `suggestion` is written as in the file.
  void problem(const TextPlace& at, std::string message, std::string suggestion = {});
  /// Reports against a key below the one being read.
  void problem_at(std::string_view key, const TextPlace& at, std::string message,
                  std::string suggestion = {});
  /// A combination of keys below the one being read that makes no sense together; the first of
  /// `keys` that is written in `table` is pointed at, so the message must name what it is about.
  /// Says nothing when one of them has a problem of its own, since what stands there is then a
  /// default nobody chose.
  void clash(const TomlNode& table, std::initializer_list<std::string_view> keys,
             std::string message, std::string suggestion = {});

  /// A key of `table` that must be there and is not.
  void missing(const TomlNode& table, std::string_view key, std::string_view why = {});

  /// Whether the key below the one being read, or anything around it, already has a problem.
  bool failed(std::string_view key) const;
  const Lookups& lookups() const { return lookups_; }
  const std::string& file() const { return file_; }
  bool clean() const { return problems_.empty(); }
  /// Ordered by place.
  std::vector<Problem> problems() const;

  /// While it lives, what is read is `key` ("bounds") or item `index` of the list being read.
  class Step {
   public:
    Step(Reading& reading, std::string_view key);
    Step(Reading& reading, std::size_t index);
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reading& reading_;
    std::size_t before_;
  };
  /// Names keys in messages from here on, not from the top: the line says which policy is meant.
  void hide_path_so_far() { hidden_ = path_.size(); }

 private:
  std::string below(std::string_view key) const;

  std::string file_;
  std::string_view text_;
  const Lookups& lookups_;
  std::string path_;
  std::size_t hidden_ = 0;        ///< leading characters of path_ that messages leave out
  std::set<std::string> failed_;  ///< paths; those of lists carry their index
  std::vector<Problem> problems_;
};

/// `edges[2].name` below `table`; nullptr when it is not written there.
const TomlNode* find_path(const TomlNode& table, std::string_view path);

/// A text as it would be written in the file, made safe to show and cut when long.
std::string in_quotes(std::string_view text);
/// What stands there, for messages: a quoted text, a number, "a list"…
std::string shown(const TomlNode& node);

}  // namespace penstock
