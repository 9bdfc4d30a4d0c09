// The OpenAPI document against the code: the same routes, and every answer as it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "daemon/page_files.h"
#include "tests/testing/api_fixture.h"

namespace penstock {
namespace {

using ::testing::IsEmpty;
using Problems = std::vector<std::string>;

/// As much of JSON Schema as the document uses. What a value does not fit is named with its place.
class Schemas {
 public:
  explicit Schemas(JsonValue document) : document_(document) {}

  void check(JsonValue schema, JsonValue value, const std::string& at, Problems& out) const {
    if (const auto name = schema["$ref"].string()) {
      check(component(*name), value, at, out);
      return;
    }
    if (schema["oneOf"].is_array()) {
      check_one_of(schema["oneOf"], value, at, out);
      return;
    }
    if (!of_type(schema["type"], value)) {
      out.push_back(at + ": is of the wrong type");
      return;
    }
    if (!value.exists()) return;
    check_text(schema, value, at, out);
    if (value.is_object()) check_object(schema, value, at, out);
    for (const JsonValue& item : value.items()) check(schema["items"], item, at + "[]", out);
  }

  JsonValue component(std::string_view reference) const {
    const std::string name(reference.substr(reference.rfind('/') + 1));
    const JsonValue found = document_["components"]["schemas"][name];
    EXPECT_TRUE(found.exists()) << reference;
    return found;
  }

 private:
  static bool is(std::string_view type, JsonValue value) {
    if (type == "null") return !value.exists();
    if (type == "string") return value.is_string();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    if (value.is_string() || value.is_array() || value.is_object()) return false;
    if (type == "boolean") return value.boolean().has_value();
    if (type == "integer") return value.integer().has_value();
    return type == "number" && value.number().has_value();
  }
  static bool of_type(JsonValue type, JsonValue value) {
    if (const auto one = type.string()) return is(*one, value);
    return std::ranges::any_of(
        type.items(), [&](const JsonValue& each) { return is(each.string().value_or(""), value); });
  }
  void check_one_of(JsonValue choices, JsonValue value, const std::string& at,
                    Problems& out) const {
    Problems last;
    for (const JsonValue& choice : choices.items()) {
      last.clear();
      check(choice, value, at, last);
      if (last.empty()) return;
      if (value.exists() && choice["$ref"].exists()) break;  // the only one that it can be
    }
    out.insert(out.end(), last.begin(), last.end());
  }
  static void check_text(JsonValue schema, JsonValue value, const std::string& at, Problems& out) {
    const std::string text(value.string().value_or(""));
    const auto allowed = schema["enum"].items();
    const bool listed = allowed.empty() || std::ranges::any_of(allowed, [&](const JsonValue& each) {
                          return each.string() == text;
                        });
    if (!listed) out.push_back(at + ": \"" + text + "\" is not among those listed");
    if (const auto pattern = schema["pattern"].string();
        pattern && !std::regex_match(text, std::regex(std::string(*pattern)))) {
      out.push_back(at + ": \"" + text + "\" does not look as it says");
    }
    if (schema["format"].string() == "date-time" && !parse_time(text)) {
      out.push_back(at + ": \"" + text + "\" is no time");
    }
  }
  void check_object(JsonValue schema, JsonValue value, const std::string& at, Problems& out) const {
    std::set<std::string> present;
    for (const auto& [name, member] : value.members()) {
      present.emplace(name);
      JsonValue property = schema["properties"][name];
      if (!property.exists()) property = schema["additionalProperties"];
      if (property.is_object()) {
        check(property, member, at + "." + std::string(name), out);
      } else {
        out.push_back(at + "." + std::string(name) + ": is not documented");
      }
    }
    for (const JsonValue& name : schema["required"].items()) {
      const std::string wanted(name.string().value_or(""));
      if (!present.contains(wanted)) out.push_back(at + "." + wanted + ": is missing");
    }
  }

  JsonValue document_;
};

class OpenApiTest : public testing::ApiFixture {
 protected:
  OpenApiTest() {
    publish();
    const InstanceView& view = board_.latest()->instances.front();
    JournalEntry entry;
    entry.orders.push_back({.id = 1,
                            .instance = view.instance->key,
                            .policy = "edge",
                            .to = Mbps{200},
                            .planned_at = testing::fleet_snapshot_at()});
    entry.decisions.push_back({.at = testing::fleet_snapshot_at(),
                               .instance = view.instance->key,
                               .policy = "edge",
                               .reason = {ReasonCode::kNoData}});
    entry.events.push_back({testing::fleet_snapshot_at(), "pause", "", "somebody"});
    EXPECT_TRUE(journal_->commit(entry));
    desk_.put(std::make_shared<const Explanation>(explanation_of(view)));
  }

  static Explanation explanation_of(const InstanceView& view) {
    Explanation told;
    told.instance = view.instance->key;
    told.tick = 1'000'000;
    told.at = testing::fleet_snapshot_at();
    told.samples.push_back({.at = told.at, .span = 15s, .egress = Rate{7}, .cap = Mbps{9}});
    told.spans.emplace_back();
    told.rule_kinds = {"saturation"};
    told.trace.rules.emplace_back();
    told.trace.guards.emplace_back();
    told.text = "so";
    return told;
  }

