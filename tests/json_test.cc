#include "daemon/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace penstock {
namespace {

struct NumberCase {
  const char* json;
  std::optional<std::int64_t> integer;
  std::optional<double> number;
  std::optional<std::string> decimal;
};

TEST(Json, NumbersInEveryDress) {
  const NumberCase cases[] = {
      {"100", 100, 100.0, "100"},
      {"100.0", 100, 100.0, "100"},
      {"\"100\"", 100, 100.0, "100"},
      {"\"100.0\"", 100, 100.0, "100.0"},
      {"\" 7 \"", 7, 7.0, "7"},
      {"1.32", std::nullopt, 1.32, "1.32"},
      {"\"0.000001\"", std::nullopt, 0.000001, "0.000001"},
      {"0.1", std::nullopt, 0.1, "0.1"},
      {"1e2", 100, 100.0, "100"},
      {"\"1E2\"", 100, 100.0, "100"},
      {"-5", -5, -5.0, "-5"},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max(), 9223372036854775807.0,
       std::nullopt},
      {"\"-66666666666666666666\"", std::nullopt, -66666666666666666666.0, std::nullopt},
      {"18446744073709551615", std::nullopt, 18446744073709551615.0, std::nullopt},
      {"1e300", std::nullopt, 1e300, std::nullopt},
      {"\"NaN\"", std::nullopt, std::nullopt, std::nullopt},
      {"\"inf\"", std::nullopt, std::nullopt, std::nullopt},
      {"\"0x10\"", std::nullopt, std::nullopt, std::nullopt},
      {"\"12 Mbps\"", std::nullopt, std::nullopt, std::nullopt},
      {"\"1.\"", 1, 1.0, "1"},
      {"\"007\"", 7, 7.0, "7"},
      {"\"-00.50\"", std::nullopt, -0.5, "-0.5"},
      {"\"\"", std::nullopt, std::nullopt, std::nullopt},
      {"null", std::nullopt, std::nullopt, std::nullopt},
      {"true", std::nullopt, std::nullopt, std::nullopt},
      {"[1]", std::nullopt, std::nullopt, std::nullopt},
      {"{}", std::nullopt, std::nullopt, std::nullopt},
  };
  for (const NumberCase& c : cases) {
    const Result<JsonDocument> doc = JsonDocument::parse(c.json);
    ASSERT_TRUE(doc) << c.json;
    EXPECT_EQ(doc->root().integer(), c.integer) << c.json;
    EXPECT_EQ(doc->root().number(), c.number) << c.json;
    EXPECT_EQ(doc->root().decimal(), c.decimal) << c.json;
  }
}

TEST(Json, AbsentNullAndWrongTypesReadAsNothing) {
  const Result<JsonDocument> doc =
      JsonDocument::parse(R"({"a":null,"b":[1,{"c":"x"}],"d":"true"})");
  ASSERT_TRUE(doc);
  const JsonValue root = doc->root();
  EXPECT_FALSE(root["a"].exists());
  EXPECT_FALSE(root["missing"].exists());
  EXPECT_FALSE(root["missing"]["deeper"]["still"].string());
  EXPECT_FALSE(root["a"]["b"].exists());
  EXPECT_TRUE(root["b"].is_array());
  ASSERT_EQ(root["b"].items().size(), 2U);
  EXPECT_EQ(root["b"].items()[1]["c"].string(), "x");
  EXPECT_TRUE(root["d"].items().empty());
  EXPECT_EQ(root["d"].boolean(), true);
  EXPECT_FALSE(root["b"].boolean());
  ASSERT_EQ(root.members().size(), 3U);
  EXPECT_EQ(root.members()[2].first, "d");
  EXPECT_FALSE(JsonValue{}.exists());
  EXPECT_TRUE(JsonValue{}.items().empty());
}

TEST(Json, SurvivesMoves) {
  Result<JsonDocument> doc = JsonDocument::parse(R"({"k":"value that is long enough to matter"})");
  ASSERT_TRUE(doc);
  const JsonDocument moved = std::move(*doc);
  EXPECT_EQ(moved.root()["k"].string(), "value that is long enough to matter");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* bad :
       {"", " ", "{", "{]", "[1,]", "nul", "<html></html>", "{\"a\":1}x", "{\"a\":\xff}",
        "{\xff\"a\":1}", "{\"a\":\"\\ud8zz\"}", "{'a':1}", "01", "NaN"}) {
    EXPECT_FALSE(JsonDocument::parse(bad)) << bad;
  }
  std::string deep(65, '[');
  deep += std::string(65, ']');
  EXPECT_FALSE(JsonDocument::parse(deep, 64));
  EXPECT_TRUE(JsonDocument::parse("[[[[1]]]]", 8));
}

// A name that is no text must not cost the whole list that it stands in.
TEST(Json, MendsTextThatIsNone) {
  const struct {
    const char* json;
    const char* text;
  } rows[] = {{"\"a\xff!\"", "a\xef\xbf\xbd!"},
              {"\"\xc3\"", "\xef\xbf\xbd"},
              {R"("a\ud800b")",
               "a\xef\xbf\xbd"
               "b"},
              {R"("\udc00\ud800")", "\xef\xbf\xbd\xef\xbf\xbd"},
              {R"("\ud800\ud83d\ude00")", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
              {R"("\\ud800\udfff")", "\\ud800\xef\xbf\xbd"},
              {"\"\\ud800\xff\"", "\xef\xbf\xbd\xef\xbf\xbd"}};
  for (const auto& row : rows) {
    const Result<JsonDocument> document =
        JsonDocument::parse(std::string("{\"k\":") + row.json + "}");
    ASSERT_TRUE(document) << row.json;
    EXPECT_EQ(document->root()["k"].string(), row.text) << row.json;
  }
}

TEST(Json, WhatATerminalWouldObeyIsEscaped) {
  JsonWriter w;
  w.begin_array().string("\x1b\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x81\x81\xe5\xbc\xa0").end_array();
  EXPECT_EQ(w.take(), R"(["\u001b\u007f\u009b\u202e\udb40\udc41)"
                      "\xe5\xbc\xa0\"]");
}

TEST(Json, WritesWhatReadsBack) {
  JsonWriter w;
  w.begin_object().key("id").string("a\"b\n\x01").key("n").integer(-3).key("x").number(0.1);
  w.key("nan").number(std::nan("")).key("m").decimal("11.40").key("t").boolean(true);
  w.key("list").begin_array().null().string({}).string("\xc3\xbc").string("\xff\xc3").end_array();
  w.end_object();
  const std::string text = w.take();
  EXPECT_EQ(text,
            "{\"id\":\"a\\\"b\\n\\u0001\",\"n\":-3,\"x\":0.1,\"nan\":null,\"m\":11.40,\"t\":true,"
            "\"list\":[null,\"\",\"\xc3\xbc\",\"\xef\xbf\xbd\xef\xbf\xbd\"]}");
  EXPECT_TRUE(JsonDocument::parse(text));
  EXPECT_EQ(w.size(), 0U);
  w.begin_array().end_array();
  EXPECT_EQ(w.take(), "[]");
}

TEST(Json, NumbersReadBackEqual) {
  for (const double value : {0.1, 18446744073709551615.0, 1.0 / 3, 1e21, 5e-324,
                             1.7976931348623157e308, -0.0, 123456789.5}) {
    JsonWriter w;
    w.begin_array().number(value).end_array();
    const Result<JsonDocument> doc = JsonDocument::parse(w.take());
    ASSERT_TRUE(doc);
    EXPECT_EQ(doc->root().items()[0].number(), value);
  }
}

TEST(Json, BrokenUtf8NeverStaysBroken) {
  // Every single byte and every pair, as the text of a string, must give a valid document.
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; b += 7) {
      JsonWriter w;
      w.begin_array().string(std::string{static_cast<char>(a), static_cast<char>(b)}).end_array();
      ASSERT_TRUE(JsonDocument::parse(w.take())) << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace penstock
