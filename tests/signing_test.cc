#include "daemon/signing.h"

#include <gtest/gtest.h>

#include "daemon/json.h"
#include "tests/testing/replies.h"

namespace penstock {
namespace {

int hex_digit(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(hex_digit(hex[i]) * 16 + hex_digit(hex[i + 1]));
  }
  return bytes;
}

TEST(Signing, AgreesWithEveryVectorOfTheVendor) {
  const Result<JsonDocument> doc = JsonDocument::parse(read_reply("signature_vectors.json"));
  ASSERT_TRUE(doc);
  const std::vector<JsonValue> vectors = doc->root()["vectors"].items();
  ASSERT_EQ(vectors.size(), 10U);
  for (const JsonValue& v : vectors) {
    const auto text = [&](const char* key) { return std::string(v[key].string().value_or("?")); };
    SCOPED_TRACE(text("name"));
    const std::string body = from_hex(text("bodyHex"));
    const std::string timestamp = text("timestamp");
    const SignedRequest request{
        .headers = {{"content-type", text("contentType")}, {"host", text("host")}},
        .body = body,
        .timestamp = timestamp};
    EXPECT_EQ(sha256_hex(body), text("hashedRequestPayload"));
    EXPECT_EQ(canonical_request(request), text("canonicalRequest"));
    EXPECT_EQ(sha256_hex(canonical_request(request)), text("hashedCanonicalRequest"));
    EXPECT_EQ(string_to_sign(request), text("stringToSign"));
    EXPECT_EQ(signature(text("accessKeyPassword"), request), text("signature"));
    EXPECT_EQ(authorization(text("accessKeyId"), text("accessKeyPassword"), request),
              text("authorization"));
  }
}

TEST(Signing, MoreHeadersMayBeSigned) {
  SignedRequest request{.headers = {{"content-type", "application/json"}, {"host", "h"}},
                        .body = "{}",
                        .timestamp = "1"};
  const std::string two = signature("pw", request);
  request.headers.emplace_back("x-zc-action", "DescribeZones");
  EXPECT_NE(signature("pw", request), two);
  EXPECT_NE(canonical_request(request).find("host:h\nx-zc-action:DescribeZones\n\n"
                                            "content-type;host;x-zc-action\n"),
            std::string::npos);
}

TEST(Signing, HeadersReadBack) {
  const SignedRequest request{.headers = {{"content-type", "application/json"}, {"host", "h"}},
                              .body = "{}",
                              .timestamp = "1"};
  const auto parts = parse_authorization(authorization("AKID", "pw", request));
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->credential, "AKID");
  EXPECT_EQ(parts->signed_headers, (std::vector<std::string>{"content-type", "host"}));
  EXPECT_EQ(parts->signature, signature("pw", request));
  for (const char* bad : {"", "Bearer x", "ZC2-HMAC-SHA256", "ZC2-HMAC-SHA256 Credential=a",
                          "ZC2-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=1",
                          "ZC2-HMAC-SHA256 Credential=a, SignedHeaders=, Signature=1",
                          "ZC2-HMAC-SHA256 Credential=a, SignedHeaders=host;, Signature=1",
                          "ZC2-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=1, More=2",
                          "ZC2-HMAC-SHA256 SignedHeaders=host, Credential=a, Signature=1",
                          "ZC2-HMAC-SHA512 Credential=a, SignedHeaders=host, Signature=1"}) {
    EXPECT_FALSE(parse_authorization(bad)) << bad;
  }
  EXPECT_TRUE(parse_authorization("ZC2-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=1"));
}

}  // namespace
}  // namespace penstock
