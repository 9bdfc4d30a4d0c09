#include "daemon/curl_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/testing/raw_server.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.timeout = 3s;
  return request;
}

HttpRequest post(const std::string& url, const std::string& body) {
  HttpRequest request = get(url);
  request.method = "POST";
  request.body = body;
  request.headers = {{"Content-Type", "application/json"}};
  return request;
}

HttpResponse fetch(Http& http, const HttpRequest& request) {
  return http.fetch_all(std::span(&request, 1))[0];
}

RawServer::Reply ok_reply(const RawServer::Exchange& exchange) {
  return {.bytes = http_answer(200, "body of " + exchange.head.substr(0, exchange.head.find(' ')),
                               "X-Number: 7\r\n")};
}

TEST(CurlHttp, SendsAndReads) {
  RawServer server(ok_reply);
  CurlHttp http;
  const HttpResponse response = fetch(http, post(server.url("/api/v2/vm"), "{\"a\":1}"));
  EXPECT_TRUE(response.complete());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "body of POST");
  EXPECT_EQ(response.header("x-number"), "7");
  ASSERT_EQ(server.requests().size(), 1U);
  const RawServer::Exchange seen = server.requests()[0];
  EXPECT_EQ(seen.body, "{\"a\":1}");
  EXPECT_THAT(seen.head, HasSubstr("POST /api/v2/vm HTTP/1.1\r\n"));
  EXPECT_THAT(seen.head, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(seen.head, HasSubstr("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  EXPECT_THAT(seen.head, HasSubstr("Accept-Encoding: gzip"));
  EXPECT_THAT(seen.head, ::testing::Not(HasSubstr("Expect")));
}

TEST(CurlHttp, AnswersBelongToTheirRequests) {
  RawServer server([](const RawServer::Exchange& e) {
    return RawServer::Reply{.bytes = http_answer(200, e.body)};
  });
  CurlHttp http;
  std::vector<HttpRequest> requests;
  for (int i = 0; i < 40; ++i) requests.push_back(post(server.url(), std::to_string(i)));
  const std::vector<HttpResponse> answers = http.fetch_all(requests);
  ASSERT_EQ(answers.size(), requests.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].body, requests[i].body);
  }
  EXPECT_LE(server.connections(), 6U);  // per host
}

