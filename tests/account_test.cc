#include "daemon/account.h"

#include <gtest/gtest.h>

#include "daemon/http.h"

namespace penstock {
namespace {

struct UrlCase {
  const char* text;
  const char* origin;  ///< "" = refused
  bool loopback;
};

TEST(Account, BaseUrls) {
  const UrlCase cases[] = {
      {"https://console.zenlayer.com", "https://console.zenlayer.com", false},
      {"https://Console.Zenlayer.com:443/", "https://console.zenlayer.com", false},
      {"https://10.0.0.7:8443", "https://10.0.0.7:8443", false},
      {"http://127.0.0.1:19611", "http://127.0.0.1:19611", true},
      {"http://127.0.0.1:80", "http://127.0.0.1", true},
      {"http://localhost:19611", "http://localhost:19611", true},
      {"http://[::1]:19611", "http://[::1]:19611", true},
      {"https://[2001:db8::1]", "https://[2001:db8::1]", false},
      {"http://console.zenlayer.com", "", false},
      {"http://127.0.0.1.evil.example", "", false},
      {"http://127.evil.example.org", "", false},
      {"http://localhost.evil.example", "", false},
      {"http://user:secret@127.0.0.1", "", false},
      {"https://console.zenlayer.com/api", "", false},
      {"https://console.zenlayer.com?x=1", "", false},
      {"https://host:0", "", false},
      {"https://host:65536", "", false},
      {"https://host:12x", "", false},
      {"https://[::1", "", false},
      {"https://", "", false},
      {"ftp://console.zenlayer.com", "", false},
      {"console.zenlayer.com", "", false},
      {"https://a\r\nHost: b", "", false},
  };
  for (const UrlCase& c : cases) {
    const Result<BaseUrl> url = parse_base_url(c.text);
    ASSERT_EQ(url.has_value(), *c.origin != '\0') << c.text;
    if (!url) continue;
    EXPECT_EQ(url->origin(), c.origin) << c.text;
    EXPECT_EQ(url->loopback, c.loopback) << c.text;
  }
}

TEST(Account, QuoteNamesReadBack) {
  for (const PrepaidQuote quote : {PrepaidQuote::kAuto, PrepaidQuote::kDue,
                                   PrepaidQuote::kMonthlyTotal, PrepaidQuote::kMonthlyDifference}) {
    EXPECT_EQ(parse_prepaid_quote(to_string(quote)), quote);
  }
  EXPECT_FALSE(parse_prepaid_quote("monthly"));
}

TEST(Account, ChecksWhatMustHold) {
  AccountConfig good;
  EXPECT_TRUE(check_account(good));
  const auto refused = [&](auto change) {
    AccountConfig account = good;
    change(account);
    return !check_account(account).has_value();
  };
  EXPECT_TRUE(refused([](AccountConfig& a) { a.base_url = "http://example.org"; }));
  EXPECT_TRUE(refused([](AccountConfig& a) { a.access_key_id_file = "id"; }));
  EXPECT_TRUE(refused([](AccountConfig& a) {
    a.access_key_id_file = a.access_key_password_file = a.token_file = "x";
  }));
  EXPECT_TRUE(refused([](AccountConfig& a) { a.requests_per_second = 0; }));
  EXPECT_TRUE(refused([](AccountConfig& a) { a.changes_per_second = 50; }));
  EXPECT_TRUE(refused([](AccountConfig& a) { a.billing_month = 4min; }));
  EXPECT_TRUE(refused([](AccountConfig& a) { a.versions.vm = "2026\r\nX: y"; }));
  EXPECT_FALSE(refused([](AccountConfig& a) {
    a.base_url = "http://127.0.0.1:1";
    a.billing_month = 4min;
  }));
}

TEST(Http, EncodesQueryComponents) {
  EXPECT_EQ(url_encode("rate(x{a=\"b c\"}[1m])*8~-._"),
            "rate%28x%7Ba%3D%22b%20c%22%7D%5B1m%5D%29%2A8~-._");
  EXPECT_EQ(url_encode("\xc3\xbc"), "%C3%BC");
}

TEST(Http, FindsHeadersWhateverTheCase) {
  HttpResponse response;
  response.headers = {{"CF-Mitigated", "challenge"}};
  EXPECT_EQ(response.header("cf-mitigated"), "challenge");
  EXPECT_FALSE(response.header("cf-mitigate"));
}

}  // namespace
}  // namespace penstock
