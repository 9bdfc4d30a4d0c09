#include "daemon/curl_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "daemon/log.h"

namespace penstock {
namespace {

constexpr long kConnectionsPerHost = 6;
constexpr long kConnections = 128;
constexpr std::size_t kMaxHeaderBytes = 64U << 10;
constexpr Duration kConnectTimeout = 5s;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// One request under way. Its address is known to curl until it ends.
struct Transfer {
  CURL* easy = nullptr;
  HttpResponse response;
  std::unique_ptr<curl_slist, FreeList> headers;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  std::size_t max_bytes = 0;
  std::size_t header_bytes = 0;
  bool too_long = false;
  CURLcode result = CURLE_OK;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (size > transfer.max_bytes - transfer.response.body.size()) {
    transfer.too_long = true;
    return 0;  // ends the transfer
  }
  transfer.response.body.append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.too_long = true;
    return 0;
  }
  std::string_view line(data, size);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    transfer.response.headers.clear();  // an interim answer came before
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  const std::size_t value = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
  transfer.response.headers.emplace_back(line.substr(0, colon), line.substr(value));
  return size;
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

/// False when a header would break out of its line.
bool add_headers(Transfer& transfer, const HttpRequest& request) {
  // Without an empty Expect, curl holds back larger bodies for an interim answer.
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : request.headers) {
    if (has_line_break(name) || has_line_break(value)) {
      curl_slist_free_all(list);
      return false;
    }
    // curl's own notation for a header without a value.
    std::string line = name;
    line += value.empty() ? ";" : ": ";
    line += value;
    list = curl_slist_append(list, line.c_str());
  }
  transfer.headers.reset(list);
  return true;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  assert(code == CURLE_OK || code == CURLE_OUT_OF_MEMORY);
}

long milliseconds(Duration span) {
  return static_cast<long>(std::max<Duration::rep>(span.count(), 1));
}

void set_method(CURL* easy, const HttpRequest& request) {
  if (request.method == "POST") {
    set(easy, CURLOPT_POST, 1L);
  } else if (request.method != "GET") {
    set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (request.method == "POST" || !request.body.empty()) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
}

void set_security(CURL* easy, const HttpRequest& request) {
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_PROXY, "");  // empty: not even the environment's
  const HttpTls& tls = request.tls;
  if (!tls.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // this one and no other
  }
  if (!tls.client_cert_file.empty()) set(easy, CURLOPT_SSLCERT, tls.client_cert_file.c_str());
  if (!tls.client_key_file.empty()) set(easy, CURLOPT_SSLKEY, tls.client_key_file.c_str());
}

void set_connection(CURL* easy, const HttpRequest& request) {
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_TIMEOUT_MS, milliseconds(request.timeout));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(request.timeout, kConnectTimeout)));
  if (request.once) {
    // libcurl repeats a request, POST or not, when a connection that served before closes without
    // an answer. A connection of its own, and HTTP/1.1 so that no other request can join it while
    // it is busy, leaves nothing to repeat.
    set(easy, CURLOPT_FRESH_CONNECT, 1L);
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  } else {
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(easy, CURLOPT_PIPEWAIT, 1L);  // rather join a connection than open another
  }
}

void set_up(Transfer& transfer, const HttpRequest& request) {
  CURL* easy = transfer.easy;
  transfer.max_bytes = request.max_bytes;
  set(easy, CURLOPT_URL, request.url.c_str());
  set(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  set(easy, CURLOPT_USERAGENT, "penstock/" PENSTOCK_VERSION);
  set(easy, CURLOPT_ERRORBUFFER, transfer.error_text.data());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(&transfer));
  set(easy, CURLOPT_WRITEFUNCTION, &take_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_HEADERFUNCTION, &take_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.max_bytes));
  set_method(easy, request);
  set_security(easy, request);
  set_connection(easy, request);
}

