#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/json.h"
#include "daemon/sim/access.h"
#include "tests/testing/replies.h"

namespace penstock {
namespace {

std::string unhex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

std::string text(const JsonValue& value) {
  return std::string(value.string().value_or(""));
}

struct Vector {
  ServerRequest request;
  SandboxKeys keys;
  TimePoint now;
};

/// The published vectors as requests that a server receives.
std::vector<Vector> vectors() {
  const Result<JsonDocument> doc = JsonDocument::parse(read_reply("signature_vectors.json"));
  EXPECT_TRUE(doc);
  std::vector<Vector> out;
  for (const JsonValue& v : doc->root()["vectors"].items()) {
    Vector one;
    one.request.method = "POST";
    one.request.path = text(v["path"]);
    one.request.body = unhex(text(v["bodyHex"]));
    one.request.headers = {{"Host", text(v["host"])},
                           {"content-TYPE", text(v["contentType"])},
                           {"x-zc-timestamp", text(v["timestamp"])},
                           {"Authorization", text(v["authorization"])}};
    one.keys = {text(v["accessKeyId"]), text(v["accessKeyPassword"]), "t"};
    one.now = TimePoint(std::chrono::seconds{std::stoll(text(v["timestamp"]))});
    out.push_back(one);
  }
  return out;
}

std::string code_of(const Vector& v) {
  const std::optional<Refusal> no = check_access(v.request, v.keys, v.now);
  return no ? no->code : "";
}

void set(ServerRequest& request, const std::string& name, const std::string& value) {
  for (auto& [key, old] : request.headers) {
    if (key == name) old = value;
  }
}

TEST(SandboxAccess, AcceptsThePublishedVectors) {
  const std::vector<Vector> all = vectors();
  ASSERT_EQ(all.size(), 10U);
  for (const Vector& v : all) EXPECT_EQ(code_of(v), "") << v.request.body;
}

TEST(SandboxAccess, RefusesWhatWasTouched) {
  for (const Vector& good : vectors()) {
    Vector v = good;
    v.request.body += " ";
    EXPECT_EQ(code_of(v), "AUTHFAILURE_SIGNATURE_FAILURE");
    v = good;
    v.keys.password += "x";
    EXPECT_EQ(code_of(v), "AUTHFAILURE_SIGNATURE_FAILURE");
    v = good;
    v.keys.id += "x";
    EXPECT_EQ(code_of(v), "AUTHFAILURE_SIGNATURE_FAILURE");
    v = good;
    set(v.request, "Host", "elsewhere");
    EXPECT_EQ(code_of(v), "AUTHFAILURE_SIGNATURE_FAILURE");
    v = good;
    set(v.request, "content-TYPE", "text/plain");
    EXPECT_EQ(code_of(v), "AUTHFAILURE_SIGNATURE_FAILURE");
  }
}

TEST(SandboxAccess, AllowsFiveMinutesEitherWay) {
  const Vector good = vectors().front();
  struct Case {
    std::chrono::seconds off;
    std::string code;
  };
  for (const Case& c : std::vector<Case>{{300s, ""},
                                         {-300s, ""},
                                         {301s, "AUTHFAILURE_SIGNATURE_EXPIRED"},
                                         {-301s, "AUTHFAILURE_SIGNATURE_EXPIRED"}}) {
    Vector v = good;
    v.now += c.off;
    EXPECT_EQ(code_of(v), c.code) << c.off.count();
  }
  for (const char* timestamp : {"", "now", "1767225600.5", " 1767225600", "99999999999999999999"}) {
    Vector v = good;
    set(v.request, "x-zc-timestamp", timestamp);
    EXPECT_EQ(code_of(v), "AUTHFAILURE_INVALID_AUTHORIZATION") << timestamp;
  }
  Vector v = good;
  set(v.request, "x-zc-timestamp", "-9223372036854775808");
  EXPECT_EQ(code_of(v), "AUTHFAILURE_SIGNATURE_EXPIRED");
}

TEST(SandboxAccess, RefusesMalformedAuthorization) {
  const Vector good = vectors().front();
  for (const char* header :
       {"", "Basic abc", "ZC2-HMAC-SHA256", "ZC2-HMAC-SHA256 Credential=a",
        "ZC2-HMAC-SHA256 Credential=a, SignedHeaders=content-type;host",
        "ZC2-HMAC-SHA256 Credential=a, SignedHeaders=content-type, Signature=0",
        "ZC2-HMAC-SHA256 Credential=a, SignedHeaders=host;content-type, Signature=0",
        "ZC2-HMAC-SHA256 Credential=a, SignedHeaders=content-type;host, Signature=0, X=1",
        "Bearer wrong", "Bearer "}) {
    Vector v = good;
    set(v.request, "Authorization", header);
    EXPECT_EQ(code_of(v), "AUTHFAILURE_INVALID_AUTHORIZATION") << header;
  }
}

TEST(SandboxAccess, ATokenNeedsNoSignature) {
  ServerRequest request{.method = "POST", .path = "/api/v2/vm", .body = "{}"};
  request.headers = {{"authorization", "Bearer sandbox-token"}};
  EXPECT_FALSE(check_access(request, {}, TimePoint{}));
}

}  // namespace
}  // namespace penstock
