#include "daemon/zenlayer_cloud.h"

#include <algorithm>

#include "daemon/paged_list.h"
#include "daemon/zenlayer_wire.h"

namespace penstock {
namespace {

constexpr const char* kList = "DescribeInstances";
constexpr const char* kStatus = "DescribeInstanceInternetStatus";
constexpr const char* kInquire = "InquiryPriceInstanceBandwidth";
constexpr const char* kModify = "ModifyInstanceBandwidth";
constexpr const char* kCancel = "CancelInstanceBandwidthDowngrade";
constexpr const char* kTraffic = "DescribeInstanceTraffic";
constexpr const char* kBalance = "DescribeCustomerBalance";
constexpr const char* kTransactions = "DescribeTransactionHistory";

constexpr int kTransactionsPerPage = 1000;

ApiCall instance_call(const InstanceRef& instance, const char* action, std::string body,
                      Effect effect = Effect::kRead) {
  return {.account = instance.key.account,
          .service = service_of(instance.product),
          .action = action,
          .body = std::move(body),
          .effect = effect};
}

std::optional<bool> either(std::optional<bool> a, std::optional<bool> b) {
  if (!a || !b) return a ? a : b;
  return *a || *b;
}

std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
  if (!a || !b) return a ? a : b;
  return *a && *b;
}

}  // namespace

ZenlayerCloud::ZenlayerCloud(const std::vector<AccountConfig>& accounts, Http& http, Clock& clock,
                             ApiClientOptions options)
    : client_(accounts, http, clock, std::move(options)), inventory_(client_) {}

void ZenlayerCloud::retry_denied(const std::string& account) {
  client_.retry_denied(account);
}

void ZenlayerCloud::reload(const std::vector<AccountConfig>& accounts) {
  client_.reload(accounts);
  inventory_.ask_again();
}

/// Asks one thing about each of many and reads each answer by itself. A question that `make_call`
/// refuses is not sent.
template <class T, class Questions, class MakeCall, class Read>
std::vector<Result<T>> ZenlayerCloud::ask(const Questions& questions, MakeCall make_call,
                                          Read read) {
  std::vector<ApiCall> calls;
  calls.reserve(questions.size());
  for (const auto& question : questions) calls.push_back(make_call(question));
  std::vector<Result<ApiAnswer>> answers = client_.call_all(calls);
  std::vector<Result<T>> out;
  out.reserve(answers.size());
  for (Result<ApiAnswer>& answer : answers) {
    if (!answer) {
      out.push_back(answer.error());
      continue;
    }
    Result<T> value = read(*answer);
    out.push_back(value ? std::move(value) : Result<T>(answer->attributed(value.error())));
  }
  return out;
}

// --- one instance at a time ---------------------------------------------------------------------

std::vector<Result<BandwidthStatus>> ZenlayerCloud::read_changes(
    std::span<const InstanceRef> instances) {
  return ask<BandwidthStatus>(
      instances,
      [](const InstanceRef& i) { return instance_call(i, kStatus, wire::id_request(i.key.id)); },
      [](const ApiAnswer& answer) { return wire::read_status(answer.response()); });
}

std::vector<Result<PriceAnswer>> ZenlayerCloud::inquire(std::span<const SizeQuestion> questions) {
  std::vector<Result<PriceAnswer>> answers = ask<PriceAnswer>(
      questions,
      [](const SizeQuestion& q) {
        return instance_call(q.instance, kInquire,
                             wire::size_request(q.instance.product, q.instance.key.id, q.to));
      },
      [](const ApiAnswer& answer) -> Result<PriceAnswer> {
        return wire::read_price(answer.response());
      });
  // Types that are no longer sold are listed nowhere: this tells of their limit as well.
  for (std::size_t i = 0; i < std::min(answers.size(), questions.size()); ++i) {
    if (!answers[i] && answers[i].error().code == kCodeBandwidthExceed) {
      inventory_.refused(questions[i].instance.key, questions[i].to);
    }
  }
  return answers;
}

std::vector<Result<Accepted>> ZenlayerCloud::modify(std::span<const SizeQuestion> questions) {
  std::vector<SizeQuestion> sendable;
  for (const SizeQuestion& question : questions) {
    if (question.to >= Mbps{1}) sendable.push_back(question);
  }
  std::vector<Result<Accepted>> answers = ask<Accepted>(
      sendable,
      [](const SizeQuestion& q) {
        return instance_call(q.instance, kModify,
                             wire::size_request(q.instance.product, q.instance.key.id, q.to),
                             Effect::kChange);
      },
      [](const ApiAnswer& answer) -> Result<Accepted> {
        return wire::read_accepted(answer.response(), answer.request_id);
      });
  std::vector<Result<Accepted>> out;
  std::size_t next = 0;
  for (const SizeQuestion& question : questions) {
    if (question.to < Mbps{1}) {
      // 0 means unlimited, cannot be ordered, and would never be meant.
      out.push_back(Error{.kind = ErrorKind::kInvalid,
                          .message = "a bandwidth below 1 Mbps",
                          .code = {},
                          .request_id = {}});
      continue;
    }
    out.push_back(std::move(answers[next++]));
    if (!out.back() && out.back().error().code == kCodeBandwidthExceed) {
      inventory_.refused(question.instance.key, question.to);
    }
  }
  return out;
}

std::vector<Result<Accepted>> ZenlayerCloud::cancel_downgrade(
    std::span<const InstanceRef> instances) {
  return ask<Accepted>(
      instances,
      [](const InstanceRef& i) {
        return instance_call(i, kCancel, wire::id_request(i.key.id), Effect::kChange);
      },
      [](const ApiAnswer& answer) -> Result<Accepted> {
        return wire::read_accepted(answer.response(), answer.request_id);
      });
}

std::vector<Result<std::vector<Sample>>> ZenlayerCloud::traffic(
    std::span<const TrafficQuestion> questions) {
  return ask<std::vector<Sample>>(
      questions,
      [](const TrafficQuestion& q) {
        return instance_call(q.instance, kTraffic,
                             wire::traffic_request(q.instance.key.id, q.from, q.to));
      },
      [](const ApiAnswer& answer) { return wire::read_traffic(answer.response()); });
}

// --- the account --------------------------------------------------------------------------------

std::map<std::string, Result<Balance>> ZenlayerCloud::balances() {
  const std::vector<std::string> accounts = client_.accounts();
  std::vector<Result<Balance>> answers = ask<Balance>(
      accounts,
      [](const std::string& account) {
        return ApiCall{.account = account,
                       .service = Service::kZbc,
                       .action = kBalance,
                       .body = "{}",
                       .effect = Effect::kRead};
      },
      [](const ApiAnswer& answer) { return wire::read_balance(answer.response()); });
  std::map<std::string, Result<Balance>> out;
  for (std::size_t i = 0; i < accounts.size(); ++i) out.emplace(accounts[i], answers[i]);
  return out;
}

Result<std::vector<Transaction>> ZenlayerCloud::transactions(const std::string& account,
                                                             TimePoint from, TimePoint to) {
  PagedList<Transaction> pages(kTransactionsPerPage);
  while (!pages.finished()) {
    std::vector<Result<wire::TransactionPage>> answers = ask<wire::TransactionPage>(
        pages.wanted(),
        [&](int page) {
          return ApiCall{.account = account,
                         .service = Service::kZbc,
                         .action = kTransactions,
                         .body = wire::transactions_request(from, to, page, kTransactionsPerPage),
                         .effect = Effect::kRead};
        },
        [](const ApiAnswer& answer) { return wire::read_transactions(answer.response()); });
    for (Result<wire::TransactionPage>& answer : answers) {
      if (!answer) {
        pages.take(answer.error());
        continue;
      }
      ListPage<Transaction> page{.total = answer->total, .rows = answer->rows, .keyed = {}};
      for (std::size_t i = 0; i < answer->transactions.size(); ++i) {
        page.keyed.emplace_back(std::move(answer->keys[i]), std::move(answer->transactions[i]));
      }
      pages.take(std::move(page));
    }
  }
  if (pages.error()) return *pages.error();
  std::vector<Transaction> out = std::move(pages).rows();
  std::sort(out.begin(), out.end(), [](const Transaction& a, const Transaction& b) {
    return a.at != b.at ? a.at < b.at : a.order_number < b.order_number;
  });
  return out;
}

Rights ZenlayerCloud::rights(const std::string& account) const {
  const auto of = [&](const char* action, auto combine) {
    return combine(client_.allowed(account, Service::kVm, action),
                   client_.allowed(account, Service::kBmc, action));
  };
  return {.list = of(kList, either),
          .status = of(kStatus, either),
          .inquire = of(kInquire, either),
          .modify = of(kModify, either),
          .cancel = of(kCancel, both),
          .traffic = of(kTraffic, either),
          .balance = client_.allowed(account, Service::kZbc, kBalance),
          .transactions = client_.allowed(account, Service::kZbc, kTransactions)};
}

AccountHealth ZenlayerCloud::health(const std::string& account) const {
  const ApiAccount* found = client_.find(account);
  return {.alarm = client_.alarm(account),
          .clock_skew = found != nullptr ? found->clock_skew() : std::nullopt};
}

int ZenlayerCloud::changes_allowed(const std::string& account, Duration span) const {
  return client_.changes_within(account, span);
}

}  // namespace penstock