/// Whether the request certainly never left. These codes arise only before the first byte of a
/// request can go out; a time-out is one of them only while nothing was sent.
bool never_sent(CURL* easy, CURLcode code) {
  long request_bytes = 0;
  curl_off_t sending_since = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sending_since);
  if (request_bytes != 0) return false;
  switch (static_cast<int>(code)) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return true;
    case CURLE_OPERATION_TIMEDOUT:
      return sending_since == 0;
    default:
      return false;
  }
}

std::string failure_text(const Transfer& transfer) {
  if (transfer.too_long || transfer.result == CURLE_FILESIZE_EXCEEDED) {
    return "the answer is longer than " + std::to_string(transfer.max_bytes) + " bytes";
  }
  const char* detail = transfer.error_text.data();
  // A server's certificate has a say in some of these texts.
  return printable(*detail != '\0' ? detail : curl_easy_strerror(transfer.result));
}

void finish(Transfer& transfer) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_TOTAL_TIME_T, &microseconds);
  HttpResponse& response = transfer.response;
  response.elapsed = Duration{microseconds / 1000};
  if (transfer.result == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    return;
  }
  response.failure = failure_text(transfer);
  response.too_long = transfer.too_long || transfer.result == CURLE_FILESIZE_EXCEEDED;
  response.never_sent = never_sent(transfer.easy, transfer.result);
  response.headers.clear();
  response.body.clear();
}

}  // namespace

struct CurlHttp::State {
  CURLM* multi = nullptr;
  std::vector<CURL*> idle;  ///< handles for later use; their connections live in `multi`

  CURL* take_handle() {
    if (idle.empty()) return curl_easy_init();
    CURL* easy = idle.back();
    idle.pop_back();
    return easy;
  }

  /// Lets curl work until every added transfer has ended.
  void run() {
    int running = 0;
    do {
      const CURLMcode code = curl_multi_perform(multi, &running);
      if (code != CURLM_OK) break;
      collect();
      if (running != 0) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    } while (running != 0);
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode result = message->data.result;
      void* user = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
      static_cast<Transfer*>(user)->result = result;
    }
  }
};

CurlHttp::CurlHttp() : state_(std::make_unique<State>()) {
  static const CURLcode kInitialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  assert(kInitialised == CURLE_OK);
  state_->multi = curl_multi_init();
  assert(state_->multi != nullptr);
  curl_multi_setopt(state_->multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(state_->multi, CURLMOPT_MAX_HOST_CONNECTIONS, kConnectionsPerHost);
  curl_multi_setopt(state_->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, kConnections);
  curl_multi_setopt(state_->multi, CURLMOPT_MAXCONNECTS, kConnections);
}

CurlHttp::~CurlHttp() {
  for (CURL* easy : state_->idle) curl_easy_cleanup(easy);
  curl_multi_cleanup(state_->multi);
}

std::vector<HttpResponse> CurlHttp::fetch_all(std::span<const HttpRequest> requests) {
  std::vector<Transfer> transfers(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Transfer& transfer = transfers[i];
    // Until curl says otherwise: the run ended without a word about this one.
    transfer.result = CURLE_RECV_ERROR;
    if (!add_headers(transfer, requests[i])) {
      transfer.response.failure = "a header contains a line break";
      transfer.response.never_sent = true;
      continue;
    }
    transfer.easy = state_->take_handle();
    set_up(transfer, requests[i]);
    curl_multi_add_handle(state_->multi, transfer.easy);
  }
  state_->run();
  std::vector<HttpResponse> responses;
  responses.reserve(transfers.size());
  for (Transfer& transfer : transfers) {
    if (transfer.easy != nullptr) {
      finish(transfer);
      curl_multi_remove_handle(state_->multi, transfer.easy);
      curl_easy_reset(transfer.easy);
      state_->idle.push_back(transfer.easy);
    }
    responses.push_back(std::move(transfer.response));
  }
  return responses;
}

}  // namespace penstock