  JsonValue schema_of(std::string_view path, std::string_view method, int status) const {
    return document_.root()["paths"][path][method]["responses"][std::to_string(status)]["content"]
                           ["application/json"]["schema"];
  }
  Problems problems(const std::string& path, const std::string& method,
                    const ServerResponse& response) const {
    const JsonValue schema = schema_of(path, method, response.status);
    if (!schema.exists())
      return {path + ": status " + std::to_string(response.status) + " is not documented"};
    Problems found;
    const JsonDocument body = parse(response);
    Schemas(document_.root()).check(schema, body.root(), path, found);
    return found;
  }

  JsonDocument document_ = *JsonDocument::parse(openapi_json());
};

TEST_F(OpenApiTest, NamesEveryRouteAndNoOther) {
  std::set<std::string> served, documented;
  for (const auto& [method, path] : Api::routes()) {
    if (path == "/" || path == "/page/") continue;  // for people, not for programs
    served.insert((method == "GET" ? "get " : "post ") + std::string(path));
  }
  for (const auto& [path, methods] : document_.root()["paths"].members()) {
    for (const auto& [method, operation] : methods.members()) {
      documented.insert(std::string(method) + " " + std::string(path));
    }
  }
  EXPECT_EQ(documented, served);
}

TEST_F(OpenApiTest, EveryAnswerIsAsItSays) {
  const std::string id = board_.latest()->instances.front().instance->key.id;
  for (const std::string path :
       {"/api/v1/status", "/api/v1/plan", "/api/v1/instances", "/api/v1/decisions",
        "/api/v1/orders", "/api/v1/policies", "/api/v1/events"}) {
    EXPECT_THAT(problems(path, "get", get(path)), IsEmpty());
    // A filter that it does not know is refused, as is said.
    EXPECT_THAT(problems(path, "get", get(path, {{"nonsense", "1"}})), IsEmpty());
  }
  const ServerResponse told = get("/api/v1/explain", {{"instance_id", id}});
  EXPECT_EQ(told.status, 200);
  EXPECT_THAT(problems("/api/v1/explain", "get", told), IsEmpty());
  EXPECT_THAT(problems("/api/v1/explain", "get", get("/api/v1/explain", {{"instance_id", "none"}})),
              IsEmpty());
  EXPECT_EQ(get("/api/v1/openapi.json").body, openapi_json());
}

TEST_F(OpenApiTest, ChangesAnswerAsItSays) {
  const struct {
    const char* path;
    const char* body;
  } rows[] = {
      {"/api/v1/pause", R"({"all":true,"for":"2h","reason":"why"})"},
      {"/api/v1/resume", R"({"all":true})"},
      {"/api/v1/approve", R"({"instance_id":"x","up_to":"80.00 USD"})"},
      {"/api/v1/approve", R"({"instance_id":"x","end":true})"},
      {"/api/v1/override", R"({"instance_id":"x","cap_mbps":300,"for":"2h","reason":"launch"})"},
      {"/api/v1/override", R"({"instance_id":"x","end":true})"},
      {"/-/reload", "{}"},
      {"/api/v1/pause", "nonsense"}};
  for (const auto& row : rows) {
    EXPECT_THAT(problems(row.path, "post", post(row.path, row.body)), IsEmpty());
  }
  token_ = "another";
  EXPECT_THAT(problems("/api/v1/pause", "post", post("/api/v1/pause", "{}")), IsEmpty());
}

TEST_F(OpenApiTest, EveryParameterIsTaken) {
  std::size_t taken = 0;
  for (const auto& [path, methods] : document_.root()["paths"].members()) {
    std::vector<std::pair<std::string, std::string>> query;
    for (const JsonValue& parameter : methods["get"]["parameters"].items()) {
      const std::string name(parameter["name"].string().value_or(""));
      const JsonValue schema = parameter["schema"];
      const auto choices = schema["enum"].items();
      const std::string value = name == "cursor"                           ? ""
                                : schema["format"].string() == "date-time" ? "2026-01-01T00:00:00Z"
                                : schema["type"].string() == "integer"     ? "10"
                                : schema["type"].string() == "boolean"     ? "true"
                                : !choices.empty() ? std::string(*choices.front().string())
                                                   : "x";
      if (!value.empty()) query.emplace_back(name, value);
    }
    if (query.empty() || path == "/api/v1/explain") continue;
    EXPECT_EQ(get(std::string(path), query).status, 200) << path;
    taken += query.size();
  }
  EXPECT_GT(taken, 20U);
}

// The checker itself: a document that promises something else is noticed.
TEST_F(OpenApiTest, WhatDoesNotFitIsNoticed) {
  const auto schema =
      JsonDocument::parse(R"({"type":"object","required":["a","b"],"additionalProperties":false,)"
                          R"("properties":{"a":{"type":"integer"},"b":{"type":"string"}}})");
  const struct {
    const char* value;
    std::size_t problems;
  } rows[] = {{R"({"a":1,"b":"x"})", 0},  {R"({"a":"1","b":"x"})", 1},     {R"({"a":1})", 1},
              {R"({"a":1,"b":null})", 1}, {R"({"a":1,"b":"x","c":2})", 1}, {R"([])", 1}};
  for (const auto& row : rows) {
    const auto value = JsonDocument::parse(row.value);
    Problems found;
    Schemas(document_.root()).check(schema->root(), value->root(), "it", found);
    EXPECT_EQ(found.size(), row.problems) << row.value;
  }
}

}  // namespace
}  // namespace penstock
