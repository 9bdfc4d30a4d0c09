// Bytes -> one HTTP answer of the API -> every reader of answers. Whatever a server sends, nothing
// crashes, and what comes out keeps its promises.
//
// The first line of the input is the HTTP status and perhaps headers, "429 Retry-After:7"; the rest
// is the body. Status 0 stands for no answer.
#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/account.h"
#include "daemon/api_reply.h"
#include "daemon/paged_list.h"
#include "daemon/quote.h"
#include "daemon/zenlayer_wire.h"

namespace {

using namespace penstock;

HttpResponse response_of(std::string_view text) {
  HttpResponse http;
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  http.body = std::string(text.substr(std::min(end + 1, text.size())));
  std::from_chars(line.data(), line.data() + line.size(), http.status);
  if (http.status == 0) http.failure = http.body;
  while (!line.empty()) {
    const std::size_t blank = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, blank);
    const std::size_t colon = word.find(':');
    if (colon != std::string_view::npos) {
      http.headers.emplace_back(word.substr(0, colon), word.substr(colon + 1));
    }
    line.remove_prefix(std::min(blank + 1, line.size()));
  }
  return http;
}

void check_reply(const ApiReply& reply) {
  static const AccountConfig kAccount;
  const ErrorClass what = classify(reply.code, reply.status, kAccount.money_words);
  const ErrorKind change = kind_of(reply.code, reply.status, what, Effect::kChange);
  assert(!reply.code_or_status().empty() && reply.code.size() <= 96);
  assert(reply.request_id.size() <= 64);
  assert(reply.silence >= 0s && reply.silence <= 1min);
  assert(reply.ok <= (reply.status == 200 && reply.document.has_value()));
  // A server that fails, or that nobody can understand, leaves the outcome of a change open.
  const bool silent = reply.status == 0 || (reply.status == 200 && !reply.ok && reply.code.empty());
  assert(!silent || change == ErrorKind::kUnknownOutcome);
  assert(code_label(reply.code_or_status()).size() <= 96);
}

void check_instances(JsonValue response) {
  for (const Product product : {Product::kVm, Product::kBmc}) {
    Result<wire::InstancePage> page = wire::read_instances(product, "a", response);
    if (!page) continue;
    assert(page->instances.size() <= page->rows);
    ListPage<Instance> rows{.total = page->total, .rows = page->rows, .keyed = {}};
    for (Instance& instance : page->instances) {
      assert(!instance.key.id.empty() && instance.key.id.size() <= 128);
      assert(instance.name.size() <= 256);
      assert(!instance.cap || *instance.cap >= Mbps{0});
      assert(!instance.limit || *instance.limit > Mbps{0});
      std::string id = instance.key.id;
      rows.keyed.emplace_back(std::move(id), std::move(instance));
    }
    // The same page as the answer to everything: the reader must come to an end.
    PagedList<Instance> list(500);
    for (int rounds = 0; !list.finished(); ++rounds) {
      assert(rounds < 100 * PagedList<Instance>::kPasses);
      for (std::size_t i = list.wanted().size(); i > 0; --i) list.take(rows);
    }
  }
}

void check_money(JsonValue response) {
  const PriceAnswer answer = wire::read_price(response);
  const auto prepaid = prepaid_figure(answer);
  assert(!prepaid || *prepaid >= Money{});
  for (const StepsMode mode : {StepsMode::kMarginal, StepsMode::kVolume}) {
    const auto month = postpaid_per_month(
        answer, Mbps{200},
        {.included = Mbps{10}, .steps_mode = mode, .unit_price = Money::from_units(2)});
    assert(!month || *month >= Money{});
  }
  if (prepaid) {
    PrepaidMeaning meaning;
    const Price price = meaning.price({.instance = "1",
                                       .from = Mbps{100},
                                       .to = Mbps{200},
                                       .included = Mbps{10},
                                       .at = {},
                                       .left = 24h,
                                       .month = kBillingMonth,
                                       .for_to = *prepaid,
                                       .for_from = prepaid,
                                       .for_other = {}});
    assert(price.due_now >= Money{} && price.per_month >= Money{});
  }
  (void)wire::read_balance(response);
  const auto history = wire::read_transactions(response);
  assert(!history || history->keys.size() == history->transactions.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ApiReply reply =
      read_reply(response_of(std::string_view(reinterpret_cast<const char*>(data), size)));
  check_reply(reply);
  if (!reply.document) return 0;
  const JsonValue response = reply.document->root()["response"];
  check_instances(response);
  check_money(response);
  const auto status = wire::read_status(response);
  assert(!status || !status->cap || *status->cap >= Mbps{0});
  (void)wire::read_accepted(response, reply.request_id);
  if (const auto samples = wire::read_traffic(response)) {
    assert(std::is_sorted(samples->begin(), samples->end(),
                          [](const Sample& a, const Sample& b) { return a.at < b.at; }));
    for (const Sample& sample : *samples) assert(sample.egress >= Rate{0});
  }
  for (const auto& types : {wire::read_vm_limits(response), wire::read_bmc_types(response),
                            wire::read_bmc_resources(response)}) {
    for (const wire::TypeLimit& type : types) assert(!type.limit || *type.limit > Mbps{0});
  }
  return 0;
}