TEST(CurlHttp, KeepsConnectionsAcrossCalls) {
  RawServer server(ok_reply);
  CurlHttp http;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(fetch(http, get(server.url())).status, 200);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(CurlHttp, RequestsMarkedOnceAreNeverRepeated) {
  // The first request is answered; every later one on the same connection is read, perhaps carried
  // out, and then the connection closes. That is where libcurl repeats by itself.
  const auto script = [](const RawServer::Exchange& e) {
    return e.on_connection == 0 && e.connection == 0
               ? RawServer::Reply{.bytes = http_answer(200, "ok")}
               : RawServer::Reply{.bytes = "", .close = true};
  };
  const auto count = [&](bool once) {
    RawServer server(script);
    CurlHttp http;
    EXPECT_EQ(fetch(http, post(server.url(), "first")).status, 200);
    HttpRequest change = post(server.url(), "change");
    change.once = once;
    const HttpResponse response = fetch(http, change);
    EXPECT_FALSE(response.complete());
    EXPECT_FALSE(response.never_sent);
    int seen = 0;
    for (const RawServer::Exchange& e : server.requests()) seen += e.body == "change" ? 1 : 0;
    return seen;
  };
  EXPECT_EQ(count(true), 1);
  EXPECT_EQ(count(false), 2);  // what the mark is for: if this fails, libcurl has changed
}

TEST(CurlHttp, NeverSentMeansNoConnection) {
  std::string url;
  {
    RawServer gone(ok_reply);
    url = gone.url();
  }
  CurlHttp http;
  const HttpResponse refused = fetch(http, post(url, "x"));
  EXPECT_FALSE(refused.complete());
  EXPECT_TRUE(refused.never_sent);
  EXPECT_EQ(refused.status, 0);

  RawServer plain(ok_reply);
  const HttpResponse no_tls =
      fetch(http, post("https://127.0.0.1:" + std::to_string(plain.port()), "x"));
  EXPECT_FALSE(no_tls.complete());
  EXPECT_TRUE(no_tls.never_sent) << no_tls.failure;

  RawServer mute([](const RawServer::Exchange&) { return RawServer::Reply{}; },
                 RawServer::OnTls::kSilent);
  HttpRequest waiting = post("https://127.0.0.1:" + std::to_string(mute.port()), "x");
  waiting.timeout = 50ms;
  EXPECT_TRUE(fetch(http, waiting).never_sent);  // timed out inside the handshake

  const HttpResponse other = fetch(http, get("ftp://127.0.0.1/x"));
  EXPECT_TRUE(other.never_sent);
  const HttpResponse bad = fetch(http, get("http://["));
  EXPECT_TRUE(bad.never_sent);
}

TEST(CurlHttp, SentAndUnansweredIsNotNeverSent) {
  for (const RawServer::Reply& reply :
       {RawServer::Reply{.bytes = "", .silent = true}, RawServer::Reply{.bytes = "", .close = true},
        RawServer::Reply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort",
                         .close = true},
        RawServer::Reply{.bytes = "not http at all\r\n\r\n", .close = true}}) {
    RawServer server([&](const RawServer::Exchange&) { return reply; });
    CurlHttp http;
    HttpRequest request = post(server.url(), "x");
    request.timeout = 60ms;
    request.once = true;
    const HttpResponse response = fetch(http, request);
    EXPECT_FALSE(response.complete()) << reply.bytes;
    EXPECT_FALSE(response.never_sent) << reply.bytes;
    EXPECT_TRUE(response.body.empty());
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST(CurlHttp, OneSilentServerDoesNotSpoilTheOthers) {
  RawServer silent(
      [](const RawServer::Exchange&) { return RawServer::Reply{.bytes = "", .silent = true}; });
  RawServer good(ok_reply);
  CurlHttp http;
  std::vector<HttpRequest> requests = {get(silent.url()), get(good.url())};
  requests[0].timeout = 60ms;
  const std::vector<HttpResponse> answers = http.fetch_all(requests);
  EXPECT_FALSE(answers[0].complete());
  EXPECT_EQ(answers[1].status, 200);
}

TEST(CurlHttp, ALongAnswerIsAFailure) {
  const std::string chunk = "186a0\r\n" + std::string(100'000, 'x') + "\r\n";
  RawServer server([&](const RawServer::Exchange& e) {
    if (e.head.starts_with("GET /length")) {
      return RawServer::Reply{.bytes = http_answer(200, std::string(1001, 'x'))};
    }
    std::string endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 20; ++i) endless += chunk;
    return RawServer::Reply{.bytes = endless, .close = true};
  });
  CurlHttp http;
  for (const char* path : {"/length", "/chunked"}) {
    HttpRequest request = get(server.url(path));
    request.max_bytes = 1000;
    const HttpResponse response = fetch(http, request);
    EXPECT_FALSE(response.complete()) << path;
    EXPECT_THAT(response.failure, HasSubstr("longer than 1000 bytes")) << path;
    EXPECT_FALSE(response.never_sent);
  }
  HttpRequest exact = get(server.url("/length"));
  exact.max_bytes = 1001;
  EXPECT_EQ(fetch(http, exact).body.size(), 1001U);
}

TEST(CurlHttp, CompressedAnswersAreBoundedDecoded) {
  // gzip of 1,000 times 'a'.
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05\xa3\x60\x14\x0c\x77\x00\x00\x03"
      "\xda\x38\x9a\xe8\x03\x00\x00",
      29);
  RawServer server([&](const RawServer::Exchange&) {
    return RawServer::Reply{.bytes = http_answer(200, packed, "Content-Encoding: gzip\r\n")};
  });
  CurlHttp http;
  EXPECT_EQ(fetch(http, get(server.url())).body, std::string(1000, 'a'));
  HttpRequest small = get(server.url());
  small.max_bytes = 999;
  EXPECT_FALSE(fetch(http, small).complete());
}

TEST(CurlHttp, RedirectsAreNotFollowed) {
  RawServer server([](const RawServer::Exchange&) {
    return RawServer::Reply{.bytes = http_answer(302, "", "Location: /elsewhere\r\n")};
  });
  CurlHttp http;
  EXPECT_EQ(fetch(http, get(server.url())).status, 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(CurlHttp, TheEnvironmentsProxyIsIgnored) {
  RawServer proxy(ok_reply);
  RawServer server(ok_reply);
  const std::string address = "http://127.0.0.1:" + std::to_string(proxy.port());
  setenv("http_proxy", address.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  setenv("all_proxy", address.c_str(), 1);   // NOLINT(concurrency-mt-unsafe)
  CurlHttp http;
  EXPECT_EQ(fetch(http, get(server.url())).status, 200);
  unsetenv("http_proxy");  // NOLINT(concurrency-mt-unsafe)
  unsetenv("all_proxy");   // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(proxy.requests().size(), 0U);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(CurlHttp, HeadersCannotBreakOut) {
  RawServer server(ok_reply);
  CurlHttp http;
  HttpRequest request = get(server.url());
  request.headers = {{"Authorization", "Bearer a\r\nX-Evil: 1"}};
  const HttpResponse response = fetch(http, request);
  EXPECT_TRUE(response.never_sent);
  EXPECT_THAT(response.failure, ::testing::Not(HasSubstr("Evil")));
  EXPECT_EQ(server.requests().size(), 0U);
  const HttpRequest next = get(server.url());
  EXPECT_EQ(fetch(http, next).status, 200);
}

TEST(CurlHttp, EndlessHeadersAreAFailure) {
  RawServer server([](const RawServer::Exchange&) {
    std::string bytes = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 2000; ++i) bytes += "X-Filler: " + std::string(60, 'x') + "\r\n";
    return RawServer::Reply{.bytes = bytes + "\r\n", .close = true};
  });
  CurlHttp http;
  EXPECT_FALSE(fetch(http, get(server.url())).complete());
}

TEST(CurlHttp, NothingToFetchIsFine) {
  CurlHttp http;
  EXPECT_TRUE(http.fetch_all({}).empty());
}

}  // namespace
}  // namespace penstock
