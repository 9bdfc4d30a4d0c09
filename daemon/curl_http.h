// CurlHttp: Http over libcurl's multi interface, and its one home.
//
//   CurlHttp http;
//   std::vector<HttpResponse> answers = http.fetch_all(requests);
//
// Connections are kept alive across calls; HTTP/2 is used where the server offers it. Certificates
// are always verified, redirects never followed, the environment's proxies ignored. One thread at a
// time; an instance may move between threads when idle.
#pragma once

#include <memory>

#include "daemon/http.h"

namespace penstock {

class CurlHttp final : public Http {
 public:
  CurlHttp();
  ~CurlHttp() override;
  CurlHttp(const CurlHttp&) = delete;
  CurlHttp& operator=(const CurlHttp&) = delete;

  std::vector<HttpResponse> fetch_all(std::span<const HttpRequest> requests) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock
